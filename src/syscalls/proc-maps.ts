// maps and smaps of the guest's processes as the guest would see them: the host's mappings inside the guest's memory, with guest
// addresses and the guest's own access rights.
import type { FileOffset, GuestAddress } from '../address.ts';
import { AT, O, SYS } from '../host/abi.ts';
import { addressOf, plainCall, scratch } from '../host/kernel.ts';
import { GuestMemory } from '../memory/guest-memory.ts';
import { EXEC, MAPPED, PAGE, READ, SHARED, WRITE } from '../memory/page-table.ts';
import { threadCount, threadCountAt } from '../threads/group.ts';
import type { ProgramImage, Task } from '../threads/task.ts';
import { hostPath } from './paths.ts';
import { blockOf, imageOf, readOther } from './same-guest.ts';

/** A whole file of the host's /proc, one character a byte. */
export function readHostFile(path: string): string {
  const fd = plainCall(SYS.openat, AT.FDCWD, hostPath(path), O.RDONLY | O.CLOEXEC);
  if (fd < 0) return '';
  const part = scratch(65536);
  let text = '';
  for (let n: number; (n = plainCall(SYS.read, fd, part.address, 65536)) > 0;) text += Buffer.from(part.bytes.subarray(0, n)).toString('latin1');
  plainCall(SYS.close, fd);
  return text;
}

export type Region = { from: GuestAddress; to: GuestAddress; bits: number; offset: FileOffset; file: string; name: string };

/** What of a process its files in /proc are made from. */
export type Space = {
  /** Its directory in /proc. */
  readonly directory: string;
  /** The page table. */
  readonly table: Uint8Array;
  readonly brkStart: GuestAddress;
  readonly image: ProgramImage | null;
  /** Guest threads. */
  readonly threads: number;
};

export const ownSpace = (task: Task): Space =>
  ({ directory: '/proc/self', table: task.memory.pages.bytes, brkStart: task.memory.brkStart, image: task.program.image ?? null, threads: threadCount() });

/** Null for a process that this emulator did not start. */
export function otherSpace(task: Task, pid: number): Space | null {
  const header = blockOf(task, pid);
  if (header === null) return null;
  const table = readOther(pid, addressOf(task.memory.block) + GuestMemory.pageTableAt, task.memory.pages.bytes.length);
  const threads = readOther(pid, threadCountAt(), 4);
  if (table === null || threads === null) return null;
  return { directory: `/proc/${pid}`, table, brkStart: GuestMemory.brkStartOf(header), image: imageOf(header), threads: threads[0]! | threads[1]! << 8 };
}

const SHOWN = MAPPED | READ | WRITE | EXEC | SHARED;

/** The first page after `page` whose bits differ from its; most of the table is zeros. */
function runEnd(table: Uint8Array, page: number, limit: number): number {
  const bits = table[page]! & SHOWN;
  let end = page + 1;
  while (end < limit && (table[end]! & SHOWN) === bits) end++;
  return end;
}

/** The guest's mappings in order. */
export function regions(task: Task, space = ownSpace(task)): Region[] {
  const { memory } = task;
  const { table } = space;
  const found: Region[] = [];
  for (const line of readHostFile(`${space.directory}/maps`).split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) (\S+ \d+) *(.*)$/.exec(line);
    if (!match) continue;
    const start = parseInt(match[1]!, 16) - memory.base;
    const from = Math.max(0, start), to = Math.min(memory.size, parseInt(match[2]!, 16) - memory.base);
    if (from >= to) continue;
    for (let page = from / PAGE; page < to / PAGE;) {
      const bits = table[page]! & SHOWN;
      const end = runEnd(table, page, to / PAGE);
      if (bits & MAPPED) {
        const offset = match[5]!.endsWith(' 0') ? 0 : parseInt(match[4]!, 16) + (page * PAGE - start);
        join(found, { from: page * PAGE, to: end * PAGE, bits, offset, file: match[5]!, name: match[6]! });
      }
      page = end;
    }
  }
  return found.map((region) => ({ ...region, name: region.name || special(task, space, region) }));
}

/** Appends a region, or lengthens the last one: the host splits mappings where code has been translated. */
function join(found: Region[], next: Region): void {
  const last = found.at(-1);
  const follows = last && last.to === next.from && last.bits === next.bits && last.file === next.file && last.name === next.name
    && (next.file.endsWith(' 0') || last.offset + (last.to - last.from) === next.offset);
  if (follows) last.to = next.to;
  else found.push(next);
}

