// The files of /proc that would show the emulator instead of the guest: made when they are opened.
import { AT, E, O, SYS } from '../host/abi.ts';
import { plainCall, scratch } from '../host/kernel.ts';
import type { Task } from '../threads/task.ts';
import { hostPath, procFile, type ProcFile } from './paths.ts';
import { PAGE } from '../memory/page-table.ts';
import { onlineProcessors } from './processors.ts';
import { mapsText, memoryUse, otherSpace, ownSpace, readHostFile, regions, type Space } from './proc-maps.ts';
import { seccompFilters, seccompMode } from './seccomp.ts';

/**
 * Files below /proc/PID, by name, as the text that they hold (one character a byte), given the name that was opened. Null: as the
 * kernel has it.
 */
const files: Readonly<Record<string, (task: Task, space: Space, name: string) => string | null>> = {
  maps: (task, space) => mapsText(task, false, space),
  smaps: (task, space) => mapsText(task, true, space),
  auxv: (_, { image }) => (image ? Buffer.from(image.auxv).toString('latin1') : null),
  stat: statText,
  statm: (task, space) => (space.image ? statmText(task, space) : null),
  smaps_rollup: (task, space) => rollupText(task, space),
  status: (task, space, name) => (space.image ? statusText(task, space, name) : null),
};

/** Those of the own process that the kernel answers for others, who have told it where they are (proc-title.ts). */
const own: Readonly<Record<string, (task: Task) => string | null>> = {
  cmdline: (task) => fromMemory(task, 'argStart', 'argEnd') ?? task.program.argv.map((arg) => `${arg}\0`).join(''),
  environ: (task) => fromMemory(task, 'envStart', 'envEnd'),
};

const isOwn = (space: Space): boolean => space.directory === '/proc/self';

/** Lines of the host's status whose numbers are the guest's. */
function statusText(task: Task, space: Space, name: string): string {
  const use = memoryUse(task, space);
  const filters: Readonly<Record<string, number>> = isOwn(space) ? { Seccomp: seccompMode(), Seccomp_filters: seccompFilters() } : {};
  const counts: Readonly<Record<string, number>> = { Threads: space.threads, ...filters };
  const bytes: Readonly<Record<string, number>> = { VmPeak: use.size, VmSize: use.size, VmHWM: use.resident, VmRSS: use.resident, VmData: use.data, VmExe: use.code, VmLib: 0 };
  return readHostFile(name)
    .replace(/^(\w+):\t\d+$/gm, (line, key: string) => (key in counts ? `${key}:\t${counts[key]}` : line))
    .replace(/^(\w+):\t *\d+ kB$/gm, (line, key: string) => (key in bytes ? `${key}:\t${String(bytes[key]! / 1024).padStart(8)} kB` : line));
}

function statmText(task: Task, space: Space): string {
  const { size, resident, shared, code, data } = memoryUse(task, space);
  return `${[size, resident, shared, code, 0, data, 0].map((bytes) => bytes / PAGE).join(' ')}\n`;
}

/** The sums of smaps' lines. */
function rollupText(task: Task, space: Space): string {
  const sums = new Map<string, number>();
  for (const [, key, kb] of mapsText(task, true, space).matchAll(/^(\w+): +(\d+) kB$/gm)) sums.set(key!, (sums.get(key!) ?? 0) + Number(kb));
  const all = regions(task, space);
  const hex = (n: number | undefined): string => (n ?? 0).toString(16).padStart(8, '0');
  const lines = [...sums].filter(([key]) => !/Size$/.test(key)).map(([key, kb]) => `${`${key}:`.padEnd(16)}${String(kb).padStart(8)} kB\n`);
  return `${hex(all[0]?.from)}-${hex(all.at(-1)?.to)} ---p 00000000 00:00 0                          [rollup]\n${lines.join('')}`;
}

/** The strings as they are now: a program may write over them to change its title. */
function fromMemory(task: Task, from: 'argStart' | 'envStart', to: 'argEnd' | 'envEnd'): string | null {
  const { image } = task.program;
  return image ? Buffer.from(task.memory.read(image[from], image[to] - image[from])).toString('latin1') : null;
}

/** The host's line with the addresses and sizes that are the guest's; proc_pid_stat(5) numbers the fields from 1. */
function statText(task: Task, space: Space, name: string): string | null {
  const host = readHostFile(name);
  const { image } = space;
  const after = host.lastIndexOf(')') + 2;
  if (host === '' || !image) return null;
  const fields = host.slice(after).split(' ');
  const put = (field: number, value: number): void => { fields[field - 3] = String(value); };
  put(20, space.threads);
  const use = memoryUse(task, space);
  put(23, use.size); put(24, use.resident / PAGE);
  put(26, image.codeStart); put(27, image.codeEnd); put(28, image.sp); put(29, 0); put(30, 0);
  put(47, space.brkStart); put(48, image.argStart); put(49, image.argEnd); put(50, image.envStart); put(51, image.envEnd);
  return host.slice(0, after) + fields.join(' ');
}

/** Files of the whole system that depend on the processor. */
const system: Readonly<Record<string, (task: Task) => string | null>> = {
  '/proc/cpuinfo': (task) => task.model.cpuinfo(onlineProcessors()),
};

/** Opens a file that the emulator makes: a descriptor or -errno; null when the name is none of them. */
export function openOwn(task: Task, name: string, flags: number): number | null {
  const place = procFile(name);
  const file = place?.file ?? name.replace(/\/+/g, '/');
  const text = place === null ? system[file]?.(task) : processText(task, place, name);
  if (text === undefined || text === null) return null;
  // In another root there may be no /proc.
  const there = plainCall(SYS.faccessat, AT.FDCWD, hostPath(name), 0, 0, 0);
  if (there < 0) return there;
  if ((flags & O.ACCMODE) !== O.RDONLY) return -E.EACCES;
  return contents(Buffer.from(text, 'latin1'), file.replace('/proc/', ''), flags);
}

function processText(task: Task, { pid, file }: ProcFile, name: string): string | null {
  if (pid === null && file in own) return own[file]!(task);
  const make = files[file];
  const space = make === undefined ? null : pid === null ? ownSpace(task) : otherSpace(task, pid);
  return space === null ? null : make!(task, space, name);
}

const MFD_CLOEXEC = 1;

/** A descriptor of its own for reading `bytes`. */
function contents(bytes: Uint8Array, name: string, flags: number): number {
  const fd = plainCall(SYS.memfd_create, hostPath(name), flags & O.CLOEXEC ? MFD_CLOEXEC : 0);
  if (fd < 0) return fd;
  const copy = scratch(bytes.length);
  copy.bytes.set(bytes);
  for (let done = 0; done < bytes.length;) {
    const n = plainCall(SYS.pwrite64, fd, copy.address + done, bytes.length - done, done);
    if (n <= 0) { plainCall(SYS.close, fd); return n === 0 ? -E.ENOSPC : n; }
    done += n;
  }
  return fd;
}
