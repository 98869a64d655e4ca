// The log: what -d asks for, written to stderr or to the file of -D. One line or more a call, in one write, so that the
// lines of several processes do not mix.
import { closeSync, openSync, writeSync } from 'node:fs';
import { SYS } from '../host/abi.ts';
import { plainCall } from '../host/kernel.ts';
import { moveHigh } from '../host/own-fds.ts';

const state: { items: ReadonlySet<string>; file: string | null; fd: number; opened: string } = { items: new Set(), file: null, fd: -1, opened: '' };

/** Sets what is logged, and where to: stderr (null), or a file by its absolute path. `%d` in its name is the process's number, or the thread's. */
export function configureLog(items: readonly string[], file: string | null): void {
  state.items = new Set(items);
  state.file = file;
}

/** Makes the log's file, so that the user learns at once when that is not possible. Throws what node:fs throws. */
export function createLogFile(): void { if (state.file !== null) closeSync(openSync(fileName(state.file), 'a')); }

/** Asked of the kernel: node goes on naming the process that it was started as. With the item tid each thread has a file. */
const fileName = (file: string): string => (file.includes('%d') ? file.replaceAll('%d', String(plainCall(logging('tid') ? SYS.gettid : SYS.getpid))) : file);

/** True when `-d` names the item. Callers test it before they build a text. */
export function logging(item: string): boolean { return state.items.has(item); }

/** The descriptor of the log's file, which a guest must not close; -1 for none. */
export function logDescriptor(): number { return state.fd; }

function target(): number {
  if (state.file === null) return 2;
  // After a fork, a name with the process's number in it is another file.
  const name = fileName(state.file);
  if (state.fd >= 0 && state.opened !== name) { closeSync(state.fd); state.fd = -1; }
  if (state.fd < 0) {
    state.fd = moveHigh(openSync(name, 'a'));
    state.opened = name;
  }
  return state.fd;
}

/** Appends text that ends with a newline. A log that cannot be written to is no reason to stop the guest. */
export function log(text: string): void {
  try { writeSync(target(), text); } catch (e) {
    if ((e as NodeJS.ErrnoException).errno === undefined) throw e;
  }
}
