import { spawnSync } from 'node:child_process';
import { parse, guestEnvironment, UsageError } from './index.ts';
import { rows } from './table.ts';
import { number, ranges, size } from './values.ts';

const run = async (args: readonly string[], env: readonly string[] = []) => {
  const line = await parse('tsemu-arm', args, env, '1.2.3');
  if (line.kind !== 'run') throw new Error(line.text);
  return line;
};
const options = async (args: readonly string[], env: readonly string[] = []) => (await run([...args, 'prog'], env)).options;

describe('the command line', () => {
  test('takes the first argument that is no option as the program, and leaves the rest alone', async () => {
    expect(await run(['-strace', 'prog', '-L', '--', '-x'])).toMatchObject({ program: 'prog', argv: ['prog', '-L', '--', '-x'], options: { sysroot: '' } });
  });

  test('ends the options at --', async () => {
    expect(await run(['-L', '/x', '--', '-prog', 'a'])).toMatchObject({ program: '-prog', argv: ['-prog', 'a'], options: { sysroot: '/x' } });
  });

  test('takes a single dash as a program', async () => expect((await run(['-'])).program).toBe('-'));

  test.each([
    [['-L', '/x'], { sysroot: '/x' }],
    [['--L=/x=y'], { sysroot: '/x=y' }],
    [['-L', '/x', '-L', '/y'], { sysroot: '/y' }],
    [['-0', '-bash'], { argv0: '-bash' }],
    [['-0', ''], { argv0: '' }],
    [['-s', '16M'], { stackSize: 16 << 20 }],
    [['-r', '5.0'], { uname: '5.0' }],
    [['-R', '1G'], { reservedVa: 1 << 30 }],
    [['-cpu', 'max'], { cpu: 'max' }],
    [['--cpu', 'max'], { cpu: 'max' }],
    [['-d', 'in_asm,op', '-d', 'op,strace'], { log: ['in_asm', 'op', 'strace'], strace: true }],
    [['-dfilter', '0x10..0x1f,64+4,100-4'], { filter: [{ from: 16, to: 31 }, { from: 64, to: 67 }, { from: 97, to: 100 }] }],
    [['-D', '/tmp/x%d'], { logFile: '/tmp/x%d' }],
    [['-strace'], { strace: true }],
    [['-g', '1234'], { debug: { at: { port: 1234 }, suspend: true } }],
    [['-g', 'a/sock-%d,suspend=n'], { debug: { at: { path: 'a/sock-%d' }, suspend: false } }],
    [['-seed', '010'], { seed: 8 }],
    [['-one-insn-per-tb'], { oneInsnPerTb: true }],
    [['-singlestep'], { oneInsnPerTb: true }],
    [['-tier', '0'], { tier: '0' }],
    [['-without', 'a,b', '-without', 'b,c'], { without: ['a', 'b', 'c'] }],
    [['--no-cache', '-without', 'a'], { without: ['cache', 'a'] }],
    [['-E', 'A=1,B=x=y', '-E', 'A=2'], { setEnv: ['B=x=y', 'A=2'] }],
    [['-E', 'A=1', '-U', 'A,C'], { setEnv: [], unsetEnv: ['A', 'C'] }],
    [['-U', 'A', '-E', 'A=1'], { setEnv: ['A=1'], unsetEnv: [] }],
  ] as const)('reads %j', async (args, wanted) => expect(await options(args)).toMatchObject(wanted));

  test.each([
    ['TSEMU_LD_PREFIX=/x', { sysroot: '/x' }], ['TSEMU_STRACE=1', { strace: true }], ['TSEMU_STRACE=0', { strace: false }], ['TSEMU_STRACE=', { strace: false }],
    ['TSEMU_TIER=1', { tier: '1' }], ['TSEMU_SINGLESTEP=1', { oneInsnPerTb: true }], ['TSEMU_ONE_INSN_PER_TB=1', { oneInsnPerTb: true }], ['TSEMU_LOG=cpu', { log: ['cpu'] }], ['TSEMU_SET_ENV=A=1', { setEnv: ['A=1'] }], ['TSEMU_ARGV0=\xc3\xa9', { argv0: 'é' }],
  ])('reads the variable %s', async (entry, wanted) => expect(await options([], [entry])).toMatchObject(wanted));

  test('an option overrides the variable', async () => expect(await options(['-L', '/y'], ['TSEMU_LD_PREFIX=/x'])).toMatchObject({ sysroot: '/y' }));

  test('-0 is the first argument, and the program stays what it is', async () => expect(await run(['-0', 'zero', 'prog', 'a'])).toMatchObject({ program: 'prog', argv: ['zero', 'a'] }));

  test('bytes that are not UTF-8 reach the guest', async () => expect(await run(['-strace', 'prog', '\xff\xfe'], ['X=\xff'])).toMatchObject({ argv: ['prog', '\xff\xfe'], envp: ['X=\xff'] }));

  test.each([
    [[]], [['-strace']], [['-s', '1T', 'p']], [['-s', '4k', 'p']], [['-d', 'nonsense', 'p']], [['-tier', '2', 'p']], [['-E', 'A', 'p']], [['-E', '=1', 'p']], [['-seed', 'x', 'p']],
    [['-dfilter', '5', 'p']], [['-dfilter', '5..4', 'p']], [['-B', '0x1000', 'p']], [['-g', '0', 'p']], [['-g', '1234,suspend=x', 'p']], [['-g', ',suspend=n', 'p']], [['-t', '1', 'p']], [['-plugin', 'x.so', 'p']], [['-perfmap', 'p']], [['-p', '4096', 'p']],
  ])('refuses %j', async (args) => { await expect(run(args)).rejects.toThrow(UsageError); });

  test('names what is not there yet', async () => { await expect(run(['-plugin', '1', 'p'])).rejects.toThrow('-plugin (plugins) is not there yet'); });
  test('refuses the variables of what is not there yet', async () => { await expect(run(['p'], ['TSEMU_PLUGIN=1'])).rejects.toThrow('-plugin'); });

  test('TSEMU_VERSION prints the version', async () => expect(await parse('tsemu-arm', ['p'], ['TSEMU_VERSION=1'], '1.2.3')).toEqual({ kind: 'print', text: 'tsemu-arm version 1.2.3' }));
  test('-d help lists what can be logged', async () => { await expect(run(['-d', 'help', 'p'])).rejects.toThrow(/in_asm .*\n/); });

  test('every option and variable is there once', () => {
    expect(new Set(rows.map((r) => r.name)).size).toBe(rows.length);
    expect(new Set(rows.map((r) => r.env)).size).toBe(rows.length);
  });
});

