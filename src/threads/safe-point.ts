// Where a thread comes when another one has asked it to: to stand still for a fork, or to end for an execve.
import { plainCall } from '../host/kernel.ts';
import { SYS } from '../host/abi.ts';
import { PENDING } from '../translate/state.ts';
import { endForExec } from './exit.ts';
import { STOP, mustEnd } from './group.ts';

/** The run loop calls it when the STOP bit of the pending cell is set. */
export function safePoint(cells: Int32Array): void {
  Atomics.and(cells, PENDING >> 2, ~STOP);
  if (mustEnd()) endForExec();
  // Any call does: while a fork is under way, the kernel keeps the thread there (kernel.ts, setHoldCell).
  plainCall(SYS.gettid);
}
