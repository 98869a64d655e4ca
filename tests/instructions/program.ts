// Lays cases out as one ARM program: each has its registers loaded, runs, and has its registers stored; then the program
// writes all that was stored, and the cases' scratch memory, to its standard output. No compiler is needed.
import { decodeTable, encode, type Row, type Rows } from '../../src/translate/pattern.ts';
import { a32Conditional, a32Data, a32Unconditional, coprocessor } from '../../src/guests/arm/isa/a32.ts';
import { t16 as t16Rows } from '../../src/guests/arm/isa/t16.ts';
import { t32 as t32Rows } from '../../src/guests/arm/isa/t32.ts';
import { vfp } from '../../src/guests/arm/isa/vfp.ts';

/** Where a case lies: its first instruction, and the middle of its scratch memory. */
export type Place = { readonly code: number; readonly scratch: number };
/** Words for A32, halfwords for Thumb; and values of r0 to r14 that matter (the others are random). */
export type Built = { readonly units: readonly number[]; readonly registers?: Readonly<Record<number, number>>; readonly fpscr?: number };
export type Case = { readonly name: string; readonly thumb: boolean; readonly build: (place: Place) => Built };

/** A case of a row of that name. */
export type RowCase = Case & { readonly row: string };

export const AL = 14;
export const SCRATCH = 256;
export const CODE = 0x0001_0000;
export const DATA = 0x0100_0000;
/** r0 to r12, sp, lr, cpsr; then with vectors fpscr, a word of padding and d0 to d31. */
const CORE_WORDS = 16, VECTOR_WORDS = 2 + 64;
export const cpsrMask = 0xf80f_0000;

type Word = (name: string, operands?: Readonly<Record<string, number>>) => number;
/** Makes words of the rows of some tables, by name. */
function assembler(width: 16 | 32, ...tables: readonly Rows[]): Word {
  const rows = new Map<string, Row>(tables.flatMap((table) => decodeTable(table, width).rows.map((row) => [row.name, row] as const)));
  return (name, operands = {}) => {
    const row = rows.get(name);
    if (row === undefined) throw new Error(`no row ${name}`);
    return encode(row, { cond: AL, ...operands });
  };
}
export const a32 = assembler(32, { ...a32Data, ...a32Conditional }, a32Unconditional, { ...coprocessor, ...vfp });
export const t16 = assembler(16, t16Rows);
const t32Word = assembler(32, t32Rows);
/** The two halfwords of a word of T32. */
export const halvesOf = (word: number): number[] => [word >>> 16, word & 0xffff];
export const t32 = (name: string, operands: Readonly<Record<string, number>> = {}): number[] => halvesOf(t32Word(name, operands));

export const load = (rd: number, value: number): number[] => [
  a32('movw', { Rd: rd, imm16: value & 0xffff }), a32('movt', { Rd: rd, imm16: value >>> 16 }),
];
const lr = 14, sp = 13;
const up = { P: 1, U: 1, W: 0 };
const tpidrurw = { CRn: 13, CRm: 0, opc1: 0, opc2: 2 };
const vectorHalf = (D: number) => ({ D, W: 1, Rn: lr, Vd: 0, sz: 1, imm: 32 });

const enter = (from: number, vectors: boolean): number[] => [
  ...load(lr, from),
  a32('ldr_imm', { ...up, Rn: lr, Rt: 0, imm12: 60 }), a32('msr_reg', { mask: 12, Rn: 0 }),
  ...(vectors ? [
    a32('ldr_imm', { ...up, Rn: lr, Rt: 0, imm12: 64 }), a32('vmsr', { reg: 1, Rt: 0 }),
    a32('add_imm', { Rd: lr, Rn: lr, imm12: 72 }), a32('vldmia', vectorHalf(0)), a32('vldmia', { ...vectorHalf(1) }), ...load(lr, from),
  ] : []),
  a32('ldm', { P: 0, U: 1, W: 0, Rn: lr, registers: 0x1fff }),
  a32('ldr_imm', { ...up, Rn: lr, Rt: sp, imm12: 52 }), a32('ldr_imm', { ...up, Rn: lr, Rt: lr, imm12: 56 }),
];

