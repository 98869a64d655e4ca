import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { protectDescriptors } from './protected.ts';
import { onlineProcessors } from './processors.ts';
import { createBench } from './testing.ts';

const { task, call, room, text } = createBench();
const { memory } = task;
const E = { ENOENT: 2, EBADF: 9, EFAULT: 14, EINVAL: 22, ENOTTY: 25, ENAMETOOLONG: 36, ENOSYS: 38 };
const FDCWD = -100;
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-syscalls-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));
const word = (at: number): number => memory.u32(at) | 0;
const string = (at: number): string => Buffer.from(memory.cstring(at, 4096)!).toString();
const ok = (result: unknown): number => { expect(result).toBeGreaterThanOrEqual(0); return result as number; };
/** An address where nothing is mapped, and one beyond all mappings. */
const WILD = [0x10, 0x7ffff000, 0xfffffff0];

test('a file can be written, read back at an offset, and stated', () => {
  const name = text(`${dir}/file`);
  const fd = ok(call('openat', FDCWD, name, 0o102, 0o644));
  const bytes = text('hello world');
  expect(call('write', fd, bytes, 11)).toBe(11);
  const to = room(16);
  expect(call('pread64', fd, to, 5, 0, 6, 0)).toBe(5);
  expect(string(to)).toBe('world');
  const st = room(104);
  expect(call('fstat64', fd, st)).toBe(0);
  expect(word(st + 48)).toBe(11);
  expect(word(st + 16) & 0o170777).toBe(0o100644);
  expect(memory.u32(st + 96)).toBe(Number(BigInt.asUintN(32, fs.statSync(`${dir}/file`, { bigint: true }).ino)));
  expect(call('_llseek', fd, 0, 3, to, 0)).toBe(0);
  expect([word(to), word(to + 4)]).toEqual([3, 0]);
  expect(call('lseek', fd, -1, 2)).toBe(10);
  expect(call('close', fd)).toBe(0);
  expect(call('close', fd)).toBe(-E.EBADF);
});

test('64-bit arguments are taken from even register pairs', () => {
  const fd = ok(call('openat', FDCWD, text(`${dir}/sparse`), 0o102, 0o600));
  expect(call('ftruncate64', fd, 0x1234, 5, 1)).toBe(0);
  expect(fs.statSync(`${dir}/sparse`).size).toBe(0x100000005);
  expect(call('truncate64', text(`${dir}/sparse`), 0, 7, 0)).toBe(0);
  expect(fs.statSync(`${dir}/sparse`).size).toBe(7);
  expect(call('pwrite64', fd, text('x'), 1, 0, -1, -1)).toBe(-E.EINVAL);
  call('close', fd);
});

test('a vector of buffers is gathered', () => {
  const fd = ok(call('openat', FDCWD, text(`${dir}/vector`), 0o102, 0o600));
  const iov = room(16);
  [text('ab'), 2, text('cde'), 3].forEach((value, i) => memory.setU32(iov + 4 * i, value));
  expect(call('writev', fd, iov, 2)).toBe(5);
  expect(fs.readFileSync(`${dir}/vector`, 'utf8')).toBe('abcde');
  expect(call('pwritev', fd, iov, 1, 5, 0)).toBe(2);
  expect(fs.readFileSync(`${dir}/vector`, 'utf8')).toBe('abcdeab');
  expect(call('writev', fd, iov, 1025)).toBe(-E.EINVAL);
  memory.setU32(iov, 0xfffffff0);
  memory.setU32(iov + 4, 0x100);
  expect(call('writev', fd, iov, 1)).toBe(-E.EFAULT);
  memory.setU32(iov + 4, 0x80000000);
  expect(call('writev', fd, iov, 1)).toBe(-E.EINVAL);
  call('close', fd);
});

