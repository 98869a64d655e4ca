// Sockets. Addresses are the same for guest and host; messages and a few options are not.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch } from '../host/kernel.ts';
import { SyscallError, type Task } from '../threads/task.ts';
import { address, bits, buffer, data, fd, filled, flags, hostPointer, int, pairOf, pointer, readInt, readWord, setHostWord, size, structToGuest, structToHost, uint, writeInt } from './args.ts';
import { pass, sys, type Arg, type Raw, type Syscall } from './call.ts';
import { recvmmsg, recvmsg, sendmmsg, sendmsg } from './messages.ts';
import { family, shutdownHow, socketAddress, socketType, twoDescriptors } from './shown.ts';
import { get, type Struct } from './struct.ts';
import { timespec, timespec64, timeval } from './structs.ts';

const messageFlags = flags({
  MSG_OOB: 1, MSG_PEEK: 2, MSG_DONTROUTE: 4, MSG_CTRUNC: 8, MSG_TRUNC: 0x20, MSG_DONTWAIT: 0x40, MSG_EOR: 0x80, MSG_WAITALL: 0x100, MSG_CONFIRM: 0x800,
  MSG_ERRQUEUE: 0x2000, MSG_NOSIGNAL: 0x4000, MSG_MORE: 0x8000, MSG_WAITFORONE: 0x10000, MSG_FASTOPEN: 0x20000000, MSG_CMSG_CLOEXEC: 0x40000000,
});

// Options.

const SOL_IP = 0, SOL_SOCKET = 1, SOL_TCP = 6, SOL_IPV6 = 41;
/** How an option's value has to be converted; every other is bytes that are the same on both sides. */
type Kind = 'timeval' | 'filter' | 'groups' | 'refused';
const options: Readonly<Record<string, Kind>> = {
  [`${SOL_SOCKET} 20`]: 'timeval', [`${SOL_SOCKET} 21`]: 'timeval', // SO_RCVTIMEO, SO_SNDTIMEO
  [`${SOL_SOCKET} 26`]: 'filter', [`${SOL_SOCKET} 51`]: 'filter', // SO_ATTACH_FILTER, SO_ATTACH_REUSEPORT_CBPF
  [`${SOL_TCP} 35`]: 'refused', // TCP_ZEROCOPY_RECEIVE holds addresses
  // MCAST_JOIN_GROUP to MCAST_MSFILTER: a number and then addresses aligned as a long.
  ...Object.fromEntries([42, 43, 44, 45, 46, 47, 48].flatMap((option) => [[`${SOL_IP} ${option}`, 'groups'], [`${SOL_IPV6} ${option}`, 'groups']])),
  // The tables of iptables hold longs and pointers throughout.
  ...Object.fromEntries([64, 65].flatMap((option) => [[`${SOL_IP} ${option}`, 'refused'], [`${SOL_IPV6} ${option}`, 'refused']])),
};

function setsockopt(task: Task, f: number, level: number, option: number, at: GuestAddress, bytes: number): number {
  const kind = options[`${level} ${option}`];
  if (bytes < 0) return -E.EINVAL;
  const direct = () => hostCall(SYS.setsockopt, f, level, option, hostPointer(task, at, bytes), bytes);
  if (kind === undefined || task.guest.data.pointer === 8) return direct();
  switch (kind) {
    case 'timeval': {
      const { guest, host } = pairOf(task, timeval);
      if (bytes < guest.size) return -E.EINVAL;
      return hostCall(SYS.setsockopt, f, level, option, structToHost(task, at, timeval).address, host.size);
    }
    case 'filter': {
      // struct sock_fprog: u16 len, pointer to 8-byte instructions.
      if (bytes !== 2 * task.guest.data.pointer) return -E.EINVAL;
      const program = scratch(16);
      const count = new DataView(task.memory.read(at, 2).buffer).getUint16(0, !task.guest.data.bigEndian);
      program.view.setUint16(0, count, true);
      setHostWord(program.view, 8, hostPointer(task, readWord(task, at + task.guest.data.pointer), count * 8));
      return hostCall(SYS.setsockopt, f, level, option, program.address, 16);
    }
    case 'groups': {
      const given = task.memory.read(at, bytes);
      const copy = scratch(bytes + 4);
      copy.bytes.set(given.subarray(0, 4));
      copy.bytes.set(given.subarray(4), 8);
      return hostCall(SYS.setsockopt, f, level, option, copy.address, bytes + 4);
    }
    case 'refused': return -E.ENOPROTOOPT;
    default: return kind satisfies never;
  }
}