function special(task: Task, { brkStart: heap, image }: Space, { from, to }: Region): string {
  if (image && from < image.stackHigh && image.stackHigh <= to) return '[stack]';
  if (heap > 0 && from <= heap && heap < to) return '[heap]';
  if (task.guest.commpages.some((page) => page.address >= from && page.address < to)) return '[vectors]';
  return '';
}

/** Bits of the highest byte of an entry of pagemap. */
export const PRESENT = 0x80, SWAPPED = 0x40, OF_FILE = 0x20;

/** Tells `each` the highest byte of the entries of a region in /proc/PID/pagemap. */
export function eachPage(task: Task, { directory }: Space, { from, to }: Region, each: (page: GuestAddress, bits: number) => void): void {
  const map = plainCall(SYS.openat, AT.FDCWD, hostPath(`${directory}/pagemap`), O.RDONLY | O.CLOEXEC);
  const part = scratch(1 << 16);
  for (let at = from; at < to; at += part.bytes.length / 8 * PAGE) {
    const count = Math.min(part.bytes.length / 8, (to - at) / PAGE);
    plainCall(SYS.pread64, map, part.address, count * 8, task.memory.host(at) / PAGE * 8);
    for (let i = 0; i < count; i++) each(at + i * PAGE, part.bytes[i * 8 + 7]!);
  }
  plainCall(SYS.close, map);
}

/** Bytes of a region that are in memory. */
function resident(task: Task, space: Space, region: Region): number {
  let count = 0;
  eachPage(task, space, region, (_, bits) => { if (bits & PRESENT) count++; });
  return count * PAGE;
}

/** Bytes of the guest's memory by kind, as /proc/PID/statm tells them. */
export function memoryUse(task: Task, space: Space): { readonly size: number; readonly resident: number; readonly shared: number; readonly code: number; readonly data: number } {
  const all = regions(task, space);
  const sum = (some: readonly Region[], bytes: (region: Region) => number): number => some.reduce((total, region) => total + bytes(region), 0);
  const size = ({ from, to }: Region): number => to - from;
  return {
    size: sum(all, size),
    resident: sum(all, (region) => resident(task, space, region)),
    shared: sum(all.filter(({ file, bits }) => !file.endsWith(' 0') || bits & SHARED), (region) => resident(task, space, region)),
    code: sum(all.filter(({ bits }) => bits & EXEC), size),
    data: sum(all.filter(({ bits }) => bits & WRITE && !(bits & SHARED)), size),
  };
}

const hex = (n: number): string => n.toString(16).padStart(8, '0');

export function mapsText(task: Task, details: boolean, space = ownSpace(task)): string {
  return regions(task, space).map((region) => {
    const { from, to, bits, offset, file, name } = region;
    const rights = (bits & READ ? 'r' : '-') + (bits & WRITE ? 'w' : '-') + (bits & EXEC ? 'x' : '-') + (bits & SHARED ? 's' : 'p');
    const head = `${hex(from)}-${hex(to)} ${rights} ${hex(offset)} ${file} `;
    const line = `${name ? head.padEnd(49 + 24, ' ') + name : head}\n`;
    if (!details) return line;
    const size = (to - from) / 1024, rss = resident(task, space, region) / 1024, anonymous = file.endsWith(' 0');
    const rows: [string, number][] = [['Size', size], ['KernelPageSize', 4], ['MMUPageSize', 4], ['Rss', rss], ['Pss', rss], ['Shared_Clean', 0], ['Shared_Dirty', 0],
      ['Private_Clean', anonymous ? 0 : rss], ['Private_Dirty', anonymous ? rss : 0], ['Referenced', rss], ['Anonymous', anonymous ? rss : 0], ['Swap', 0], ['SwapPss', 0], ['Locked', 0]];
    return line + rows.map(([key, kb]) => `${`${key}:`.padEnd(16)}${String(kb).padStart(8)} kB\n`).join('') + `VmFlags: ${[...'rwx'].filter((_, i) => bits & (1 << i)).map((r) => ({ r: 'rd', w: 'wr', x: 'ex' })[r as 'r' | 'w' | 'x']).join(' ')}\n`;
  }).join('');
}
