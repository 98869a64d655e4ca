// Waiting for descriptors: poll, select, epoll, and the descriptors that are made to be waited for.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch, type Scratch } from '../host/kernel.ts';
import { SyscallError, type Task } from '../threads/task.ts';
import { address, bits, buffer, fd, hostPointer, input, int, pairOf, readWord, size, structToGuest, structToHost, uint } from './args.ts';
import { pass, sys, type Arg } from './call.ts';
import { descriptors, epollFlags, epollOperation, eventfdFlags, pollfds as showPollfds, structAt } from './shown.ts';
import { waitWithMask } from './signals.ts';
import type { Struct } from './struct.ts';
import { epollEvent, hostEpollEvent, timespec, timespec64, timeval } from './structs.ts';

/** A time that the kernel counts down in place: read here, written back by `done`. */
type Timeout = { readonly address: HostAddress; done(result: number): number };

function timeout(task: Task, at: GuestAddress, type: Struct): Timeout {
  if (at === 0) return { address: 0, done: (result) => result };
  const copy = structToHost(task, at, type, type === timespec64 ? timespec : type);
  return {
    address: copy.address,
    done: (result) => {
      structToGuest(task, at, copy.bytes, type, type === timespec64 ? timespec : type);
      return result;
    },
  };
}

/** fd_set: an array of longs, whose bits lie in memory alike on little-endian machines of any width. */
type Sets = { readonly addresses: readonly HostAddress[]; done(result: number): number };

function fdSets(task: Task, count: number, at: readonly GuestAddress[]): Sets {
  if (count < 0) throw new SyscallError(E.EINVAL);
  const word = task.guest.data.pointer;
  const limited = Math.min(count, 65536);
  const bytes = Math.ceil(limited / (word * 8)) * word;
  const room = Math.ceil(bytes / 8) * 8 + 8;
  const sets = at.map((one): Scratch | null => {
    if (one === 0) return null;
    const set = scratch(room);
    const given = task.memory.read(one, bytes);
    set.bytes.set(task.guest.data.bigEndian ? swapWords(given, word) : given);
    return set;
  });
  return {
    addresses: sets.map((set) => set?.address ?? 0),
    done: (result) => {
      if (result < 0) return result;
      sets.forEach((set, i) => {
        if (set) task.memory.write(at[i]!, task.guest.data.bigEndian ? swapWords(set.bytes.subarray(0, bytes), word) : set.bytes.subarray(0, bytes));
      });
      return result;
    },
  };
}

function swapWords(bytes: Uint8Array, word: number): Uint8Array {
  return Uint8Array.from(bytes, (_, i) => bytes[i - (i % word) + word - 1 - (i % word)]!);
}

function select(task: Task, count: number, r: GuestAddress, w: GuestAddress, x: GuestAddress, at: GuestAddress): number {
  const sets = fdSets(task, count, [r, w, x]);
  const limit = timeout(task, at, timeval);
  return sets.done(limit.done(hostCall(SYS.select, count, ...(sets.addresses as [HostAddress, HostAddress, HostAddress]), limit.address)));
}

/** The sixth argument points to the mask and its size. */
const pselect = (type: Struct) => (task: Task, count: number, r: GuestAddress, w: GuestAddress, x: GuestAddress, at: GuestAddress, mask: GuestAddress): number => {
  const sets = fdSets(task, count, [r, w, x]);
  const limit = timeout(task, at, type);
  const word = task.guest.data.pointer;
  const set = mask === 0 ? 0 : readWord(task, mask), bytes = mask === 0 ? 0 : readWord(task, mask + word);
  const [rs, ws, xs] = sets.addresses as [HostAddress, HostAddress, HostAddress];
  return sets.done(limit.done(waitWithMask(task, set, bytes, (host) => {
    if (host === 0) return hostCall(SYS.pselect6, count, rs, ws, xs, limit.address, 0);
    const both = scratch(16);
    both.view.setBigUint64(0, BigInt(host), true);
    both.view.setUint32(8, 8, true);
    return hostCall(SYS.pselect6, count, rs, ws, xs, limit.address, both.address);
  })));
};

/** struct pollfd is the same everywhere. */
const pollfds: Arg<HostAddress> = showPollfds(buffer(1, 8), 1);

const ppoll = (type: Struct) => (task: Task, fds: HostAddress, count: number, at: GuestAddress, mask: GuestAddress, bytes: number): number => {
  const limit = timeout(task, at, type);
  return limit.done(waitWithMask(task, mask, bytes, (host) => hostCall(SYS.ppoll, fds, count, limit.address, host, 8)));
};

// epoll_event: x86-64 alone packs it.

const MAX_EVENTS = 65536;

function wait(task: Task, at: GuestAddress, max: number, call: (events: HostAddress, max: number) => number): number {
  if (max <= 0) return -E.EINVAL;
  const { host, guest, toGuest } = pairOf(task, epollEvent, hostEpollEvent);
  const count = Math.min(max, MAX_EVENTS);
  const events = scratch(count * host.size);
  const n = call(events.address, count);
  if (n <= 0) return n;
  const bytes = new Uint8Array(n * guest.size);
  for (let i = 0; i < n; i++) toGuest(events.bytes, bytes, i * host.size, i * guest.size);
  task.memory.write(at, bytes);
  return n;
}

const epollPwait = (task: Task, f: number, at: GuestAddress, max: number, milliseconds: number, mask: GuestAddress, bytes: number): number =>
  wait(task, at, max, (events, n) => waitWithMask(task, mask, bytes, (host) => hostCall(SYS.epoll_pwait, f, events, n, milliseconds, host, 8)));

function epollPwait2(task: Task, f: number, at: GuestAddress, max: number, when: GuestAddress, mask: GuestAddress, bytes: number): number {
  const limit = hostPointer(task, when, 16);
  return wait(task, at, max, (events, n) => waitWithMask(task, mask, bytes, (host) => hostCall(SYS.epoll_pwait2, f, events, n, limit, host, 8)));
}

export const events = {
  poll: sys([pollfds, uint, int], (_task, fds, count, milliseconds) => hostCall(SYS.poll, fds, count, milliseconds)),
  ppoll: sys([pollfds, uint, address, address, size], ppoll(timespec)),
  ppoll_time64: sys([pollfds, uint, address, address, size], ppoll(timespec64)),
  select: sys([int, descriptors, descriptors, descriptors, structAt(timeval)], select),
  pselect6: sys([int, descriptors, descriptors, descriptors, structAt(timespec), address], pselect(timespec)),
  pselect6_time64: sys([int, descriptors, descriptors, descriptors, structAt(timespec64), address], pselect(timespec64)),
  epoll_create: pass('epoll_create', [int]),
  epoll_create1: pass('epoll_create1', [epollFlags]),
  epoll_ctl: pass('epoll_ctl', [fd, epollOperation, fd, input(epollEvent, hostEpollEvent)]),
  epoll_wait: sys([fd, address, int, int], (task, f, at, max, milliseconds) => wait(task, at, max, (list, n) => hostCall(SYS.epoll_wait, f, list, n, milliseconds))),
  epoll_pwait: sys([fd, address, int, int, address, size], epollPwait),
  epoll_pwait2: sys([fd, address, int, address, address, size], epollPwait2),
  eventfd: pass('eventfd', [uint]),
  eventfd2: pass('eventfd2', [uint, eventfdFlags]),
};

