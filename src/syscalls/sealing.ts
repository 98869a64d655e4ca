// What a program has given up for its address space: changes of sealed mappings (mseal), and memory that becomes executable
// (PR_SET_MDWE). The host does not know of either, since the emulator itself must go on changing what lies there.
import type { GuestAddress } from '../address.ts';
import { E } from '../host/abi.ts';
import { EXEC, MAPPED, PAGE, SEALED, SHARED, WRITE, pageUp } from '../memory/page-table.ts';
import { SyscallError, type Task } from '../threads/task.ts';

/** Bits of GuestMemory.restrictions. Those of PR_SET_MDWE have its numbers. */
const REFUSE_EXEC_GAIN = 1, NO_INHERIT = 2, SOMETHING_SEALED = 4;

export function seal(task: Task, at: GuestAddress, length: number, flags: number): number {
  const { memory } = task;
  if (task.guest.data.pointer === 4) return -E.ENOSYS; // as in the kernel
  if (flags !== 0 || at % PAGE !== 0 || at < 0 || length < 0 || at + pageUp(length) > memory.size) return -E.EINVAL;
  return memory.locked(() => {
    if (!memory.pages.all(at, pageUp(length), MAPPED)) return -E.ENOMEM;
    memory.pages.add(at, pageUp(length), SEALED);
    memory.restrictions |= SOMETHING_SEALED;
    return 0;
  });
}

const anySealed = ({ memory }: Task, at: GuestAddress, length: number): boolean =>
  (memory.restrictions & SOMETHING_SEALED) !== 0 && at >= 0 && at + length <= memory.size && memory.pages.any(at, length, SEALED);

/** EPERM for a change of [at, +length) where something is sealed. */
export function checkSeals(task: Task, at: GuestAddress, length: number): void {
  if (anySealed(task, at, pageUp(length))) throw new SyscallError(E.EPERM);
}

/** MADV_DONTNEED, FREE, REMOVE, DONTFORK, WIPEONFORK, DONTNEED_LOCKED: what is in the pages is lost by them. */
const DISCARDS: ReadonlySet<number> = new Set([4, 8, 9, 10, 18, 24]);

/** What could be written may be thrown away. */
export function checkDiscard(task: Task, at: GuestAddress, length: number, advice: number): void {
  const { pages } = task.memory;
  if (!DISCARDS.has(advice) || !anySealed(task, at, pageUp(length))) return;
  for (let page = at; page < at + length; page += PAGE) if ((pages.at(page) & (SEALED | WRITE | SHARED)) === SEALED) throw new SyscallError(E.EPERM);
}

/** EACCES when memory would become executable that is writable or was not executable before; `at` is null for new memory. */
export function checkExecGain(task: Task, prot: number, at: GuestAddress | null, length = 0): void {
  const { memory } = task;
  if (!(memory.restrictions & REFUSE_EXEC_GAIN) || !(prot & EXEC)) return;
  if (prot & WRITE || (at !== null && at + length <= memory.size && !memory.pages.all(at, length, EXEC))) throw new SyscallError(E.EACCES);
}

/** prctl(PR_SET_MDWE): cannot be taken back. */
export function setMdwe(task: Task, bits: number): number {
  if (bits & ~(REFUSE_EXEC_GAIN | NO_INHERIT) || (bits & NO_INHERIT && !(bits & REFUSE_EXEC_GAIN))) return -E.EINVAL;
  const now = getMdwe(task);
  if (now !== 0 && now !== bits) return -E.EPERM;
  task.memory.restrictions |= bits;
  return 0;
}

export const getMdwe = (task: Task): number => task.memory.restrictions & (REFUSE_EXEC_GAIN | NO_INHERIT);

/** In a new process or program. */
export function inheritMdwe(task: Task): void {
  if (task.memory.restrictions & NO_INHERIT) task.memory.restrictions &= ~(REFUSE_EXEC_GAIN | NO_INHERIT);
}
