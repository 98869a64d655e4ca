// Waiting for other tasks (futexes, children), and the calls about other processes that the kernel answers by itself.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch } from '../host/kernel.ts';
import { SIGINFO_BYTES, toGuest } from '../signals/siginfo.ts';
import type { Task } from '../threads/task.ts';
import { address, bits, checkRange, choice, fd, hostPointer, int, output, pointer, setHostWord, size, string, structToGuest, structToHost, uint } from './args.ts';
import { pass, sys } from './call.ts';
import { namespaceFlags, waitidType, waitOptions, waitStatus } from './shown.ts';
import type { Struct } from './struct.ts';
import { rusage, timespec, timespec64 } from './structs.ts';
import { changesThread } from './thread-kind.ts';
import { futex2Flags } from './shown-flags.ts';

// Futexes live in the guest's memory: the kernel works on them where they are.

const FUTEX = {
  WAIT: 0, WAKE: 1, FD: 2, REQUEUE: 3, CMP_REQUEUE: 4, WAKE_OP: 5, LOCK_PI: 6, UNLOCK_PI: 7, TRYLOCK_PI: 8, WAIT_BITSET: 9, WAKE_BITSET: 10,
  WAIT_REQUEUE_PI: 11, CMP_REQUEUE_PI: 12, LOCK_PI2: 13,
} as const;
/** Operations whose fourth argument is a time; for the others it is a number. */
const TIMED: ReadonlySet<number> = new Set([FUTEX.WAIT, FUTEX.LOCK_PI, FUTEX.WAIT_BITSET, FUTEX.WAIT_REQUEUE_PI, FUTEX.LOCK_PI2]);
/** Operations that look at a second futex; for the others the argument is whatever the register held. */
const TWO: ReadonlySet<number> = new Set([FUTEX.REQUEUE, FUTEX.CMP_REQUEUE, FUTEX.WAKE_OP, FUTEX.WAIT_REQUEUE_PI, FUTEX.CMP_REQUEUE_PI]);
const COMMAND_MASK = 127;

const futexOp = (() => {
  const named = choice(FUTEX);
  const PRIVATE = 128, REALTIME = 256;
  return {
    ...named,
    show: (raw: number, task: Task, all: Float64Array): string =>
      `FUTEX_${named.show(raw & COMMAND_MASK, task, all)}${raw & PRIVATE ? '|FUTEX_PRIVATE' : ''}${raw & REALTIME ? '|FUTEX_CLOCK_REALTIME' : ''}`,
  };
})();

const futex = (type: Struct) => (task: Task, at: GuestAddress, op: number, value: number, timeOrValue: number, second: GuestAddress, value3: number): number => {
  const timed = TIMED.has(op & COMMAND_MASK);
  const fourth = !timed ? timeOrValue : timeOrValue === 0 ? 0 : structToHost(task, timeOrValue, type, timespec).address;
  return hostCall(SYS.futex, hostPointer(task, at, 4), op, value, fourth, TWO.has(op & COMMAND_MASK) ? hostPointer(task, second) : 0, value3);
};

const futexRow = (type: Struct) => sys([address, futexOp, uint, address, address, uint], futex(type));

/** struct futex_waitv: value u64, address u64, flags u32, reserved u32, for guests of any width. */
const WAITV_BYTES = 24, MAX_WAITV = 128;

/** An array of struct futex_waitv, each with the host's address of its futex. */
export function readWaiters(task: Task, at: GuestAddress, count: number): HostAddress {
  const list = scratch(Math.max(1, count) * WAITV_BYTES);
  list.bytes.set(task.memory.read(at, count * WAITV_BYTES));
  for (let i = 0; i < count; i++) {
    const p = i * WAITV_BYTES + 8;
    const where = list.view.getUint32(p + 4, true) * 2 ** 32 + list.view.getUint32(p, true);
    checkRange(task, where, 4);
    setHostWord(list.view, p, task.memory.host(where));
  }
  return list.address;
}

function futexWaitv(task: Task, at: GuestAddress, count: number, flags: number, when: GuestAddress, clock: number): number {
  if (count === 0 || count > MAX_WAITV || at === 0) return -E.EINVAL;
  return hostCall(SYS.futex_waitv, readWaiters(task, at, count), count, flags, when === 0 ? 0 : structToHost(task, when, timespec64, timespec).address, clock);
}

// Children.

function waitid(task: Task, type: number, id: number, at: GuestAddress, options: number, usage: GuestAddress): number {
  const info = scratch(SIGINFO_BYTES), used = scratch(144);
  const r = hostCall(SYS.waitid, type, id, at === 0 ? 0 : info.address, options, usage === 0 ? 0 : used.address);
  if (r < 0) return r;
  // The kernel writes the members that it fills and nothing more: for ILP32, si_signo to si_status.
  if (at !== 0) task.memory.write(at, toGuest(info.bytes, task.guest.data));
  if (usage !== 0) structToGuest(task, usage, used.bytes, rusage);
  return r;
}

export const waiting = {
  futex: futexRow(timespec),
  futex_time64: futexRow(timespec64),
  futex_waitv: sys([address, uint, bits, address, int], futexWaitv),
  futex_wake: pass('futex_wake', [pointer, size, int, futex2Flags]),
  futex_wait: sys([pointer, size, size, futex2Flags, address, int], (task, at, value, mask, how, when, clock) =>
    hostCall(SYS.futex_wait, at, value, mask, how, when === 0 ? 0 : structToHost(task, when, timespec64, timespec).address, clock)),
  futex_requeue: sys([address, bits, int, int], (task, at, how, wake, requeue) =>
    (at === 0 ? -E.EINVAL : hostCall(SYS.futex_requeue, readWaiters(task, at, 2), how, wake, requeue))),

  wait4: pass('wait4', [int, waitStatus(pointer), waitOptions, output(rusage)]),
  waitpid: sys([int, waitStatus(pointer), waitOptions], (_task, pid, status, options) => hostCall(SYS.wait4, pid, status, options, 0)),
  waitid: sys([waitidType, int, address, waitOptions, address], waitid),

  unshare: changesThread(pass('unshare', [namespaceFlags])),
  setns: changesThread(pass('setns', [fd, namespaceFlags])),
  ptrace: sys([int, int, address, address], () => -E.ENOSYS, { partly: 'ENOSYS: the tracee\'s registers are in the emulator, which would have to stop at each signal and call and answer for them' }),
  rseq: sys([address, uint, int, bits], () => -E.ENOSYS, { never: 'a critical section of translated code cannot be told from its surroundings where the host preempts it; answers ENOSYS, as kernels without it' }),
  landlock_create_ruleset: pass('landlock_create_ruleset', [pointer, size, bits]),
  landlock_add_rule: pass('landlock_add_rule', [fd, int, pointer, bits]),
  landlock_restrict_self: changesThread(pass('landlock_restrict_self', [fd, bits], { partly: 'programs that may be executed have to be readable as well' })),
};
