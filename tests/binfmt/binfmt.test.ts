// tsemu binfmt with a binfmt_misc of its own, and Debian's programs that the kernel starts under it.
import { chmodSync, chownSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inBinfmt, singleFile, withSingleFile } from '../support/binfmt.ts';
import { build } from '../support/build.ts';
import { sysroot } from '../support/debian.ts';
import { inTemporaryFolder, root } from '../support/guest.ts';
import { testGuest, testGuests } from '../support/guests.ts';
import { run } from '../support/run.ts';

withSingleFile();

const arm = testGuest('arm');
const names = testGuests.map(({ name }) => name);
const tsemu = join(root, 'bin/tsemu');
/** A program in a folder that anybody may enter. */
function program(dir: string, name = 'program', mode = 0o755): string {
  copyFileSync(build(arm, join(__dirname, 'program.c'), ['-O1', '-static', '-pthread']), join(dir, name));
  chmodSync(dir, 0o755);
  chmodSync(join(dir, name), mode);
  return join(dir, name);
}
const own = { dir: '-' };
/** Runs a script of the host's with the guests registered. */
const script = (text: string, options?: string) => inBinfmt(options === undefined ? own : { ...own, options }, ['/bin/bash', '--norc', '-c', text, tsemu, singleFile()]);
const table = '/proc/sys/fs/binfmt_misc';

describe('Debian programs start each other', () => {
  test('make, gcc and what they made', () => inTemporaryFolder(async (dir) => {
    writeFileSync(join(dir, 'hello.c'), '#include <stdio.h>\nint main(void) { return puts("made here") < 0; }\n');
    writeFileSync(join(dir, 'Makefile'), 'all: hello\n\t@./hello\nhello: hello.c\n\t@gcc -o hello hello.c\n');
    expect(await inBinfmt({ sysroot: sysroot(arm), dir }, ['/usr/bin/make'])).toMatchObject({ stdout: 'made here\n', end: 0 });
  }), 180_000);

  test('bash, dpkg and python3', () => inTemporaryFolder(async (dir) => {
    const python = "import subprocess as s; print(s.run(['/bin/bash', '-c', 'dpkg --print-architecture'], capture_output=True).stdout)";
    const outcome = await inBinfmt({ sysroot: sysroot(arm), dir }, ['/bin/bash', '-c', `echo $BASH_VERSINFO; uname -m; python3 -c "${python}"; ls /lib64 /lib/x86_64-linux-gnu 2>&1 | wc -l`]);
    expect(outcome).toMatchObject({ stdout: "5\narmv7l\nb'armhf\\n'\n2\n", end: 0 });
  }), 180_000);
});

describe('flags', () => {
  const firstLines = (text: string, count = 2): string[] => text.split('\n').slice(0, count);

  test('P: a program keeps argv[0]; without, it is the path', () => inTemporaryFolder(async (dir) => {
    const text = `exec -a NAME ${program(dir)}`;
    expect(firstLines((await script(text)).stdout, 1)).toEqual(['argv[0] NAME']);
    expect(firstLines((await script(text, '--no-open-binary')).stdout, 1)).toEqual(['argv[0] NAME']);
    expect(firstLines((await script(text, '--no-preserve-argv0')).stdout, 1)).toEqual([`argv[0] ${join(dir, 'program')}`]);
    expect(firstLines((await script(text, '--no-preserve-argv0 --no-open-binary')).stdout, 1)).toEqual([`argv[0] ${join(dir, 'program')}`]);
  }));

  const asRoot = process.getuid!() === 0 ? test : test.skip; // there are several users only for root

  asRoot('O: a program that may be executed but not read', () => inTemporaryFolder(async (dir) => {
    const text = `setpriv --reuid 4711 --clear-groups ${program(dir, 'program', 0o711)}`;
    expect((await script(text)).stdout).toContain('child 5\n'); // which executes it once more
    expect(await script(text, '--no-open-binary')).toMatchObject({ stdout: '', end: 126 });
  }));

  asRoot('C: a set-uid program gets its owner\'s rights, and believes nothing that the caller says', () => inTemporaryFolder(async (dir) => {
    const path = program(dir);
    chownSync(path, 1000, 1000);
    chmodSync(path, 0o4755);
    const text = `TSEMU_STRACE=1 TSEMU_LD_PREFIX=/nowhere HOME=${dir} setpriv --reuid 4711 --clear-groups ${path} 2>&1; ls -a ${dir}`;
    const outcome = await script(text, '--credentials');
    expect(firstLines(outcome.stdout)).toEqual([`argv[0] ${path}`, 'secure 1, same user 0']);
    // What it executes is the kernel's to start: here itself, with the same rights again.
    expect(outcome.stdout.split('\n').slice(-7, -4)).toEqual(['secure 1, same user 0', 'descriptor 70 is closed', 'child 5']);
    expect(outcome.stdout).not.toContain('write(');
    expect(outcome.stdout).toMatch(/\n\.\n\.\.\nprogram\n$/);
    expect((await script(text)).stdout).toContain('secure 0, same user 1\n');
  }));
});

