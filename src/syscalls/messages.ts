// sendmsg and recvmsg: struct msghdr and its control messages between the guest's data model and the host's.
import type { GuestAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, plainCall, scratch, type Scratch } from '../host/kernel.ts';
import { SyscallError, type Task } from '../threads/task.ts';
import { guestLayout, hostPointer, pairOf, readIovec, setHostWord } from './args.ts';
import { get, set, type Struct } from './struct.ts';
import { cmsghdr, mmsghdr, msghdr, timespec, timeval } from './structs.ts';

const SOL_SOCKET = 1, SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40, MSG_CTRUNC = 8, MSG_WAITFORONE = 0x10000;
/** Control messages that hold a struct whose form depends on the data model, and how many of it. */
const SCM_TIMESTAMP = 29, SCM_TIMESTAMPNS = 35, SCM_TIMESTAMPING = 37;
const structured: Readonly<Record<number, Struct>> = { [SCM_TIMESTAMP]: timeval, [SCM_TIMESTAMPNS]: timespec, [SCM_TIMESTAMPING]: timespec };
/** What a host header is: cmsg_len u64, level, type. */
const HOST_HEADER = 16;
const MOST_CONTROL = 1 << 20;

const up = (n: number, to: number): number => Math.ceil(n / to) * to;

/** A msghdr of the guest's, ready for the host, and what is needed to bring it back. */
type Message = { readonly header: Scratch; readonly guest: Uint8Array; readonly at: GuestAddress; readonly control: Scratch | null };

export function readMessage(task: Task, at: GuestAddress, receives: boolean): Message {
  const layout = guestLayout(task, msghdr);
  const host = pairOf(task, msghdr).host;
  const guest = task.memory.read(at, layout.size);
  const field = (name: string): number => get(layout, guest, name);
  const header = scratch(host.size);
  const namelen = field('msg_namelen');
  if (namelen < 0) throw new SyscallError(E.EINVAL);
  // An address longer than any there is is cut off by the kernel, and must not lead it past the guest's memory.
  set(host, header.bytes, 'msg_name', hostPointer(task, field('msg_name'), Math.min(namelen, 128)));
  set(host, header.bytes, 'msg_namelen', Math.min(namelen, 128));
  const count = field('msg_iovlen');
  if (count > 1024) throw new SyscallError(E.EMSGSIZE);
  set(host, header.bytes, 'msg_iov', readIovec(task, field('msg_iov'), count).address);
  set(host, header.bytes, 'msg_iovlen', count);
  set(host, header.bytes, 'msg_flags', field('msg_flags'));
  const control = field('msg_control'), bytes = field('msg_controllen');
  let room: Scratch | null = null;
  if (bytes > 0 && (control !== 0 || !receives)) {
    if (bytes > MOST_CONTROL) throw new SyscallError(E.ENOBUFS);
    // The host's headers are longer by as much as a pointer and padding; 8 bytes for each possible message is enough.
    room = receives ? scratch(up(bytes, 8) + 8 * Math.ceil(bytes / 12) + 8) : controlToHost(task, task.memory.read(control, bytes));
    set(host, header.bytes, 'msg_control', room.address);
    set(host, header.bytes, 'msg_controllen', room.bytes.length);
  }
  return { header, guest, at, control: room };
}

function controlToHost(task: Task, guest: Uint8Array): Scratch {
  const layout = guestLayout(task, cmsghdr);
  const word = task.guest.data.pointer;
  const start = up(layout.size, word);
  const out: { level: number; type: number; data: Uint8Array }[] = [];
  let total = 0;
  for (let p = 0; p + layout.size <= guest.length;) {
    const length = get(layout, guest, 'cmsg_len', p);
    if (length < start || p + length > guest.length) throw new SyscallError(E.EINVAL);
    const data = guest.subarray(p + start, p + length);
    out.push({ level: get(layout, guest, 'cmsg_level', p), type: get(layout, guest, 'cmsg_type', p), data });
    total += HOST_HEADER + up(data.length, 8);
    p += up(length, word);
  }
  const host = scratch(total);
  let q = 0;
  for (const { level, type, data } of out) {
    setHostWord(host.view, q, HOST_HEADER + data.length);
    host.view.setInt32(q + 8, level, true);
    host.view.setInt32(q + 12, type, true);
    host.bytes.set(data, q + HOST_HEADER);
    q += HOST_HEADER + up(data.length, 8);
  }
  return host;
}

/** The guest's form of a control message's data. */
function dataToGuest(task: Task, level: number, type: number, data: Uint8Array): Uint8Array {
  const form = level === SOL_SOCKET ? structured[type] : undefined;
  if (!form) return data;
  const { host, guest, toGuest } = pairOf(task, form);
  const count = Math.floor(data.length / host.size);
  const out = new Uint8Array(count * guest.size);
  for (let i = 0; i < count; i++) toGuest(data, out, i * host.size, i * guest.size);
  return out;
}

