// One program that runs floating-point instructions over tables of edge values: for each instruction, format, rounding mode
// (static and dynamic) and initial flags a loop over a table, which stores result and flags and writes them out.
import type { Xlen } from '../../src/guests/riscv/state.ts';
import { float } from '../../src/guests/riscv/isa/float.ts';
import type { Random } from './program.ts';
import { CODE, DATA, assembler, doubles, elf, halves, singles } from './riscv-program.ts';
import { without } from './riscv-rows.ts';

type Pair = readonly [low: number, high: number];
type Operands = Readonly<Record<string, number>>;
type Name = keyof typeof float;
/** Where a loop's records lie in the output, and what they are of. */
export type Loop = { readonly name: string; readonly operands: readonly (readonly Pair[])[]; readonly from: number };

const S = 0, D = 1, H = 2, DYNAMIC = 7;
const MODES = 5, NX = 1;
export const RECORD = 16;
/** Registers of the loops. */
const AT = 8, END = 9, OUT = 18, INTEGER = 5, FLAGS = 6, RESULT = 7;
/** In doublewords: how many operands a table's entry has. */
const ENTRY = 3;

const boxed: Readonly<Record<number, readonly Pair[]>> = {
  [S]: [...singles.map((low): Pair => [low, -1]), [0x3f800000, 0], [0x3f800000, 0x3ff00000]], // the last two are no singles
  [D]: doubles,
  [H]: [...halves.map((low): Pair => [0xffff0000 | low, -1]), [0x3c00, -1], [0xffff3c00, 0]],
};
const integers: readonly Pair[] = [
  [0, 0], [1, 0], [-1, -1], [0x7fffffff, 0], [0x80000000, 0], [0x80000000, -1], [0xffffffff, 0], [0x01000001, 0], [0xffffff, 0], [0x01000003, 0], [65519, 0], [65520, 0], [65504, 0],
  [-1, 0x7fffffff], [0, 0x80000000], [-1, 0x001fffff], [1, 0x00200000], [3, 0x00400000], [0xfffffbff, 0x7fffffff], [0xfffffc00, 0x7fffffff], [-1, 0xfffff], [0xfffff800, -1], [2049, 0], [2051, 0], [-2049, -1],
];

/** Random numbers of a format that meet: of like size, so that sums cancel and quotients are near. */
function randoms(format: number, next: Random, count: number): Pair[] {
  return Array.from({ length: count }, (): Pair => {
    const small = next() % 40;
    if (format === D) return [next(), (next() & 0x800fffff) | (1003 + small) << 20];
    if (format === S) return [(next() & 0x807fffff) | (107 + small) << 23, -1];
    return [0xffff0000 | next() & 0x83ff | (1 + next() % 29) << 10, -1];
  });
}

/** The operands of a loop: all pairs of edges, for three operands a choice of triples; and random ones. */
function tuples(count: number, format: number, next: Random): Pair[][] {
  const edges = boxed[format]!;
  const pick = (of: readonly Pair[]): Pair => of[next() % of.length]!;
  const extra = randoms(format, next, 60);
  if (count === 1) return [...edges, ...extra].map((one) => [one]);
  if (count === 2) return [...edges.flatMap((x) => edges.map((y) => [x, y])), ...extra.map((x) => [x, pick(extra)])];
  return Array.from({ length: 1000 }, (_, i) => Array.from({ length: 3 }, () => pick(i % 4 === 0 ? extra : edges)));
}

type Way = { readonly name: string; readonly operands: Operands; readonly frm: number };
/** An instruction in every rounding mode that it can have. */
const ways = (name: string, rounded: boolean, operands: Operands): Way[] => (!rounded ? [{ name, operands, frm: 0 }] : Array.from({ length: MODES }, (_, mode) => [
  { name: `${name}, mode ${mode}`, operands: { ...operands, rm: mode }, frm: 0 }, { name: `${name}, dynamic mode ${mode}`, operands: { ...operands, rm: DYNAMIC }, frm: mode },
]).flat());

type Variant = { readonly operands: Operands; readonly source: number | 'integer' };
/** What the rows have to be given: formats, and kinds of integers. */
function variants(row: Name, fields: readonly string[], xlen: Xlen): Variant[] {
  const formats = fields.includes('fmt') ? [S, D, H] : [D];
  const kinds = xlen === 64 ? [0, 1, 2, 3] : [0, 1];
  return formats.flatMap((fmt): Variant[] => {
    if (row === 'fcvt_f_f') return [S, D, H].filter((from) => from !== fmt).map((from) => ({ operands: { fmt, from }, source: from }));
    if (row === 'fcvt_f_x') return kinds.map((from) => ({ operands: { fmt, from }, source: 'integer' }));
    if (row === 'fcvt_x_f') return kinds.map((to) => ({ operands: { fmt, to }, source: fmt }));
    if (row === 'fmv_f_x') return [{ operands: { fmt }, source: 'integer' }];
    return [{ operands: { fmt }, source: fmt }];
  }).filter(({ operands }) => xlen === 64 || !(row.startsWith('fmv_') && operands['fmt'] === D));
}

