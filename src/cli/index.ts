// From the process's arguments and environment to a program, its arguments and the options. What the guest gets is kept as
// bytes (latin1: one character a byte). yargs is loaded only for a command line that has to be explained.
import * as fs from 'node:fs';
import type { Options } from '../threads/task.ts';
import { apply, split, wellFormed } from './split.ts';
import { applyEnvironment, defaults, logItems, type Draft } from './table.ts';
import { UsageError } from './values.ts';

export { UsageError } from './values.ts';

export type CommandLine =
  | { readonly kind: 'run'; readonly options: Options; readonly program: string; readonly argv: readonly string[]; readonly envp: readonly string[] }
  | { readonly kind: 'print'; readonly text: string };

/** Text of ours as bytes, and back. */
export const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
export const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/**
 * Reads the whole command line. `args` come after the emulator's name, `environment` is NAME=VALUE lines; both latin1.
 * Throws UsageError.
 */
export async function parse(command: string, args: readonly string[], environment: readonly string[], version: string): Promise<CommandLine> {
  const options = defaults();
  const settings = ownSettings(environment);
  if (settings.size > 0) {
    if (settings.has('TSEMU_VERSION')) return { kind: 'print', text: `${command} version ${version}` };
    applyEnvironment(options, settings);
  }
  let rest = args;
  if (args[0]?.startsWith('-')) {
    const { given, rest: after } = split(args);
    if (!wellFormed(given)) {
      const { explain } = await import('./usage.ts');
      return { kind: 'print', text: explain(command, given.map(({ name, value }) => ({ name: fromBytes(name), value: value && fromBytes(value) })), version) };
    }
    apply(options, given.map(({ name, value }) => ({ name, value: value && fromBytes(value) })));
    rest = after;
  }
  if (options.log.includes('help')) return { kind: 'print', text: Object.entries(logItems).map(([name, what]) => `${name.padEnd(13)} ${what}`).join('\n') };
  if (options.cpu === 'help') return { kind: 'run', options, program: '', argv: [], envp: [] };
  const [program, ...rest1] = rest;
  if (program === undefined) throw new UsageError(`no program given: ${command} [options] program [arguments...] (-h lists the options)`);
  const argv = [options.argv0 === null ? program : toBytes(options.argv0), ...rest1];
  return { kind: 'run', options, program, argv, envp: guestEnvironment(environment, options) };
}

/** The TSEMU_ variables, decoded. */
function ownSettings(environment: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of environment) {
    if (!entry.startsWith('TSEMU_')) continue;
    const equals = entry.indexOf('=');
    if (equals > 0) found.set(entry.slice(0, equals), fromBytes(entry.slice(equals + 1)));
  }
  return found;
}

/** Where the launcher keeps NODE_OPTIONS, which is meant for the guest and not for us. */
const KEPT_NODE_OPTIONS = 'TSEMU_GUEST_NODE_OPTIONS=';

/**
 * What the guest gets: our environment with -E and -U applied. TSEMU_ variables stay in it, so that programs which the host
 * starts for the guest see the same settings.
 */
export function guestEnvironment(environment: readonly string[], { setEnv, unsetEnv }: Pick<Draft, 'setEnv' | 'unsetEnv'>): string[] {
  const set = setEnv.map(toBytes);
  const gone = new Set([...unsetEnv.map(toBytes), ...set.map((entry) => entry.split('=', 1)[0]!)]);
  const kept: string[] = [];
  for (const raw of environment) {
    const entry = raw.startsWith(KEPT_NODE_OPTIONS) ? `NODE_OPTIONS=${raw.slice(KEPT_NODE_OPTIONS.length)}` : raw;
    if (gone.size === 0 || !gone.has(entry.split('=', 1)[0]!)) kept.push(entry);
  }
  return kept.concat(set);
}

/** The arguments as bytes: Node's own are decoded, which loses what is not UTF-8. */
export function rawArguments(decoded: readonly string[]): string[] {
  if (!decoded.some((arg) => arg.includes('\ufffd'))) return decoded.map((arg) => (ascii.test(arg) ? arg : toBytes(arg)));
  return procStrings('/proc/self/cmdline')?.slice(-decoded.length || Infinity) ?? decoded.map(toBytes);
}

const ascii = /^[\x00-\x7f]*$/;

/** The environment as bytes, in its own order and with all entries, however odd. */
export function rawEnvironment(): string[] {
  return procStrings('/proc/self/environ') ?? Object.entries(process.env).map(([name, value]) => toBytes(`${name}=${value}`));
}

/** NUL-terminated strings of a file in /proc; null when there is none to read. */
function procStrings(path: string): string[] | null {
  try {
    const strings = fs.readFileSync(path, 'latin1').split('\0');
    strings.pop();
    return strings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return null;
  }
}
