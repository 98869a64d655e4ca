// The single file starts where there is nothing but the guest's program: no files of ours or the host's, no /proc.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { inBinfmt, singleFile, withSingleFile } from '../support/binfmt.ts';
import { build } from '../support/build.ts';
import { inTemporaryFolder, root } from '../support/guest.ts';
import { testGuests } from '../support/guests.ts';
import { run } from '../support/run.ts';

withSingleFile();

const source = join(__dirname, 'program.c');
/** What program.c says when it is given no arguments. */
const told = (name: string): string => [
  `argv[0] ${name}`, 'secure 0, same user 1', 'thread one', 'thread in a child', 'argv[0] named', 'argv[1] again', 'secure 0, same user 1', 'descriptor 70 is closed', 'child 5', '',
].join('\n');

for (const guest of testGuests) {
  describe(guest.name, () => {
    test('a program runs in a root folder that has it alone', () => inTemporaryFolder(async (dir) => {
      copyFileSync(join(root, `tests/fixtures/${guest.name}/hello`), join(dir, 'hello'));
      const outcome = await inBinfmt({ dir }, ['/hello', 'one two', '']);
      expect(outcome).toMatchObject({ stdout: expect.stringMatching(/^Hello from \w+!\n/) as string, end: 0 });
    }));

    if (guest.ownProgramsOnly !== undefined) return;
    test('forks, threads and further programs work there', () => inTemporaryFolder(async (dir) => {
      copyFileSync(build(guest, source, ['-O1', '-static', '-pthread']), join(dir, 'program'));
      const outcome = await inBinfmt({ dir }, ['/program']);
      expect(outcome).toMatchObject({ stdout: told('/program'), end: 0 });
    }));
  });
}

const [arm] = testGuests;

describe('by its own name', () => {
  const program = (): string => build(arm!, source, ['-O1', '-static', '-pthread']);
  const command = (): string => join(singleFile(), 'tsemu-arm');

  test('it runs a program as the launcher does, options included', async () => {
    const outcome = await run([command(), '-0', 'zero', '-E', 'LD_PRELOAD=/x', program(), program()]);
    expect(outcome).toMatchObject({ end: 0 });
    expect(outcome.stdout).toContain('argv[0] zero\n');
    expect(outcome.stdout).toContain('LD_PRELOAD /x\n');
  });

  test('variables for dynamic linkers and for Node are the guest\'s alone', async () => {
    const env = { LD_PRELOAD: '/no/library.so', LD_LIBRARY_PATH: '/no', LD_DEBUG: 'all', NODE_OPTIONS: '--no-such-option' };
    const outcome = await run([command(), program()], { env });
    expect(outcome).toMatchObject({ stderr: '', end: 0 });
    expect(outcome.stdout).toContain('LD_PRELOAD /no/library.so\n');
  });

  test('arguments that are not UTF-8 arrive as they are', async () => {
    const outcome = await run(['/bin/bash', '--norc', '-c', `"${command()}" "${join(root, 'tests/fixtures/arm/hello')}" $'\\xff\\xc3' | od -An -tx1 | tr -d ' \\n'`]);
    expect(outcome.stdout).toContain('ffc3');
  });

  test('programs of the host get no more than the guest gave', async () => {
    // env -0, by the guest's execve.
    const outcome = await run([command(), program(), '/usr/bin/env', '-0'], { env: { ONLY: 'this' } });
    expect(outcome.stdout).toContain('ONLY=this\0child 0\n');
    expect(outcome.stdout.match(/\0/g)).toHaveLength(1);
  });

  test('other guests\' names start them, tsemu is the command, and what it has not is told', async () => {
    expect((await run([join(singleFile(), 'tsemu-riscv64'), join(root, 'tests/fixtures/riscv64/hello')])).stdout).toContain('riscv64');
    expect((await run([join(singleFile(), 'tsemu'), '--version'])).stdout).toMatch(/^tsemu [\d.]+\nengine: V8 .*\nkernel interface: Linux/);
    expect(await run(['/bin/bash', '--norc', '-c', `exec -a tsemu-z80 ${command()} x`])).toMatchObject({ stderr: 'tsemu: z80: no such guest in this file\n', end: 1 });
    expect((await run([command(), '-help'])).stdout).toContain('Usage: tsemu-arm');
  });

  test('signals that are ignored and descriptors that are open stay so', async () => {
    const outcome = await run(['/bin/bash', '--norc', '-c', `trap '' HUP; exec 7</dev/null; "${command()}" "${program()}" < /dev/null`]);
    expect(outcome.stdout).toContain('descriptor 7 is open\n');
  });
});
