// What the launcher found before Node came, which changes it: Node marks descriptors close-on-exec, and resets signals.

/** The launcher's variable: descriptors from 3 to 15 that are open, a colon, and the line of /proc/self/stat. */
const VARIABLE = 'TSEMU_LAUNCH=';

export type LaunchFacts = {
  /** Of the first sixteen descriptors, those that the caller handed down. */
  readonly inherited: ReadonlySet<number>;
  /** Signals 1 to 32 as a mask: blocked, ignored. */
  readonly blocked: number;
  readonly ignored: number;
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
