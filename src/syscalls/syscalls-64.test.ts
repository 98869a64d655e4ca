// What is different for a guest of 64 bits with the system call numbers and layouts of asm-generic: syscalls.test.ts for riscv64.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { onlineProcessors } from './processors.ts';
import { createBench } from './testing.ts';

const { task, call, room, text } = createBench({ guest: 'riscv64' });
const { memory } = task;
const E = { ENOENT: 2, EBADF: 9, ENOMEM: 12, EFAULT: 14, EINVAL: 22, ENAMETOOLONG: 36 };
const FDCWD = -100;
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-syscalls-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));
const word = (at: number): number => memory.u32(at) | 0;
/** A doubleword that is a number of TypeScript's. */
const double = (at: number): number => memory.u32(at) + (memory.u32(at + 4) | 0) * 2 ** 32;
const setDouble = (at: number, value: number): void => { memory.setU32(at, value); memory.setU32(at + 4, Math.floor(value / 2 ** 32)); };
const string = (at: number): string => Buffer.from(memory.cstring(at, 4096)!).toString();
const ok = (result: unknown): number => { expect(result).toBeGreaterThanOrEqual(0); return result as number; };
/** Nothing is mapped at the first, above the address space at the others. */
const WILD = [0x10, 2 ** 34, 2 ** 47, 2 ** 52, -16, -(2 ** 52)];

test('a file can be written, read back at an offset of 64 bits, and stated', () => {
  const fd = ok(call('openat', FDCWD, text(`${dir}/file`), 0o102, 0o644));
  expect(call('write', fd, text('hello world'), 11)).toBe(11);
  const to = room(16), st = room(128);
  expect(call('pread64', fd, to, 5, 6)).toBe(5);
  expect(string(to)).toBe('world');
  expect(call('pwrite64', fd, text('x'), 1, 2 ** 32 + 4)).toBe(1);
  expect(call('fstat', fd, st)).toBe(0);
  expect([double(st + 8), word(st + 16) & 0o170777, double(st + 48)]).toEqual([fs.statSync(`${dir}/file`).ino, 0o100644, 2 ** 32 + 5]);
  expect(call('newfstatat', FDCWD, text(`${dir}/file`), st, 0)).toBe(0);
  expect(call('lseek', fd, -1, 2)).toBe(2 ** 32 + 4);
  expect(call('ftruncate', fd, 2 ** 33)).toBe(0);
  expect(fs.statSync(`${dir}/file`).size).toBe(2 ** 33);
  expect([call('close', fd), call('close', fd)]).toEqual([0, -E.EBADF]);
});

test('a vector of buffers has lengths of 64 bits', () => {
  const fd = ok(call('openat', FDCWD, text(`${dir}/vector`), 0o102, 0o600));
  const iov = room(32);
  [text('ab'), 2, text('cde'), 3].forEach((value, i) => setDouble(iov + 8 * i, value));
  expect(call('writev', fd, iov, 2)).toBe(5);
  expect(fs.readFileSync(`${dir}/vector`, 'utf8')).toBe('abcde');
  setDouble(iov + 8, -1);
  expect(call('writev', fd, iov, 1)).toBe(-E.EINVAL);
  setDouble(iov, 2 ** 40);
  setDouble(iov + 8, 8);
  expect(call('writev', fd, iov, 1)).toBe(-E.EFAULT);
  call('close', fd);
});

test('wild pointers of 64 bits are answered with EFAULT', () => {
  const fd = ok(call('openat', FDCWD, text('/dev/zero'), 2));
  for (const at of WILD) {
    const answers = [
      call('read', fd, at, 64), call('openat', FDCWD, at, 0), call('fstat', fd, at), call('uname', at), call('clock_gettime', 0, at), call('nanosleep', at, 0),
      call('writev', fd, at, 1), call('sendmsg', fd, at, 0), call('epoll_ctl', fd, 1, fd, at), call('sysinfo', at), call('statfs', text('/'), at), call('riscv_hwprobe', at, 1, 0, 0, 0),
    ];
    expect([at, answers]).toEqual([at, answers.map(() => -E.EFAULT)]);
  }
  call('close', fd);
});

test('mappings lie below 16 GiB whatever was asked for; what does not fit is ENOMEM', () => {
  const anonymous = 0x22, fixed = 0x10;
  const high = ok(call('mmap', 2 ** 38, 8192, 3, anonymous, -1, 0));
  expect(high).toBeLessThan(2 ** 34);
  expect(call('munmap', high, 8192)).toBe(0);
  expect(call('mmap', 2 ** 38, 4096, 3, anonymous | fixed, -1, 0)).toBe(-E.ENOMEM);
  expect(call('mmap', 0, 2 ** 35, 0, anonymous | 0x4000, -1, 0)).toBe(-E.ENOMEM);
  const large = ok(call('mmap', 0, 5 * 2 ** 30, 3, anonymous | 0x4000, -1, 0));
  memory.setU32(large + 5 * 2 ** 30 - 4, 77);
  expect([memory.u32(large + 5 * 2 ** 30 - 4), call('munmap', large, 5 * 2 ** 30)]).toEqual([77, 0]);
});

test('the flags of open have the bits of the guest', () => {
  const O_DIRECTORY = 0o200000, O_NOFOLLOW = 0o400000;
  fs.symlinkSync('/etc', `${dir}/link`);
  const fd = ok(call('openat', FDCWD, text('/etc'), O_DIRECTORY));
  expect(call('openat', FDCWD, text('/etc/passwd'), O_DIRECTORY)).toBe(-20);
  expect(call('openat', FDCWD, text(`${dir}/link`), O_NOFOLLOW)).toBe(-40);
  call('close', fd);
});

test('the machine is the guest\'s', () => {
  const at = room(65 * 6);
  expect(call('uname', at)).toBe(0);
  expect([string(at), string(at + 65 * 4)]).toEqual(['Linux', 'riscv64']);
  const fd = ok(call('openat', FDCWD, text('/proc/cpuinfo'), 0));
  const to = room(4096);
  ok(call('read', fd, to, 4000));
  expect(string(to)).toBe(task.model.cpuinfo(onlineProcessors()).slice(0, 4000));
  call('close', fd);
});

test('times and epoll events have the widths of 64 bits', () => {
  const at = room(32);
  expect(call('clock_gettime', 0, at)).toBe(0);
  expect(Math.abs(double(at) - Date.now() / 1000)).toBeLessThan(2);
  setDouble(at, 0);
  setDouble(at + 8, 2e9);
  expect(call('nanosleep', at, 0)).toBe(-E.EINVAL);
  const fds = room(8), event = room(16), list = room(64);
  expect(call('pipe2', fds, 0)).toBe(0);
  const [r, w] = [word(fds), word(fds + 4)];
  const ep = ok(call('epoll_create1', 0));
  [1, 0, 0x11223344, 0x55667788].forEach((value, i) => memory.setU32(event + 4 * i, value));
  expect(call('epoll_ctl', ep, 1, r, event)).toBe(0);
  call('write', w, text('x'), 1);
  expect(call('epoll_pwait', ep, list, 4, 0, 0, 8)).toBe(1);
  expect([word(list), memory.u32(list + 8), memory.u32(list + 12)]).toEqual([1, 0x11223344, 0x55667788]);
  for (const fd of [r, w, ep]) call('close', fd);
});