function getsockopt(task: Task, f: number, level: number, option: number, at: GuestAddress, lengthAt: GuestAddress): number {
  const kind = options[`${level} ${option}`];
  if (kind === 'refused') return -E.ENOPROTOOPT;
  if (kind !== 'timeval' || task.guest.data.pointer === 8) {
    const length = readInt(task, lengthAt);
    return length < 0 ? -E.EINVAL : hostCall(SYS.getsockopt, f, level, option, hostPointer(task, at, length), hostPointer(task, lengthAt, 4));
  }
  const { host, guest } = pairOf(task, timeval);
  const copy = scratch(host.size), length = scratch(4);
  length.view.setUint32(0, host.size, true);
  const room = readInt(task, lengthAt);
  const r = hostCall(SYS.getsockopt, f, level, option, copy.address, length.address);
  if (r < 0) return r;
  if (room < guest.size) return -E.EINVAL;
  structToGuest(task, at, copy.bytes, timeval);
  writeInt(task, lengthAt, guest.size);
  return r;
}

const receiveMany = (type: Struct) => (task: Task, f: number, at: GuestAddress, count: number, how: number, when: GuestAddress): number => {
  if (when === 0) return recvmmsg(task, f, at, count, how, Infinity);
  const { host } = pairOf(task, timespec);
  const limit = structToHost(task, when, type, timespec);
  const seconds = get(host, limit.bytes, 'tv_sec'), nanoseconds = get(host, limit.bytes, 'tv_nsec');
  if (seconds < 0 || nanoseconds < 0 || nanoseconds >= 1e9) throw new SyscallError(E.EINVAL);
  return recvmmsg(task, f, at, count, how, seconds * 1000 + nanoseconds / 1e6);
};

const sockaddr: Arg<HostAddress> = socketAddress(buffer(2), 2);

const calls = {
  socket: pass('socket', [family, socketType, int]),
  bind: pass('bind', [fd, sockaddr, size]),
  connect: pass('connect', [fd, sockaddr, size]),
  listen: pass('listen', [fd, int]),
  accept: pass('accept', [fd, pointer, pointer]),
  getsockname: pass('getsockname', [fd, pointer, pointer]),
  getpeername: pass('getpeername', [fd, pointer, pointer]),
  socketpair: pass('socketpair', [family, socketType, int, twoDescriptors(pointer)]),
  send: sys([fd, data(2), size, messageFlags], (_task, f, bytes, count, how) => hostCall(SYS.sendto, f, bytes, count, how, 0, 0)),
  recv: sys([fd, filled(2), size, messageFlags], (_task, f, bytes, count, how) => hostCall(SYS.recvfrom, f, bytes, count, how, 0, 0)),
  sendto: pass('sendto', [fd, data(2), size, messageFlags, socketAddress(buffer(5), 5), size]),
  recvfrom: pass('recvfrom', [fd, filled(2), size, messageFlags, pointer, pointer]),
  shutdown: pass('shutdown', [fd, shutdownHow]),
  setsockopt: sys([fd, int, int, address, int], setsockopt),
  getsockopt: sys([fd, int, int, address, address], getsockopt),
  sendmsg: sys([fd, address, messageFlags], sendmsg),
  recvmsg: sys([fd, address, messageFlags], recvmsg),
  accept4: pass('accept4', [fd, pointer, pointer, bits]),
  recvmmsg: sys([fd, address, uint, messageFlags, address], receiveMany(timespec)),
  sendmmsg: sys([fd, address, uint, messageFlags], sendmmsg),
};

/** socketcall(2): one number for all of them, with the arguments in memory. */
const byNumber: readonly (Syscall | undefined)[] = [
  undefined, calls.socket, calls.bind, calls.connect, calls.listen, calls.accept, calls.getsockname, calls.getpeername, calls.socketpair, calls.send, calls.recv,
  calls.sendto, calls.recvfrom, calls.shutdown, calls.setsockopt, calls.getsockopt, calls.sendmsg, calls.recvmsg, calls.accept4, calls.recvmmsg, calls.sendmmsg,
];

export const net = {
  ...calls,
  recvmmsg_time64: sys([fd, address, uint, messageFlags, address], receiveMany(timespec64)),
  socketcall: sys([int, address], (task, number, at) => {
    const row = byNumber[number];
    if (!row) return -E.EINVAL;
    const raw: Raw = new Float64Array(8);
    row.args.forEach((_, i) => { raw[i] = readWord(task, at + i * task.guest.data.pointer); });
    return row.run(task, raw);
  }),
};
