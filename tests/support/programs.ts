// The suite over tests/programs: each source is built in every way its head asks for and must do under tsemu what it does
// under qemu-arm, and what its head says.
//
//   //> modes: thumb,arm O0,O2 static,dynamic     every combination is built; this is the default
//   //> flags: -pthread -lm                       further flags
//   //> argv: one two                             arguments
//   //> stdin: text                               with \n
//   //> exit: 3                                   exit status (default 0) or signal name
//   //> stdout: text                              when it is given, qemu-arm is not asked (it may be wrong)
//   //> tiers: 0,1                                when not all
//   //> timeout: 60                               seconds
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.ts';
import { crossPrefix, expectSame, inTemporaryFolder, qemu, tiersOr, tsemu } from './guest.ts';
import type { Outcome } from './run.ts';

const tiers = tiersOr(['0', '1']);

export type Head = Readonly<Record<string, string>>;

const modeFlags: Readonly<Record<string, readonly string[]>> = {
  arm: ['-marm'], thumb: ['-mthumb'], O0: ['-O0'], O1: ['-O1'], O2: ['-O2'], O3: ['-O3'], Os: ['-Os'],
  static: ['-static'], dynamic: [], 'static-pie': ['-static-pie'], neon: ['-mfpu=neon-vfpv4'],
};
const DEFAULT_MODES = 'thumb,arm O0,O2 static,dynamic';

/** Reads the `//> key: value` lines of a source. */
export function readHead(text: string): Head {
  return Object.fromEntries([...text.matchAll(/^\/\/> *(\w+): *(.*)$/gm)].map(([, key, value]) => [key!, value!.trim()]));
}

/** All combinations of the mode groups, each as a list of modes. */
export function combinations(modes: string): string[][] {
  return modes.split(/\s+/).map((group) => group.split(',')).reduce<string[][]>(
    (sofar, group) => sofar.flatMap((chosen) => group.map((mode) => [...chosen, mode])), [[]]);
}

function flagsOf(modes: readonly string[], head: Head): string[] {
  const chosen = modes.flatMap((mode) => modeFlags[mode] ?? fail(`unknown mode ${mode}`));
  return [...chosen, ...(head['flags'] ?? '').split(/\s+/).filter(Boolean)];
}

function fail(message: string): never {
  throw new Error(message);
}

const unescape = (text: string): string => JSON.parse(`"${text.replaceAll('"', '\\"')}"`) as string;

async function wanted(program: string, head: Head, cwd: string): Promise<Outcome> {
  const end = head['exit'] === undefined ? 0 : /^\d+$/.test(head['exit']) ? Number(head['exit']) : head['exit'];
  if (head['stdout'] !== undefined) return { stdout: unescape(head['stdout']), stderr: '', end, command: 'the head of the source' };
  const outcome = await qemu([program, ...argumentsOf(head)], { prefix: crossPrefix, cwd, ...inputOf(head) });
  if (outcome.end !== end) fail(`qemu-arm itself ended ${outcome.end}, not ${end}\n$ ${outcome.command}\n${outcome.stdout}${outcome.stderr}`);
  return outcome;
}

const argumentsOf = (head: Head): string[] => (head['argv'] ?? '').split(/\s+/).filter(Boolean);
const inputOf = (head: Head) => ({
  stdin: unescape(head['stdin'] ?? ''), timeout: Number(head['timeout'] ?? 30) * 1000,
});

/** Declares the tests of every source in `folder` whose name ends so, built in those combinations that `choose` takes. */
export function testPrograms(folder: string, extension: string, choose: (modes: readonly string[]) => boolean = () => true): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(extension)).sort()) {
    const source = join(folder, name);
    const head = readHead(readFileSync(source, 'utf8'));
    const ways = combinations(head['modes'] ?? DEFAULT_MODES).filter(choose);
    if (ways.length > 0) describe(name, () => ways.forEach((modes) => declare(source, modes, head)));
  }
}

function declare(source: string, modes: readonly string[], head: Head): void {
  const used = tiers.filter((tier) => (head['tiers']?.split(',') ?? tiers).includes(tier));
  const seconds = Number(head['timeout'] ?? 30) * (used.length + 1) + 60;
  const inFolder = (body: (program: string, folder: string) => Promise<Outcome>) =>
    inTemporaryFolder((folder) => body(build(source, flagsOf(modes, head)), folder));
  let reference: Promise<Outcome> | undefined;
  for (const tier of used) {
    test(`${modes.join(' ')}, tier ${tier}`, async () => {
      reference ??= inFolder((program, folder) => wanted(program, head, folder));
      const right = await reference;
      const actual = await inFolder((program, cwd) => tsemu(tier, [program, ...argumentsOf(head)], { prefix: crossPrefix, cwd, ...inputOf(head) }));
      expectSame(actual, right);
    }, seconds * 1000);
  }
}
