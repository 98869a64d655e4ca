// A bug of tsemu's own, as it is shown before the process ends with status 70: all that a report needs, in one block.
import { release } from 'node:os';
import { writeSync } from 'node:fs';
import { SYS } from '../host/abi.ts';
import { plainCall } from '../host/kernel.ts';
import type { Task } from '../threads/task.ts';
import { VERSION } from '../version.ts';

const EXIT_BUG = 70, MOST_LINES = 12;

/** The task of this thread, from when it has one. */
let current: Task | null = null;
export function watchForCrash(task: Task): void { current = task; }

/** The block's text. `kernel` and `node` are what tsemu runs on. */
export function crashText(error: unknown, command: string, task: Task | null, on: { readonly kernel: string; readonly node: string }): string {
  const stack = error instanceof Error ? error.stack ?? String(error) : String(error);
  const lines = stack.split('\n');
  const region = /\btsemu-(?!core)([a-z0-9]+)-[0-9a-f]+:/.exec(stack)?.[1];
  const where = task === null ? 'before the program started' : [
    `${task.program.exe} (thread ${task.tid}), pc 0x${task.guest.address(task.guest.location(task.cpu)).toString(16)}`,
    region === undefined ? 'in tsemu itself or tier 0' : `in region ${region}`,
  ].join(', ');
  return [
    `${command}: this is a bug of tsemu's, not of the program's`,
    `  version: ${VERSION} on Node ${on.node}, Linux ${on.kernel}, ${process.arch}`,
    `  guest:   ${where}`,
    ...lines.slice(0, MOST_LINES).map((line) => `  ${line.trimStart()}`),
    '  To report it, send these lines with the command and, if you may, the program. -tier 0, -tier 1 or -d strace often show more.',
    '',
  ].join('\n');
}

/** Shows the block and ends the process. Node's own way needs its event loop, whose descriptors are gone. */
export function crash(error: unknown, command: string): never {
  try { writeSync(2, crashText(error, command, current, { kernel: release(), node: process.versions.node })); } finally {
    for (;;) plainCall(SYS.exit_group, EXIT_BUG);
  }
}