const leave = (to: number, vectors: boolean): number[] => [
  a32('mcr', { ...tpidrurw, Rt: lr }), ...load(lr, to),
  a32('stm', { P: 0, U: 1, W: 0, Rn: lr, registers: 0x1fff }), a32('str_imm', { ...up, Rn: lr, Rt: sp, imm12: 52 }),
  a32('mrs', { Rd: 0 }), a32('str_imm', { ...up, Rn: lr, Rt: 0, imm12: 60 }),
  a32('mrc', { ...tpidrurw, Rt: 0 }), a32('str_imm', { ...up, Rn: lr, Rt: 0, imm12: 56 }),
  ...(vectors ? [
    a32('vmrs', { reg: 1, Rt: 0 }), a32('str_imm', { ...up, Rn: lr, Rt: 0, imm12: 64 }),
    a32('add_imm', { Rd: lr, Rn: lr, imm12: 72 }), a32('vstmia', vectorHalf(0)), a32('vstmia', vectorHalf(1)),
  ] : []),
];

/** write(1, from, bytes), exit(0) */
export const finish = (from: number, bytes: number): number[] => [
  ...load(0, 1), ...load(1, from), ...load(2, bytes), ...load(7, 4), a32('svc'), ...load(0, 0), ...load(7, 1), a32('svc'),
];

export type Random = () => number;
/** 32 random bits, the same ones for the same seed. */
export function random(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

const edges = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff, 0x7fff7fff, 0x80008000, 0x80808080, 0x7f7f7f7f];
/** A register's value: anything, or one where arithmetic has its edges. */
export const operand = (next: Random): number => (next() & 1 ? next() : edges[next() % edges.length]!);
const singles = [0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 1, 0x80000001, 0x007fffff, 0x7f7fffff, 0x40490fdb, 0x4f000000, 0xcf000000];
const doubleTops = [0, 0x80000000, 0x3ff00000, 0xbff00000, 0x7ff00000, 0x7ff80000, 0x7ff00001, 0x41e00000, 0x43e00000, 0x000fffff, 0x36a00000, 0x47f00000];

export type Program = { readonly bytes: Uint8Array; readonly cases: readonly { readonly units: readonly number[]; readonly input: Uint32Array }[]; readonly recordWords: number };

/** Makes the program's file. */
export function program(cases: readonly Case[], seed: number, vectors = false): Program {
  const next = random(seed);
  const recordWords = CORE_WORDS + (vectors ? VECTOR_WORDS : 0);
  const record = 4 * recordWords;
  const inputs = DATA, outputs = DATA + record * cases.length, scratches = outputs + record * cases.length;
  const data = new Uint32Array((record * 2 + SCRATCH) * cases.length / 4);
  const code: number[] = [];
  const here = (): number => CODE + 4 * code.length;
  const laidOut = cases.map((one, i) => {
    code.push(...enter(inputs + record * i, vectors));
    if (one.thumb) { code.push(a32('ldr_imm', { P: 1, U: 0, W: 0, Rn: 15, Rt: 15, imm12: 4 })); code.push((here() + 4) | 1); }
    const scratch = scratches + SCRATCH * i + SCRATCH / 2;
    const built = one.build({ code: here(), scratch });
    if (one.thumb) {
      // An even number of halfwords, then `bx pc; nop`, which leaves Thumb at the next word.
      const halves = [...built.units, ...(built.units.length & 1 ? [0xbf00] : []), 0x4778, 0xbf00];
      for (let k = 0; k < halves.length; k += 2) code.push((halves[k]! | halves[k + 1]! << 16) >>> 0);
    } else code.push(...built.units);
    code.push(...leave(outputs + record * i, vectors));
    const input = data.subarray(recordWords * i, recordWords * (i + 1));
    for (let k = 0; k < 15; k++) input[k] = built.registers?.[k] ?? operand(next);
    input[15] = next() & cpsrMask;
    if (vectors) {
      input[16] = built.fpscr ?? 0;
      const asDoubles = next() & 1;
      for (let k = 18; k < recordWords; k++) {
        input[k] = next() & 1 ? next() : asDoubles ? (k & 1 ? doubleTops[next() % doubleTops.length]! : 0) : singles[next() % singles.length]!;
      }
    }
    for (let k = 0; k < SCRATCH / 4; k++) data[(scratches - DATA + SCRATCH * i) / 4 + k] = next();
    return { units: built.units, input };
  });
  code.push(...finish(outputs, DATA + data.byteLength - outputs));
  return { bytes: elf(Uint32Array.from(code), data), cases: laidOut, recordWords };
}

