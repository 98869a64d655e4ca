// prctl: each operation with what its arguments are. What concerns registers, code or the emulator's own address space is
// answered here; the rest is the kernel's.
import type { GuestAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall } from '../host/kernel.ts';
import { becomeDifferent } from '../threads/group.ts';
import type { Task } from '../threads/task.ts';
import { checkRange, hostPointer, long, writeWord } from './args.ts';
import { sys, type Arg } from './call.ts';
import { getMdwe, setMdwe } from './sealing.ts';
import { seccomp, seccompMode } from './seccomp.ts';

type Args = readonly [number, number, number, number];
type Operation = (task: Task, option: number, args: Args) => number;

/** A number that -1 extends to all bits of the host's longs. */
const numbers: Operation = (_task, option, [a, b, c, d]) => hostCall(SYS.prctl, option, a, b, c, d);
/** An argument that is a pointer after all. */
const address = (task: Task, long: number): GuestAddress => (task.guest.data.pointer === 4 ? long >>> 0 : long);
/** The first argument points to bytes, `size` of them at most. */
const bytes = (size: number): Operation => (task, option, [a, b, c, d]) => hostCall(SYS.prctl, option, hostPointer(task, address(task, a), size), b, c, d);
const refused: Operation = () => -E.EINVAL;

/** What the thread last asked for; nothing follows from it here. */
const remembered = new Map<number, number>();
const kept = (get: number, first: number): Operation => (_task, option, [a]) => {
  if (option === get) return remembered.get(get) ?? first;
  remembered.set(get, a);
  return 0;
};

const operations: Readonly<Record<number, readonly [name: string, run: Operation]>> = {
  1: ['PR_SET_PDEATHSIG', numbers], 2: ['PR_GET_PDEATHSIG', bytes(4)], 3: ['PR_GET_DUMPABLE', numbers], 4: ['PR_SET_DUMPABLE', numbers],
  5: ['PR_GET_UNALIGN', refused], 6: ['PR_SET_UNALIGN', refused], 7: ['PR_GET_KEEPCAPS', numbers], 8: ['PR_SET_KEEPCAPS', numbers],
  9: ['PR_GET_FPEMU', refused], 10: ['PR_SET_FPEMU', refused], 11: ['PR_GET_FPEXC', refused], 12: ['PR_SET_FPEXC', refused],
  13: ['PR_GET_TIMING', numbers], 14: ['PR_SET_TIMING', numbers], 15: ['PR_SET_NAME', bytes(16)], 16: ['PR_GET_NAME', bytes(16)],
  19: ['PR_GET_ENDIAN', refused], 20: ['PR_SET_ENDIAN', refused], 21: ['PR_GET_SECCOMP', seccompMode],
  /** Mode 1 and 2 are operations 0 and 1 of seccomp(2). */
  22: ['PR_SET_SECCOMP', (task, _option, [mode, at]) => (mode === 1 ? seccomp(task, 0, 0, 0) : mode === 2 ? seccomp(task, 1, 0, address(task, at)) : -E.EINVAL)],
  23: ['PR_CAPBSET_READ', numbers], 24: ['PR_CAPBSET_DROP', numbers], 25: ['PR_GET_TSC', refused], 26: ['PR_SET_TSC', refused],
  27: ['PR_GET_SECUREBITS', numbers], 28: ['PR_SET_SECUREBITS', numbers], 29: ['PR_SET_TIMERSLACK', numbers], 30: ['PR_GET_TIMERSLACK', numbers],
  31: ['PR_TASK_PERF_EVENTS_DISABLE', numbers], 32: ['PR_TASK_PERF_EVENTS_ENABLE', numbers], 33: ['PR_MCE_KILL', numbers], 34: ['PR_MCE_KILL_GET', numbers],
  35: ['PR_SET_MM', () => -E.EPERM],
  36: ['PR_SET_CHILD_SUBREAPER', numbers], 37: ['PR_GET_CHILD_SUBREAPER', bytes(4)], 38: ['PR_SET_NO_NEW_PRIVS', numbers], 39: ['PR_GET_NO_NEW_PRIVS', numbers],
  40: ['PR_GET_TID_ADDRESS', (task, _option, [a]) => { writeWord(task, address(task, a), task.clearChildTid); return 0; }],
  41: ['PR_SET_THP_DISABLE', kept(42, 0)], 42: ['PR_GET_THP_DISABLE', kept(42, 0)],
  43: ['PR_MPX_ENABLE_MANAGEMENT', refused], 44: ['PR_MPX_DISABLE_MANAGEMENT', refused], 45: ['PR_SET_FP_MODE', refused], 46: ['PR_GET_FP_MODE', refused],
  47: ['PR_CAP_AMBIENT', numbers], 50: ['PR_SVE_SET_VL', refused], 51: ['PR_SVE_GET_VL', refused],
  52: ['PR_GET_SPECULATION_CTRL', numbers], 53: ['PR_SET_SPECULATION_CTRL', numbers], 54: ['PR_PAC_RESET_KEYS', refused],
  55: ['PR_SET_TAGGED_ADDR_CTRL', refused], 56: ['PR_GET_TAGGED_ADDR_CTRL', refused], 57: ['PR_SET_IO_FLUSHER', numbers], 58: ['PR_GET_IO_FLUSHER', numbers],
  59: ['PR_SET_SYSCALL_USER_DISPATCH', refused], 62: ['PR_SCHED_CORE', numbers], 63: ['PR_SME_SET_VL', refused], 64: ['PR_SME_GET_VL', refused],
  65: ['PR_SET_MDWE', (task, _option, [a, b, c, d]) => (b !== 0 || c !== 0 || d !== 0 ? -E.EINVAL : setMdwe(task, a))],
  66: ['PR_GET_MDWE', (task, _option, args) => (args.some((one) => one !== 0) ? -E.EINVAL : getMdwe(task))], 67: ['PR_SET_MEMORY_MERGE', kept(68, 0)], 68: ['PR_GET_MEMORY_MERGE', kept(68, 0)],
  /** Naming an anonymous mapping: a kernel may be built without it. */
  0x53564d41: ['PR_SET_VMA', (task, number, [what, at, length, name]) => {
    const from = address(task, at);
    checkRange(task, from, length >>> 0);
    return hostCall(SYS.prctl, number, what, hostPointer(task, from), length >>> 0, hostPointer(task, address(task, name)));
  }],
  /** Who may trace the process: nobody can yet, so that anybody may be allowed to. */
  0x59616d61: ['PR_SET_PTRACER', () => 0],
  0x41555856: ['PR_GET_AUXV', (task, _option, [a, b, c, d]) => {
    const auxv = task.program.image?.auxv;
    if (c !== 0 || d !== 0 || !auxv) return -E.EINVAL;
    task.memory.write(address(task, a), auxv.subarray(0, b >>> 0));
    return auxv.length;
  }],
};

/** Operations that change the thread alone: its rights, its timers' slack and the like. (Its name is set anew when a worker is used again.) */
const lasting: ReadonlySet<number> = new Set([1, 8, 14, 24, 28, 29, 33, 38, 47, 53, 57, 62]);

const option: Arg<number> = { read: (raw) => raw | 0, show: (raw) => operations[raw | 0]?.[0] ?? String(raw | 0) };

export const prctls = {
  prctl: sys([option, long, long, long, long], (task, number, a, b, c, d) => {
    const operation = operations[number];
    const result = operation ? operation[1](task, number, [a, b, c, d]) : -E.EINVAL;
    if (result >= 0 && lasting.has(number)) becomeDifferent();
    return result;
  }, { partly: 'nothing that concerns floating point or memory layout' }),
};

