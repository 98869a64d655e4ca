// The options, one row each: name on the command line, twin in the environment, what its value looks like, what it does.
import type { Options } from '../threads/task.ts';
import { parseDebugRequest } from './debug-request.ts';
import { flag, list, number, ranges, size, UsageError } from './values.ts';

export type Draft = { -readonly [K in keyof Options]: Options[K] };

/** What `-d` can name. */
export const logItems = {
  in_asm: 'guest code as it is translated', op: 'its intermediate representation', op_opt: 'the same after the passes',
  out_asm: 'the WebAssembly made of it, as text', exec: 'each block that is run, all of them in tier 0', cpu: 'the registers before each block, likewise', int: 'signals that the guest gets, faults too',
  unimp: 'what the guest asks for and tsemu does not have', guest_errors: 'instructions that are none', page: 'the address space after each call that changes it',
  strace: 'system calls', tid: 'nothing: %d in the name of -D is the thread then', stats: 'what the translator of the thread did that ends the program', cache: 'trouble with the code cache, which is not used when code is shown unless this is named too', nochain: 'nothing: exec and cpu show all blocks anyway',
} as const;

export type Row = {
  readonly name: string;
  /** What follows the option, for the help text; absent for a switch. */
  readonly value?: string;
  readonly env: string;
  /** Earlier names of the same variable. */
  readonly olderEnv?: readonly string[];
  readonly help: string;
  readonly set: (options: Draft, value: string) => void;
};

const withoutName = (entries: readonly string[], name: string): string[] => entries.filter((entry) => entry.split('=', 1)[0] !== name);

/** An option that a later version brings: not in the help. */
const later = (name: string, env: string, what: string, value?: string): Row => ({
  name, env, help: '', ...(value === undefined ? {} : { value }), set: () => { throw new UsageError(`-${name} (${what}) is not there yet`); },
});

