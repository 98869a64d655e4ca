// -backtrace: what is shown on stderr when a signal ends the program, in one screen. Who called whom is found without unwind tables: by the link register,
// and by the words on the stack that an address behind a call has. So calls that are over may show too, and the report says so.
import { writeSync } from 'node:fs';
import type { GuestAddress } from '../address.ts';
import type { Slot } from '../translate/ir.ts';
import { Builder } from '../translate/builder.ts';
import { CodeReader } from '../translate/code-reader.ts';
import { FetchFault, translate } from '../translate/frontend.ts';
import { failureText } from '../cli/failure.ts';
import { SIG, signalName } from '../signals/numbers.ts';
import { readHostFile, regions, type Region } from '../syscalls/proc-maps.ts';
import { MemoryFault, type Task } from '../threads/task.ts';
import { functionAt } from './symbols.ts';

const MOST_FRAMES = 16, MOST_WORDS = 4096;
/** Signals whose siginfo has the address of a fault. */
const FAULTS = new Set([4, 5, 7, 8, 11]);
/** How long a call is, in bytes. */
const CALLS = [4, 2] as const;

const value = (task: Task, { offset, type }: Slot): number => task.cpu.u32[offset >> 2]! + (type === 'i64' ? task.cpu.u32[(offset >> 2) + 1]! * 2 ** 32 : 0);

/** Whether a call comes right before a location: asked of the translator, which knows what a call is. */
function followsCall(task: Task, reader: CodeReader, location: number): boolean {
  const { guest, model, memory } = task;
  return CALLS.some((bytes) => {
    if (!memory.executable(guest.address(location)) || guest.address(location) < bytes) return false;
    try {
      const unit = translate(new Builder({ fold: true }), guest, location - bytes, reader, { model, limit: 1, modes: memory.modes });
      const { end } = unit.blocks.at(-1)!;
      return (end.kind === 'call' || end.kind === 'callIndirect') && guest.address(end.ret) === guest.address(location);
    } catch (e) {
      if (e instanceof FetchFault) return false;
      throw e;
    }
  });
}

/** Addresses that calls return to: in the link register, then on the stack from its top. */
function returns(task: Task): GuestAddress[] {
  const { guest, memory } = task;
  const reader = new CodeReader(memory, !guest.elf.bigEndian);
  const { pointer } = guest.data;
  const found: number[] = [];
  const add = (word: number): void => { if (word !== found.at(-1) && followsCall(task, reader, word)) found.push(word); };
  add(value(task, guest.debugTarget().link));
  const sp = value(task, guest.sp);
  try {
    for (let i = 0; i < MOST_WORDS && found.length < MOST_FRAMES; i++) {
      const at = sp + i * pointer;
      add(memory.u32(at) + (pointer === 8 ? memory.u32(at + 4) * 2 ** 32 : 0));
    }
  } catch (e) {
    if (!(e instanceof MemoryFault)) throw e; // the stack's end, or no stack at all
  }
  return found;
}

/** `0x00010078 main+0x10 (/path/of/file)`; `behind` for an address that a call returns to, whose call is what counts. */
function place(task: Task, maps: readonly Region[], location: number, behind: boolean): string {
  const address = task.guest.address(location);
  const digits = task.guest.data.pointer === 8 ? 12 : 8;
  const region = maps.find(({ from, to }) => address >= from && address < to);
  const shown = `0x${address.toString(16).padStart(digits, '0')}`;
  if (region === undefined) return `${shown} where nothing is mapped`;
  const file = region.name.startsWith('/') ? region.name : null;
  const found = file === null ? null : functionAt(file, address - region.from + region.offset - (behind ? 1 : 0));
  const name = found === null ? '??' : `${found.name}+0x${(found.offset + (behind ? 1 : 0)).toString(16)}`;
  return `${shown} ${name} (${region.name === '' ? 'anonymous memory' : region.name})`;
}

/** The report's text. */
export function backtrace(task: Task, signal: number, info: Uint8Array): string {
  const { guest, program } = task;
  const view = new DataView(info.buffer, info.byteOffset);
  const code = view.getInt32(8, true);
  const fault = FAULTS.has(signal) && code > 0;
  const maps = regions(task);
  const cause = fault ? `, address 0x${view.getBigUint64(16, true).toString(16)}` : code <= 0 ? `, sent by process ${view.getInt32(16, true)}` : '';
  const pc = guest.location(task.cpu);
  const lines = [
    `tsemu-${guest.name}: ${program.argv.join(' ')}: ended by ${signalName(signal)} (si_code ${code}${cause}) in thread ${task.tid} "${readHostFile(`/proc/self/task/${task.tid}/comm`).trimEnd()}"`,
    `  at      ${place(task, maps, pc, false)}`,
    ...instruction(task, pc),
    ...returns(task).map((location) => `  after   ${place(task, maps, location, true)}`),
    '  (found on the stack: calls that are over can be among them; -g and gdb know better)',
    ...guest.dump(task.cpu).split('\n').slice(0, 10).map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

function instruction(task: Task, location: number): string[] {
  const { guest, memory } = task;
  if (!memory.executable(guest.address(location))) return [];
  const { text, bytes } = guest.disassemble(location, new CodeReader(memory, !guest.elf.bigEndian));
  return [`          ${Buffer.from(memory.read(guest.address(location), bytes)).toString('hex')}  ${text}`];
}

/** An instruction that the processor does not have, in a line: what a shell's "Illegal instruction" leaves open. */
function illegal(task: Task, coloured: boolean): string {
  const { guest, model } = task;
  const pc = guest.location(task.cpu);
  const richest = guest.models[0]!.name;
  const hint = model.name === richest ? `build the program for less, or see docs/guests.md for what '${richest}' has; -backtrace shows who called` : `-cpu ${richest} has more than ${model.name}`;
  return failureText(`tsemu-${guest.name}`, `${task.program.exe}: no such instruction: ${instruction(task, pc).join('').trim()} at ${place(task, regions(task), pc, false)}`, hint, coloured);
}

/** Shows it, if it was asked for; and at a terminal what is hard to find out otherwise. */
export function reportDeath(task: Task, signal: number, info: Uint8Array): void {
  const fault = new DataView(info.buffer, info.byteOffset).getInt32(8, true) > 0;
  const { backtrace: wanted } = task.program.options;
  const line = !wanted && signal === SIG.ILL && fault && process.getBuiltinModule('node:tty').isatty(2);
  if (!wanted && !line) return;
  try { writeSync(2, wanted ? backtrace(task, signal, info) : illegal(task, !process.env['NO_COLOR'])); } catch (e) {
    if ((e as NodeJS.ErrnoException).errno === undefined) throw e; // nobody reads it
  }
}