test('wild pointers are answered with EFAULT by every call that looks at them', () => {
  const fd = ok(call('openat', FDCWD, text('/dev/zero'), 2));
  for (const at of WILD) {
    expect(call('read', fd, at, 64)).toBe(-E.EFAULT);
    expect(call('openat', FDCWD, at, 0)).toBe(-E.EFAULT);
    expect(call('fstat64', fd, at)).toBe(-E.EFAULT);
    expect(call('uname', at)).toBe(-E.EFAULT);
    expect(call('clock_gettime', 0, at)).toBe(-E.EFAULT);
    expect(call('nanosleep', at, 0)).toBe(-E.EFAULT);
    expect(call('writev', fd, at, 1)).toBe(-E.EFAULT);
    expect(call('getdents64', fd, at, 100)).not.toBe(0);
    expect(call('sendmsg', fd, at, 0)).toBe(-E.EFAULT);
    expect(call('epoll_ctl', fd, 1, fd, at)).toBe(-E.EFAULT);
    expect(call('sysinfo', at)).toBe(-E.EFAULT);
    expect(call('readlinkat', FDCWD, at, at, 10)).toBe(-E.EFAULT);
    expect(call('setrlimit', 7, at)).toBe(-E.EFAULT);
    expect(call('statfs64', text('/'), 84, at)).toBe(-E.EFAULT);
  }
  call('close', fd);
});

test('names that are too long or missing have their own errors', () => {
  expect(call('openat', FDCWD, text(`/${'x'.repeat(5000)}`), 0)).toBe(-E.ENAMETOOLONG);
  expect(call('openat', FDCWD, text('/nonexistent'), 0)).toBe(-E.ENOENT);
  expect(call('chdir', text('/nonexistent'))).toBe(-E.ENOENT);
});

test('the flags of open have the bits of the guest', () => {
  const O_DIRECTORY = 0o40000, O_NOFOLLOW = 0o100000;
  fs.symlinkSync('/etc', `${dir}/link`);
  const fd = ok(call('openat', FDCWD, text('/etc'), O_DIRECTORY));
  expect(call('openat', FDCWD, text('/etc/passwd'), O_DIRECTORY)).toBe(-20);
  expect(call('openat', FDCWD, text(`${dir}/link`), O_NOFOLLOW)).toBe(-40);
  const F_GETFL = 3;
  expect(ok(call('fcntl64', fd, F_GETFL)) & O_DIRECTORY).toBe(O_DIRECTORY);
  call('close', fd);
});

test('directories are listed with positions that fit 31 bits, and can be gone back to', () => {
  for (let i = 0; i < 50; i++) fs.writeFileSync(`${dir}/entry${i}`, '');
  const fd = ok(call('openat', FDCWD, text(dir), 0o40000));
  const buffer = room(1024);
  const read = (): [string, number][] => {
    const n = ok(call('getdents64', fd, buffer, 1024));
    const found: [string, number][] = [];
    for (let at = buffer; at < buffer + n; at += memory.u16(at + 16)) {
      expect(memory.u32(at + 12)).toBe(0);
      expect(memory.u32(at + 8)).toBeLessThanOrEqual(0x7fffffff);
      found.push([string(at + 19), memory.u32(at + 8)]);
    }
    return found;
  };
  const first = read(), second = read();
  expect(first.length).toBeGreaterThan(5);
  expect(call('_llseek', fd, 0, first.at(-1)![1], room(8), 0)).toBe(0);
  expect(read()).toEqual(second.map(([name]) => [name, expect.any(Number)]));
  expect(call('lseek', fd, 0, 0)).toBe(0);
  expect(read().map(([name]) => name)).toEqual(first.map(([name]) => name));
  call('close', fd);
});

test('record locks of both widths reach the kernel', () => {
  const fd = ok(call('openat', FDCWD, text(`${dir}/locked`), 0o102, 0o600));
  const F_SETLK = 6, F_GETLK64 = 12, F_OFD_SETLK = 37, F_OFD_GETLK = 36, F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2;
  const narrow = room(16), wide = room(32);
  memory.setU16(narrow, F_WRLCK);
  memory.setU32(narrow + 4, 10);
  memory.setU32(narrow + 8, 5);
  expect(call('fcntl64', fd, F_SETLK, narrow)).toBe(0);
  memory.setU16(wide, F_RDLCK);
  expect(call('fcntl64', fd, F_OFD_GETLK, wide)).toBe(0);
  expect([memory.u16(wide), word(wide + 8), word(wide + 16)]).toEqual([F_WRLCK, 10, 5]);
  memory.setU16(narrow, F_UNLCK);
  expect(call('fcntl', fd, F_SETLK, narrow)).toBe(0);
  memory.setU16(wide, F_WRLCK);
  memory.setU32(wide + 24, 0);
  expect(call('fcntl64', fd, F_OFD_SETLK, wide)).toBe(0);
  expect(call('fcntl64', fd, F_GETLK64, wide)).toBe(0);
  expect(call('fcntl64', fd, 9999, 0)).toBe(-E.EINVAL);
  call('close', fd);
});

