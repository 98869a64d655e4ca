// Takes the options off the front of a command line: `-foo` is `--foo`, a value follows or is joined by `=`, `--` ends the
// options, and so does the first argument that is none.
import { aliases, byName, takesValue, type Draft } from './table.ts';

/** An option as it was given; null for no value. */
export type Given = { readonly name: string; readonly value: string | null };

export function split(args: readonly string[]): { readonly given: readonly Given[]; readonly rest: readonly string[] } {
  const given: Given[] = [];
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') { i++; break; }
    if (!arg.startsWith('-') || arg === '-') break;
    const [, written, joined] = /^--?([^=]*)(?:=(.*))?$/s.exec(arg)!;
    const name = aliases[written!] ?? written!;
    const row = byName.get(name);
    given.push({ name, value: joined ?? (row && takesValue(row) ? args[++i] ?? null : null) });
  }
  return { given, rest: args.slice(i) };
}

/** True when every option is known and has a value exactly if it wants one. */
export function wellFormed(given: readonly Given[]): boolean {
  return given.every(({ name, value }) => {
    const row = byName.get(name);
    return row !== undefined && takesValue(row) === (value !== null);
  });
}

/** The options in the one notation that leaves no doubt. */
export function normalized(given: readonly Given[]): string[] {
  return given.map(({ name, value }) => (value === null ? `--${name}` : `--${name}=${value}`));
}

/** Applies well-formed options in the order they were given. */
export function apply(options: Draft, given: readonly Given[]): void {
  for (const { name, value } of given) byName.get(name)!.set(options, value ?? '');
}
