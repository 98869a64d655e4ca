// The launchers and the way from them to the guest: links, folders, what reaches the program, exit statuses and messages.
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { guests } from '../../src/guests/index.ts';

const root = process.cwd();
const helloOf = (name: string): string => path.join(root, 'tests/fixtures', name, 'hello');
let folder: string;

beforeAll(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-launcher-')); });
afterAll(() => fs.rmSync(folder, { recursive: true }));

function run(file: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  const { status, signal, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', timeout: 30_000, ...options });
  return { status, signal, stdout, stderr };
}

test('the launcher is the same file for every guest', () => {
  const files = fs.readdirSync('bin').filter((name) => name.startsWith('tsemu-')).map((name) => fs.readFileSync(path.join('bin', name), 'utf8'));
  expect(new Set(files).size).toBe(1);
});

describe.each(guests.map(({ name, machine }) => [name, machine] as const))('%s', (guest, machine) => {
  const command = `tsemu-${guest}`, launcher = path.join(root, 'bin', command), hello = helloOf(guest), greeting = `Hello from ${machine}!\n`;

  describe('the launcher', () => {
    test('works from any folder', () => expect(run(launcher, [hello], { cwd: '/' })).toMatchObject({ status: 0, stdout: greeting }));
    test('works when a shell is given it by its name alone', () => expect(run('sh', [command, hello], { cwd: path.join(root, 'bin') })).toMatchObject({ status: 0, stdout: greeting }));
    test('works with a relative name', () => expect(run(`../bin/${command}`, [hello], { cwd: path.join(root, 'src') })).toMatchObject({ status: 0, stdout: greeting }));

    test('works through links, as npm makes them, relative ones and chains too', () => {
      const other = `other-name-${guest}`;
      fs.symlinkSync(path.relative(fs.realpathSync(folder), launcher), path.join(folder, command));
      fs.symlinkSync(command, path.join(folder, other));
      expect(run(path.join(folder, other), [hello])).toMatchObject({ status: 0, stdout: greeting });
      expect(run(other, [hello], { env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` } })).toMatchObject({ status: 0, stdout: greeting });
    });

    test('passes arguments as they are', () => {
      const args = ['', ' a  b ', '$HOME', '"', "'", '*', '-L', '--', 'é', 'line\nbreak', '\\'];
      expect(run(launcher, [hello, ...args]).stdout).toBe(greeting + args.map((a) => `${a}\n`).join(''));
    });

    test('passes arguments that are not UTF-8', () => {
      const out = execFileSync('/bin/sh', ['-c', `"$0" "$1" "$(printf 'x\\377\\376y')"`, launcher, hello], { encoding: 'latin1' });
      expect(out).toBe(`${greeting}x\xff\xfey\n`);
    });

    test('keeps NODE_OPTIONS from our own Node', () => {
      expect(run(launcher, [hello], { env: { ...process.env, NODE_OPTIONS: '--no-such-option' } })).toMatchObject({ status: 0, stdout: greeting });
    });

    test('says what to do when there is no Node, and when there is no bundle', () => {
      const copy = path.join(folder, `package-${guest}`);
      fs.mkdirSync(path.join(copy, 'bin'), { recursive: true });
      fs.copyFileSync(launcher, path.join(copy, 'bin', command));
      const real = fs.realpathSync(copy);
      expect(run(`bin/${command}`, [hello], { cwd: copy })).toMatchObject({ status: 127, stderr: `${command}: not installed yet: run 'npm install' in ${real}\n` });
      fs.symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
      expect(run(`bin/${command}`, [hello], { cwd: copy })).toMatchObject({ status: 127, stderr: `${command}: not built yet: run 'npm install' in ${real}\n` });
    });
  });

  describe('the command', () => {
    const file = (name: string, content: string | Uint8Array, mode = 0o755) => {
      const at = path.join(folder, name);
      fs.writeFileSync(at, content, { mode });
      return at;
    };
    const other = guest === 'arm' ? 'riscv32' : 'arm';
    const says = (text: string) => new RegExp(text.replaceAll('COMMAND', command));

    test.each([
      ['a missing program', 127, () => '/no/such/program', says('^COMMAND: /no/such/program: no such file or directory\n$')],
      ['a folder', 126, () => folder, /: not a regular file\n$/],
      ['a file without the right to execute', 126, () => file('plain', 'x', 0o644), /: permission denied\n {2}hint: chmod \+x .*plain\n$/],
      ['text', 126, () => file('text', 'hello\n'), /text: not an ELF program or a script\n$/],
      ['an empty file', 126, () => file('empty', ''), /empty: the file is empty\n$/],
      ['a program of this machine', 126, () => process.execPath, says(': a program for this machine \\(\\w+\\)\n {2}hint: run it without COMMAND\n$')],
      ['a program of another machine', 126, () => helloOf(other), says(`hello: a program for ${other}, not for ${guest}\n {2}hint: tsemu-${other} runs it\n$`)],
      ['a program for big-endian ARM', 126, () => file('be8', Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 40])), says(`be8: a program for big-endian arm, not for ${guest}\n$`)],
      ['half a program', 126, () => file('half', fs.readFileSync(hello).subarray(0, 100)), /half: not a valid program: the file ends within its program headers\n$/],
      ['a script whose interpreter is missing', 127, () => file('script', '#!/no/such/interpreter\n'), /: \/no\/such\/interpreter: no such file or directory\n$/],
    ])('refuses %s with a line, a hint where there is one, and status %d', (_, status, make, message) => {
      const result = run(launcher, [make()]);
      expect(result).toMatchObject({ status, stdout: '' });
      expect(result.stderr).toMatch(message);
      expect(result.stderr).toMatch(says('^COMMAND: .+\n( {2}hint: .+\n)?$'));
    });

    test.each([[[]], [['-no-such-option', hello]], [['-s', 'x', hello]], [['-cpu', 'none', hello]], [['-g', '0', hello]], [['-g', '/no/such/folder/socket', hello]], [['-d', 'tid', hello]]])('answers 1 and one line for %j', (args) => {
      const result = run(launcher, args);
      expect(result).toMatchObject({ status: 1, stdout: '' });
      expect(result.stderr).toMatch(says('^COMMAND: .+\n$'));
    });

    test('runs a script with a guest interpreter', () => {
      expect(run(launcher, [file('greet', `#!${hello} one two\n`), 'three'])).toMatchObject({ status: 0, stdout: `${greeting}one two\n${folder}/greet\nthree\n` });
    });

    test.each(['-help', '-h', '--help'])('%s lists the options on stdout', (option) => expect(run(launcher, [option])).toMatchObject({ status: 0, stdout: expect.stringContaining('-strace') }));
    test('says in a line that there is no room for the guest', () => {
      const limited = run('sh', ['-c', 'ulimit -v 4000000; exec "$0" "$1"', launcher, hello]);
      expect(limited).toMatchObject({ status: 126, stdout: '' });
      expect(limited.stderr).toMatch(says('^COMMAND: no room for \\d+ GiB of address space and what guards it\n {2}hint: .*ulimit -v unlimited.*\n$'));
    });

    test('says whose root or package has the dynamic linker that is missing', () => {
      const program = Buffer.from(fs.readFileSync(hello));
      const wide = program[4] === 2;
      // The first program header becomes PT_INTERP: its path is put at the end of the file.
      const linker = { arm: '/lib/ld-linux-armhf.so.3', riscv64: '/lib/ld-linux-riscv64-lp64d.so.1' }[guest] ?? '/lib/ld.so';
      const table = wide ? Number(program.readBigUInt64LE(32)) : program.readUInt32LE(28), entry = wide ? 56 : 32;
      const last = table + entry * (program.readUInt16LE(wide ? 56 : 44) - 1), path = Buffer.from(`${linker}\0`);
      program.writeUInt32LE(3, last);
      if (wide) { program.writeBigUInt64LE(BigInt(program.length), last + 8); program.writeBigUInt64LE(BigInt(path.length), last + 32); }
      else { program.writeUInt32LE(program.length, last + 4); program.writeUInt32LE(path.length, last + 16); }
      const dynamic = file('dynamic', Buffer.concat([program, path]));
      const result = run(launcher, [dynamic]);
      expect(result).toMatchObject({ status: 127, stdout: '' });
      expect(result.stderr).toMatch(says(`^COMMAND: .*dynamic: its dynamic linker ${linker} is missing\n {2}hint: .*-L ${guest === 'riscv32' ? 'DIRECTORY' : '/usr/'}`));
    });

    test('is red and has a blue hint on a terminal alone', () => {
      const typed = run('script', ['-qec', `${launcher} ${file('plain2', 'x', 0o644)}`, '/dev/null']);
      expect(typed.stdout).toContain(`\x1b[31m${command}:\x1b[0m`);
      expect(typed.stdout).toContain('\x1b[36mhint:\x1b[0m chmod +x');
      expect(run(launcher, [path.join(folder, 'plain2')]).stderr).not.toContain('\x1b');
    });

    test('asks for the right Node', () => {
      const older = file('older.cjs', 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } });');
      const result = run(process.execPath, ['--require', older, path.join(root, 'dist/tsemu.cjs'), guest, hello]);
      expect(result).toMatchObject({ status: 126, stdout: '' });
      expect(result.stderr).toMatch(says('^COMMAND: needs Node 26, and this is 20.1.0 .*\n {2}hint: .*bin/COMMAND.*\n$'));
    });

    test('a file system without exec is told from a file without the right', () => {
      const at = fs.mkdtempSync(path.join(folder, 'mounted-'));
      const script = 'mount -t tmpfs -o noexec none "$1" && cp "$2" "$1/hello" && exec "$3" "$1/hello"';
      const result = run('unshare', ['-rm', 'sh', '-c', script, 'sh', at, hello, launcher]);
      expect(result).toMatchObject({ status: 126, stdout: '' });
      expect(result.stderr).toMatch(/: permission denied\n {2}hint: its file system is mounted noexec: /);
    });

    test('-version prints one line', () => expect(run(launcher, ['-version']).stdout).toMatch(says('^COMMAND version \\d+\\.\\d+\\.\\d+\n$')));
    test('-cpu help lists the processors', () => expect(run(launcher, ['-cpu', 'help'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\S+\n/) }));
    test.each(['0', '1', 'auto'])('-tier %s runs the program', (tier) => expect(run(launcher, ['-tier', tier, hello])).toMatchObject({ status: 0, stdout: greeting }));
    test('-R makes the address space smaller', () => expect(run(launcher, ['-R', '256M', hello])).toMatchObject({ status: 0, stdout: greeting }));
    test('-s makes the stack larger', () => expect(run(launcher, ['-s', '64M', hello])).toMatchObject({ status: 0, stdout: greeting }));
  });
});
