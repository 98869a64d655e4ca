// The socket that gdb talks through: TCP on the loopback interface, or a socket in the file system. While the guest runs, the kernel sends the
// process a signal when something arrives (F_SETSIG), so that no thread of ours has to wait for it.
import type { Endpoint } from '../../cli/debug-request.ts';
import { UsageError } from '../../cli/values.ts';
import { describeError } from '../../host/errors.ts';
import { E, SYS } from '../../host/abi.ts';
import { moveHigh } from '../../host/own-fds.ts';
import { addressOf, plainCall, scratch } from '../../host/kernel.ts';
import { SIGSTKFLT } from '../../host/signal-handler.ts';
import { protectDescriptors } from '../../syscalls/protected.ts';
import type { Task } from '../../threads/task.ts';
import { encodePacket, PacketReader, type Received } from './packets.ts';
import { WORD, type Shared } from './shared.ts';

const AF_UNIX = 1, AF_INET = 2, SOCK_STREAM = 1, SOCK_CLOEXEC = 0o2000000, SOL_SOCKET = 1, SO_REUSEADDR = 2, IPPROTO_TCP = 6, TCP_NODELAY = 1;
const F_SETFL = 4, F_SETOWN = 8, F_SETSIG = 10, O_RDWR = 2, O_ASYNC = 0o20000;
const MSG_NOSIGNAL = 0x4000, POLLIN = 1;
const BUFFER = 65536;

function fail(what: string, result: number): never { throw new UsageError(`-g: ${what}: ${describeError(-result).replace(/^\w+ \((.*)\)$/, '$1')}`); }

/** Opens the socket that gdb will connect to. */
export function listen(task: Task, shared: Shared, at: Endpoint): void {
  const fd = moveHigh(plainCall(SYS.socket, 'port' in at ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const address = scratch(128);
  let length = 16;
  if ('port' in at) {
    const one = scratch(4);
    one.view.setInt32(0, 1, true);
    plainCall(SYS.setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, one.address, 4);
    address.view.setUint16(0, AF_INET, true);
    address.view.setUint16(2, at.port, false);
    address.view.setUint32(4, 0x7f000001, false);
  } else {
    const name = Buffer.from(at.path.replaceAll('%d', String(plainCall(SYS.getpid))));
    if (name.length > 107) throw new UsageError(`-g: the path ${at.path} is too long for a socket`);
    address.view.setUint16(0, AF_UNIX, true);
    address.bytes.set(name, 2);
    length = 3 + name.length;
  }
  const bound = plainCall(SYS.bind, fd, address.address, length);
  if (bound < 0) fail('port' in at ? `cannot listen at port ${at.port}` : `cannot make the socket ${at.path}`, bound);
  const listening = plainCall(SYS.listen, fd, 1);
  if (listening < 0) fail('cannot wait for gdb', listening);
  protectDescriptors(task, [fd]);
  shared.set(WORD.LISTENER, fd);
}

/** From now on the kernel tells us when something arrives, or no longer. */
function tell(fd: number, on: boolean): void {
  plainCall(SYS.fcntl, fd, F_SETOWN, plainCall(SYS.getpid));
  plainCall(SYS.fcntl, fd, F_SETSIG, SIGSTKFLT);
  plainCall(SYS.fcntl, fd, F_SETFL, O_RDWR | (on ? O_ASYNC : 0));
}

/** This thread's end of the connection, while it is the one that talks. */
export class Connection {
  private readonly task: Task;
  private readonly shared: Shared;
  private readonly reader = new PacketReader();
  private last: Buffer = Buffer.alloc(0);
  /** Memory of its own: a stop in the middle of a system call must not take the call's, and may be a long one. Behind the data is a pollfd. */
  private readonly buffer = new Uint8Array(new SharedArrayBuffer(BUFFER + 8));
  private readonly address = addressOf(this.buffer);
  private readonly poll = new DataView(this.buffer.buffer, BUFFER);

  constructor(task: Task, shared: Shared) {
    this.task = task;
    this.shared = shared;
  }

  /** Takes the connection that waits, if `wait` says so also one that is yet to come. False when there is none. */
  accept(wait: boolean): boolean {
    const listener = this.shared.get(WORD.LISTENER);
    if (listener < 0 || (!wait && !this.readable(listener))) return false;
    let fd: number;
    do fd = plainCall(SYS.accept4, listener, 0, 0, SOCK_CLOEXEC); while (fd === -E.EINTR || fd === -E.ECONNABORTED);
    if (fd < 0) return false;
    fd = moveHigh(fd);
    protectDescriptors(this.task, [fd]);
    const one = scratch(4);
    one.view.setInt32(0, 1, true);
    plainCall(SYS.setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, one.address, 4);
    this.shared.reset();
    this.shared.set(WORD.CONNECTION, fd);
    return true;
  }

  /** Whether the kernel is to send a signal when gdb says something, or asks for a connection. */
  watch(on: boolean): void {
    const [fd, listener] = [this.shared.get(WORD.CONNECTION), this.shared.get(WORD.LISTENER)];
    if (fd >= 0) tell(fd, on);
    if (listener >= 0) tell(listener, on && fd < 0);
  }

  private readable(fd: number): boolean {
    this.poll.setInt32(0, fd, true);
    this.poll.setInt32(4, POLLIN, true);
    return plainCall(SYS.poll, this.address + BUFFER, 1, 0) > 0;
  }

  get waiting(): boolean {
    const fd = this.shared.get(WORD.CONNECTION);
    return fd >= 0 ? this.readable(fd) : this.shared.get(WORD.LISTENER) >= 0 && this.readable(this.shared.get(WORD.LISTENER));
  }

  /** What gdb sent since the last time; with `wait`, at least something. Null when it has gone. */
  receive(wait: boolean): Received[] | null {
    const fd = this.shared.get(WORD.CONNECTION);
    if (fd < 0) return null;
    if (!wait && !this.readable(fd)) return [];
    let count: number;
    do count = plainCall(SYS.read, fd, this.address, BUFFER); while (count === -E.EINTR);
    return count <= 0 ? null : this.reader.feed(this.buffer.slice(0, count));
  }

  send(body: string): void { this.write(this.last = encodePacket(body)); }
  repeat(): void { this.write(this.last); }
  acknowledge(good: boolean): void { if (this.shared.get(WORD.NO_ACK) === 0) this.write(Buffer.from(good ? '+' : '-')); }

  private write(bytes: Buffer): void {
    const fd = this.shared.get(WORD.CONNECTION);
    this.buffer.set(bytes);
    for (let done = 0; done < bytes.length;) {
      const n = plainCall(SYS.sendto, fd, this.address + done, bytes.length - done, MSG_NOSIGNAL);
      if (n === -E.EINTR) continue;
      if (n < 0) return; // it has gone, which reading will tell
      done += n;
    }
  }

  close(): void {
    const fd = this.shared.get(WORD.CONNECTION);
    if (fd >= 0) plainCall(SYS.close, fd);
    this.shared.set(WORD.CONNECTION, -1);
  }
}