test('the machine is the guest\'s', () => {
  const at = room(65 * 6);
  expect(call('uname', at)).toBe(0);
  expect([string(at), string(at + 65 * 4)]).toEqual(['Linux', 'armv7l']);
  const fd = ok(call('openat', FDCWD, text('/proc/cpuinfo'), 0));
  const to = room(4096);
  ok(call('read', fd, to, 4000));
  expect(string(to)).toBe(task.model.cpuinfo(onlineProcessors()).slice(0, 4000));
  expect(call('openat', FDCWD, text('/proc/cpuinfo'), 1)).toBe(-13);
  call('close', fd);
});

test('/proc/self shows the guest', () => {
  const to = room(65536);
  const n = ok(call('readlinkat', FDCWD, text('/proc/self/exe'), to, 100));
  expect(Buffer.from(memory.read(to, n)).toString()).toBe('/usr/bin/guest-program');
  expect(call('readlink', text('/proc/self/exe'), to, 4)).toBe(4);
  const file = (name: string): string => {
    const fd = ok(call('openat', FDCWD, text(`/proc/${name}`), 0));
    const got = ok(call('read', fd, to, 65536));
    call('close', fd);
    return Buffer.from(memory.read(to, got)).toString();
  };
  expect(file('self/cmdline')).toBe('guest-program\0');
  expect(file(`${process.pid}/task/${task.tid}/cmdline`)).toBe('guest-program\0');
  for (const line of file('self/maps').trim().split('\n')) expect(parseInt(line, 16)).toBeLessThan(2 ** 32);
  expect(file('self/maps')).toContain(`${to.toString(16).slice(0, 3)}`);
  expect(file('thread-self/smaps')).toContain('VmFlags: rd wr');
});

test('time has the width that the call is for', () => {
  const at = room(32);
  expect(call('clock_gettime', 0, at)).toBe(0);
  expect(Math.abs(word(at) - Date.now() / 1000)).toBeLessThan(2);
  expect(call('clock_gettime64', 0, at)).toBe(0);
  expect([Math.abs(word(at) - Date.now() / 1000) < 2, word(at + 4)]).toEqual([true, 0]);
  expect(call('gettimeofday', at, 0)).toBe(0);
  expect(word(at + 4)).toBeLessThan(1e6);
  memory.setU32(at, 0);
  memory.setU32(at + 4, 1000);
  expect(call('nanosleep', at, 0)).toBe(0);
  memory.setU32(at + 4, 2e9);
  expect(call('nanosleep', at, 0)).toBe(-E.EINVAL);
});

test('what lies above a 32-bit tv_nsec is padding', () => {
  const at = room(16);
  [0, 0, 1000, 0xdeadbeef].forEach((value, i) => memory.setU32(at + 4 * i, value));
  expect(call('clock_nanosleep_time64', 1, 0, at, 0)).toBe(0);
});

test('epoll events are as wide as the guest has them', () => {
  const fds = room(8), event = room(16), list = room(64);
  expect(call('pipe2', fds, 0)).toBe(0);
  const [r, w] = [word(fds), word(fds + 4)];
  const ep = ok(call('epoll_create1', 0));
  [1, 0, 0x11223344, 0x55667788].forEach((value, i) => memory.setU32(event + 4 * i, value));
  expect(call('epoll_ctl', ep, 1, r, event)).toBe(0);
  call('write', w, text('x'), 1);
  expect(call('epoll_wait', ep, list, 4, 0)).toBe(1);
  expect([word(list), memory.u32(list + 8), memory.u32(list + 12)]).toEqual([1, 0x11223344, 0x55667788]);
  expect(call('epoll_pwait', ep, list, 4, 0, 0, 0)).toBe(1);
  expect(call('epoll_wait', ep, list, 0, 0)).toBe(-E.EINVAL);
  const pollfd = room(8);
  memory.setU32(pollfd, r);
  memory.setU16(pollfd + 4, 1);
  expect(call('poll', pollfd, 1, 0)).toBe(1);
  expect(memory.u16(pollfd + 6)).toBe(1);
  const set = room(128);
  memory.setU32(set + 4 * (r >> 5), 1 << (r & 31));
  const limit = room(8);
  expect(call('select', r + 1, set, 0, 0, limit)).toBe(1);
  expect(call('pselect6_time64', r + 1, set, 0, 0, room(16), 0)).toBe(1);
  for (const f of [r, w, ep]) call('close', f);
});

