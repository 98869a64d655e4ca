// The suites over Debian's own armhf programs: each case is a script for the guest's shell, run in an empty folder under tsemu
// and under qemu-arm; output and status must be the same.
//
// Where qemu-arm cannot be asked (qemu-root.sh needs Linux 6.7 and the right to make namespaces) the answer that it once gave is
// taken from tests/debian/recorded. TSEMU_RECORD=1 writes these files anew.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expectSame, inTemporaryFolder, qemuRoot, root, tiersOr, tsemu } from './guest.ts';
import type { Outcome } from './run.ts';

export type Case = string | {
  readonly script: string;
  /** Which shell of the sysroot runs the script; default dash. */
  readonly shell?: string;
  readonly stdin?: string;
  /** Seconds; default 120. */
  readonly timeout?: number;
  readonly tiers?: readonly string[];
  /** The right output, where qemu-arm is known to give another. */
  readonly stdout?: string;
};

type Answer = Pick<Outcome, 'stdout' | 'end'>;
type Recorded = Record<string, Answer>;

const recordedFolder = join(root, 'tests/debian/recorded');
const recording = process.env.TSEMU_RECORD !== undefined;

/** The unpacked Debian, which scripts/test has made ready and named. */
export function sysroot(): string {
  const folder = process.env.TSEMU_SYSROOT;
  if (folder === undefined || !existsSync(folder)) throw new Error('TSEMU_SYSROOT is not set: run these tests with npm test');
  return folder;
}

let oracle: Promise<boolean> | undefined;
/** Whether qemu-arm can run programs that start others on this machine. */
function oracleWorks(): Promise<boolean> {
  oracle ??= inTemporaryFolder(async (cwd) => (await qemuRoot(sysroot(), ['/bin/sh', '-c', 'env true'], { cwd })).end === 0);
  return oracle;
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

async function runCase(one: Exclude<Case, string>, prefixed: boolean, runner: Runner): Promise<Outcome> {
  const folder = sysroot();
  const shell = `${prefixed ? folder : ''}/usr/bin/${one.shell ?? 'dash'}`;
  const port = String(await freePort());
  return inTemporaryFolder(async (cwd) => {
    const timeout = (one.timeout ?? 120) * 1000;
    const outcome = await runner([shell, '-c', one.script, 'script'], { cwd, prefix: folder, stdin: one.stdin ?? '', timeout, env: { PORT: port } });
    return { ...outcome, stdout: outcome.stdout.replaceAll(cwd, '$PWD').replaceAll(port, '$PORT') };
  });
}

/** Declares one test per case and tier. The family is the name of its file of recorded answers. */
export function testDebian(family: string, cases: Readonly<Record<string, Case>>, only: readonly string[] = tiersOr(['auto'])): void {
  const file = join(recordedFolder, `${family}.json`);
  const recorded: Recorded = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Recorded : {};
  const fresh: Recorded = {};

  const answer = async (name: string, one: Exclude<Case, string>): Promise<Answer> => {
    if (one.stdout !== undefined) return { stdout: one.stdout, end: 0 };
    if (!recording && !await oracleWorks()) return recorded[name] ?? fail(`no recorded answer for "${name}"`);
    const { stdout, end, stderr } = await runCase(one, false, (argv, options) => qemuRoot(sysroot(), argv, options));
    if (end === 125 || String(end).startsWith('timeout')) fail(`qemu-arm: ended ${end}\n${stdout}${stderr}`);
    fresh[name] = { stdout, end };
    return { stdout, end };
  };

  for (const [name, written] of Object.entries(cases)) {
    const one = typeof written === 'string' ? { script: written } : written;
    const used = only.filter((tier) => (one.tiers ?? only).includes(tier));
    let wanted: Promise<Answer> | undefined;
    for (const tier of used) {
      test(`${name}, tier ${tier}`, async () => {
        wanted ??= answer(name, one);
        const right = await wanted;
        if (recording) return;
        const actual = await runCase(one, true, (argv, options) => tsemu(tier, argv, options));
        expectSame(actual, { ...right, stderr: '', command: '' });
      }, ((one.timeout ?? 120) * 2 + 10) * 1000);
    }
  }
  afterAll(() => {
    if (!recording) return;
    mkdirSync(recordedFolder, { recursive: true });
    writeFileSync(file, `${JSON.stringify({ ...recorded, ...fresh }, null, 1)}\n`);
  });
}

function fail(message: string): never {
  throw new Error(message);
}
