// How the emulator was started: arguments and environment as the caller gave them, and what was found before Node came, which
// changes it: Node marks descriptors close-on-exec, and resets signals. From the launcher, or from the start of the single file.
import { embedded, type Embedded } from '../single/embedded.ts';
import { rawArguments, rawEnvironment } from './raw.ts';

/** The launcher's variable: descriptors from 3 to 15 that are open, a colon, and the line of /proc/self/stat. */
const VARIABLE = 'TSEMU_LAUNCH=';

export type LaunchFacts = {
  /** Of the first sixteen descriptors, those that the caller handed down. */
  readonly inherited: ReadonlySet<number>;
  /** Signals 1 to 32 as a mask: blocked, ignored. */
  readonly blocked: number;
  readonly ignored: number;
};

/** Strings are latin1, one character a byte. */
export type Launch = LaunchFacts & {
  /** After the emulator's name. */
  readonly args: readonly string[];
  /** What the caller set, NAME=VALUE. */
  readonly environment: readonly string[];
  /**
   * binfmt_misc started us: the arguments are the program's path, where it was registered with P the argv[0] it is to have, and
   * its further arguments.
   */
  readonly binfmt: { readonly argv0: boolean; readonly execfd: number | null } | null;
  /** We have rights that the caller has not (binfmt_misc's flag C and a set-uid program): nothing of the caller's is to be believed. */
  readonly secure: boolean;
};

const BLOCKED_FIELD = 32, IGNORED_FIELD = 33;

export function launchFacts(environment: readonly string[]): LaunchFacts {
  const value = environment.find((entry) => entry.startsWith(VARIABLE))?.slice(VARIABLE.length);
  const standard = [0, 1, 2];
  if (value === undefined) return { inherited: new Set(standard), blocked: 0, ignored: 0 };
  const colon = value.indexOf(':');
  // Field 2 is the command's name, in brackets, and may hold anything.
  const fields = value.slice(value.lastIndexOf(')') + 2).split(' ');
  const field = (n: number): number => Number(fields[n - 3] ?? 0) | 0;
  return {
    inherited: new Set([...standard, ...value.slice(0, colon).split(' ').filter(Boolean).map(Number)]),
    blocked: field(BLOCKED_FIELD), ignored: field(IGNORED_FIELD),
  };
}

/** The environment without the launcher's variable: nobody else is to see it. */
export function withoutLaunch(environment: readonly string[]): readonly string[] {
  return environment.filter((entry) => !entry.startsWith(VARIABLE));
}

/** How this process was started. */
export function readLaunch(): Launch {
  if (embedded?.start) return fromKernel(embedded.start, embedded.view);
  const environment = rawEnvironment();
  return { ...launchFacts(environment), args: rawArguments(process.argv.slice(3)), environment: withoutLaunch(environment), binfmt: null, secure: false };
}

const AT_FLAGS_PRESERVE_ARGV0 = 1;
/** As much as the kernel takes of arguments, with their pointers: no more than this is looked at. */
const MAX_STACK = 8 << 20;

function fromKernel({ stack, flags, execfd, secure, inherited, blocked, ignored }: NonNullable<Embedded['start']>, view: Embedded['view']): Launch {
  const memory = view(stack, MAX_STACK);
  const word = (index: number): number => Number(memory.readBigUInt64LE(index * 8));
  const string = (address: number): string => memory.toString('latin1', address - stack, memory.indexOf(0, address - stack));
  const argc = word(0);
  const args = Array.from({ length: Math.max(argc - 1, 0) }, (_, i) => string(word(2 + i)));
  const environment: string[] = [];
  for (let i = argc + 2, at; (at = word(i)) !== 0; i++) environment.push(string(at));
  const argv0 = (flags & AT_FLAGS_PRESERVE_ARGV0) !== 0;
  return { args, environment, inherited, blocked, ignored, secure, binfmt: argv0 || execfd !== null ? { argv0, execfd } : null };
}
