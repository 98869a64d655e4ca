// The programs here that are not about ARM, built for riscv64: they do under tsemu what they do under qemu-riscv64, or
// what their heads say. Built at -O2, statically and dynamically; the other levels and tiers are for the ARM suites.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { build } from '../support/build.ts';
import { expectSame, inTemporaryFolder } from '../support/guest.ts';
import { readHead } from '../support/programs.ts';
import { run, type Outcome } from '../support/run.ts';

const cross = '/usr/riscv64-linux-gnu';
const compilers: Readonly<Record<string, string>> = { '.c': 'riscv64-linux-gnu-gcc', '.cpp': 'riscv64-linux-gnu-g++' };
const launcher = join(__dirname, '../../bin/tsemu-riscv64');
const seconds = 40;

/** Sources without a test here, and why. */
const skips: Readonly<Record<string, string>> = {
  'readdir-32-bit.c': 'it is about 32-bit file offsets',
};

const words = (text: string | undefined): string[] => (text ?? '').split(/\s+/).filter(Boolean);
const unescape = (text: string): string => JSON.parse(`"${text.replaceAll('"', '\\"')}"`) as string;

const sources = readdirSync(__dirname).filter((file) => extname(file) in compilers && !file.startsWith('arm-') && !(file in skips)).sort();

describe.each(sources)('%s', (name) => {
  const source = join(__dirname, name);
  const head = readHead(readFileSync(source, 'utf8'));
  test.each([['static', ['-static']], ['dynamic', []]] as const)('%s', async (_way, flags) => {
    const program = build(source, ['-O2', ...flags, ...words(head['flags'])], compilers[extname(name)]);
    const options = { stdin: unescape(head['stdin'] ?? ''), timeout: seconds * 1000 };
    const execute = (emulator: readonly string[]): Promise<Outcome> => inTemporaryFolder((cwd) =>
      run([...emulator, '-L', cross, program, ...words(head['argv'])], { ...options, cwd, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC', HOME: cwd } }));
    const end = head['exit'] === undefined ? 0 : /^\d+$/.test(head['exit']) ? Number(head['exit']) : head['exit'];
    const wanted = head['stdout'] === undefined ? await execute(['/usr/bin/qemu-riscv64']) : { stdout: unescape(head['stdout']), stderr: '', end, command: 'the head of the source' };
    expectSame(await execute([launcher]), wanted);
  }, (2 * seconds + 30) * 1000);
});
