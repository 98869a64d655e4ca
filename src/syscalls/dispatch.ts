// Runs one system call of the guest: finds the row by the guest's number, reads the registers, runs the row, and turns what
// it throws into an errno.
import { E, ERESTARTSYS } from '../host/abi.ts';
import { resetScratch } from '../host/kernel.ts';
import { log, logging } from '../debug/log.ts';
import { traceEnd, traceLeave, traceStart } from '../debug/strace.ts';
import type { Guest } from '../guests/guest.ts';
import { MemoryFault, SyscallError, type Result, type Task } from '../threads/task.ts';
import { place, type Place, type Raw, type Syscall } from './call.ts';
import { seccompHead } from '../threads/group.ts';
import { judge } from './seccomp.ts';
import { syscalls, type SyscallName } from './table.ts';

type Bound = { readonly name: SyscallName; readonly row: Syscall; readonly places: readonly Place[] };

let boundGuest: Guest | null = null;
/** Calls that were made before, by number. */
let bound = new Map<number, Bound>();
/** The common numbers again, by index. */
let dense: (Bound | undefined)[] = [];
const raw: Raw = new Float64Array(8);
const unknown = new Set<number>();

/** Finds the row of a number that is called for the first time: most are never called. */
function bind(guest: Guest, number: number): Bound | undefined {
  if (boundGuest !== guest) {
    boundGuest = guest;
    bound = new Map();
    dense = new Array<Bound | undefined>(512).fill(undefined);
  }
  const name = guest.syscalls[number];
  if (name === undefined) return undefined;
  const row = syscalls[name];
  const entry = { name, row, places: place(row.args, guest.data, guest.pairs64) };
  bound.set(number, entry);
  if (number < dense.length) dense[number] = entry;
  return entry;
}

/**
 * Makes the guest's system call `number` with the arguments in its registers. Answers the number for the result register,
 * 'restart' when the call is to be made again after the signal handler ran, or 'gone' when the program does not go on after it.
 */
export function dispatch(task: Task, number: number): Result {
  if (seccompHead() !== 0) {
    const refusal = judge(task, number);
    if (refusal !== null) return refusal;
  }
  const entry = (boundGuest === task.guest ? dense[number] ?? bound.get(number) : undefined) ?? bind(task.guest, number);
  if (!entry) return missing(task, number);
  resetScratch();
  load(task, entry);
  const traced = task.program.options.strace;
  if (traced) {
    traceStart(task, entry.name, entry.row, raw);
    if (entry.row.leaves) traceLeave(task);
  }
  let result = attempt(task, entry.row);
  // Pages with translated code are read-only to the kernel too: make them writable and let it try once more.
  if (result === -E.EFAULT && task.memory.releaseAllCode()) {
    resetScratch();
    result = attempt(task, entry.row);
  }
  if (result === -E.ENOSYS && (entry.row.partly ?? entry.row.never) !== undefined) note(number, `${entry.name} is not implemented`);
  if (traced) traceEnd(task, entry.row, raw, result);
  return result;
}

function attempt(task: Task, row: Syscall): Result {
  try {
    const result = row.run(task, raw);
    return result === -ERESTARTSYS ? 'restart' : result;
  } catch (e) {
    if (e instanceof SyscallError) return -e.errno;
    if (e instanceof MemoryFault) return -E.EFAULT;
    throw e;
  }
}

/** Collects the logical arguments out of the registers. */
function load(task: Task, { places }: Bound): void {
  const { args } = task.guest.call;
  for (let i = 0; i < places.length; i++) {
    const { low, high } = places[i]!;
    const value = register(task, args[low]!);
    raw[i] = high < 0 ? value : (register(task, args[high]!) | 0) * 2 ** 32 + value;
  }
}

function register(task: Task, slot: { readonly offset: number; readonly type: string } | undefined): number {
  if (!slot) return 0;
  const { u32, i32 } = task.cpu;
  const at = slot.offset >> 2;
  return slot.type === 'i64' ? i32[at + 1]! * 2 ** 32 + u32[at]! : u32[at]!;
}

/** Tells -d unimp of a call, once. */
function note(number: number, what: string): void {
  if (!logging('unimp') || unknown.has(number)) return;
  unknown.add(number);
  log(`system call ${what}\n`);
}

function missing(task: Task, number: number): Result {
  note(number, `${number} is not implemented`);
  if (task.program.options.strace) log(`${task.tid} syscall_${number}() = -1 ENOSYS (Function not implemented)\n`);
  return -E.ENOSYS;
}