/** The file of a program: its code, and its data, which can be written. */
export function elf(code: Uint32Array, data: Uint32Array): Uint8Array {
  const page = 4096;
  const codeAt = page, dataAt = codeAt + Math.ceil(code.byteLength / page) * page;
  const bytes = new Uint8Array(dataAt + data.byteLength);
  const header = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  header.setUint16(16, 2, true); header.setUint16(18, 40, true); header.setUint32(20, 1, true);
  header.setUint32(24, CODE, true); header.setUint32(28, 52, true); header.setUint32(36, 0x0500_0400, true);
  header.setUint16(40, 52, true); header.setUint16(42, 32, true); header.setUint16(44, 2, true);
  [[codeAt, CODE, code.byteLength, 5], [dataAt, DATA, data.byteLength, 6]].forEach(([at, address, length, flags], i) => {
    [1, at!, address!, address!, length!, length!, flags!, page].forEach((word, k) => header.setUint32(52 + 32 * i + 4 * k, word, true));
  });
  bytes.set(new Uint8Array(code.buffer), codeAt);
  bytes.set(new Uint8Array(data.buffer), dataAt);
  return bytes;
}

export type Difference = { readonly index: number; readonly text: string };

const hex = (n: number | undefined): string => (n === undefined ? 'missing' : n.toString(16).padStart(8, '0'));
const wordName = (k: number): string => (k < 13 ? `r${k}` : k < 16 ? ['sp', 'lr', 'cpsr'][k - 13]! : k === 16 ? 'fpscr' : `d${(k - 18) >> 1}.${k & 1 ? 'high' : 'low'}`);

/** Where two outputs of a program differ, one line a case. */
export function compare(p: Program, cases: readonly Case[], actual: Uint8Array, wanted: Uint8Array): Difference[] {
  const a = new Uint32Array(Uint8Array.from(actual).buffer), w = new Uint32Array(Uint8Array.from(wanted).buffer);
  const scratchFrom = p.recordWords * cases.length;
  return p.cases.flatMap(({ units, input }, index) => {
    const words: string[] = [];
    for (let k = 0; k < p.recordWords; k++) {
      if (k === 17) continue;
      const mask = k === 15 ? cpsrMask : 0xffffffff;
      const at = p.recordWords * index + k;
      if (((a[at] ?? 0) & mask) !== (w[at]! & mask)) words.push(`${wordName(k)} ${hex(a[at])}, wanted ${hex(w[at])}`);
    }
    for (let k = 0; k < SCRATCH / 4; k++) {
      const at = scratchFrom + SCRATCH / 4 * index + k;
      if (a[at] !== w[at]) words.push(`memory ${4 * k - SCRATCH / 2}: ${hex(a[at])}, wanted ${hex(w[at])}`);
    }
    if (words.length === 0) return [];
    const before = [...input].flatMap((v, k) => (k === 17 ? [] : [`${wordName(k)}=${hex(v)}`])).join(' ');
    const text = units.map((u) => u.toString(16).padStart(cases[index]!.thumb ? 4 : 8, '0')).join(' ');
    return [{ index, text: `${cases[index]!.name} ${text}: ${words.join('; ')}\n    from ${before}` }];
  });
}
