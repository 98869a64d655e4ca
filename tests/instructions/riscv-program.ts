// Lays cases out as one RISC-V program: each has its registers loaded, runs, and has its registers stored; then the
// program writes all that was stored, and the cases' scratch memory, to its standard output. No compiler is needed.
import { decoder } from '../../src/guests/riscv/decode.ts';
import { xNames, type Xlen } from '../../src/guests/riscv/state.ts';
import { encode, type Row } from '../../src/translate/pattern.ts';
import type { Random } from './program.ts';

/** Where a case lies: its first instruction, and the middle of its scratch memory. */
export type RiscvPlace = { readonly code: number; readonly scratch: number };
/** Words with their bytes, and values of registers that matter (the others are random). */
export type RiscvBuilt = { readonly units: readonly (readonly [word: number, bytes: 2 | 4])[]; readonly registers?: Readonly<Record<number, number>>; readonly frm?: number };
export type RiscvCase = { readonly name: string; readonly build: (place: RiscvPlace) => RiscvBuilt };

export const SCRATCH = 1024;
/** The register that the cases leave alone: it points to what is loaded and stored around them. */
export const TP = 4;
export const CODE = 0x0001_0000, DATA = 0x0100_0000;
/** In doublewords: x0 to x31, f0 to f31, fcsr. */
const RECORD = 65;
const FCSR = 64;

export type Assembler = (name: string, operands?: Readonly<Record<string, number>>) => number;
export function assembler(xlen: Xlen): Assembler {
  const rows = new Map<string, Row>([...decoder(xlen).rows, ...decoder(xlen).shortRows].map((row) => [row.name, row]));
  return (name, operands = {}) => {
    const row = rows.get(name);
    if (row === undefined) throw new Error(`no row ${name}`);
    return encode(row, operands);
  };
}

const edges: readonly (readonly [low: number, high: number])[] = [
  [0, 0], [1, 0], [-1, -1], [0, 0x80000000], [-1, 0x7fffffff], [0x80000000, 0], [0x80000000, -1], [0x7fffffff, 0], [-1, 0], [0, 1], [2, 0], [-2, -1], [63, 0], [31, 0],
];
/** Doubles, singles and halves where arithmetic has its edges. */
export const doubles: readonly (readonly [low: number, high: number])[] = [
  [0, 0], [0, 0x80000000], [0, 0x3ff00000], [0, 0xbff00000], [0, 0x7ff00000], [0, 0xfff00000], [0, 0x7ff80000], [1, 0x7ff00000], [1, 0xfff80000], [1, 0], [-1, 0x000fffff],
  [0, 0x00100000], [-1, 0x7fefffff], [0, 0x41e00000], [0xffc00000, 0x41dfffff], [0, 0x43e00000], [0, 0xc3e00000], [0, 0x3fe00000], [0, 0x3ff80000], [0, 0x40040000],
  [0x54442d18, 0x400921fb], [0, 0x36a00000], [0, 0x38100000], [0xe0000000, 0x47efffff], [0xf0000000, 0x47efffff], [0x10000000, 0x3ff00000], [0, 0x40080000], [0, 0x00080000],
];
export const singles = [
  0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffc00001, 1, 0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0x40490fdb,
  0x4f000000, 0xcf000000, 0x5f000000, 0x3f000000, 0x3fc00000, 0x40200000, 0x4effffff, 0x33800000, 0x00400000,
];
export const halves = [0, 0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e00, 0x7c01, 1, 0x03ff, 0x0400, 0x7bff, 0x3800, 0x4248, 0x3e00];

const pick = <T>(next: Random, of: readonly T[]): T => of[next() % of.length]!;

function floatValue(next: Random): readonly [number, number] {
  switch (next() % 8) {
    case 0: return [next(), next()];
    case 1: case 2: return pick(next, doubles);
    // Near 1: so that sums cancel and products round.
    case 3: return [next(), 0x3ff00000 | next() & 0xfffff];
    case 4: return [0xffff0000 | pick(next, halves), -1];
    case 5: return [0x3f800000 | next() & 0x7fffff, -1];
    case 6: return [next(), -1];
    default: return [pick(next, singles), -1];
  }
}

export type RiscvProgram = { readonly bytes: Uint8Array; readonly cases: readonly { readonly units: RiscvBuilt['units']; readonly input: Uint32Array }[] };

