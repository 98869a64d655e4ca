// From the process's arguments and environment to a program, its arguments and the options. What the guest gets is kept as
// bytes (latin1: one character a byte). yargs is loaded only for a command line that has to be explained.
import type { Options } from '../threads/task.ts';
import { apply, split, wellFormed } from './split.ts';
import type { Launch } from './launch.ts';
import { fromBytes, toBytes } from './raw.ts';
import { applyEnvironment, defaults, logItems, type Draft } from './table.ts';
import { UsageError } from './values.ts';

export { fromBytes, toBytes } from './raw.ts';
export { UsageError } from './values.ts';

export type CommandLine =
  | { readonly kind: 'run'; readonly options: Options; readonly program: string; readonly argv: readonly string[]; readonly envp: readonly string[] }
  | { readonly kind: 'print'; readonly text: string };

type StartedBy = Pick<Launch, 'binfmt' | 'secure'>;
const byHand: StartedBy = { binfmt: null, secure: false };

/**
 * Reads the whole command line. `args` come after the emulator's name, `environment` is NAME=VALUE lines; both latin1.
 * The kernel gives no options. Throws UsageError.
 */
export async function parse(command: string, args: readonly string[], environment: readonly string[], version: string, by: StartedBy = byHand): Promise<CommandLine> {
  const options = defaults();
  if (by.secure) options.without = ['cache']; // it would be the caller's
  const settings = by.secure ? new Map<string, string>() : ownSettings(environment);
  if (settings.size > 0) {
    if (settings.has('TSEMU_VERSION')) return { kind: 'print', text: `${command} version ${version}` };
    applyEnvironment(options, settings);
  }
  let rest = args;
  if (by.binfmt === null && args[0]?.startsWith('-')) {
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
  const argv = by.binfmt?.argv0 ? rest1 : [options.argv0 === null ? program : toBytes(options.argv0), ...rest1];
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
