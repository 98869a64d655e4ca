// Signals as -strace and -d int show them: when the guest gets one.
import { signalName } from '../signals/numbers.ts';
import type { Task } from '../threads/task.ts';
import { log, logging } from './log.ts';

/** What came with a signal: a fault has an address, what a process sent has a sender. */
export type SignalDetail = { readonly code: number; readonly address?: number | bigint; readonly sender?: number };

/** True when signals are shown; callers test it before they collect the details. */
export const showsSignals = (task: Task): boolean => task.program.options.strace || logging('int');

/** Logs that the guest gets a signal at its present location. */
export function traceSignal(task: Task, signal: number, { code, address, sender }: SignalDetail): void {
  const { guest, cpu, tid } = task;
  const detail = `si_code=${code}${address === undefined ? '' : `, si_addr=0x${address.toString(16)}`}${sender === undefined ? '' : `, si_pid=${sender}`}`;
  if (task.program.options.strace) log(`${tid} --- ${signalName(signal)} {${detail}} ---\n`);
  if (logging('int')) log(`${tid} int ${signalName(signal)} {${detail}} at pc 0x${guest.address(guest.location(cpu)).toString(16).padStart(8, '0')}\n`);
}
