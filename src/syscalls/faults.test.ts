// Pointers that lead nowhere, to where nothing may be written, or across the end of what is mapped, in every argument of every call of
// every guest: the call answers, and the emulator lives. (What it answers is for the tests of single calls.)
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { guests } from '../guests/index.ts';
import { createBench } from './testing.ts';
import type { SyscallName } from './table.ts';

/** What ends, stops or changes the process that runs the tests, waits, or leaves something behind. */
const UNSAFE: ReadonlySet<string> = new Set([
  'exit', 'exit_group', 'fork', 'vfork', 'clone', 'clone3', 'execve', 'execveat', 'rt_sigreturn', 'sigreturn', 'pause', 'sigsuspend', 'rt_sigsuspend', 'ppoll', 'ppoll_time64',
  'kill', 'tkill', 'tgkill', 'reboot', 'vhangup', 'sync', 'syncfs', 'setsid', 'close_range', 'sethostname', 'setdomainname', 'landlock_restrict_self', 'wait4', 'waitid', 'alarm',
  'munlockall', 'mlockall', 'personality', 'unshare', 'syslog', 'umask', 'setpriority', 'nice', 'rt_sigprocmask', 'rt_sigaction', 'sigprocmask', 'sigaction',
  'chroot', 'pivot_root', 'acct', 'swapoff', 'swapon', 'settimeofday', 'setrlimit', 'prlimit64', 'clock_settime', 'clock_settime64', 'adjtimex', 'msgget', 'msgrcv', 'semget', 'semop', 'shmget',
  'fanotify_mark', 'userfaultfd', 'set_robust_list', 'sigaltstack', 'set_tid_address', 'seccomp', 'set_mempolicy',
]);
/** Those that would take away the memory that the tests themselves use. */
const MAPPINGS: ReadonlySet<string> = new Set(['mmap', 'mmap2', 'munmap', 'mremap', 'mprotect', 'pkey_mprotect', 'madvise', 'brk', 'shmat', 'remap_file_pages', 'mseal', 'mlock', 'mlock2']);

// Some of the calls make links and files of whatever names the pointers lead to.
const here = process.cwd();
let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-'));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(here);
  fs.rmSync(folder, { recursive: true });
});

for (const guest of guests) {
  test(`${guest.name}: every call answers when its arguments are wild`, () => {
    const { task, call, room } = createBench({ guest: guest.name });
    const { memory } = task;
    const readOnly = memory.map({ address: 0, length: 4096, prot: 1, flags: 0x22, fd: -1, offset: 0 });
    const end = memory.map({ address: 0, length: 8192, prot: 3, flags: 0x22, fd: -1, offset: 0 });
    memory.protect(end + 4096, 4096, 0);
    const wide = guest.data.pointer === 8;
    // As an int, each is no descriptor that is open: zeros would have fchmod change whatever stdin is.
    const wild = [0x3f0, readOnly, end + 4093, memory.size - 4, ...(wide ? [memory.size + 4092, 2 ** 47 + 4092, -16, -(2 ** 52) + 4092] : [0x7ffff001, 0xfffffffc])];
    const FREE_FD = 901;
    const names = [...new Set<SyscallName>(Object.values(guest.syscalls))].filter((name) => !UNSAFE.has(name) && !/^set(re|res|fs)?[ug]id|setgroups/.test(name));
    const open = new Set(fs.readdirSync('/proc/self/fd'));
    for (const name of names) {
      // No descriptor is given that is anybody's: what is to fail is everything.
      const mixed = [FREE_FD, ...Array.from({ length: 5 }, () => room(64))];
      const bases = MAPPINGS.has(name) ? [Array<number>(6).fill(-1)] : [Array<number>(6).fill(-1), mixed];
      for (const base of bases) {
        for (const value of wild) {
          for (let i = 0; i < 6; i++) expect([name, typeof call(name, ...base.with(i, value))]).toEqual([name, expect.stringMatching('number|string')]);
        }
      }
      for (const value of wild) if (!MAPPINGS.has(name)) expect([name, typeof call(name, ...Array<number>(6).fill(value))]).toEqual([name, expect.stringMatching('number|string')]);
    }
    for (const fd of fs.readdirSync('/proc/self/fd')) if (!open.has(fd) && Number(fd) > 2) call('close', Number(fd));
  });
}
