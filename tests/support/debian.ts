// The suites over Debian's own programs of each guest: a case is a script for the guest's shell, run in an empty folder under
// tsemu and under qemu-user; output and status must be the same.
//
// Where qemu cannot be asked (qemu-root.sh needs Linux 6.7 and the right to make namespaces) the answer that it once gave is
// taken from tests/debian/recorded. TSEMU_RECORD=1 writes these files anew.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { expectSame, inTemporaryFolder, qemuRoot, root, tiersOr, tsemu } from './guest.ts';
import { testGuests, type TestGuest } from './guests.ts';
import type { Outcome } from './run.ts';

export type Case = string | {
  readonly script: string;
  /** Which shell of the sysroot runs the script; default dash. */
  readonly shell?: string;
  readonly stdin?: string;
  /** Seconds; default 120. Tier 1 alone has more. */
  readonly timeout?: number;
  readonly tiers?: readonly string[];
  /** The right output for all guests, or for some, where qemu is known to give another. */
  readonly stdout?: string | Readonly<Record<string, string>>;
};

type Answer = Pick<Outcome, 'stdout' | 'end'>;
type Recorded = Record<string, Answer>;

/** How much longer a tier may take. Tier 1 alone compiles every child's code anew, also what runs once. */
const patience = (tier: string): number => (tier === '1' ? 8 : tier === '0' ? 4 : 1);

const recordedFolder = join(root, 'tests/debian/recorded');
const recording = process.env.TSEMU_RECORD !== undefined;

/** The guest's unpacked Debian, which scripts/test has made ready and named. */
export function sysroot({ name }: TestGuest): string {
  const variable = `TSEMU_SYSROOT_${name}`;
  const folder = process.env[variable];
  if (folder === undefined) throw new Error(`${variable} is not set: run these tests with npm test`);
  if (!existsSync(folder)) throw new Error(`there is no Debian for ${name} in ${folder}: the set-up said why`);
  return folder;
}

const oracles = new Map<TestGuest, Promise<boolean>>();
/** Whether qemu can run programs that start others on this machine. */
function oracleWorks(guest: TestGuest): Promise<boolean> {
  const known = oracles.get(guest) ?? inTemporaryFolder(async (cwd) => (await qemuRoot(guest, sysroot(guest), ['/bin/sh', '-c', 'env true'], { cwd })).end === 0);
  oracles.set(guest, known);
  return known;
}

/** A TCP port that nobody uses just now. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

type Runner = (argv: readonly string[], options: { cwd: string; prefix: string; stdin: string; timeout: number; env: Record<string, string> }) => Promise<Outcome>;

const seconds = (one: Exclude<Case, string>): number => one.timeout ?? 120;

async function runCase(guest: TestGuest, one: Exclude<Case, string>, prefixed: boolean, runner: Runner, times = 1): Promise<Outcome> {
  const folder = sysroot(guest);
  const shell = `${prefixed ? folder : ''}/usr/bin/${one.shell ?? 'dash'}`;
  const port = String(await freePort());
  return inTemporaryFolder(async (cwd) => {
    const timeout = seconds(one) * times * 1000;
    const outcome = await runner([shell, '-c', one.script, 'script'], { cwd, prefix: folder, stdin: one.stdin ?? '', timeout, env: { PORT: port, SYSROOT: prefixed ? folder : '' } });
    return { ...outcome, stdout: outcome.stdout.replaceAll(cwd, '$PWD').replace(new RegExp(`\\b${port}\\b`, 'g'), '$PORT') };
  });
}

/** The guests of which there is a Debian. */
export const debianGuests: readonly TestGuest[] = testGuests.filter(({ debian }) => debian);

/** Declares one test per guest (of those named, if any are), case and tier. The family is the name of its files of recorded answers. */
export function testDebian(family: string, cases: Readonly<Record<string, Case>>, tiers: readonly string[] = tiersOr(['auto']), guests?: readonly string[]): void {
  for (const guest of debianGuests.filter(({ name }) => guests === undefined || guests.includes(name))) describe(guest.name, () => declare(guest, family, cases, tiers));
}

function declare(guest: TestGuest, family: string, cases: Readonly<Record<string, Case>>, tiers: readonly string[]): void {
  const file = join(recordedFolder, guest.name, `${family}.json`);
  const recorded: Recorded = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Recorded : {};
  const fresh: Recorded = {};
  beforeAll(() => { sysroot(guest); });

  const answer = async (name: string, one: Exclude<Case, string>): Promise<Answer> => {
    const stated = typeof one.stdout === 'object' ? one.stdout[guest.name] : one.stdout;
    if (stated !== undefined) return { stdout: stated, end: 0 };
    if (!recording && !await oracleWorks(guest)) return recorded[name] ?? fail(`no recorded answer for "${name}"`);
    const { stdout, end, stderr } = await runCase(guest, one, false, (argv, options) => qemuRoot(guest, sysroot(guest), argv, options));
    if (end === 125 || String(end).startsWith('timeout')) fail(`qemu: ended ${end}\n${stdout}${stderr}`);
    fresh[name] = { stdout, end };
    return { stdout, end };
  };

  for (const [name, written] of Object.entries(cases)) {
    const one = typeof written === 'string' ? { script: written } : written;
    let wanted: Promise<Answer> | undefined;
    for (const tier of tiers.filter((each) => (one.tiers ?? tiers).includes(each))) {
      test(`${name}, tier ${tier}`, async () => {
        wanted ??= answer(name, one);
        const right = await wanted;
        if (recording) return;
        const actual = await runCase(guest, one, true, (argv, options) => tsemu(guest, tier, argv, options), patience(tier));
        expectSame(actual, { ...right, stderr: '', command: '' });
      }, (seconds(one) * (1 + patience(tier)) + 10) * 1000);
    }
  }
  afterAll(() => {
    if (!recording) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify({ ...recorded, ...fresh }, null, 1)}\n`);
  });
}

function fail(message: string): never {
  throw new Error(message);
}
