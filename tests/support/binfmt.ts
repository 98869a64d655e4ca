// The single file, made once for a suite, and commands that run where the kernel starts it for guests' programs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './guest.ts';
import { run, type Outcome, type RunOptions } from './run.ts';

const tsemu = join(root, 'bin/tsemu');
let folder = '';

/** Declares that the suite needs the single file. */
export function withSingleFile(): void {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsemu-single-'));
    execFileSync(tsemu, ['single-file', folder]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
}

/** Where it is. */
export const singleFile = (): string => folder;

export type Place = {
  /** The guest's root folder, or - for none. */
  readonly sysroot?: string;
  /** The working folder; the root folder where there is no sysroot; - for neither. */
  readonly dir: string;
  /** Further options of tsemu binfmt register. */
  readonly options?: string;
};

const PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';

/** Runs a command with all guests registered in a binfmt_misc of its own; stderr has what registering said first. */
export function inBinfmt({ sysroot = '-', dir, options = '' }: Place, argv: readonly string[], more: RunOptions = {}): Promise<Outcome> {
  const words = [join(root, 'tests/support/binfmt-root.sh'), tsemu, folder, options, sysroot, dir, ...argv];
  return run(words, { timeout: 120_000, ...more, env: { PATH, HOME: '/nowhere', LC_ALL: 'C', ...more.env } });
}