/** Writes the control messages that the kernel answered; answers how many bytes, and whether something did not fit. */
function controlToGuest(task: Task, host: Uint8Array, at: GuestAddress, room: number): { used: number; truncated: boolean } {
  const layout = guestLayout(task, cmsghdr);
  const word = task.guest.data.pointer;
  const start = up(layout.size, word);
  const view = new DataView(host.buffer, host.byteOffset, host.length);
  let used = 0, truncated = false;
  for (let p = 0; p + HOST_HEADER <= host.length;) {
    const length = view.getUint32(p, true);
    if (length < HOST_HEADER) break;
    const level = view.getInt32(p + 8, true), type = view.getInt32(p + 12, true);
    const whole = dataToGuest(task, level, type, host.subarray(p + HOST_HEADER, Math.min(p + length, host.length)));
    p += up(length, 8);
    const fits = Math.max(0, room - used - start);
    let data = whole;
    if (whole.length > fits) {
      truncated = true;
      const unit = level === SOL_SOCKET && type === SCM_RIGHTS ? 4 : 1;
      data = whole.subarray(0, Math.floor(fits / unit) * unit);
      if (unit === 4) closeAll(whole.subarray(data.length));
      if (room - used < start) continue;
    }
    const message = new Uint8Array(start + data.length);
    set(layout, message, 'cmsg_len', message.length);
    set(layout, message, 'cmsg_level', level);
    set(layout, message, 'cmsg_type', type);
    message.set(data, start);
    task.memory.write(at + used, message);
    used += Math.min(up(message.length, word), room - used);
  }
  return { used, truncated };
}

/** Descriptors that came and for which the guest has no room. */
function closeAll(fds: Uint8Array): void {
  const view = new DataView(fds.buffer, fds.byteOffset, fds.length);
  for (let i = 0; i + 4 <= fds.length; i += 4) plainCall(SYS.close, view.getInt32(i, true));
}

function writeMessage(task: Task, { header, guest, at, control }: Message): void {
  const layout = guestLayout(task, msghdr);
  const host = pairOf(task, msghdr).host;
  let flags = get(host, header.bytes, 'msg_flags');
  let used = 0;
  if (control) {
    const answered = control.bytes.subarray(0, get(host, header.bytes, 'msg_controllen'));
    const result = controlToGuest(task, answered, get(layout, guest, 'msg_control'), get(layout, guest, 'msg_controllen'));
    used = result.used;
    if (result.truncated) flags |= MSG_CTRUNC;
  }
  set(layout, guest, 'msg_namelen', get(host, header.bytes, 'msg_namelen'));
  set(layout, guest, 'msg_flags', flags);
  set(layout, guest, 'msg_controllen', used);
  task.memory.write(at, guest);
}

export function sendmsg(task: Task, f: number, at: GuestAddress, flags: number): number {
  return hostCall(SYS.sendmsg, f, readMessage(task, at, false).header.address, flags);
}

export function recvmsg(task: Task, f: number, at: GuestAddress, flags: number): number {
  const message = readMessage(task, at, true);
  const n = hostCall(SYS.recvmsg, f, message.header.address, flags);
  if (n >= 0) writeMessage(task, message);
  return n;
}

const MOST_MESSAGES = 1024;

/** One message after the other; what stops the row is an error only if nothing was done before it. */
function many(task: Task, at: GuestAddress, count: number, one: (header: GuestAddress, index: number) => number | null): number {
  const layout = guestLayout(task, mmsghdr);
  let done = 0;
  for (; done < Math.min(count, MOST_MESSAGES); done++) {
    const header = at + done * layout.size;
    const n = one(header, done);
    if (n === null) break;
    if (n < 0) return done > 0 ? done : n;
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, n, !task.guest.data.bigEndian);
    task.memory.write(header + layout.byName['msg_len']!.offset, length);
  }
  return done;
}

export function sendmmsg(task: Task, f: number, at: GuestAddress, count: number, flags: number): number {
  return many(task, at, count, (header) => sendmsg(task, f, header, flags));
}

/** The time limit is looked at between messages only, as the kernel's is (recvmmsg(2), BUGS). */
export function recvmmsg(task: Task, f: number, at: GuestAddress, count: number, flags: number, milliseconds: number): number {
  const end = Date.now() + milliseconds;
  return many(task, at, count, (header, index) => {
    if (index > 0 && Date.now() >= end) return null;
    return recvmsg(task, f, header, (flags & ~MSG_WAITFORONE) | (index > 0 && flags & MSG_WAITFORONE ? MSG_DONTWAIT : 0));
  });
}
