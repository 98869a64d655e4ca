// What is shown when a program dies, when tsemu itself does, and which logs threads have.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { build } from '../support/build.ts';
import { crossPrefix, launcher, root } from '../support/guest.ts';
import { testGuests } from '../support/guests.ts';

const file = path.join(root, 'tests/cli/debugged.c');
let folder: string;
beforeAll(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-death-')); });
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe.each(testGuests.filter(({ ownProgramsOnly }) => ownProgramsOnly === undefined).map((guest) => [guest.name, guest] as const))('%s', (name, guest) => {
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(launcher(guest), ['-L', crossPrefix(guest), ...args], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, ...env } });
  let program: string;
  beforeAll(() => { program = build(guest, file, ['-g', '-O0', '-pthread']); });

  test('-backtrace shows where a signal came and who called, and nothing is shown without it', () => {
    expect(run([program, 'segv'])).toMatchObject({ signal: 'SIGSEGV', stderr: '' });
    const { signal, stderr } = run(['-backtrace', program, 'segv']);
    expect(signal).toBe('SIGSEGV');
    expect(stderr).toMatch(new RegExp(`^tsemu-${name}: .*debugged-\\w+ segv: ended by SIGSEGV \\(si_code 1, address 0x10\\) in thread \\d+ "debugged-`));
    expect(stderr).toMatch(/\n {2}at {6}0x\w+ main\+0x\w+ \(.*debugged-\w+\)\n {10}[0-9a-f]+ {2}\w/);
    expect(stderr).toMatch(/\n {2}after {3}0x\w+ \S+ \(.*libc\.so\.6\)\n/);
    expect(stderr.split('\n').length).toBeLessThan(40);
    const deep = run([program, 'deep'], { TSEMU_BACKTRACE: '1' });
    expect(deep.signal).toBe('SIGABRT');
    expect(deep.stderr).toMatch(/ended by SIGABRT[^]* after {3}0x\w+ innermost\+0x\w+ [^]* after {3}0x\w+ middle\+0x\w+ [^]* after {3}0x\w+ main\+0x\w+ /);
  });

  test('a bug of ours is one block with what a report needs', () => {
    // A fault in the emulator at the guest's clone(): what makes a Worker is not there.
    const broken = path.join(folder, `${name}.cjs`);
    fs.writeFileSync(broken, `const { getBuiltinModule } = process; process.getBuiltinModule = (id) => { if (id === 'node:worker_threads' && new Error().stack.includes('startWorker')) throw new TypeError('injected'); return getBuiltinModule(id); };`);
    const { flags } = JSON.parse(JSON.stringify({ flags: /exec "\$node" (.*?) "\$/.exec(fs.readFileSync(launcher(guest), 'utf8'))![1]!.split(' ') })) as { flags: string[] };
    const { status, stderr, stdout } = spawnSync(process.execPath, [...flags, '--require', broken, path.join(root, 'dist/tsemu.cjs'), name, '-L', crossPrefix(guest), program, 'threads'], { encoding: 'utf8', timeout: 60_000 });
    expect([status, stdout]).toEqual([70, '']);
    expect(stderr).toMatch(new RegExp(`^tsemu-${name}: this is a bug of tsemu's, not of the program's\\n {2}version: [\\d.]+ on Node [\\d.]+, Linux \\S+, x64\\n {2}guest: {3}.*debugged-\\w+ \\(thread \\d+\\), pc 0x\\w+, in `));
    expect(stderr).toContain('\n  TypeError: injected\n  at ');
    expect(stderr).toMatch(/\n {2}To report it, .*\n$/);
  });

  test('an instruction that the processor does not have is named on a terminal, and in no pipe', () => {
    const typed = spawnSync('script', ['-qec', `${launcher(guest)} -L ${crossPrefix(guest)} ${program} illegal`, '/dev/null'], { encoding: 'utf8', timeout: 60_000 });
    expect(typed.stdout).toMatch(/: no such instruction: [0-9a-f]+ .* at 0x\w+ main\+0x\w+ .*\r\n.*hint:/);
    expect(run([program, 'illegal'])).toMatchObject({ signal: 'SIGILL', stderr: '' });
  });

  test('-d tid gives each thread a log of its own', () => {
    const logs = fs.mkdtempSync(path.join(folder, 'logs-'));
    expect(run(['-d', 'strace,tid', '-D', path.join(logs, '%d'), program, 'threads'])).toMatchObject({ status: 4, stderr: '' });
    const texts = fs.readdirSync(logs).map((tid) => [tid, fs.readFileSync(path.join(logs, tid), 'utf8')] as const);
    expect(texts.length).toBe(3);
    for (const [tid, text] of texts) expect(text.split('\n').filter((line) => line !== '' && !line.startsWith(`${tid} `))).toEqual([]);
  });
});