describe('the environment of the guest', () => {
  const env = ['A=1', 'TSEMU_STRACE=1', 'odd', 'BASH_FUNC_f%%=() {', 'A=2', 'B='];
  test('is the host\'s, in its order', () => expect(guestEnvironment(env, { setEnv: [], unsetEnv: [] })).toEqual(env));
  test('has what -E sets, at the end, and lacks what -U takes', () => {
    expect(guestEnvironment(env, { setEnv: ['A=3', 'C=é'], unsetEnv: ['B', 'odd'] })).toEqual(['TSEMU_STRACE=1', 'BASH_FUNC_f%%=() {', 'A=3', 'C=\xc3\xa9']);
  });
  test('has NODE_OPTIONS back, which the launcher hides from our own Node', () => {
    expect(guestEnvironment(['TSEMU_GUEST_NODE_OPTIONS=--x'], { setEnv: [], unsetEnv: [] })).toEqual(['NODE_OPTIONS=--x']);
  });
});

// yargs is an ES module, which jest cannot load into a test.
describe('what yargs says', () => {
  const explain = (...args: string[]) => {
    const script = `const { parse } = await import('./src/cli/index.ts');
      try { console.log((await parse('tsemu-arm', ${JSON.stringify(args)}, [], '1.2.3')).text); } catch (e) { console.log(e.constructor.name, e.message); }`;
    return spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], { encoding: 'utf8' }).stdout;
  };
  test('-help lists every option and its variable', () => {
    const text = explain('-help');
    expect(text).toMatch(/^Usage: tsemu-arm \[options\] program/);
    for (const row of rows.filter((r) => r.help !== '')) {
      expect(text).toMatch(new RegExp(`-${row.name} `));
      expect(text).toContain(`[TSEMU_${row.env}]`);
    }
    expect(text).not.toContain('plugin');
  });
  test('-h is -help', () => expect(explain('-h')).toBe(explain('--help')));
  test('-version prints the version', () => expect(explain('-version')).toBe('tsemu-arm version 1.2.3\n'));
  test('names an unknown option', () => expect(explain('-strce', 'p')).toBe('UsageError Unknown argument: strce\n'));
  test('misses a value', () => expect(explain('-L')).toBe('UsageError Not enough arguments following: L\n'));
});

describe('values', () => {
  test.each([['10', 10], ['0x10', 16], ['010', 8], ['0', 0]])('number %s', (text, value) => expect(number(text, '-x')).toBe(value));
  test.each(['', 'x', '1x', '-1', '0x', '99999999999999999999'])('no number: %j', (text) => expect(() => number(text, '-x')).toThrow(UsageError));
  test.each([['1', 1], ['2k', 2048], ['2K', 2048], ['0x10M', 16 << 20], ['3G', 3 * 2 ** 30]])('size %s', (text, value) => expect(size(text, '-x')).toBe(value));
  test('ranges may be left empty', () => expect(ranges('', '-x')).toEqual([]));
});
