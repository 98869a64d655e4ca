// The command line when it has options: brought into one notation, checked and explained by yargs, applied in order.
import yargs from 'yargs';
import { aliases, refusedWithValue, rows, type Draft } from './table.ts';
import { UsageError } from './values.ts';

const byName: ReadonlyMap<string, (typeof rows)[number]> = new Map(rows.map((row) => [row.name, row]));

/** What the options ask for instead of running a program. */
export type Asked = { readonly kind: 'run'; readonly rest: readonly string[] } | { readonly kind: 'print'; readonly text: string };

type Given = { readonly name: string; readonly value: string | null };

/**
 * Takes the options off the front: `-foo` is `--foo`, a value follows or is joined by `=`, `--` ends them, and so does the
 * first argument that is none.
 */
function split(args: readonly string[]): { given: Given[]; rest: readonly string[] } {
  const given: Given[] = [];
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') { i++; break; }
    if (!arg.startsWith('-') || arg === '-') break;
    const [, written, joined] = /^--?([^=]*)(?:=(.*))?$/s.exec(arg)!;
    const name = aliases[written!] ?? written!;
    const takesValue = byName.get(name)?.value !== undefined || refusedWithValue.has(name);
    given.push({ name, value: joined ?? (takesValue ? args[++i] ?? null : null) });
  }
  return { given, rest: args.slice(i) };
}

/** Parses the arguments after the emulator's name into `options`. */
export function parseOptions(command: string, args: readonly string[], options: Draft, version: string): Asked {
  const { given, rest } = split(args);
  let text = '';
  const parser = yargs(given.map(({ name, value }) => (value === null ? `--${name}` : `--${name}=${value}`)))
    .scriptName(command)
    .usage('Usage: $0 [options] program [arguments...]\n\nRuns a Linux program of another processor.')
    .epilogue('Every option has a twin in the environment, named in brackets, which is read first.')
    .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false, 'boolean-negation': false, 'parse-numbers': false, 'short-option-groups': false })
    .help('help').version(`${command} version ${version}`).wrap(null).exitProcess(false).strictOptions().showHelpOnFail(false)
    .fail((message, error) => { throw error ?? new UsageError(message.replaceAll('\n', ' ')); });
  for (const row of rows) {
    const hidden = row.help === '';
    const describe = row.value === undefined ? `${row.help} [TSEMU_${row.env}]` : `${row.value}: ${row.help} [TSEMU_${row.env}]`;
    const takesValue = row.value !== undefined || refusedWithValue.has(row.name);
    parser.option(row.name, { describe, hidden, type: takesValue ? 'string' : 'boolean', requiresArg: takesValue, array: false });
  }
  parser.parse(given.map(({ name, value }) => (value === null ? `--${name}` : `--${name}=${value}`)), (_: unknown, __: unknown, output: string) => { text = output; });
  if (text !== '') return { kind: 'print', text };
  for (const { name, value } of given) byName.get(name)!.set(options, value ?? '');
  return { kind: 'run', rest };
}