test('descriptors travel in control messages', () => {
  const pair = room(8);
  expect(call('socketpair', 1, 1, 0, pair)).toBe(0);
  const [a, b] = [word(pair), word(pair + 4)];
  const header = room(28), iov = room(8), control = room(32);
  const message = (controlBytes: number): void => {
    [0, 0, iov, 1, control, controlBytes, 0].forEach((value, i) => memory.setU32(header + 4 * i, value));
    memory.setU32(iov, text('payload'));
    memory.setU32(iov + 4, 7);
  };
  message(16);
  [16, 1, 1, a].forEach((value, i) => memory.setU32(control + 4 * i, value));
  expect(call('sendmsg', a, header, 0)).toBe(7);
  memory.write(control, new Uint8Array(32));
  message(32);
  expect(call('recvmsg', b, header, 0)).toBe(7);
  expect([word(control), word(control + 4), word(control + 8), word(header + 20), word(header + 24)]).toEqual([16, 1, 1, 16, 0]);
  const received = word(control + 12);
  expect(call('close', received)).toBe(0);
  // No room for the descriptor: it must not stay open.
  message(16);
  [16, 1, 1, a].forEach((value, i) => memory.setU32(control + 4 * i, value));
  expect(call('sendmsg', a, header, 0)).toBe(7);
  message(12);
  expect(call('recvmsg', b, header, 0)).toBe(7);
  expect(word(header + 24) & 8).toBe(8);
  expect(call('close', received)).toBe(-E.EBADF);
  const option = room(8), length = room(4);
  memory.setU32(option, 3);
  memory.setU32(option + 4, 500000);
  expect(call('setsockopt', a, 1, 20, option, 8)).toBe(0);
  memory.write(option, new Uint8Array(8));
  memory.setU32(length, 8);
  expect(call('getsockopt', a, 1, 20, option, length)).toBe(0);
  expect([word(option), word(option + 4), word(length)]).toEqual([3, 500000, 8]);
  for (const f of [a, b]) call('close', f);
});

test('a message is not taken by a call whose size is negative', () => {
  const queue = ok(call('msgget', 0, 0o1600));
  const message = room(16);
  memory.setU32(message, 5);
  memory.setU32(message + 4, 0x12345678);
  expect(call('msgsnd', queue, message, 4, 0)).toBe(0);
  expect(call('msgrcv', queue, message, 0xffffffff, 0, 0o4000)).toBe(-E.EINVAL);
  memory.setU32(message + 4, 0);
  expect(call('msgrcv', queue, message, 4, 0, 0o4000)).toBe(4);
  expect([word(message), word(message + 4)]).toEqual([5, 0x12345678]);
  expect(call('msgctl', queue, 0x100, 0)).toBe(0);
});

test('System V segments appear in the guest\'s memory', () => {
  const id = ok(call('shmget', 0, 5000, 0o1600));
  const at = ok(call('shmat', id, 0, 0));
  memory.setU32(at + 4096, 0x12345678);
  const again = ok(call('shmat', id, 0, 0o10000));
  expect(memory.u32(again + 4096)).toBe(0x12345678);
  const ds = room(96);
  expect(call('shmctl', id, 0x102, ds)).toBe(0);
  expect([word(ds + 36), word(ds + 72)]).toEqual([5000, 2]);
  expect(call('shmdt', at)).toBe(0);
  expect(call('shmdt', at)).toBe(-E.EINVAL);
  expect(() => memory.u32(at)).toThrow();
  expect(call('shmdt', again)).toBe(0);
  expect(call('shmctl', id, 0, 0)).toBe(0);
});

