// Sockets. Addresses are the same for guest and host; messages and a few options are not.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch } from '../host/kernel.ts';
import { SyscallError, type Task } from '../threads/task.ts';
import { address, buffer, data, fd, filled, flags, hostPointer, hostWord, int, pairOf, pointer, readInt, readWord, setHostWord, size, structToHost, uint, writeInt } from './args.ts';
import { pass, sys, type Arg, type Raw, type Syscall } from './call.ts';
import { recvmmsg, recvmsg, sendmmsg, sendmsg } from './messages.ts';
import { family, filledAddress, filledInt, shutdownHow, socketAddress, socketType, twoDescriptors } from './shown.ts';
import { filledOption, level, messages, option, optionLength, optionValue, protocol, receivedMessage, sentMessage } from './shown-net.ts';
import { listToHost } from './conversion.ts';
import { optionForm } from './socket-options.ts';
import { get, type Struct } from './struct.ts';
import { timespec, timespec64, timeval } from './structs.ts';

const messageFlags = flags({
  MSG_OOB: 1, MSG_PEEK: 2, MSG_DONTROUTE: 4, MSG_CTRUNC: 8, MSG_TRUNC: 0x20, MSG_DONTWAIT: 0x40, MSG_EOR: 0x80, MSG_WAITALL: 0x100, MSG_CONFIRM: 0x800,
  MSG_ERRQUEUE: 0x2000, MSG_NOSIGNAL: 0x4000, MSG_MORE: 0x8000, MSG_WAITFORONE: 0x10000, MSG_FASTOPEN: 0x20000000, MSG_CMSG_CLOEXEC: 0x40000000,
});

const acceptFlags = flags({ SOCK_CLOEXEC: 0o2000000, SOCK_NONBLOCK: 0o4000 });

// Options.

const SO_GET_FILTER = 26, SOL_SOCKET = 1;
/** The least that there is of ipt_replace and ip6t_replace for 64-bit programs, and where in it the pointer to counters is. */
const REPLACE_HEAD = 96, REPLACE_COUNTERS = 88;

function setsockopt(task: Task, f: number, level: number, option: number, at: GuestAddress, bytes: number): number {
  const form = optionForm(level, option);
  if (bytes < 0) return -E.EINVAL;
  const make = (value: HostAddress, length: number): number => hostCall(SYS.setsockopt, f, level, option, value, length);
  const direct = () => make(hostPointer(task, at, bytes), bytes);
  const wide = task.guest.data.pointer === 8;
  switch (form) {
    case undefined: return direct();
    case 'groups': {
      if (wide || bytes < 4) return direct();
      const given = task.memory.read(at, Math.min(bytes, MOST_VALUE));
      const copy = scratch(given.length + 4);
      copy.bytes.set(given.subarray(0, 4));
      copy.bytes.set(given.subarray(4), 8);
      return make(copy.address, given.length + 4);
    }
    case 'counters': {
      if (!wide) return -E.ENOPROTOOPT;
      if (bytes < REPLACE_HEAD || bytes > MOST_TABLE) return direct();
      const copy = scratch(bytes);
      copy.bytes.set(task.memory.read(at, bytes));
      setHostWord(copy.view, REPLACE_COUNTERS, hostPointer(task, readWord(task, at + REPLACE_COUNTERS)));
      return make(copy.address, bytes);
    }
    case 'zerocopy': return direct();
    case 'refused': return wide && option === IPT_ADD_COUNTERS ? direct() : -E.ENOPROTOOPT;
    default: {
      const { guest, host } = pairOf(task, form.struct);
      // PACKET_FANOUT_DATA takes a descriptor too, which is shorter than any of the structs.
      if (bytes < guest.size) return bytes === 4 ? direct() : -E.EINVAL;
      return make(listToHost(task, at, form, 1).address, host.size);
    }
  }
}

/** The most that a list of multicast sources is read of, and a table of iptables. */
const MOST_VALUE = 1 << 20, MOST_TABLE = 1 << 26;
const IPT_ADD_COUNTERS = 65;
/** struct tcp_zerocopy_receive up to its flags, and the addresses in that. */
const ZEROCOPY_BYTES = 40, ZEROCOPY_ADDRESSES = [0, 24] as const;

