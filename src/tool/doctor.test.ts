import { examine, report, type Machine } from './doctor.ts';
import { ToolError } from './registry.ts';

const files: Readonly<Record<string, string>> = {
  '/proc/self/limits': 'Limit                     Soft Limit           Hard Limit           Units\nMax processes             63427                63427                processes\nMax open files            1024                 524288               files',
  '/proc/sys/vm/overcommit_memory': '0', '/proc/sys/vm/mmap_min_addr': '65536', '/proc/self/stat': '1 (x) R',
};
const fine: Machine = {
  platform: 'linux', arch: 'x64', nodeVersion: 'v26.10.0', kernel: '6.1.0-13-amd64', read: (path) => files[path] ?? null,
  machineCode: () => undefined, reserve: () => undefined, binfmt: () => ({ text: 'arm: registered', registered: true }),
};
/** What is said of a machine that differs so, beyond what is good. */
const said = (difference: Partial<Machine>): string[] => report(examine({ ...fine, ...difference }).filter(({ verdict }) => verdict !== 'good')).split('\n').map((line) => line.trim());
const reading = (path: string, text: string | null): Partial<Machine> => ({ read: (asked) => (asked === path ? text : fine.read(asked)) });
const failing = (error: Error) => () => { throw error; };

test('a machine with everything is told so, a line for each', () => {
  const findings = examine(fine);
  expect(findings.map(({ verdict }) => verdict)).toEqual(findings.map(() => 'good'));
  expect(report(findings).split('\n')).toHaveLength(findings.length);
});

test.each<[string, Partial<Machine>, string[]]>([
  ['another system', { platform: 'darwin' }, ['BAD   darwin on x64', 'tsemu runs on x86-64 Linux']],
  ['another processor', { arch: 'arm64' }, ['BAD   linux on arm64', 'tsemu runs on x86-64 Linux']],
  ['an old Node', { nodeVersion: 'v20.1.0' }, ['BAD   Node v20.1.0', 'tsemu needs Node 26, which npm brings: install without --omit=optional']],
  ['an old kernel', { kernel: '5.10.0' }, ['note  Linux 5.10.0', 'before Linux 5.12 programs that binfmt_misc starts cannot keep argv[0]: register with --no-preserve-argv0']],
  ['no koffi', { machineCode: failing(new Error("Cannot find module 'koffi'\nRequire stack:")) }, ["BAD   koffi does not load: Cannot find module 'koffi'", 'install again: npm install brings it for this machine']],
  ['no executable memory', { machineCode: failing(new Error('the host does not give memory that is both writable and executable')) },
    ['BAD   the host does not give memory that is both writable and executable', 'a security module forbids it (SELinux: setsebool -P deny_execmem 0)']],
  ['address space for 32-bit guests alone', { reserve: (_, type) => { if (type === 'i64') throw new RangeError('could not allocate memory'); } },
    ['BAD   no address space for riscv64 (16 GiB)', 'ulimit -v unlimited; in a container or service, no limit of virtual memory (systemd: LimitAS=infinity)']],
  ['few descriptors', reading('/proc/self/limits', files['/proc/self/limits']!.replace('1024 ', '20 ')), ['note  20 open files', "ulimit -n 1024: below 64, descriptors of ours cannot be kept out of the guest's way"]],
  ['few processes', reading('/proc/self/limits', 'Max processes             10                   10                   processes'), ['note  10 processes', 'ulimit -u 1024: each thread of a guest is one']],
  ['strict overcommit', reading('/proc/sys/vm/overcommit_memory', '2'), ['note  vm.overcommit_memory is 2', 'sysctl vm.overcommit_memory=0 where forks of large programs fail with ENOMEM']],
  ['no /proc', reading('/proc/self/stat', null), ['note  /proc is not mounted', 'mount -t proc proc /proc: programs find less about themselves without']],
  ['no binfmt_misc', { binfmt: failing(new ToolError('binfmt_misc is not mounted')) }, ['note  binfmt_misc is not mounted', "only needed if the kernel is to start guests' programs by itself"]],
  ['guests that are not registered', { binfmt: () => ({ text: 'arm: registered\nriscv64: not registered', registered: false }) },
    ['note  binfmt_misc: arm: registered; riscv64: not registered', "tsemu binfmt register --all, if the kernel is to start guests' programs by itself"]],
])('%s', (_, difference, lines) => expect(said(difference)).toEqual(lines));

test('what is not known goes on', () => {
  expect(() => examine({ ...fine, reserve: failing(new TypeError('a bug')) })).toThrow('a bug');
  expect(() => examine({ ...fine, binfmt: failing(new TypeError('a bug')) })).toThrow('a bug');
});
