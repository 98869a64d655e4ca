// What users install: the npm package with all that it needs inside, and the Debian package. Both leave nothing behind.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inBinfmt, withSingleFile } from '../support/binfmt.ts';
import { root } from '../support/guest.ts';
import { testGuests } from '../support/guests.ts';
import { run } from '../support/run.ts';

const hello = (guest: string): string => join(root, `tests/fixtures/${guest}/hello`);
const commands = ['tsemu', ...testGuests.map(({ name }) => `tsemu-${name}`)].sort();
/** All files below a folder, with their paths in it. */
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();

let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'tsemu-install-')); });
afterAll(() => rmSync(folder, { recursive: true }));

test('the npm package installs without a registry, works, and can be removed', async () => {
  const archive = execFileSync(join(root, 'scripts/pack'), [folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const listed = execFileSync('tar', ['-tf', archive], { encoding: 'utf8' }).trim().split('\n').map((name) => name.replace('package/', ''));
  expect(listed.filter((name) => !/^(bin|dist|man|node_modules)\//.test(name)).sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  expect(listed.filter((name) => /\.(map|ts)$/.test(name))).toEqual([]);

  const prefix = join(folder, 'prefix');
  const env = { PATH: process.env.PATH!, HOME: folder };
  const npm = (...args: string[]) => run(['npm', ...args, '-g', '--offline', '--prefix', prefix], { env, timeout: 120_000 });
  expect(await npm('install', archive)).toMatchObject({ end: 0 });
  expect(readdirSync(join(prefix, 'bin')).sort()).toEqual(commands);
  for (const { name } of testGuests) expect(await run([join(prefix, `bin/tsemu-${name}`), hello(name)])).toMatchObject({ stdout: expect.stringContaining('Hello from') as string, end: 0 });
  expect((await run([join(prefix, 'bin/tsemu'), 'single-file', join(folder, 'single')])).end).toBe(0);
  expect((await run([join(folder, 'single/tsemu-arm'), hello('arm')])).stdout).toBe('Hello from armv7l!\n');
  expect(files(join(prefix, 'share/man'))).toEqual(['man1/tsemu.1', 'man8/tsemu-binfmt.8']);
  expect(await npm('uninstall', 'tsemu')).toMatchObject({ end: 0 });
  expect(files(prefix)).toEqual([]);
}, 300_000);

describe('the Debian package', () => {
  withSingleFile();

  test('registers its guests, works without Node, and can be removed', async () => {
    // Compressing it takes half a minute.
    const archive = execFileSync(join(root, 'scripts/deb'), [folder, '-Znone'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const place = join(folder, 'root');
    mkdirSync(join(place, 'var/lib/dpkg/info'), { recursive: true });
    mkdirSync(join(place, 'var/lib/dpkg/updates'));
    writeFileSync(join(place, 'var/lib/dpkg/status'), '');
    const dpkg = `dpkg --root=${place} --force-script-chrootless --log=/dev/null`;
    const script = `
      $0 binfmt unregister --all > /dev/null
      ${dpkg} -i ${archive} > /dev/null || exit
      ls ${place}/usr/bin; ${hello('arm')}; ${place}/usr/bin/tsemu binfmt status arm
      ${place}/usr/bin/tsemu-riscv64 ${hello('riscv64')}
      (grep -h POF ${place}/usr/lib/binfmt.d/*.conf | cut -d: -f2,7)
      zcat ${place}/usr/share/man/man1/tsemu-arm.1.gz ${place}/usr/share/man/man8/tsemu-binfmt.8.gz | grep -c '^[.]SH NAME'
      ${dpkg} -P tsemu > /dev/null || exit
      ls /proc/sys/fs/binfmt_misc`;
    const outcome = await inBinfmt({ dir: '-' }, ['/bin/sh', '-c', script, join(root, 'bin/tsemu')]);
    expect(outcome.stdout.split('\n')).toEqual([
      ...commands, 'Hello from armv7l!', `arm: registered, ${place}/usr/lib/tsemu/tsemu-arm, flags POF`, 'Hello from riscv64!',
      ...testGuests.map(({ name }) => name).sort().map((guest) => `tsemu-${guest}:/usr/lib/tsemu/tsemu-${guest}`), '2', 'register', 'status', '',
    ]);
    expect(files(place).filter((path) => !path.startsWith('var/lib/dpkg/'))).toEqual([]);
    expect(statSync(archive).size).toBeGreaterThan(100e6);
  }, 300_000);
});
