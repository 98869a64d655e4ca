// The programs here that are not about ARM, built for riscv64: they do under tsemu what they do under qemu-riscv64, or
// what their heads say; those in riscv64/ and riscv32/ are for these guests alone. Built at -O2, statically and dynamically; the other levels and tiers are for the ARM suites.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { build } from '../support/build.ts';
import { expectSame, inTemporaryFolder } from '../support/guest.ts';
import { readHead } from '../support/programs.ts';
import { run, type Outcome } from '../support/run.ts';

const cross = '/usr/riscv64-linux-gnu';
const compilers: Readonly<Record<string, string>> = { '.c': 'riscv64-linux-gnu-gcc', '.cpp': 'riscv64-linux-gnu-g++' };
const bin = join(__dirname, '../../bin');
const seconds = 40;

/** Sources without a test here, and why. */
const skips: Readonly<Record<string, string>> = {
  'readdir-32-bit.c': 'it is about 32-bit file offsets',
};

const words = (text: string | undefined): string[] => (text ?? '').split(/\s+/).filter(Boolean);
const unescape = (text: string): string => JSON.parse(`"${text.replaceAll('"', '\\"')}"`) as string;

const isSource = (file: string): boolean => extname(file) in compilers;
const shared = readdirSync(__dirname).filter((file) => isSource(file) && !file.startsWith('arm-') && !(file in skips)).sort();
const own = (folder: string): string[] => readdirSync(join(__dirname, folder)).filter(isSource).map((file) => join(folder, file));

async function check(name: string, guest: string, flags: readonly string[]): Promise<void> {
  const source = join(__dirname, name);
  const head = readHead(readFileSync(source, 'utf8'));
  const program = build(source, ['-O2', ...flags, ...words(head['flags'])], compilers[extname(name)]);
  const options = { stdin: unescape(head['stdin'] ?? ''), timeout: seconds * 1000 };
  const execute = (emulator: string): Promise<Outcome> => inTemporaryFolder((cwd) =>
    run([emulator, '-L', cross, program, ...words(head['argv'])], { ...options, cwd, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC', HOME: cwd } }));
  const end = head['exit'] === undefined ? 0 : /^\d+$/.test(head['exit']) ? Number(head['exit']) : head['exit'];
  const wanted = head['stdout'] === undefined ? await execute(`/usr/bin/qemu-${guest}`) : { stdout: unescape(head['stdout']), stderr: '', end, command: 'the head of the source' };
  expectSame(await execute(join(bin, `tsemu-${guest}`)), wanted);
}

const limit = (2 * seconds + 30) * 1000;
describe.each([...shared, ...own('riscv64')])('%s', (name) => {
  test('static', () => check(name, 'riscv64', ['-static']), limit);
  test('dynamic', () => check(name, 'riscv64', []), limit);
});
test.each(own('riscv32'))('%s', (name) => check(name, 'riscv32', ['-static']), limit);
