// One program that runs half-precision instructions over tables of halves: those of one operand over all there are, the others
// over tuples of edge values. For each instruction and value of FPSCR it writes a checksum of results and FPSCR of every block.
import { half, halfUnconditional, neonHalf } from '../../src/guests/arm/isa/half.ts';
import { neon } from '../../src/guests/arm/isa/neon.ts';
import { vfp } from '../../src/guests/arm/isa/vfp.ts';
import { decodeTable, encode } from '../../src/translate/pattern.ts';
import { a32, AL, CODE, DATA, elf, finish, load, type Random } from './program.ts';
import { halves } from './riscv-program.ts';

type Operands = Readonly<Record<string, number>>;
/** A table of entries for d0 to d2, six words each. */
type Table = 'all' | 'allVectors' | 'tuples';
type Variant = { readonly name: string; readonly word: number; readonly table: Table; readonly controls: readonly number[] };
export type Block = { readonly name: string; readonly fpscr: number; readonly first: number };

const ENTRY = 6, BLOCK = 256;
const AHP = 1 << 26, DN = 1 << 25, FZ16 = 1 << 19, IXC = 1 << 4;
const mode = (n: number): number => n << 22;
const rowsOf = (table: Parameters<typeof decodeTable>[0]) => new Map(decodeTable(table, 32).rows.map((row) => [row.name, row]));
const scalarRows = rowsOf({ ...half, ...halfUnconditional, vcvtFromHalf: vfp.vcvtFromHalf });
const vectorRows = rowsOf({ ...neonHalf, vceqZero: neon.vceqZero, vcgtZero: neon.vcgtZero, vcvtFromHalf: neon.vcvtFromHalf });

/** Each rounding mode, with controls in turn. */
const modes = [0, mode(1) | FZ16, mode(2) | DN | IXC, mode(3) | FZ16 | DN];
const standard = [0, FZ16 | IXC | mode(2)];

function variants(): Variant[] {
  const list: Variant[] = [];
  const add = (rows: typeof scalarRows, table: Table, controls: readonly number[]) => (name: string, ...choices: readonly Operands[]): void => {
    for (const operands of choices.length > 0 ? choices : [{}]) {
      const text = Object.entries(operands).map(([key, value]) => ` ${key}=${value}`).join('');
      list.push({ name: `${name}${text}`, word: encode(rows.get(name)!, { cond: AL, Vd: 0, Vn: 1, Vm: 2, ...operands }), table, controls });
    }
  };
  const each = (field: string, count: number, more: Operands = {}): Operands[] => Array.from({ length: count }, (_, i) => ({ [field]: i, ...more }));
  const one = add(scalarRows, 'all', modes), two = add(scalarRows, 'tuples', modes);
  for (const name of ['vsqrtF16', 'vabsF16', 'vnegF16', 'vrintrF16', 'vrintzF16', 'vrintxF16']) one(name);
  one('vcmpZeroF16', ...each('E', 2, { Vd: 1 }));
  one('vrintToF16', ...each('RM', 4));
  one('vcvtToIntF16', ...each('signed', 2, { zero: 0 }), ...each('signed', 2, { zero: 1 }));
  one('vcvtRoundedF16', ...each('RM', 4, { signed: 0 }), ...each('RM', 4, { signed: 1 }));
  for (const name of ['vcvtToFixedF16', 'vcvtFromFixedF16']) one(name, { U: 0, sx: 0, imm: 6 }, { U: 1, sx: 0, imm: 0 }, { U: 0, sx: 1, imm: 20 }, { U: 1, sx: 1, imm: 1 });
  one('vcvtFromIntF16', ...each('signed', 2));
  add(scalarRows, 'all', [0, AHP, DN])('vcvtFromHalf', ...each('sz', 2, { T: 0 }));
  for (const name of ['vaddF16', 'vsubF16', 'vmulF16', 'vnmulF16', 'vdivF16', 'vmlaF16', 'vmlsF16', 'vnmlaF16', 'vnmlsF16', 'vfmaF16', 'vfmsF16', 'vfnmaF16', 'vfnmsF16', 'vmaxnmF16', 'vminnmF16']) two(name);
  two('vcmpF16', ...each('E', 2, { Vd: 1 }));

  const lanes = add(vectorRows, 'allVectors', standard), pairs = add(vectorRows, 'tuples', standard);
  for (const name of ['vrecpeF16', 'vrsqrteF16', 'vrintnF16', 'vrintxF16', 'vrintaF16', 'vrintzF16', 'vrintmF16', 'vrintpF16']) lanes(name);
  for (const name of ['vceqZero', 'vcgtZero']) lanes(name, { F: 1, size: 1 });
  lanes('vcvtToIntF16', ...each('U', 2));
  lanes('vcvtFromIntF16', ...each('U', 2));
  lanes('vcvtRoundedF16', ...each('RM', 4, { U: 0 }), { RM: 0, U: 1 });
  lanes('vcvtFixedF16', { U: 0, toFixed: 1, imm: 3 }, { U: 1, toFixed: 1, imm: 15 }, { U: 0, toFixed: 0, imm: 0 }, { U: 1, toFixed: 0, imm: 9 });
  for (const name of ['vaddF16', 'vsubF16', 'vmulF16', 'vmlaF16', 'vmlsF16', 'vfmaF16', 'vfmsF16', 'vabdF16', 'vpaddF16', 'vpmaxF16', 'vpminF16', 'vmaxF16', 'vminF16', 'vmaxnmF16', 'vminnmF16',
    'vceqF16', 'vcgeF16', 'vcgtF16', 'vacgeF16', 'vacgtF16', 'vrecpsF16', 'vrsqrtsF16', 'vmulScalarF16', 'vmlaScalarF16', 'vmlsScalarF16']) pairs(name);
  return list;
}