describe('the table', () => {
  const pattern = 'magic 7f454c4601010100000000000000000002002800\nmask ffffffffffffff0000fffffffffffffffeffffff\n';

  test('register writes what the kernel knows the programs by; unregister takes it out', async () => {
    const outcome = await script(`cat ${table}/tsemu-arm; $0 binfmt status arm; $0 binfmt unregister --all; ls ${table}; $0 binfmt status; echo $?; $0 binfmt unregister arm`);
    expect(outcome.stdout).toContain(pattern);
    expect(outcome.stdout).toContain('flags: POF\n');
    expect(outcome.stdout).toContain(`arm: registered, ${singleFile()}/tsemu-arm, flags POF\n`);
    expect(outcome.stdout).toContain([...names.map((name) => `${name}: unregistered`), 'register', 'status', ...names.map((name) => `${name}: not registered`), '3', 'arm: was not registered', ''].join('\n'));
  });

  test('registering again changes the flags', async () => {
    expect((await script(`$0 binfmt register arm --from $1 --no-fix-binary --credentials; $0 binfmt status arm`)).stdout).toContain('flags POC\n');
  });

  test('what another has registered is shown, and disabled on request', async () => {
    const rival = `$0 binfmt unregister arm > /dev/null; $0 binfmt print arm --from /usr/bin | sed 's/^:tsemu-arm/:qemu-arm/' | sed 's/:[A-Z]*$/:/' > ${table}/register;`;
    const refused = await script(`${rival} $0 binfmt status arm; $0 binfmt register arm --from $1; echo $?; $0 binfmt register arm --from $1 --replace; head -1 ${table}/qemu-arm; $0 binfmt unregister arm`);
    const shown = 'qemu-arm (/usr/bin/tsemu-arm)';
    expect(refused.stderr).toContain(`tsemu: ${shown} has arm's programs already: --replace disables it\n`);
    expect(refused.stdout).toBe(`arm: not registered\narm: ${shown} is registered too, flags none\n1\narm: registered\narm: disabled ${shown}\ndisabled\n`
      + `arm: unregistered\narm: ${shown} is disabled: echo 1 > the file of that name in binfmt_misc enables it\n`);
  });

  test('print writes lines that the kernel takes', async () => {
    const outcome = await script(`$0 binfmt unregister --all > /dev/null; $0 binfmt print riscv64 --from $1 > ${table}/register; $0 binfmt status riscv64`);
    expect(outcome).toMatchObject({ stdout: `riscv64: registered, ${singleFile()}/tsemu-riscv64, flags POF\n`, end: 0 });
  });
});

describe('what is wrong is one line', () => {
  const said = async (text: string): Promise<string> => (await script(`exec 2>&1; ${text}`)).stdout;
  const without = (text: string) => run(['unshare', '--user', '--map-root-user', '--mount', '/bin/sh', '-c', `mount -t tmpfs none /proc/sys/fs; ${text} ${tsemu} binfmt status`], { env: { PATH: process.env.PATH! } });

  test('no guest, an unknown one, an unknown option or command', async () => {
    expect(await said('$0 binfmt register')).toBe(`tsemu: which guests? ${names.join(', ')}, or --all\n`);
    expect(await said('$0 binfmt print z80')).toBe(`tsemu: no such guest: z80; there is ${names.join(', ')}\n`);
    expect(await said('$0 binfmt register arm --frob')).toBe('tsemu: Unknown argument: frob\n');
    expect(await said('$0 frob')).toMatch(/^tsemu: Unknown (argument|command): frob\n$/);
  });

  test('no single file, or a launcher in its place', async () => {
    expect(await said('$0 binfmt register arm --from /nowhere')).toBe("tsemu: /nowhere/tsemu-arm cannot be read (ENOENT): 'tsemu single-file FOLDER' makes it, --from FOLDER says where it is\n");
    expect(await said('$0 binfmt register arm --from "${0%/*}"')).toContain('is not the single file, which needs no other files');
  });

  test('a table that may not be written to', async () => {
    expect(await said('$0 binfmt unregister arm > /dev/null; mount -o remount,ro binfmt_misc ' + table + '; $0 binfmt register arm --from $1'))
      .toContain('tsemu: registering tsemu-arm: root alone may do that (EROFS): sudo, or a privileged container\n');
  });

  test('binfmt_misc is not there, or not mounted', async () => {
    expect(await without('')).toMatchObject({ stderr: 'tsemu: the kernel has no binfmt_misc: as root, modprobe binfmt_misc\n', end: 1 });
    expect(await without(`mkdir ${table};`)).toMatchObject({ stderr: `tsemu: binfmt_misc is not mounted: as root, mount -t binfmt_misc binfmt_misc ${table}\n`, end: 1 });
  });
});
