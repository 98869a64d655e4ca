// What a debugger is told by the parts of tsemu where something happens that it may want to know of. Nobody asks for one by its kind: there is
// one, or (nearly always) there is none.
import type { Task } from '../threads/task.ts';

export type Observer = {
  /** A signal is about to be delivered, or to end the process. Answers the one to go on with: the same, another, or 0 for none. */
  signal(task: Task, signal: number, info: Uint8Array): number;
  /** Whether a signal is not the guest's but one that told the debugger to look; it has done so then. */
  wakes(info: Uint8Array): boolean;
  /** The process is about to end, by itself or by a signal. */
  exits(status: number): void;
  dies(signal: number): void;
  /** A process is made: before, in the parent with the child's number (or -errno), and in the child. */
  beforeFork(): void;
  forked(pid: number): void;
  inChild(): void;
  /** Another program is in place. */
  executed(): void;
};

/** The debugger of this thread. */
export const observer: { current: Observer | null } = { current: null };