function tables(next: Random): Record<Table, Uint32Array> {
  const value = (): number => (next() % 3 === 0 ? next() & 0xffff : halves[next() % halves.length]!);
  const word = (): number => value() | value() << 16;
  const four = (i: number): readonly number[] => [4 * i | (4 * i + 1) << 16, (4 * i + 2) | (4 * i + 3) << 16];
  return {
    all: Uint32Array.from({ length: 65536 * ENTRY }, (_, i) => (i & 1 ? next() : Math.floor(i / ENTRY) | next() << 16)),
    allVectors: Uint32Array.from(Array.from({ length: 16384 }, (_, i) => [next(), next(), next(), next(), ...four(i)]).flat()),
    tuples: Uint32Array.from({ length: 4096 * ENTRY }, word),
  };
}

/** A pass over a table: r4 goes through it to r11, a block to r5; r9 is the sum, which r6 stores; FPSCR is r7. */
function pass(word: number, fpscr: number, from: number, entries: number): number[] {
  const mix = (Rn: number): number => a32('add_reg', { Rd: 9, Rn, Rm: 9, type: 3, imm5: 1 });
  const inner = [
    a32('vldmia', { sz: 1, W: 1, Rn: 4, Vd: 0, imm: ENTRY }), a32('vmsr', { reg: 1, Rt: 7 }), word, a32('vmrs', { reg: 1, Rt: 8 }),
    a32('vmovFromDouble', { Rt: 0, Rt2: 1, Vm: 0 }), mix(0), mix(1), mix(8), a32('cmp_reg', { Rn: 4, Rm: 5 }),
  ];
  const branch = (back: number): number => a32('b', { cond: 1, simm: -4 * back - 8 });
  const outer = [...load(10, 4 * ENTRY * BLOCK), a32('add_reg', { Rd: 5, Rn: 4, Rm: 10 }), ...inner, branch(inner.length),
    a32('str_imm', { P: 0, U: 1, W: 0, Rn: 6, Rt: 9, imm12: 4 }), a32('cmp_reg', { Rn: 4, Rm: 11 })];
  return [...load(4, from), ...load(11, from + 4 * ENTRY * entries), ...load(7, fpscr), ...outer, branch(outer.length)];
}

/** Makes the program, and tells what the words of its output are. */
export function halfProgram(next: Random): { bytes: Uint8Array; blocks: Block[]; output: number } {
  const contents = tables(next);
  const blocks: Block[] = [];
  const passes = variants().flatMap((variant) => variant.controls.map((fpscr) => ({ ...variant, fpscr })));
  for (const { name, table, fpscr } of passes) for (let first = 0; first < contents[table].length / ENTRY; first += BLOCK) blocks.push({ name: `${name} (${table})`, fpscr, first });
  const starts = { all: blocks.length, allVectors: blocks.length + contents.all.length, tuples: blocks.length + contents.all.length + contents.allVectors.length };
  const data = new Uint32Array(starts.tuples + contents.tuples.length);
  for (const table of ['all', 'allVectors', 'tuples'] as const) data.set(contents[table], starts[table]);
  const code = [...load(6, DATA), ...load(9, 0), ...passes.flatMap(({ word, fpscr, table }) => pass(word, fpscr, DATA + 4 * starts[table], contents[table].length / ENTRY)), ...finish(DATA, 4 * blocks.length)];
  if (CODE + 4 * code.length > DATA) throw new Error('the code does not fit before the data');
  return { bytes: elf(Uint32Array.from(code), data), blocks, output: 4 * blocks.length };
}

/** Where checksums begin to differ: a sum carries on, so only the first is told. */
export function firstDifference(blocks: readonly Block[], actual: Uint8Array, wanted: Uint8Array): string | null {
  const [a, w] = [actual, wanted].map((bytes) => new Uint32Array(Uint8Array.from(bytes).buffer)) as [Uint32Array, Uint32Array];
  const i = blocks.findIndex((_, k) => a[k] !== w[k]);
  if (i < 0) return null;
  const { name, fpscr, first } = blocks[i]!;
  return `${name} with fpscr ${fpscr.toString(16).padStart(8, '0')}, in entries ${first} to ${first + BLOCK - 1}`;
}
