// The guest's threads as gdb names them, and their registers.
import { plainCall, readHost, writeHost } from '../../host/kernel.ts';
import { SYS } from '../../host/abi.ts';
import { readHostFile } from '../../syscalls/proc-maps.ts';
import type { CpuState } from '../../guests/guest.ts';
import { ownSlot, runningSlots, slotTid, stateAddress } from '../../threads/group.ts';
import type { Task } from '../../threads/task.ts';
import { CPU_BYTES } from '../../translate/state.ts';
import { number, toHex } from './packets.ts';

/** -1 in a thread id. */
export const ALL = -1;
export type ThreadId = { readonly pid: number; readonly tid: number };

export const ownPid = (): number => plainCall(SYS.getpid);

/** `pPID.TID`, or `TID` for a gdb that knows of one process only. */
export const showThread = (tid: number, multiprocess: boolean, pid = ownPid()): string => (multiprocess ? `p${pid.toString(16)}.${tid.toString(16)}` : tid.toString(16));

const id = (text: string): number => (text === '-1' ? ALL : number(text));

/** A thread id of either form; 0 stands for any, ALL for all. Null when it is neither. */
export function parseThread(text: string): ThreadId | null {
  const match = /^(?:p([^.]*)(?:\.(.*))?|(.+))$/.exec(text);
  if (!match) return null;
  const pid = match[1] === undefined ? ownPid() : id(match[1]);
  const tid = match[3] !== undefined ? id(match[3]) : match[2] === undefined ? ALL : id(match[2]);
  return Number.isNaN(pid + tid) ? null : { pid, tid };
}

/** The slot of a thread of this process; the own one for any thread. Undefined when there is none. */
export function slotOf(tid: number): number | undefined {
  if (tid <= 0) return ownSlot();
  return runningSlots().find((slot) => slotTid(slot) === tid);
}

/** Runs with the registers of a thread that stands still, and keeps what was changed of them. */
export function withRegisters<T>(task: Task, slot: number, run: (cpu: CpuState) => T): T {
  if (slot === ownSlot()) return run(task.cpu);
  const u8 = new Uint8Array(readHost(stateAddress(slot), CPU_BYTES));
  const before = u8.slice();
  const { buffer } = u8;
  const result = run({ u8, i32: new Int32Array(buffer), u32: new Uint32Array(buffer), f64: new Float64Array(buffer) });
  if (Buffer.compare(u8, before) !== 0) writeHost(stateAddress(slot), u8);
  return result;
}

const threadName = (tid: number): string => readHostFile(`/proc/self/task/${tid}/comm`).trimEnd();

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** The document that qXfer:threads reads. */
export function threadsXml(multiprocess: boolean): string {
  const lines = runningSlots().map(slotTid).map((tid) => `<thread id="${showThread(tid, multiprocess)}" name="${escaped(threadName(tid))}"/>`);
  return `<?xml version="1.0"?><threads>${lines.join('')}</threads>`;
}

/** What qThreadExtraInfo answers, as text in hexadecimal. */
export const extraInfo = (tid: number): string => toHex(Buffer.from(threadName(tid), 'latin1'));
