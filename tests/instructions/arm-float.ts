// One program that runs ARM's floating-point instructions over tables of edge values: for each instruction and each value of
// FPSCR a loop over a table, which stores the result and FPSCR and in the end writes all of them out.
import { neon } from '../../src/guests/arm/isa/neon.ts';
import { vfp, vfpUnconditional } from '../../src/guests/arm/isa/vfp.ts';
import { decodeTable, encode, type Rows } from '../../src/translate/pattern.ts';
import { a32, AL, CODE, DATA, elf, finish, load, type Random } from './program.ts';
import { doubles, halves, singles } from './riscv-program.ts';

type Operands = Readonly<Record<string, number>>;
export type Values = 'single' | 'double' | 'half' | 'integer' | 'singles';
/** An instruction with the kind of values that it works on: d0 = d1 op d2, or what it makes of these registers. */
export type Variant = { readonly name: string; readonly word: number; readonly values: Values };
export type Loop = { readonly name: string; readonly word: number; readonly fpscr: number; readonly entries: Uint32Array; readonly from: number };

const TUPLES = 300, ENTRY = 6, RECORD = 16;
const AHP = 1 << 26, DN = 1 << 25, FZ = 1 << 24, IXC = 1 << 4;
const Vn = 1, Vm = 2;

/** Words of a table, with d0 = d1 op d2 (of singles: s0 = s2 op s4) where nothing else is said. */
function words(table: Rows): (name: string, operands: Operands) => number {
  const { rows } = decodeTable(table, 32);
  return (name, operands) => encode(rows.find((row) => row.name === name)!, { cond: AL, ...operands });
}
const [scalar, unconditional, vector] = [vfp, vfpUnconditional, neon].map(words) as [ReturnType<typeof words>, ReturnType<typeof words>, ReturnType<typeof words>];

/** All of VFP's arithmetic, comparisons and conversions. */
export function scalarVariants(): Variant[] {
  const all: Variant[] = [];
  for (const sz of [0, 1]) {
    const values = sz ? 'double' : 'single';
    const add = (name: string, operands: Operands = {}, of: Values = values, from = scalar): void => {
      const text = Object.entries(operands).map(([key, value]) => ` ${key}=${value}`).join('');
      all.push({ name: `${name} ${of}${text}`, word: from(name, { sz, Vd: 0, Vn, Vm, ...operands }), values: of });
    };
    for (const name of ['vmla', 'vmls', 'vnmla', 'vnmls', 'vfma', 'vfms', 'vfnma', 'vfnms', 'vmul', 'vnmul', 'vadd', 'vsub', 'vdiv', 'vsqrt', 'vabs', 'vneg', 'vrintr', 'vrintx', 'vrintz', 'vcvtPrecision']) add(name);
    for (const E of [0, 1]) { add('vcmp', { Vd: Vn, E }); add('vcmpZero', { Vd: Vn, E }); }
    for (const signed of [0, 1]) {
      for (const zero of [0, 1]) add('vcvtToInt', { signed, zero });
      add('vcvtFromInt', { signed }, 'integer');
      for (let RM = 0; RM < 4; RM++) add('vcvtRounded', { signed, RM }, values, unconditional);
    }
    for (const U of [0, 1]) for (const [sx, imm] of [[1, 31], [1, 20], [1, 0], [0, 15], [0, 3]] as const) { add('vcvtToFixed', { U, sx, imm }); add('vcvtFromFixed', { U, sx, imm }, 'integer'); }
    for (const T of [0, 1]) { add('vcvtFromHalf', { T }, 'half'); add('vcvtToHalf', { T }); }
    for (let RM = 0; RM < 4; RM++) add('vrintTo', { RM }, values, unconditional);
    add('vmaxnm', {}, values, unconditional);
    add('vminnm', {}, values, unconditional);
  }
  return all;
}

/** Those of Advanced SIMD. */
export function vectorVariants(): Variant[] {
  const three = ['vaddFloat', 'vsubFloat', 'vmulFloat', 'vmlaFloat', 'vmlsFloat', 'vfma', 'vfms', 'vabdFloat', 'vpaddFloat', 'vpmaxFloat', 'vpminFloat', 'vmaxFloat', 'vminFloat', 'vmaxnm', 'vminnm',
    'vceqFloat', 'vcgeFloat', 'vcgtFloat', 'vacge', 'vacgt', 'vrecps', 'vrsqrts', 'vrintn', 'vrintx', 'vrinta', 'vrintz', 'vrintm', 'vrintp', 'vmulScalarFloat', 'vmlaScalarFloat'];
  const variant = (name: string, operands: Operands = {}, values: Values = 'singles'): Variant =>
    ({ name: `${name}${Object.values(operands).join('')} ${values}`, word: vector(name, { Vd: 0, Vn, Vm, ...operands }), values });
  return [
    ...three.map((name) => variant(name)),
    variant('vrecpe', { F: 1 }), variant('vrsqrte', { F: 1 }), variant('vcvtToHalf'), variant('vcvtFromHalf', {}, 'half'),
    ...[0, 1].flatMap((U) => [variant('vcvtToInt', { U }), variant('vcvtFromInt', { U }, 'integer'), variant('vcvtFixed', { U, toFixed: 1, imm: 20 }), variant('vcvtFixed', { U, toFixed: 0, imm: 12 }, 'integer'), variant('vcvtRounded', { U, RM: 0 })]),
  ];
}