function getsockopt(task: Task, f: number, level: number, option: number, at: GuestAddress, lengthAt: GuestAddress): number {
  // What SO_ATTACH_FILTER gives a struct is an array of instructions when it is asked for.
  const form = level === SOL_SOCKET && option === SO_GET_FILTER ? undefined : optionForm(level, option);
  const room = readInt(task, lengthAt);
  const wide = task.guest.data.pointer === 8;
  if (room < 0) return -E.EINVAL;
  const direct = () => hostCall(SYS.getsockopt, f, level, option, hostPointer(task, at, room), hostPointer(task, lengthAt, 4));
  switch (form) {
    case undefined: return direct();
    case 'counters': case 'refused': return wide ? direct() : -E.ENOPROTOOPT;
    case 'zerocopy': {
      // Less than the whole struct is what older programs have: the kernel then leaves control messages alone, which would be the host's.
      const bytes = Math.min(room, ZEROCOPY_BYTES);
      const own = task.memory.read(at, bytes), copy = scratch(ZEROCOPY_BYTES), length = scratch(4);
      const addresses = ZEROCOPY_ADDRESSES.filter((offset) => offset + 8 <= bytes);
      copy.bytes.set(own);
      for (const offset of addresses) setHostWord(copy.view, offset, hostPointer(task, hostWord(copy.view, offset)));
      length.view.setUint32(0, bytes, true);
      const r = hostCall(SYS.getsockopt, f, level, option, copy.address, length.address);
      if (r < 0) return r;
      for (const offset of addresses) copy.bytes.set(own.subarray(offset, offset + 8), offset);
      task.memory.write(at, copy.bytes.subarray(0, bytes));
      writeInt(task, lengthAt, length.view.getUint32(0, true));
      return r;
    }
    case 'groups': {
      if (wide || room < 4) return direct();
      const given = task.memory.read(at, Math.min(room, MOST_VALUE));
      const copy = scratch(given.length + 4), length = scratch(4);
      copy.bytes.set(given.subarray(0, 4));
      copy.bytes.set(given.subarray(4), 8);
      length.view.setUint32(0, given.length + 4, true);
      const r = hostCall(SYS.getsockopt, f, level, option, copy.address, length.address);
      if (r < 0) return r;
      const answered = length.view.getUint32(0, true);
      task.memory.write(at + 4, copy.bytes.subarray(8, Math.max(8, answered)));
      writeInt(task, lengthAt, Math.max(4, answered - 4));
      return r;
    }
    default: {
      const { guest, host } = pairOf(task, form.struct);
      if (room < guest.size) return -E.EINVAL;
      const list = listToHost(task, at, form, 1), length = scratch(4);
      length.view.setUint32(0, host.size, true);
      const r = hostCall(SYS.getsockopt, f, level, option, list.address, length.address);
      if (r < 0) return r;
      list.done();
      // Some are told less than they gave.
      const answered = length.view.getUint32(0, true);
      writeInt(task, lengthAt, answered < host.size ? answered : guest.size);
      return r;
    }
  }
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
  socket: pass('socket', [family, socketType, protocol]),
  bind: pass('bind', [fd, sockaddr, size]),
  connect: pass('connect', [fd, sockaddr, size]),
  listen: pass('listen', [fd, int]),
  accept: pass('accept', [fd, filledAddress(pointer, 2), filledInt(pointer)]),
  getsockname: pass('getsockname', [fd, filledAddress(pointer, 2), filledInt(pointer)]),
  getpeername: pass('getpeername', [fd, filledAddress(pointer, 2), filledInt(pointer)]),
  socketpair: pass('socketpair', [family, socketType, protocol, twoDescriptors(pointer)]),
  send: sys([fd, data(2), size, messageFlags], (_task, f, bytes, count, how) => hostCall(SYS.sendto, f, bytes, count, how, 0, 0)),
  recv: sys([fd, filled(2), size, messageFlags], (_task, f, bytes, count, how) => hostCall(SYS.recvfrom, f, bytes, count, how, 0, 0)),
  sendto: pass('sendto', [fd, data(2), size, messageFlags, socketAddress(buffer(5), 5), size]),
  recvfrom: pass('recvfrom', [fd, filled(2), size, messageFlags, filledAddress(pointer, 5), filledInt(pointer)]),
  shutdown: pass('shutdown', [fd, shutdownHow]),
  setsockopt: sys([fd, level, option, optionValue, int], setsockopt),
  getsockopt: sys([fd, level, option, filledOption, optionLength], getsockopt),
  sendmsg: sys([fd, sentMessage, messageFlags], sendmsg),
  recvmsg: sys([fd, receivedMessage, messageFlags], recvmsg),
  accept4: pass('accept4', [fd, filledAddress(pointer, 2), filledInt(pointer), acceptFlags]),
  recvmmsg: sys([fd, messages, uint, messageFlags, address], receiveMany(timespec)),
  sendmmsg: sys([fd, messages, uint, messageFlags], sendmmsg),
};

/** socketcall(2): one number for all of them, with the arguments in memory. */
const byNumber: readonly (Syscall | undefined)[] = [
  undefined, calls.socket, calls.bind, calls.connect, calls.listen, calls.accept, calls.getsockname, calls.getpeername, calls.socketpair, calls.send, calls.recv,
  calls.sendto, calls.recvfrom, calls.shutdown, calls.setsockopt, calls.getsockopt, calls.sendmsg, calls.recvmsg, calls.accept4, calls.recvmmsg, calls.sendmmsg,
];

export const net = {
  ...calls,
  recvmmsg_time64: sys([fd, messages, uint, messageFlags, address], receiveMany(timespec64)),
  socketcall: sys([int, address], (task, number, at) => {
    const row = byNumber[number];
    if (!row) return -E.EINVAL;
    const raw: Raw = new Float64Array(8);
    row.args.forEach((_, i) => { raw[i] = readWord(task, at + i * task.guest.data.pointer); });
    return row.run(task, raw);
  }),
};
