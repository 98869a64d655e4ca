// The suite over tests/programs: each source is built for every guest in every way its head asks for, and must do under tsemu
// what it does under qemu-user (or on the host), and what its head says. A source whose name starts with a guest's, such as arm-faults.c, is
// for that guest alone.
//
//   //> modes: thumb,arm O0,O2 static,dynamic     every combination is built; each guest has its own default, and leaves out
//                                                 instruction sets and levels that are not its own
//   //> flags: -pthread -lm                       further flags
//   //> argv: one two                             arguments
//   //> stdin: text                               with \n
//   //> exit: 3                                   exit status (default 0) or signal name
//   //> stdout: text                              when it is given, qemu is not asked (it may be wrong)
//   //> reference: host                           the program is built for the host as well, and does what it does there
//   //> tiers: 0,1,auto                           when not 0 and 1
//   //> timeout: 60                               seconds
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildForHost } from './build.ts';
import { crossPrefix, expectSame, inTemporaryFolder, native, qemu, tiersOr, tsemu } from './guest.ts';
import { testGuests, type TestGuest } from './guests.ts';
import type { Outcome } from './run.ts';

const usualTiers = ['0', '1'];

export type Head = Readonly<Record<string, string>>;

const modeFlags: Readonly<Record<string, readonly string[]>> = {
  O0: ['-O0'], O1: ['-O1'], O2: ['-O2'], O3: ['-O3'], Os: ['-Os'], static: ['-static'], dynamic: [], 'static-pie': ['-static-pie'],
};

/** Reads the `//> key: value` lines of a source. */
export function readHead(text: string): Head {
  return Object.fromEntries([...text.matchAll(/^\/\/> *(\w+): *(.*)$/gm)].map(([, key, value]) => [key!, value!.trim()]));
}

/** All combinations of the mode groups, each as a list of modes. */
export function combinations(modes: string): string[][] {
  return modes.split(/\s+/).map((group) => group.split(',')).reduce<string[][]>(
    (sofar, group) => sofar.flatMap((chosen) => group.map((mode) => [...chosen, mode])), [[]]);
}

/** The ways in which a guest builds a source: without the groups of modes that name other guests' instruction sets. */
export function waysOf(guest: TestGuest, head: Head): string[][] {
  const foreign = new Set(testGuests.flatMap((other) => Object.keys(other.isa)).filter((mode) => !(mode in guest.isa)));
  const groups = (head['modes'] ?? guest.modes).split(/\s+/);
  return combinations(groups.filter((group) => !group.split(',').some((mode) => foreign.has(mode))).join(' '));
}

/** The compiler's flags for one of these ways. */
export function flagsOf(guest: TestGuest, modes: readonly string[], head: Head): string[] {
  const chosen = modes.flatMap((mode) => modeFlags[mode] ?? guest.isa[mode] ?? fail(`unknown mode ${mode}`));
  return [...chosen, ...extraFlags(head)];
}

const extraFlags = (head: Head): string[] => (head['flags'] ?? '').split(/\s+/).filter(Boolean);

function fail(message: string): never {
  throw new Error(message);
}

const unescape = (text: string): string => JSON.parse(`"${text.replaceAll('"', '\\"')}"`) as string;

/** What the program must do; `source` and `program` are the same one before and after it was built for the guest. */
async function wanted(guest: TestGuest, source: string, program: string, head: Head, cwd: string): Promise<Outcome> {
  const end = head['exit'] === undefined ? 0 : /^\d+$/.test(head['exit']) ? Number(head['exit']) : head['exit'];
  if (head['stdout'] !== undefined) return { stdout: unescape(head['stdout']), stderr: '', end, command: 'the head of the source' };
  const onHost = head['reference'] === 'host';
  const outcome = onHost
    ? await native([buildForHost(source, ['-O2', ...extraFlags(head)]), ...argumentsOf(head)], { cwd, ...inputOf(head) })
    : await qemu(guest, [program, ...argumentsOf(head)], { prefix: crossPrefix(guest), cwd, ...inputOf(head) });
  if (outcome.end !== end) fail(`${onHost ? 'the host' : 'qemu'} itself ended ${outcome.end}, not ${end}\n$ ${outcome.command}\n${outcome.stdout}${outcome.stderr}`);
  return outcome;
}

const argumentsOf = (head: Head): string[] => (head['argv'] ?? '').split(/\s+/).filter(Boolean);
const inputOf = (head: Head) => ({
  stdin: unescape(head['stdin'] ?? ''), timeout: Number(head['timeout'] ?? 30) * 1000,
});

/** Whether a source is for this guest: its name starts with no other guest's, and with its own where it has only its own. */
function isFor(guest: TestGuest, name: string): boolean {
  const owner = testGuests.find((one) => name.startsWith(`${one.name}-`));
  return owner === undefined ? guest.ownProgramsOnly === undefined : owner === guest;
}

/** Declares the tests of every source in `folder` whose name ends so, built in those combinations that `choose` takes. */
export function testPrograms(folder: string, extension: string, choose: (modes: readonly string[]) => boolean = () => true): void {
  const names = readdirSync(folder).filter((file) => file.endsWith(extension)).sort();
  for (const guest of testGuests) describe(guest.name, () => {
    for (const name of names.filter((file) => isFor(guest, file))) {
      const source = join(folder, name);
      const head = readHead(readFileSync(source, 'utf8'));
      const ways = waysOf(guest, head).filter(choose);
      if (ways.length > 0) describe(name, () => ways.forEach((modes) => declare(guest, source, modes, head)));
    }
  });
}

function declare(guest: TestGuest, source: string, modes: readonly string[], head: Head): void {
  const own = head['tiers']?.split(',') ?? usualTiers;
  const used = tiersOr(own).filter((tier) => head['tiers'] === undefined || own.includes(tier));
  const seconds = Number(head['timeout'] ?? 30) * (used.length + 1) + 60;
  const inFolder = (body: (program: string, folder: string) => Promise<Outcome>) =>
    inTemporaryFolder((folder) => body(build(guest, source, flagsOf(guest, modes, head)), folder));
  let reference: Promise<Outcome> | undefined;
  for (const tier of used) {
    test(`${modes.join(' ')}, tier ${tier}`, async () => {
      reference ??= inFolder((program, folder) => wanted(guest, source, program, head, folder));
      const right = await reference;
      const actual = await inFolder((program, cwd) => tsemu(guest, tier, [program, ...argumentsOf(head)], { prefix: crossPrefix(guest), cwd, ...inputOf(head) }));
      expectSame(actual, right);
    }, seconds * 1000);
  }
}
