// The log: what -d asks for, written to stderr or to the file of -D. One line or more a call, in one write, so that the
// lines of several processes do not mix.
import { closeSync, openSync, writeSync } from 'node:fs';
import { moveHigh } from '../host/own-fds.ts';

const state: { items: ReadonlySet<string>; file: string | null; fd: number; pid: number } = { items: new Set(), file: null, fd: -1, pid: 0 };

/** Sets what is logged, and where to: stderr (null), or a file by its absolute path. `%d` in its name is the process's number. */
export function configureLog(items: readonly string[], file: string | null): void {
  state.items = new Set(items);
  state.file = file;
}

/** Makes the log's file, so that the user learns at once when that is not possible. Throws what node:fs throws. */
export function createLogFile(): void { if (state.file !== null) closeSync(openSync(fileName(state.file), 'a')); }

const fileName = (file: string): string => file.replaceAll('%d', String(process.pid));

/** True when `-d` names the item. Callers test it before they build a text. */
export function logging(item: string): boolean { return state.items.has(item); }

/** The descriptor of the log's file, which a guest must not close; -1 for none. */
export function logDescriptor(): number { return state.fd; }

function target(): number {
  if (state.file === null) return 2;
  // After a fork, a name with the process's number in it is another file.
  if (state.fd >= 0 && state.file.includes('%d') && state.pid !== process.pid) { closeSync(state.fd); state.fd = -1; }
  if (state.fd < 0) {
    state.pid = process.pid;
    state.fd = moveHigh(openSync(fileName(state.file), 'a'));
  }
  return state.fd;
}

/** Appends text that ends with a newline. A log that cannot be written to is no reason to stop the guest. */
export function log(text: string): void {
  try { writeSync(target(), text); } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    if (code !== 'EBADF' && code !== 'EPIPE' && code !== 'EAGAIN' && code !== 'ENOSPC') throw e;
  }
}
