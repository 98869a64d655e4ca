// Where cache entries live: one private folder of the user, one file an entry, replaced as a whole. Trouble with the
// folder (no home, no rights, a full disk) means no cache, never an error of the guest's.
import { log, logging } from '../debug/log.ts';
import type * as Fs from 'node:fs';

/** All entries together, bytes: when a new one goes past it the oldest make room. */
const LIMIT = 512 << 20;

const fs = (): typeof Fs => process.getBuiltinModule('node:fs');

/** The folder for a build of the emulator, or null when there is none to be had. */
export function cacheFolder(build: string): string | null {
  const home = process.env['TSEMU_CACHE_DIR'] ?? (process.env['XDG_CACHE_HOME'] || (process.env['HOME'] && `${process.env['HOME']}/.cache`));
  return home ? `${home}/tsemu/code-${build}` : null;
}

function attempt<T>(what: string, run: () => T): T | null {
  try { return run(); } catch (e) {
    if (logging('cache')) log(`cache: ${what}: ${(e as Error).message}\n`);
    return null;
  }
}

let mayMakeFolder = true;
/** From now on names may lead into another root, where no folder is to be made that is not there. */
export function makeNoFolder(): void { mayMakeFolder = false; }

/** An entry's bytes; null when there is none. Files that others could have written are not read. */
export function readEntry(folder: string, key: string): Uint8Array | null {
  return attempt(`read ${key}`, () => {
    const file = fs().openSync(`${folder}/${key}`, 'r');
    try {
      const { uid, mode, size } = fs().fstatSync(file);
      if (uid !== process.geteuid!() || mode & 0o022) return null;
      const bytes = new Uint8Array(size);
      return fs().readSync(file, bytes, 0, size, 0) === size ? bytes : null;
    } finally { fs().closeSync(file); }
  });
}

export function writeEntry(folder: string, key: string, bytes: Uint8Array): void {
  attempt(`write ${key}`, () => {
    if (mayMakeFolder) makeFolder(folder);
    const { uid, mode } = fs().statSync(folder);
    if (uid !== process.geteuid!() || mode & 0o022) throw new Error(`${folder} is not private`);
    // Unique among the processes that may write the same entry now: the kernel's id, and the time for those of other namespaces.
    const temporary = `${folder}/.${key}.${process.hrtime().join('-')}`;
    try {
      const file = fs().openSync(temporary, 'wx', 0o600);
      try {
        // At a position: plain writes to low descriptors are those of node's event loop (src/host/own-fds.ts).
        for (let at = 0; at < bytes.length;) at += fs().writeSync(file, bytes, at, bytes.length - at, at);
      } finally { fs().closeSync(file); }
      fs().renameSync(temporary, `${folder}/${key}`);
    } catch (e) {
      fs().rmSync(temporary, { force: true });
      throw e;
    }
    makeRoom(folder);
  });
}

/** Adds to an entry that there is. At once, so that what others add at the same time comes before it or after it. */
export function appendEntry(folder: string, key: string, bytes: Uint8Array): void {
  attempt(`add to ${key}`, () => {
    const { O_WRONLY, O_APPEND } = fs().constants;
    const file = fs().openSync(`${folder}/${key}`, O_WRONLY | O_APPEND);
    try {
      const { uid, mode } = fs().fstatSync(file);
      // At a position, as above; with O_APPEND the kernel writes at the end all the same (pwrite(2)).
      if (uid === process.geteuid!() && !(mode & 0o022)) fs().writeSync(file, bytes, 0, bytes.length, 0);
    } finally { fs().closeSync(file); }
  });
}

/** Gives an entry a second name; both stand for the same file from then on. */
export function linkEntry(folder: string, from: string, to: string): void {
  attempt(`link ${to}`, () => {
    fs().rmSync(`${folder}/${to}`, { force: true });
    fs().linkSync(`${folder}/${from}`, `${folder}/${to}`);
  });
}

/** Makes a folder and those above it. (Node's own `recursive` never ends where the kernel says ENOENT, as it does in /proc.) */
function makeFolder(path: string): void {
  for (let at = path.indexOf('/', 1); ; at = path.indexOf('/', at + 1)) {
    const part = at < 0 ? path : path.slice(0, at);
    if (!fs().existsSync(part)) {
      try { fs().mkdirSync(part, 0o700); } catch (e) { if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e; }
    }
    if (at < 0) return;
  }
}

function makeRoom(folder: string): void {
  const files = fs().readdirSync(folder).flatMap((name) => {
    const stat = fs().statSync(`${folder}/${name}`, { throwIfNoEntry: false });
    return stat ? [{ name, size: stat.size, time: stat.mtimeMs }] : [];
  });
  let total = files.reduce((n, f) => n + f.size, 0);
  if (total <= LIMIT) return;
  for (const f of files.sort((a, b) => a.time - b.time)) {
    if (total <= LIMIT * 3 / 4) break;
    fs().rmSync(`${folder}/${f.name}`, { force: true });
    total -= f.size;
  }
}