/** Makes the program's file. */
export function riscvProgram(xlen: Xlen, cases: readonly RiscvCase[], next: Random): RiscvProgram {
  const a = assembler(xlen);
  const [load, store] = xlen === 64 ? ['ld', 'sd'] : ['lw', 'sw'];
  const record = 8 * RECORD;
  const inputs = DATA, outputs = inputs + record * cases.length, scratches = outputs + record * cases.length;
  const data = new Uint32Array((record * 2 + SCRATCH) * cases.length / 4);
  const code: number[] = [];
  const put = (word: number, bytes = 4): void => { for (let i = 0; i < bytes; i++) code.push((word >>> (8 * i)) & 0xff); };
  const constant = (rd: number, value: number): void => {
    const low = (value << 20) >> 20;
    put(a('lui', { rd, simm: value - low }));
    put(a('addi', { rd, rs1: rd, simm: low }));
  };
  const all = Array.from({ length: 31 }, (_, i) => i + 1).filter((n) => n !== TP);
  const floats = Array.from({ length: 32 }, (_, i) => i);
  const laidOut = cases.map((one, i) => {
    constant(TP, inputs + record * i);
    put(a('lw', { rd: 1, rs1: TP, simm: 8 * FCSR }));
    put(a('csrrw', { rd: 0, rs1: 1, csr: 3 }));
    for (const n of floats) put(a('fld', { rd: n, rs1: TP, simm: 8 * (32 + n) }));
    for (const n of all) put(a(load!, { rd: n, rs1: TP, simm: 8 * n }));
    const scratch = scratches + SCRATCH * i + SCRATCH / 2;
    const built = one.build({ code: CODE + code.length, scratch });
    for (const [word, bytes] of built.units) put(word, bytes);
    if (code.length & 2) put(1, 2);
    constant(TP, outputs + record * i);
    for (const n of all) put(a(store!, { rs2: n, rs1: TP, simm: 8 * n }));
    for (const n of floats) put(a('fsd', { rs2: n, rs1: TP, simm: 8 * (32 + n) }));
    put(a('csrrs', { rd: 1, rs1: 0, csr: 3 }));
    put(a('sw', { rs2: 1, rs1: TP, simm: 8 * FCSR }));
    const input = data.subarray(2 * RECORD * i, 2 * RECORD * (i + 1));
    for (let n = 0; n < 32; n++) {
      const wanted = built.registers?.[n];
      const [low, high] = wanted !== undefined ? [wanted, Math.floor(wanted / 2 ** 32)] : next() & 1 ? [next(), next() & 1 ? next() : 0] : pick(next, edges);
      input[2 * n] = low;
      input[2 * n + 1] = high;
    }
    for (let n = 0; n < 32; n++) input.set(floatValue(next).map((word) => word >>> 0), 2 * (32 + n));
    input[2 * FCSR] = (built.frm ?? 0) << 5 | (next() & 1 ? next() & 31 : 0);
    for (let k = 0; k < SCRATCH / 4; k++) data[(scratches - DATA + SCRATCH * i) / 4 + k] = next();
    return { units: built.units, input };
  });
  constant(10, 1); constant(11, outputs); constant(12, DATA + data.byteLength - outputs); constant(17, 64); put(a('ecall'));
  constant(10, 0); constant(17, 93); put(a('ecall'));
  return { bytes: elf(xlen, Uint8Array.from(code), data), cases: laidOut };
}

/** An ELF file with code at CODE, where execution starts, and data at DATA. */
export function elf(xlen: Xlen, code: Uint8Array, data: Uint32Array): Uint8Array {
  const page = 4096;
  const codeAt = page, dataAt = codeAt + Math.ceil(code.length / page) * page;
  const bytes = new Uint8Array(dataAt + data.byteLength);
  const view = new DataView(bytes.buffer);
  const wide = xlen === 64;
  let at = 0;
  const u16 = (n: number): void => { view.setUint16(at, n, true); at += 2; };
  const u32 = (n: number): void => { view.setUint32(at, n, true); at += 4; };
  const word = (n: number): void => { u32(n); if (wide) u32(0); };
  const headerSize = wide ? 64 : 52, entrySize = wide ? 56 : 32;
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1]);
  at = 16;
  u16(2); u16(243); u32(1); word(CODE); word(headerSize); word(0); u32(5); u16(headerSize); u16(entrySize); u16(2); u16(0); u16(0); u16(0);
  at = headerSize;
  for (const [from, address, length, flags] of [[codeAt, CODE, code.length, 5], [dataAt, DATA, data.byteLength, 6]] as const) {
    u32(1);
    if (wide) u32(flags);
    word(from); word(address); word(address); word(length); word(length);
    if (!wide) u32(flags);
    word(page);
  }
  bytes.set(code, codeAt);
  bytes.set(new Uint8Array(data.buffer), dataAt);
  return bytes;
}

const hex = (n: number | undefined): string => (n === undefined ? 'missing' : (n >>> 0).toString(16).padStart(8, '0'));
const cellName = (n: number): string => (n < 32 ? `x${n}/${xNames[n]}` : n < 64 ? `f${n - 32}` : 'fcsr');

/** Where two outputs of a program differ, one text a case. */
export function riscvCompare(p: RiscvProgram, cases: readonly RiscvCase[], actual: Uint8Array, wanted: Uint8Array): string[] {
  const a = new Uint32Array(Uint8Array.from(actual).buffer), w = new Uint32Array(Uint8Array.from(wanted).buffer);
  return p.cases.flatMap(({ units, input }, index) => {
    const found: string[] = [];
    const value = (from: Uint32Array, at: number): string => `${hex(from[at + 1])}_${hex(from[at])}`;
    for (let n = 0; n < RECORD; n++) {
      const at = 2 * (RECORD * index + n);
      if (a[at] !== w[at] || a[at + 1] !== w[at + 1]) found.push(`${cellName(n)} ${value(a, at)}, wanted ${value(w, at)}`);
    }
    for (let k = 0; k < SCRATCH / 4; k++) {
      const at = 2 * RECORD * cases.length + SCRATCH / 4 * index + k;
      if (a[at] !== w[at]) found.push(`memory ${4 * k - SCRATCH / 2}: ${hex(a[at])}, wanted ${hex(w[at])}`);
    }
    if (found.length === 0) return [];
    const before = Array.from({ length: RECORD }, (_, n) => `${cellName(n)}=${value(input, 2 * n)}`).join(' ');
    return [`${cases[index]!.name} ${units.map(([word]) => word.toString(16)).join(' ')}: ${found.join('; ')}\n    from ${before}`];
  });
}
