// Where a thread comes when another one has asked it to: to stand still for a fork, to end for an execve, or to make one.
import { plainCall } from '../host/kernel.ts';
import { SYS } from '../host/abi.ts';
import { PENDING } from '../translate/state.ts';
import { executeForOther } from './exec.ts';
import { endForExec } from './exit.ts';
import { STOP, mustEnd } from './group.ts';
import type { Task } from './task.ts';

/** The run loop calls it when the STOP bit of the pending cell is set. */
export function safePoint(task: Task, cells: Int32Array): void {
  Atomics.and(cells, PENDING >> 2, ~STOP);
  if (mustEnd()) endForExec();
  executeForOther(task);
  // Any call does: while a fork is under way, the kernel keeps the thread there (kernel.ts, setHoldCell).
  plainCall(SYS.gettid);
}
