// Core files of the guest: what core(5) says, written by us, since the kernel would dump the emulator. ELF files with the
// guest's mappings and notes about its threads. Only while RLIMIT_CORE allows one are signals caught whose default action is a dump,
// and registers kept exact at faults.
import type { HostAddress } from '../address.ts';
import { AT, E, O, PROT, SYS } from '../host/abi.ts';
import { hostPath } from '../syscalls/paths.ts';
import { plainCall, scratch } from '../host/kernel.ts';
import type { CpuState } from '../guests/guest.ts';
import { PAGE, SHARED, pageUp } from '../memory/page-table.ts';
import { hostWord } from '../syscalls/args.ts';
import { OF_FILE, PRESENT, SWAPPED, eachPage, ownSpace, readHostFile, regions, type Region } from '../syscalls/proc-maps.ts';
import { alone, groupLocked, otherStates } from '../threads/group.ts';
import type { Task } from '../threads/task.ts';
import { catchDefaults } from './actions.ts';
import { coreNotes, type CoreThread } from './core-notes.ts';
import { CORE_SIGNALS, has } from './numbers.ts';
import { thread } from './thread.ts';

const RLIMIT_CORE = 4, PR_GET_DUMPABLE = 3;
const ET_CORE = 4, EV_CURRENT = 1, PT_LOAD = 1, PT_NOTE = 4;
const LONGEST = 0x7fff_f000;

/** The most bytes that a core file may have; 0 for none at all. */
function coreLimit(): number {
  const limit = scratch(16);
  if (plainCall(SYS.prlimit64, 0, RLIMIT_CORE, 0, limit.address) < 0) return 0;
  const bytes = hostWord(limit.view, 0);
  return bytes < 0 ? Infinity : bytes; // RLIM_INFINITY is -1
}

/** core_pattern of the kernel. A program that it pipes to would be given the emulator's core: then there is none. */
const pattern = (): string => readHostFile('/proc/sys/kernel/core_pattern').trimEnd();

/** Whether dumps are wanted as RLIMIT_CORE is now, or a report instead (-backtrace): asked when a program starts and when the limit is changed. */
export function followCoreLimit(task: Task): void {
  const wanted = coreLimit() >= PAGE && !pattern().startsWith('|');
  const { backtrace } = task.program.options;
  catchDefaults('core', wanted || backtrace);
  if ((wanted || backtrace) && !task.memory.precise) groupLocked(() => alone(() => task.memory.makePrecise()));
}

/** Writes the core file of a process that `signal` ends in this thread, if it is one that asks for that. */
export function dumpCore(task: Task, signal: number, info: Uint8Array): void {
  if (signal > 32 || !has(CORE_SIGNALS, 0, signal) || !task.program.image) return;
  const limit = coreLimit();
  if (limit < PAGE || plainCall(SYS.prctl, PR_GET_DUMPABLE) !== 1) return;
  const template = pattern();
  if (template.startsWith('|') || template === '') return;
  groupLocked(() => alone(() => {
    const fd = create(coreName(task, template, signal, limit));
    if (fd < 0) return;
    write(task, fd, limit, threads(task, signal, info), info);
    plainCall(SYS.close, fd);
  }));
}

function threads(task: Task, signal: number, info: Uint8Array): CoreThread[] {
  const code = new DataView(info.buffer, info.byteOffset).getInt32(8, true);
  return [
    { tid: task.tid, cpu: task.cpu, signal, code, low: thread.low },
    ...otherStates().map(({ tid, bytes }) => ({ tid, cpu: stateOf(bytes), signal, code: 0, low: 0 })),
  ];
}

function stateOf({ buffer }: Uint8Array<ArrayBuffer>): CpuState {
  return { u8: new Uint8Array(buffer), i32: new Int32Array(buffer), u32: new Uint32Array(buffer), f64: new Float64Array(buffer) };
}

/** The file's name by core_pattern's specifiers, core(5). */
function coreName(task: Task, template: string, signal: number, limit: number): string {
  const pid = plainCall(SYS.getpid);
  const uts = readHostFile('/proc/sys/kernel/hostname').trimEnd();
  const exe = Buffer.from(task.program.exe).toString('latin1');
  const values: Readonly<Record<string, string | number>> = {
    '%': '%', p: pid, P: pid, i: task.tid, I: task.tid, u: plainCall(SYS.getuid), g: plainCall(SYS.getgid), s: signal, d: 1, h: uts,
    t: Math.floor(Date.now() / 1000), e: readHostFile('/proc/self/comm').trimEnd(), f: exe.slice(exe.lastIndexOf('/') + 1), E: exe.replaceAll('/', '!'), c: limit === Infinity ? '18446744073709551615' : limit,
  };
  const name = template.replace(/%(.?)/g, (_, letter: string) => String(values[letter] ?? ''));
  return readHostFile('/proc/sys/kernel/core_uses_pid').startsWith('1') && !/%[pP]/.test(template) ? `${name}.${pid}` : name;
}

