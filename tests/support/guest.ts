// Runs a guest's programs under tsemu and under its oracle, qemu-user, in the same surroundings.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestGuest } from './guests.ts';
import { type Outcome, type RunOptions, run } from './run.ts';

export const root = resolve(__dirname, '../..');
/** Our command for a guest. Other emulators can be put in the place of ours, to try the tests themselves. */
export const launcher = ({ name }: TestGuest): string => join(process.env.TSEMU_TEST_BIN ?? join(root, 'bin'), `tsemu-${name}`);
/** qemu-user for a guest. */
export const oracle = ({ name }: TestGuest): string => `/usr/bin/qemu-${name}`;
/** The C library of the cross compiler: enough for programs that we build ourselves. */
export const crossPrefix = ({ cross }: TestGuest): string => `/usr/${cross}`;

/** The ways to run code that a suite repeats itself in: "0" interprets all, "1" compiles all, "auto" is the user's way. */
export const tiersOr = (usual: readonly string[]): readonly string[] => process.env.TSEMU_TEST_TIERS?.split(',') ?? usual;

const guestEnvironment = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C.UTF-8', TZ: 'UTC', TERM: 'dumb', USER: 'root',
};

export type GuestOptions = RunOptions & {
  /** Folder that stands in for the guest's root (-L). */
  readonly prefix?: string;
  readonly emulator?: readonly string[];
};

function environment(options: GuestOptions): Record<string, string> {
  return { ...guestEnvironment, HOME: options.cwd ?? '/', ...options.env };
}

/** Runs a guest program under tsemu in one tier. */
export function tsemu(guest: TestGuest, tier: string, argv: readonly string[], options: GuestOptions = {}): Promise<Outcome> {
  const prefix = options.prefix === undefined ? [] : ['-L', options.prefix];
  // HOME is new for each test: what was translated for one shall help the next.
  const cache = process.env.TSEMU_CACHE === undefined ? {} : { TSEMU_CACHE_DIR: process.env.TSEMU_CACHE };
  const env = { ...environment(options), ...cache, ...(tier === 'auto' ? {} : { TSEMU_TIER: tier }) };
  return run([launcher(guest), ...prefix, ...(options.emulator ?? []), ...argv], { ...options, env });
}

/** Runs a guest program under qemu-user. Programs that it starts in turn do not run: `qemuRoot` is for those. */
export function qemu(guest: TestGuest, argv: readonly string[], options: GuestOptions = {}): Promise<Outcome> {
  const prefix = options.prefix === undefined ? [] : ['-L', options.prefix];
  return run([oracle(guest), ...prefix, ...argv], { ...options, env: environment(options) });
}

/** Runs a program of the host's in the same surroundings. */
export function native(argv: readonly string[], options: GuestOptions = {}): Promise<Outcome> {
  return run(argv, { ...options, env: environment(options) });
}

/** Runs a guest program and its children under qemu-user with the sysroot as the root folder. */
export function qemuRoot(guest: TestGuest, sysroot: string, argv: readonly string[], options: GuestOptions & { cwd: string }): Promise<Outcome> {
  const env = environment(options);
  const words = [join(__dirname, 'qemu-root.sh'), oracle(guest), sysroot, options.cwd, ...argv];
  return run(words, { ...options, env });
}

/** Gives `body` an empty folder, which is gone afterwards. */
export async function inTemporaryFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tsemu-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What two runs must agree on; with the command and stderr beside it for whoever reads the failure. */
export function expectSame(actual: Outcome, wanted: Outcome, stderrToo = false): void {
  if (actual.stdout === wanted.stdout && actual.end === wanted.end && (!stderrToo || actual.stderr === wanted.stderr)) return;
  const told = (text: string) => (text.length > 4000 ? `${text.slice(0, 4000)}…` : text);
  const message = [
    `$ ${actual.command}`, `ended ${actual.end}, wanted ${wanted.end}`,
    `--- stdout wanted\n${told(wanted.stdout)}`, `--- stdout\n${told(actual.stdout)}`,
    `--- stderr\n${told(actual.stderr)}`, stderrToo || wanted.stderr !== '' ? `--- stderr wanted\n${told(wanted.stderr)}` : '',
  ];
  const error = new Error(message.join('\n'));
  error.stack = error.message; // where in the test code says nothing
  throw error;
}
