// The notes of a core file: what a debugger is told of the process and its threads. Structs are those of the guest's kernel,
// include/linux/elfcore.h; the registers come from the guest.
import { SYS } from '../host/abi.ts';
import { plainCall } from '../host/kernel.ts';
import type { CpuState, DataModel } from '../guests/guest.ts';
import { PAGE } from '../memory/page-table.ts';
import { set, struct, type Layout, type Scalar, type Struct } from '../syscalls/struct.ts';
import { readHostFile, type Region } from '../syscalls/proc-maps.ts';
import type { Task } from '../threads/task.ts';
import { toGuest } from './siginfo.ts';

const NT = { PRSTATUS: 1, PRPSINFO: 3, AUXV: 6, FILE: 0x46494c45, SIGINFO: 0x53494749 } as const;

/** struct elf_prstatus up to its registers, which a word follows that says whether floating-point registers are valid. */
const statusHead = struct('elf_prstatus', {
  si_signo: 'i32', si_code: 'i32', si_errno: 'i32', cursig: 'i16', sigpend: 'ulong', sighold: 'ulong', pid: 'i32', ppid: 'i32', pgrp: 'i32', sid: 'i32',
  times: { array: 'long', length: 8 },
});

const processInfo = (id: Scalar): Struct => struct('elf_prpsinfo', {
  state: 'u8', sname: 'u8', zomb: 'u8', nice: 'i8', flag: 'ulong', uid: id, gid: id, pid: 'i32', ppid: 'i32', pgrp: 'i32', sid: 'i32', fname: { bytes: 16 }, psargs: { bytes: 80 },
});
const [info16, info32] = [processInfo('u16'), processInfo('u32')];

/** A thread to be shown: `signal` is what ends the process, for the thread that it ends in. */
export type CoreThread = { readonly tid: number; readonly cpu: CpuState; readonly signal: number; readonly code: number; readonly low: number };

function fill(layout: Layout, values: Readonly<Record<string, number>>): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  for (const [name, value] of Object.entries(values)) set(layout, bytes, name, value);
  return bytes;
}

const words = (values: readonly number[], { pointer, bigEndian }: DataModel): Uint8Array => {
  const bytes = new Uint8Array(values.length * pointer);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    if (pointer === 4) view.setUint32(4 * i, value, !bigEndian);
    else view.setBigUint64(8 * i, BigInt(value), !bigEndian);
  });
  return bytes;
};

/** An entry of a PT_NOTE segment; name and content are padded to words. */
function note(owner: string, type: number, content: Uint8Array, { bigEndian }: DataModel): Uint8Array {
  const up = (n: number): number => (n + 3) & ~3;
  const bytes = new Uint8Array(12 + up(owner.length + 1) + up(content.length));
  const view = new DataView(bytes.buffer);
  [owner.length + 1, content.length, type].forEach((value, i) => view.setUint32(4 * i, value, !bigEndian));
  bytes.set(Buffer.from(owner, 'latin1'), 12);
  bytes.set(content, 12 + up(owner.length + 1));
  return bytes;
}

type Family = { readonly pid: number; readonly ppid: number; readonly pgrp: number; readonly sid: number };
const family = (): Family => ({ pid: plainCall(SYS.getpid), ppid: plainCall(SYS.getppid), pgrp: plainCall(SYS.getpgrp), sid: plainCall(SYS.getsid, 0) });

function threadStatus(task: Task, thread: CoreThread): Uint8Array {
  const { data, core } = task.guest;
  const head = fill(statusHead(data), {
    si_signo: thread.signal, si_code: thread.code, cursig: thread.signal, sighold: data.pointer === 4 ? thread.low >>> 0 : 0, ...family(), pid: thread.tid,
  });
  const registers = core.registers(thread.cpu);
  const bytes = new Uint8Array(Math.ceil((head.length + registers.length + 4) / data.pointer) * data.pointer);
  bytes.set(head);
  bytes.set(registers, head.length);
  bytes[head.length + registers.length] = 1;
  return bytes;
}

function processStatus(task: Task): Uint8Array {
  const layout = (task.guest.ids16 ? info16 : info32)(task.guest.data);
  const bytes = fill(layout, { sname: 'R'.charCodeAt(0), uid: plainCall(SYS.getuid), gid: plainCall(SYS.getgid), ...family() });
  const put = (name: string, text: string, room: number): void => bytes.set(Buffer.from(text.slice(0, room - 1), 'latin1'), layout.byName[name]!.offset);
  put('fname', readHostFile('/proc/self/comm').trimEnd(), 16);
  put('psargs', task.program.argv.join(' '), 80);
  return bytes;
}

/** NT_FILE: how many, the page size, then start, end and page offset of each, then the names. */
function mappedFiles(regions: readonly Region[], data: DataModel): Uint8Array {
  const files = regions.filter(({ name }) => name.startsWith('/'));
  const numbers = [files.length, PAGE, ...files.flatMap(({ from, to, offset }) => [from, to, offset / PAGE])];
  return Buffer.concat([words(numbers, data), ...files.map(({ name }) => Buffer.from(`${name}\0`, 'latin1'))]);
}

/** All notes; the first thread is the one that the signal ended the process in, and `info` is the host's siginfo. */
export function coreNotes(task: Task, threads: readonly CoreThread[], info: Uint8Array, regions: readonly Region[]): Uint8Array {
  const { data, core } = task.guest;
  const own = (type: number, content: Uint8Array): Uint8Array => note('CORE', type, content, data);
  const notes = threads.flatMap((thread, i) => [
    own(NT.PRSTATUS, threadStatus(task, thread)),
    ...(i > 0 ? [] : [own(NT.PRPSINFO, processStatus(task)), own(NT.SIGINFO, toGuest(info, data)), own(NT.AUXV, task.program.image!.auxv), own(NT.FILE, mappedFiles(regions, data))]),
    ...core.notes(thread.cpu).map(({ owner, type, bytes }) => note(owner, type, bytes, data)),
  ]);
  return Buffer.concat(notes);
}
