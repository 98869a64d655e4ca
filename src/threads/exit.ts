// The end of a thread and of a process.
import { SYS } from '../host/abi.ts';
import { plainCall } from '../host/kernel.ts';
import { blockAll } from '../host/signal-handler.ts';
import { observer } from '../debug/observer.ts';
import { ENDED_LEADER, ENDING_THREAD, countThread, execAsked, groupLocked, leaderStatus, leads, ownSlot, setLeaderStatus, setSlotState } from './group.ts';
import { releaseRobustList, releaseRobustLists } from './robust-list.ts';
import { MemoryFault, type Task } from './task.ts';
import { endVfork } from './vfork.ts';

const FUTEX_WAKE = 1;

/** Ends the run loop of a thread whose guest thread has ended; only src/threads catches it. */
export class ThreadEnd extends Error {}

/** The host thread is to end with it. */
export class HostThreadEnd extends ThreadEnd {}

/** What is to be done before the process ends by exit or exit_group, unless it is a fork that never ran a program of its own. */
export const beforeExit: (() => void)[] = [];
/** What is to be done in any case: what a fork has found out is told to its parent. */
export const beforeEnd: (() => void)[] = [];
let ownProgram = true;

/** Whether the process has executed its program, or is a copy of one that has. */
export function setOwnProgram(own: boolean): void { ownProgram = own; }

/** Before the program is gone, by its end or because another takes its place. */
export function leaveProgram(): void {
  if (ownProgram) for (const run of beforeExit) run();
  for (const run of beforeEnd) run();
}

export function exitGroup(task: Task, status: number): never {
  observer.current?.exits(status);
  leaveProgram();
  releaseRobustLists(task);
  endVfork();
  for (;;) plainCall(SYS.exit_group, status & 0xff);
}

/** exit(2): of this thread alone, unless it is the last. Comes back in the leader when another thread wants a program executed. */
export function exitThread(task: Task, status: number): 'gone' {
  blockAll();
  const handsOn = releaseRobustList(task);
  const leader = leads();
  const left = groupLocked(() => {
    if (leader) setLeaderStatus(status);
    return countThread(-1);
  });
  if (left === 0) exitGroup(task, leader ? status : leaderStatus());
  setSlotState(ownSlot(), leader ? ENDED_LEADER : ENDING_THREAD);
  clearTid(task);
  if (!leader) throw handsOn ? new HostThreadEnd() : new ThreadEnd();
  // The process lives as long as its leader's host thread does.
  while (execAsked() === null) plainCall(SYS.pause);
  return 'gone';
}

/** Ends this thread without a word to the guest: the leader executes a program. */
export function endForExec(): never {
  blockAll();
  groupLocked(() => countThread(-1));
  throw new ThreadEnd();
}

/** set_tid_address(2): a joiner waits for this word to become 0. */
function clearTid(task: Task): void {
  const at = task.clearChildTid;
  task.clearChildTid = 0;
  if (at === 0) return;
  try {
    task.memory.setU32(at, 0);
    plainCall(SYS.futex, task.memory.host(at), FUTEX_WAKE, 1);
  } catch (e) {
    if (!(e instanceof MemoryFault)) throw e; // the kernel does not mind either
  }
}
