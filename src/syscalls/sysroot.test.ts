import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createBench } from './testing.ts';

const root = fs.mkdtempSync(path.join(os.homedir(), '.tsemu-sysroot-'));
afterAll(() => fs.rmSync(root, { recursive: true }));
fs.mkdirSync(`${root}/etc/alternatives`, { recursive: true });
fs.mkdirSync(`${root}/usr/bin`, { recursive: true });
fs.mkdirSync(`${root}/tmp`);
fs.mkdirSync(`${root}/proc`);
fs.writeFileSync(`${root}/usr/bin/mawk`, 'guest awk');
fs.symlinkSync('/etc/alternatives/awk', `${root}/usr/bin/awk`);
fs.symlinkSync('/usr/bin/mawk', `${root}/etc/alternatives/awk`);

const { task, call, room, text } = createBench({ sysroot: root });
const { memory } = task;
const FDCWD = -100;
const contents = (name: string): string | number => {
  const fd = call('openat', FDCWD, text(name), 0) as number;
  if (fd < 0) return fd;
  const to = room(4096);
  const n = call('read', fd, to, 4096) as number;
  call('close', fd);
  return Buffer.from(memory.read(to, n)).toString();
};

test('absolute links are followed inside the sysroot', () => {
  expect(contents('/usr/bin/awk')).toBe('guest awk');
  expect(contents('/usr//bin/../bin/mawk')).toBe('guest awk');
});

test('what the sysroot lacks is the host\'s', () => {
  expect(contents('/etc/passwd')).toContain('root:');
  expect(contents('/nonexistent')).toBe(-2);
});

test('statx and access look in the sysroot too', () => {
  const st = room(256);
  expect(call('statx', FDCWD, text('/usr/bin/mawk'), 0, 0x7ff, st)).toBe(0);
  expect(memory.u32(st + 40)).toBe(9);
  expect(call('access', text('/usr/bin/mawk'), 4)).toBe(0);
  expect(call('chmod', text('/usr/bin/mawk'), 0o600)).toBe(0);
  expect(fs.statSync(`${root}/usr/bin/mawk`).mode & 0o777).toBe(0o600);
});

test('a link is read as the guest sees it', () => {
  const to = room(100);
  const n = call('readlink', text('/usr/bin/awk'), to, 100) as number;
  expect(Buffer.from(memory.read(to, n)).toString()).toBe('/etc/alternatives/awk');
});

test('an empty tmp or proc of the sysroot hides nothing', () => {
  const name = `${os.tmpdir()}/tsemu-sysroot-test-${process.pid}`;
  fs.writeFileSync(name, 'here');
  expect(contents(name)).toBe('here');
  fs.unlinkSync(name);
  expect(contents('/proc/self/cmdline')).toBe('guest-program\0');
});

test('a directory that both have is the host\'s when it is entered', () => {
  const before = process.cwd();
  fs.mkdirSync(`${root}/only-here`);
  expect(call('chdir', text('/usr/bin'))).toBe(0);
  expect(fs.readlinkSync('/proc/self/cwd')).toBe('/usr/bin');
  expect(call('chdir', text('/only-here'))).toBe(0);
  expect(fs.readlinkSync('/proc/self/cwd')).toBe(`${root}/only-here`);
  expect(call('chdir', text('/neither'))).toBe(-2);
  expect(call('chdir', text(before))).toBe(0);
});
