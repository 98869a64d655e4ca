// -strace: prints each system call from the converters of its row.
import { describeError } from '../host/errors.ts';
import type { Result, Task } from '../threads/task.ts';
import type { Raw, Syscall } from '../syscalls/call.ts';
import { lastResult } from '../syscalls/args.ts';
import { log } from './log.ts';

/** The call in progress: its name, and its arguments as far as they can be printed before it is made. */
let name = '';
let texts: (string | null)[] = [];
let printed = false;

export function traceStart(task: Task, call: string, row: Syscall, raw: Raw): void {
  name = call;
  printed = false;
  texts = row.args.map((arg, i) => (arg.filled ? null : arg.show(raw[i]!, task, raw)));
}

/** Prints a call that will not come back. If it does come back, its result gets a line of its own. */
export function traceLeave(task: Task): void {
  printed = true;
  log(`${task.tid} ${name}(${joined(texts)})\n`);
}

export function traceEnd(task: Task, row: Syscall, raw: Raw, result: Result): void {
  if (result === 'gone') return;
  lastResult.value = typeof result === 'number' ? result : 0;
  const args = texts.map((text, i) => text ?? row.args[i]!.show(raw[i]!, task, raw));
  log(`${task.tid} ${name}(${printed ? '...' : joined(args)}) = ${showResult(result)}\n`);
}

/** Arguments that a call does not look at print as nothing. */
const joined = (args: readonly (string | null)[]): string => args.filter((text) => text !== '').join(', ');

function showResult(result: Result): string {
  if (typeof result !== 'number') return '? ERESTARTSYS (To be restarted)';
  if (result < 0 && result > -4096) return `-1 ${describeError(-result)}`;
  return result > 0xffff ? `0x${result.toString(16)}` : String(result);
}
