// What the emulator reads while its program runs, read before the program goes where it may not be.
import { prepareFork } from '../host/fork.ts';
import type { Guest } from '../guests/guest.ts';
import { keepScript } from './start-thread.ts';

/** Before chroot(2) and its like: /proc and our own files may be out of reach afterwards, for forks and threads to come too. */
export function beforeOtherRoot(guest: Guest): void {
  prepareFork();
  keepScript(guest);
}
