// What -d and -strace write, and where.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { build } from '../support/build.ts';
import { testGuests } from '../support/guests.ts';

const root = process.cwd();
let folder: string;
let source: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-log-'));
  source = path.join(folder, 'events.c');
  fs.writeFileSync(source, `
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static void nothing(int signal) {}
static void leave(int signal) { _exit(0); }
int main(int argc, char **argv) {
  if (argc > 1 && chdir(argv[1]) != 0) return 1;
  if (argc > 3) { if (fork() == 0) _exit(0); wait(0); }
  for (int i = 0; i < 2; i++) { syscall(9999); syscall(SYS_ptrace, 0, 0, 0, 0); }
  mmap((void *)0x30000000, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  signal(SIGUSR1, nothing);
  raise(SIGUSR1);
  signal(SIGSEGV, leave);
  if (argc > 2) *(volatile int *)0x30000004 = 1;
  signal(SIGILL, leave);
#ifdef __arm__
  asm volatile("udf #0");
#else
  asm volatile("unimp");
#endif
}`);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

function run(guest: string, args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  const { status, stdout, stderr } = spawnSync(path.join(root, 'bin', `tsemu-${guest}`), args, { encoding: 'utf8', timeout: 60_000, ...options, env: { ...process.env, ...options.env }, maxBuffer: 1 << 28 });
  return { status, stdout, log: stderr };
}