/** Only ever a plain file of the user's own with one name, as the kernel has it: another may be anybody's. A descriptor, or negative. */
function create(name: string): number {
  const fd = plainCall(SYS.openat, AT.FDCWD, hostPath(name), O.CREAT | O.RDWR | O.NOFOLLOW | O.NONBLOCK | O.CLOEXEC, 0o600);
  if (fd < 0) return fd;
  const stat = process.getBuiltinModule('node:fs').fstatSync(fd);
  if (stat.isFile() && stat.nlink === 1 && stat.uid === plainCall(SYS.geteuid) && plainCall(SYS.ftruncate, fd, 0) === 0) return fd;
  plainCall(SYS.close, fd);
  return -E.EPERM;
}

/** Pages of a mapping that hold what no file does, as runs: all of shared memory that has no file. */
function ownPages(task: Task, region: Region): [from: number, to: number][] {
  const anonymous = region.file.endsWith(' 0');
  if (region.bits & SHARED && !anonymous) return [];
  const runs: [number, number][] = [];
  eachPage(task, ownSpace(task), region, (from, bits) => {
    if (!(bits & (PRESENT | SWAPPED)) || (bits & OF_FILE && !(region.bits & SHARED))) return;
    const last = runs.at(-1);
    if (last?.[1] === from) last[1] = from + PAGE;
    else runs.push([from, from + PAGE]);
  });
  return runs;
}

/** The first page of a file, from which debuggers know a library by its build id. */
const isHead = ({ offset, name, bits }: Region): boolean => offset === 0 && name.startsWith('/') && !(bits & SHARED);

function write(task: Task, fd: number, limit: number, all: readonly CoreThread[], info: Uint8Array): void {
  const mapped = regions(task);
  const notes = coreNotes(task, all, info, mapped);
  const own = mapped.map((region) => ownPages(task, region));
  const sizes = mapped.map((region, i) => (own[i]!.length > 0 ? region.to - region.from : isHead(region) ? PAGE : 0));
  const wide = task.guest.data.pointer === 8;
  const headers = (wide ? 64 : 52) + (wide ? 56 : 32) * (mapped.length + 1);
  const start = pageUp(headers + notes.length);
  const head = elfHead(task, mapped, sizes, headers, notes.length, start);
  put(fd, Buffer.concat([head, notes]), limit);
  let at = start;
  mapped.forEach((region, i) => {
    const runs = own[i]!.length > 0 ? own[i]! : sizes[i]! > 0 ? [[region.from, region.from + PAGE] as const] : [];
    for (const [from, to] of runs) {
      plainCall(SYS.mprotect, task.memory.host(from), to - from, PROT.READ);
      putHost(fd, task.memory.host(from), to - from, at + (from - region.from), limit);
    }
    at += sizes[i]!;
  });
  plainCall(SYS.ftruncate, fd, Math.min(at, limit));
}

/** The ELF header and the program headers: the notes' first, then one of each mapping. */
function elfHead(task: Task, mapped: readonly Region[], sizes: readonly number[], notesAt: number, notesBytes: number, start: number): Uint8Array {
  const { data: { pointer, bigEndian }, elf } = task.guest;
  const wide = pointer === 8;
  const bytes = Buffer.alloc(notesAt);
  let at = 0;
  const half = (value: number): void => { at = bigEndian ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at); };
  const word = (value: number): void => { at = bigEndian ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at); };
  const long = (value: number): void => {
    if (!wide) return word(value);
    const [low, high] = [value % 2 ** 32, Math.floor(value / 2 ** 32)];
    for (const part of bigEndian ? [high, low] : [low, high]) word(part);
  };
  const segment = (type: number, flags: number, offset: number, address: number, filled: number, size: number, align: number): void => {
    word(type);
    if (wide) word(flags);
    for (const value of [offset, address, 0, filled, size]) long(value);
    if (!wide) word(flags);
    long(align);
  };
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, bigEndian ? 2 : 1, EV_CURRENT]);
  at = 16;
  half(ET_CORE); half(elf.machine); word(EV_CURRENT);
  long(0); long(wide ? 64 : 52); long(0);
  word(0); half(wide ? 64 : 52); half(wide ? 56 : 32); half(mapped.length + 1); half(0); half(0); half(0);
  segment(PT_NOTE, 0, notesAt, 0, notesBytes, 0, 4);
  let offset = start;
  mapped.forEach(({ from, to, bits }, i) => {
    // PF_X 1, PF_W 2, PF_R 4: PROT_ bits the other way round.
    segment(PT_LOAD, (bits & 1) << 2 | (bits & 2) | (bits & 4) >> 2, offset, from, sizes[i]!, to - from, PAGE);
    offset += sizes[i]!;
  });
  return bytes;
}

function put(fd: number, bytes: Uint8Array, limit: number): void {
  const copy = scratch(bytes.length);
  copy.bytes.set(bytes);
  putHost(fd, copy.address, bytes.length, 0, limit);
}

/** Writes host memory to a place of the file, as far as the limit lets it and the disk has room. */
function putHost(fd: number, from: HostAddress, bytes: number, at: number, limit: number): void {
  const end = Math.min(bytes, limit - at);
  for (let done = 0; done < end;) {
    const n = plainCall(SYS.pwrite64, fd, from + done, Math.min(end - done, LONGEST), at + done);
    if (n <= 0) return;
    done += n;
  }
}