export const rows: readonly Row[] = [
  { name: 'L', value: 'path', env: 'LD_PREFIX', help: 'directory in which absolute paths of the guest are looked for first', set: (o, v) => { o.sysroot = v; } },
  {
    name: 'E', value: 'var=value[,...]', env: 'SET_ENV', help: 'set variables of the guest',
    set: (o, v) => {
      for (const entry of list(v)) {
        const name = entry.split('=', 1)[0]!;
        if (name === '' || name === entry) throw new UsageError(`-E: '${entry}' is not of the form var=value`);
        o.setEnv = [...withoutName(o.setEnv, name), entry];
        o.unsetEnv = o.unsetEnv.filter((other) => other !== name);
      }
    },
  },
  {
    name: 'U', value: 'var[,...]', env: 'UNSET_ENV', help: 'take variables from the guest',
    set: (o, v) => {
      for (const name of list(v)) {
        if (name.includes('=')) throw new UsageError(`-U: '${name}' is not a name`);
        o.setEnv = withoutName(o.setEnv, name);
        o.unsetEnv = [...o.unsetEnv, name];
      }
    },
  },
  { name: '0', value: 'argv0', env: 'ARGV0', help: 'argv[0] of the guest', set: (o, v) => { o.argv0 = v; } },
  {
    name: 's', value: 'bytes[k|M]', env: 'STACK_SIZE', help: 'size of the stack (default: RLIMIT_STACK, at least 8M)',
    set: (o, v) => {
      o.stackSize = size(v, '-s');
      if (o.stackSize < 65536 || o.stackSize > 1 << 30) throw new UsageError(`-s: ${v} is not between 64k and 1G`);
    },
  },
  { name: 'r', value: 'release', env: 'UNAME', help: 'kernel release that uname answers', set: (o, v) => { o.uname = v; } },
  {
    name: 'B', value: 'address', env: 'GUEST_BASE', help: 'host address of guest address 0; only V8 can choose it, so this always fails',
    set: (_, v) => { throw new UsageError(`-B: cannot place the guest at 0x${number(v, '-B').toString(16)}: V8 chooses where its memory is`); },
  },
  { name: 'R', value: 'bytes[k|M|G]', env: 'RESERVED_VA', help: 'size of the guest\'s address space (default: all of it)', set: (o, v) => { o.reservedVa = size(v, '-R'); } },
  { name: 'cpu', value: 'model', env: 'CPU', help: 'processor to be (`help` lists them)', set: (o, v) => { o.cpu = v; } },
  {
    name: 'd', value: 'item[,...]', env: 'LOG', help: 'what to log (`help` lists it)',
    set: (o, v) => {
      const unknown = list(v).find((item) => item !== 'help' && !(item in logItems));
      if (unknown !== undefined) throw new UsageError(`-d: no log item '${unknown}': ${Object.keys(logItems).join(' ')}`);
      o.log = [...new Set([...o.log, ...list(v)])];
      o.strace ||= o.log.includes('strace');
    },
  },
  { name: 'dfilter', value: 'range[,...]', env: 'DFILTER', help: 'log only code at FIRST..LAST, START+BYTES or END-BYTES', set: (o, v) => { o.filter = ranges(v, '-dfilter'); } },
  { name: 'D', value: 'file', env: 'LOG_FILENAME', help: 'write the log to a file; %d is the process, with -d tid the thread', set: (o, v) => { o.logFile = v; } },
  { name: 'g', value: 'port|path[,suspend=n]', env: 'GDB', help: 'wait for gdb to connect; with suspend=n, run meanwhile', set: (o, v) => { o.debug = parseDebugRequest(v); } },
  { name: 'strace', env: 'STRACE', help: 'log system calls', set: (o) => { o.strace = true; } },
  { name: 'backtrace', env: 'BACKTRACE', help: 'when a signal ends the program, show where it was and what led there', set: (o) => { o.backtrace = true; } },
  { name: 'seed', value: 'number', env: 'RAND_SEED', help: 'make random numbers the same in each run', set: (o, v) => { o.seed = number(v, '-seed'); } },
  { name: 'one-insn-per-tb', env: 'ONE_INSN_PER_TB', olderEnv: ['SINGLESTEP'], help: 'translate one instruction at a time', set: (o) => { o.oneInsnPerTb = true; } },
  {
    name: 'tier', value: '0|1|auto', env: 'TIER', help: 'run all code in the interpreter (0), all of it as WebAssembly (1), or as it gets hot',
    set: (o, v) => {
      if (v !== '0' && v !== '1' && v !== 'auto') throw new UsageError(`-tier: '${v}' is not 0, 1 or auto`);
      o.tier = v;
    },
  },
  { name: 'without', value: 'name[,...]', env: 'WITHOUT', help: 'turn optimisations off', set: (o, v) => { o.without = [...new Set([...o.without, ...list(v)])]; } },
  { name: 'no-cache', env: 'NO_CACHE', help: 'neither use nor keep code and profiles of other runs', set: (o) => { o.without = [...new Set([...o.without, 'cache'])]; } },
  later('t', 'RTSIG_MAP', 'mapping of real-time signals', 'map'),
  later('tb-size', 'TB_SIZE', 'the size of the translation cache', 'n'),
  later('trace', 'TRACE', 'trace events', 'pattern'),
  later('plugin', 'PLUGIN', 'plugins', 'file'),
  later('perfmap', 'PERFMAP', 'maps for perf'),
  later('jitdump', 'JITDUMP', 'dumps for perf'),
  later('p', 'PAGESIZE', 'another page size', 'bytes'),
];

export const byName: ReadonlyMap<string, Row> = new Map(rows.map((row) => [row.name, row]));

/** Names that stand for others. */
export const aliases: Readonly<Record<string, string>> = { singlestep: 'one-insn-per-tb', h: 'help' };

/** Whether a value follows the option. */
export const takesValue = (row: Row): boolean => row.value !== undefined;

/** Applies the TSEMU_ variables, in the order of the table. Switches are on unless empty or 0. */
export function applyEnvironment(options: Draft, env: ReadonlyMap<string, string>): void {
  for (const row of rows) {
    const value = [row.env, ...(row.olderEnv ?? [])].map((name) => env.get(`TSEMU_${name}`)).find((text) => text !== undefined);
    if (value === undefined) continue;
    if (!takesValue(row) && !flag(value)) continue;
    row.set(options, value);
  }
}

export function defaults(): Draft {
  return {
    sysroot: '', argv0: null, setEnv: [], unsetEnv: [], stackSize: 0, uname: '', guestBase: null, reservedVa: null, cpu: '', log: [], logFile: null,
    filter: [], strace: false, seed: null, debug: null, backtrace: false, oneInsnPerTb: false, tier: 'auto', without: [],
  };
}