const pick = <T>(next: Random, of: readonly T[]): T => of[next() % of.length]!;
/** Where halves end, and between two of them. */
export const moreSingles = [0x477fefff, 0x477ff000, 0x33000000, 0x33000001, 0x38800000, 0x387fffff, 0x387fe000, 0x7fffffff, 0xff812345, 0x007ffffe, 0x80800000, 0x00800001, 0x5f800000, 0x4b800001, 0x3f800001, 0xbf7fffff, 0x1fffffff, 0x20000000];
export const moreDoubles: typeof doubles = [[0, 0x1ff00000], [-1, 0x1fefffff], [1, 0x3ff00000], [-1, 0x3fefffff], [0, 0x3ca00000], [1, 0x3ca00000], [0, 0x40effc00], [-1, 0x40effdff], [0, 0x40effe00], [1, 0x80100000], [0x80000000, 0xfff7ffff], [0x12345678, 0xfff12345]];

/** Two words: a value for a register. */
function value(next: Random, values: Values): readonly [number, number] {
  if (values === 'double') return pick(next, [() => pick(next, doubles), () => pick(next, moreDoubles), () => [next(), (next() & 0x800fffff) | (1003 + next() % 40) << 20] as const])();
  const one = (): number => (values === 'half' ? pick(next, halves) | pick(next, halves) << 16 : values === 'integer' ? pick(next, [next(), 0, 1, -1, 0x7fffffff, 0x80000000, 0xffffff80, 0x7fffffbf, 0x1000001, 0x1000003, next() & 0xffff])
    : pick(next, [() => pick(next, singles), () => pick(next, moreSingles), () => (next() & 0x807fffff) | (107 + next() % 40) << 23])());
  return [one(), one()];
}

/** Loads an entry into d0 to d2, runs the instruction with FPSCR = r7, and stores d0 and FPSCR. */
const loop = (word: number): number[] => {
  const body = [
    a32('vldmia', { sz: 1, W: 1, Rn: 4, Vd: 0, imm: ENTRY }), a32('vmsr', { reg: 1, Rt: 7 }), word, a32('vmrs', { reg: 1, Rt: 8 }),
    a32('vstmia', { sz: 1, W: 1, Rn: 6, Vd: 0, imm: 2 }), a32('str_imm', { P: 0, U: 1, W: 0, Rn: 6, Rt: 8, imm12: 8 }), a32('cmp_reg', { Rn: 4, Rm: 5 }),
  ];
  return [...body, a32('b', { cond: 1, simm: -4 * body.length - 8 })];
};

/** Makes the program, and tells what it writes. Each instruction meets each rounding mode, and the controls in turn. */
export function floatProgram(kind: 'scalar' | 'vector', next: Random): { bytes: Uint8Array; loops: Loop[]; output: number } {
  const loops: Loop[] = [];
  let turn = 0;
  for (const { name, word, values } of kind === 'scalar' ? scalarVariants() : vectorVariants()) {
    for (let mode = 0; mode < 4; mode++) {
      if (kind === 'vector' && mode > 1) continue;
      for (const control of [0, IXC, [FZ, DN, FZ | DN][turn++ % 3]!, FZ | IXC, AHP]) {
        if (control === AHP && !name.includes('Half')) continue;
        const entries = Uint32Array.from(Array.from({ length: TUPLES * ENTRY / 2 }, () => value(next, values)).flat());
        loops.push({ name, word, fpscr: mode << 22 | control, entries, from: RECORD * TUPLES * loops.length });
      }
    }
  }
  const output = RECORD * TUPLES * loops.length;
  const data = new Uint32Array((output >> 2) + loops.length * TUPLES * ENTRY);
  const code: number[] = [...load(6, DATA)];
  loops.forEach(({ word, fpscr, entries }, i) => {
    const at = (output >> 2) + i * TUPLES * ENTRY;
    data.set(entries, at);
    code.push(...load(4, DATA + 4 * at), ...load(5, DATA + 4 * (at + TUPLES * ENTRY)), ...load(7, fpscr), ...loop(word));
  });
  code.push(...finish(DATA, output));
  if (CODE + 4 * code.length > DATA) throw new Error('the code does not fit before the data');
  return { bytes: elf(Uint32Array.from(code), data), loops, output };
}

const hex = (n: number): string => n.toString(16).padStart(8, '0');

/** Where two outputs differ, the first of each loop in words. */
export function floatDifferences(loops: readonly Loop[], actual: Uint8Array, wanted: Uint8Array, most: number): string[] {
  const [a, w] = [actual, wanted].map((bytes) => new Uint32Array(Uint8Array.from(bytes).buffer)) as [Uint32Array, Uint32Array];
  const found: string[] = [];
  for (const { name, word, fpscr, entries, from } of loops) {
    for (let i = 0; i < TUPLES && found.length < most; i++) {
      const at = (from + RECORD * i) >> 2;
      const differs = a[at] !== w[at] || a[at + 1] !== w[at + 1] || a[at + 2] !== w[at + 2];
      if (!differs) continue;
      const record = (of: Uint32Array): string => `${hex(of[at + 1]!)}${hex(of[at]!)} fpscr ${hex(of[at + 2]!)}`;
      const operands = [0, 2, 4].map((k) => `${hex(entries[ENTRY * i + k + 1]!)}${hex(entries[ENTRY * i + k]!)}`);
      found.push(`${name} (${hex(word)}) with fpscr ${hex(fpscr)}, d0 to d2 ${operands.join(' ')}: ${record(a)}, wanted ${record(w)}`);
      break;
    }
  }
  return found;
}