/** Every instruction that qemu-user runs, as addresses. The option has had two names. */
function qemuSteps(guest: string, program: string): string[] {
  const { stderr } = spawnSync(`qemu-${guest}`, ['-d', 'exec,nochain', program], { encoding: 'utf8', env: { ...process.env, QEMU_SINGLESTEP: '1', QEMU_ONE_INSN_PER_TB: '1' } });
  return [...stderr.matchAll(/^Trace .*\[[0-9a-f]+\/([0-9a-f]+)\//gm)].map(([, pc]) => parseInt(pc!, 16).toString(16));
}
const steps = (log: string): string[] => [...log.matchAll(/^\d+ exec 0x([0-9a-f]+)$/gm)].map(([, pc]) => parseInt(pc!, 16).toString(16));

describe.each(testGuests.map(({ name }) => name))('tsemu-%s', (guest) => {
  const hello = path.join(root, 'tests/fixtures', guest, 'hello');

  test('-d exec shows every instruction with -one-insn-per-tb, the same as qemu-user', () => {
    const wanted = qemuSteps(guest, hello);
    expect(wanted.length).toBeGreaterThan(100);
    expect(steps(run(guest, ['-d', 'exec', '-one-insn-per-tb', hello]).log)).toEqual(wanted);
    expect(steps(run(guest, ['-d', 'exec', '-tier', '1', hello], { env: { TSEMU_SINGLESTEP: '1' } }).log)).toEqual(wanted);
  });

  test('-d exec shows every block, in order and as often as it is entered', () => {
    const blocks = steps(run(guest, ['-d', 'exec', hello]).log);
    const all = qemuSteps(guest, hello);
    let at = 0;
    for (const pc of blocks) at = all.indexOf(pc, at) + 1 || NaN;
    expect(at).toBeGreaterThan(0);
    expect(blocks[0]).toBe(all[0]);
  });

  test('-dfilter leaves blocks out', () => {
    const [first, second] = steps(run(guest, ['-d', 'exec', hello]).log);
    expect(new Set(steps(run(guest, ['-d', 'exec', '-dfilter', `0x${second}..0x${second}`, hello]).log))).toEqual(new Set([second]));
    expect(first).not.toBe(second);
  });

  test('-d cpu shows the registers before each block', () => {
    const { log } = run(guest, ['-d', 'cpu,exec', hello]);
    const entries = log.split(/^\d+ exec 0x/m).slice(1);
    expect(entries.length).toBe(steps(log).length);
    for (const entry of entries) expect(entry.split('\n').slice(1).join('\n').toLowerCase()).toContain(parseInt(entry, 16).toString(16));
  });

  test.each(['in_asm', 'op', 'op_opt', 'out_asm'])('-d %s shows code', (item) => {
    expect(run(guest, ['-d', item, '-tier', '1', hello])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Hello/), log: expect.stringMatching(/^.+\n/) });
  });

  test('-d in_asm and op show all code in each run, whatever earlier runs left in the cache', () => {
    const texts = [1, 2].map(() => run(guest, ['-d', 'in_asm,op', hello]).log);
    expect(texts[0]).toMatch(/^----------------\nIN:\n0x[0-9a-f]+:  \S.*\n[^]*OP:\n/);
    expect(texts[1]).toBe(texts[0]);
  });

  test('-d stats tells what the translator did, when the program ends', () => {
    const { status, log } = run(guest, ['-d', 'stats', '-tier', '1', hello]);
    expect(status).toBe(0);
    expect(log).toMatch(/^\d+ \S*hello\ntier 0: \d+ units .*\ntier 1: [1-9]\d* regions with [1-9]\d* entries, .* bytes of WebAssembly\ntime: discover \d+ ms, .*\n$/);
  });

  test('-d nochain is taken', () => expect(run(guest, ['-d', 'nochain', hello])).toMatchObject({ status: 0, log: '' }));

  test('-D says at once that a file cannot be written', () => {
    expect(run(guest, ['-D', '/no/such/folder/log', hello])).toEqual({ status: 1, stdout: '', log: `tsemu-${guest}: -D: /no/such/folder/log cannot be written: ENOENT\n` });
  });
});

describe.each(testGuests.filter((guest) => guest.ownProgramsOnly === undefined).map((guest) => [guest.name, guest] as const))('tsemu-%s with a program', (name, guest) => {
  let program: string;
  beforeAll(() => { program = build(guest, source, ['-O1', '-static']); });
  const log = (item: string, ...args: string[]): string => run(name, ['-d', item, program, ...args]).log;

  test('-d unimp names each system call that is missing, once', () => {
    expect(log('unimp').split('\n').filter((line) => /9999|ptrace/.test(line))).toEqual(['system call 9999 is not implemented', 'system call ptrace is not implemented']);
  });

  test('-d guest_errors shows instructions that are none', () => expect(log('guest_errors')).toMatch(new RegExp(`^${name}: illegal: pc 0x[0-9a-f]+: [0-9a-f]+ .+\n$`)));

  test('-d page shows the address space after a mapping', () => {
    expect(log('page').split(/^\d+ page\n/m).at(-1)).toMatch(/^0*30000000-0*30002000 r--p /m);
  });

  test('-d int shows signals, faults with their address', () => {
    expect(log('int')).toMatch(/^\d+ int SIGUSR1 \{si_code=-6, si_pid=\d+\} at pc 0x[0-9a-f]+\n\d+ int SIGILL \{si_code=1, si_addr=0x([0-9a-f]+)\} at pc 0x0*\1\n$/);
    expect(log('int', '/', 'write')).toMatch(/\n\d+ int SIGSEGV \{si_code=2, si_addr=0x30000004\} at pc 0x[0-9a-f]+\n$/);
  });

  test('-strace shows signals between the calls', () => expect(run(name, ['-strace', program]).log).toMatch(/\n\d+ --- SIGUSR1 \{si_code=-6, si_pid=\d+\} ---\n/));

  test('-D names a file of the directory that tsemu was started in', () => {
    expect(run(name, ['-D', 'log', '-d', 'int', program, '/'], { cwd: folder })).toEqual({ status: 0, stdout: '', log: '' });
    expect(fs.readFileSync(path.join(folder, 'log'), 'utf8')).toContain('SIGUSR1');
    fs.unlinkSync(path.join(folder, 'log'));
  });

  test('-D with %d gives each process a file', () => {
    expect(run(name, ['-D', path.join(folder, 'log.%d'), '-strace', program, '/', 'write', 'fork'])).toMatchObject({ status: 0, log: '' });
    const logs = fs.readdirSync(folder).filter((file) => file.startsWith('log.'));
    expect(logs.length).toBe(2);
    for (const file of logs) {
      for (const line of fs.readFileSync(path.join(folder, file), 'utf8').trimEnd().split('\n')) expect(line).toMatch(new RegExp(`^${file.slice(4)} `));
      fs.unlinkSync(path.join(folder, file));
    }
  });
});