const fieldsOf = (row: Name): string[] => {
  const pattern = float[row];
  return [...(typeof pattern === 'string' ? pattern : pattern.bits).matchAll(/([a-z]\w*)\[/g)].map(([, name]) => name!);
};
const toInteger = /^(f(eq|lt|le|class)$|fcvt_x_f|fmv_x_f)/;

/** Makes the program, and tells what it writes. */
export function floatProgram(xlen: Xlen, rows: readonly Name[], next: Random): { bytes: Uint8Array; loops: Loop[] } {
  const a = assembler(xlen);
  const code: number[] = [];
  const put = (name: string, operands: Operands = {}): void => { const word = a(name, operands); for (let i = 0; i < 32; i += 8) code.push((word >>> i) & 0xff); };
  const constant = (rd: number, value: number): void => {
    const low = (value << 20) >> 20;
    put('lui', { rd, simm: value - low });
    put('addi', { rd, rs1: rd, simm: low });
  };
  const [loadX, storeX] = xlen === 64 ? ['ld', 'sd'] : ['lw', 'sw'];
  const data: number[] = [];
  const loops: Loop[] = [];
  const spaces: number[] = []; // where the address of the output buffer is to be put, once the tables are complete
  let written = 0;

  const loop = (row: Name, { name, operands, frm }: Way, flags: number, table: readonly (readonly Pair[])[], at: number): void => {
    loops.push({ name: `${name}, flags ${flags}`, operands: table, from: written });
    written += RECORD * table.length;
    constant(AT, at);
    constant(END, at + 8 * ENTRY * table.length);
    spaces.push(code.length);
    constant(OUT, 0);
    put('csrrwi', { csr: 2, uimm: frm });
    const start = code.length;
    for (let i = 0; i < ENTRY; i++) put('fld', { rd: 1 + i, rs1: AT, simm: 8 * i });
    put(loadX, { rd: INTEGER, rs1: AT, simm: 0 });
    put('csrrwi', { csr: 1, uimm: flags });
    put(row, { ...operands, rd: toInteger.test(row) ? RESULT : 4, rs1: row === 'fcvt_f_x' || row === 'fmv_f_x' ? INTEGER : 1, rs2: 2, rs3: 3 });
    put('csrrs', { csr: 1, rd: FLAGS, rs1: 0 });
    if (toInteger.test(row)) put(storeX, { rs1: OUT, rs2: RESULT, simm: 0 }); else put('fsd', { rs1: OUT, rs2: 4, simm: 0 });
    put('sw', { rs1: OUT, rs2: FLAGS, simm: 8 });
    put('addi', { rd: AT, rs1: AT, simm: 8 * ENTRY });
    put('addi', { rd: OUT, rs1: OUT, simm: RECORD });
    put('bne', { rs1: AT, rs2: END, simm: start - code.length });
    put('csrrwi', { csr: 2, uimm: 0 });
    put('addi', { rd: 10, rs1: 0, simm: 1 });
    spaces.push(code.length);
    constant(11, 0);
    put('sub', { rd: 12, rs1: OUT, rs2: 11 });
    put('addi', { rd: 17, rs1: 0, simm: 64 });
    put('ecall');
  };

  for (const row of rows) {
    const fields = fieldsOf(row);
    const count = fields.includes('rs3') ? 3 : fields.includes('rs2') ? 2 : 1;
    for (const { operands, source } of variants(row, fields, xlen)) {
      const table = source === 'integer' ? [...integers, ...Array.from({ length: 40 }, (): Pair => [next(), next()])].map((one) => [one]) : tuples(count, source, next);
      const at = DATA + 4 * data.length;
      for (const entry of table) for (let i = 0; i < ENTRY; i++) data.push(...(entry[i] ?? [0, 0]));
      const name = [row, ...Object.entries(operands).map(([key, value]) => `${key} ${value}`)].join(' ');
      for (const way of ways(name, fields.includes('rm'), operands)) for (const flags of [0, NX]) loop(row, way, flags, table, at);
    }
  }
  put('addi', { rd: 10, rs1: 0, simm: 0 });
  put('addi', { rd: 17, rs1: 0, simm: 93 });
  put('ecall');
  const buffer = DATA + 4 * data.length;
  const longest = Math.max(...loops.map(({ operands }) => operands.length));
  for (const place of spaces) {
    const low = (buffer << 20) >> 20;
    const rd = code[place]! >> 7 | (code[place + 1]! & 15) << 1;
    [a('lui', { rd, simm: buffer - low }), a('addi', { rd, rs1: rd, simm: low })].forEach((word, k) => { for (let i = 0; i < 4; i++) code[place + 4 * k + i] = (word >>> (8 * i)) & 0xff; });
  }
  const all = new Uint32Array(data.length + longest * RECORD / 4);
  all.set(data.map((word) => word >>> 0));
  return { bytes: elf(xlen, Uint8Array.from(code), all), loops };
}

/** The rows of floating point that compute, and that qemu-riscv has. */
export const floatRows = (Object.keys(float) as Name[]).filter((name) => !(name in without) && !/^f[ls][hwd]$/.test(name));

const hex = ([low, high]: Pair): string => `${(high >>> 0).toString(16).padStart(8, '0')}_${(low >>> 0).toString(16).padStart(8, '0')}`;

/** Where two outputs differ, one text a record. */
export function floatDifferences(loops: readonly Loop[], actual: Uint8Array, wanted: Uint8Array, most: number): string[] {
  const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(Uint8Array.from(bytes).buffer, 0, bytes.length >> 2);
  const [a, w] = [words(actual), words(wanted)];
  const found: string[] = [];
  for (const { name, operands, from } of loops) {
    for (let i = 0; i < operands.length && found.length < most; i++) {
      const at = (from + RECORD * i) / 4;
      if (a[at] === w[at] && a[at + 1] === w[at + 1] && a[at + 2] === w[at + 2]) continue;
      const record = (of: Uint32Array): string => `${hex([of[at]!, of[at + 1]!])} flags ${of[at + 2]}`;
      found.push(`${name} of ${operands[i]!.map(hex).join(', ')}: ${record(a)}, wanted ${record(w)}`);
    }
  }
  return found;
}
