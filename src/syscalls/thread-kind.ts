// Marks the calls that change what a thread has of its own at the host: a worker is used again only for threads like the one it ran.
import { becomeDifferent } from '../threads/group.ts';
import type { Raw, Syscall } from './call.ts';

const itself = (): number => 0;

/** A row that changes the thread whose tid `who` answers (0: the calling one) when it succeeds. */
export const changesThread = (row: Syscall, who: (raw: Raw) => number = itself): Syscall => ({
  ...row,
  run: (task, raw) => {
    const result = row.run(task, raw);
    if (typeof result === 'number' && result >= 0) becomeDifferent(who(raw) | 0);
    return result;
  },
});

/** The same for rows whose first argument is a tid. */
export const changesGivenThread = (row: Syscall): Syscall => changesThread(row, (raw) => raw[0]!);