test('messages and semaphores keep their types and values', () => {
  const queue = ok(call('msgget', 0, 0o1600));
  const message = room(32);
  memory.setU32(message, 7);
  memory.write(message + 4, Buffer.from('letter'));
  expect(call('msgsnd', queue, message, 6, 0)).toBe(0);
  memory.write(message, new Uint8Array(32));
  expect(call('msgrcv', queue, message, 16, -9, 0)).toBe(6);
  expect([word(message), string(message + 4)]).toEqual([7, 'letter']);
  expect(call('msgctl', queue, 0x100, 0)).toBe(0);
  const semaphores = ok(call('semget', 0, 2, 0o1600));
  expect(call('semctl', semaphores, 1, 0x110, 5)).toBe(0);
  expect(call('semctl', semaphores, 1, 0x10c, 0)).toBe(5);
  expect(call('semctl', semaphores, 0, 0x100, 0)).toBe(0);
});

test('limits on memory are kept for the guest and not set on the host', () => {
  const at = room(16);
  memory.setU32(at, 1 << 20);
  memory.setU32(at + 4, 0xffffffff);
  expect(call('setrlimit', 9, at)).toBe(0);
  expect(call('ugetrlimit', 9, at)).toBe(0);
  expect([memory.u32(at), memory.u32(at + 4)]).toEqual([1 << 20, 0xffffffff]);
  expect(call('prlimit64', 0, 9, 0, at)).toBe(0);
  expect([memory.u32(at), memory.u32(at + 4), memory.u32(at + 8)]).toEqual([1 << 20, 0, 0xffffffff]);
});

test('ioctls that are unknown are refused, known ones are converted', () => {
  const fd = ok(call('openat', FDCWD, text(`${dir}/file`), 0));
  expect(call('ioctl', fd, 0x5401, room(64))).toBe(-E.ENOTTY);
  expect(call('ioctl', fd, 0x541b, room(4))).toBe(0);
  expect(call('ioctl', fd, 0xc0ffee, 0)).toBe(-E.ENOTTY);
  expect(call('ioctl', 999, 0xc0ffee, 0)).toBe(-E.EBADF);
  const s = ok(call('socket', 2, 2, 0));
  const ifreq = room(32);
  memory.write(ifreq, Buffer.from('lo\0'));
  expect(call('ioctl', s, 0x8933, ifreq)).toBe(0);
  expect(word(ifreq + 16)).toBe(1);
  const conf = room(8), list = room(32 * 8);
  memory.setU32(conf, 32 * 8);
  memory.setU32(conf + 4, list);
  expect(call('ioctl', s, 0x8912, conf)).toBe(0);
  expect([word(conf) % 32, string(list)]).toEqual([0, 'lo']);
  for (const f of [fd, s]) call('close', f);
});

test('an unknown number answers ENOSYS', () => {
  const { dispatch } = jest.requireActual<typeof import('./dispatch.ts')>('./dispatch.ts');
  expect(dispatch(task, 12345)).toBe(-E.ENOSYS);
});

test('the list of the own descriptors leaves the emulator\'s out', () => {
  const hidden = fs.openSync('/dev/null', 'r');
  protectDescriptors(task, [hidden]);
  const fd = ok(call('openat', FDCWD, text('/proc/self/fd'), 0o40000));
  const to = room(4096);
  const listed: string[] = [];
  for (let n: number; (n = ok(call('getdents64', fd, to, 4096))) > 0;) for (let at = to; at < to + n; at += memory.u16(at + 16)) listed.push(string(at + 19));
  expect(listed).toContain(String(fd));
  expect(listed).not.toContain(String(hidden));
  expect(call('close', hidden)).toBe(-E.EBADF);
  expect(call('dup2', fd, hidden)).toBe(-16);
  call('close', fd);
});

test('ranges that the guest has not mapped are no ranges', () => {
  const ENOMEM = 12;
  const at = ok(call('mmap2', 0, 8192, 3, 0x22, -1, 0));
  expect(call('munmap', at + 4096, 4096)).toBe(0);
  expect(call('msync', at, 4096, 4)).toBe(0);
  expect(call('msync', at, 8192, 4)).toBe(-ENOMEM);
  expect(call('mlock', at, 8192)).toBe(-ENOMEM);
  expect(call('mincore', at, 8192, room(16))).toBe(-ENOMEM);
  expect(call('mincore', at, 4096, room(16))).toBe(0);
  expect(call('madvise', at + 1, 4096, 4)).toBe(-E.EINVAL);
});
