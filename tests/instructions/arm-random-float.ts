// One program that runs ARM's floating-point instructions over random operands that it makes itself: any number of them at the price of
// their execution. It writes a checksum of results and FPSCR of each part of each loop; or, of one loop, every operand and result.
import { a32, DATA, elf, finish, random, type Random } from './program.ts';
import { moreDoubles, moreSingles, scalarVariants, vectorVariants, type Values } from './arm-float.ts';
import { Code, type Label } from './random/code.ts';
import { doubles, singles } from './riscv-program.ts';

/** An instruction with one value of FPSCR, and what its operands are made from. */
export type RandomLoop = { readonly name: string; readonly word: number; readonly values: Values; readonly fpscr: number; readonly seed: number };
export type RandomFloats = { readonly bytes: Uint8Array; readonly output: number };

const AHP = 1 << 26, DN = 1 << 25, FZ = 1 << 24, IXC = 1 << 4;
/** Checksums of a loop. */
export const PARTS = 16;
/** Words of a record: d0 to d2 before, d0 and FPSCR after. */
export const RECORD = 9;
const TABLE = 64;
const state = 4, left = 5, out = 6, control = 7, sum = 9, table = 10, part = 11, lr = 14;

/** Loops of an instruction. */
export const LOOPS = 5;

/** Every instruction in every rounding mode, the other controls in turn. */
export function randomLoops(next: Random): RandomLoop[] {
  let turn = 0;
  return [...scalarVariants(), ...vectorVariants()].flatMap(({ name, word, values }) => Array.from({ length: LOOPS }, (_, mode) => {
    const others = [IXC, 0, IXC | FZ, DN, FZ | DN, name.includes('Half') ? AHP : IXC];
    const fpscr = (mode & 3) << 22 | others[turn++ % others.length]!;
    return { name, word, values, fpscr, seed: next() | 1 };
  }));
}

/** Edge values, two words each. */
function edges(values: 'double' | 'singles', next: Random): number[] {
  const pick = <T>(of: readonly T[]): T => of[next() % of.length]!;
  return Array.from({ length: TABLE }, () => (values === 'double' ? pick([...doubles, ...moreDoubles]) : [pick([...singles, ...moreSingles]), pick([...singles, ...moreSingles])])).flat();
}

/** The next random word, in `state`. */
function step(c: Code): void {
  for (const [type, imm5] of [[0, 13], [1, 17], [0, 5]] as const) c.arm('eor_reg', { Rd: state, Rn: state, Rm: state, type, imm5 });
}

/** Gives a word the exponent that `bits` lie at, out of 64 near 1, and a short fraction where r2 says so. */
function shape(c: Code, rd: number, shift: number, lowest: number, bits: number, cond: number): void {
  c.arm('mov_reg', { cond, Rd: 3, Rm: 2, type: 1, imm5: bits });
  c.arm('and_imm', { cond, Rd: 3, Rn: 3, imm12: 63 });
  c.arm('add_reg', { cond, Rd: 3, Rn: 3, Rm: lowest, type: 0, imm5: 0 });
  c.arm('bfi', { cond, Rd: rd, Rn: 3, lsb: shift, msb: 30 });
}

/** A routine that makes an operand in r0 and r1: one in eight is any bits, one an edge value, the others are numbers that meet. */
function operandRoutine(c: Code, values: Values): void {
  step(c);
  c.arm('mov_reg', { Rd: 0, Rm: state });
  step(c);
  c.arm('mov_reg', { Rd: 1, Rm: state });
  step(c);
  c.arm('mov_reg', { Rd: 2, Rm: state });
  c.arm('and_imm', { S: 1, Rd: 3, Rn: 2, imm12: 7 });
  if (values !== 'integer' && values !== 'half') {
    c.arm('cmp_imm', { Rn: 3, imm12: 1 });
    const HI = 8, EQ = 0;
    const double = values === 'double';
    c.constant(12, double ? 1023 - 31 : 127 - 31);
    shape(c, 1, double ? 20 : 23, 12, 5, HI);
    if (!double) shape(c, 0, 23, 12, 14, HI);
    // Short fractions, so that results are exact or halfway between two
    c.arm('tst_imm', { Rn: 2, imm12: 8 });
    if (double) c.arm('mov_imm', { cond: 1, Rd: 0, imm12: 0 });
    else for (const rd of [0, 1]) c.arm('bfi', { cond: 1, Rd: rd, Rn: 15, lsb: 0, msb: 15 });
    c.arm('and_imm', { S: 0, Rd: 3, Rn: 2, imm12: 7 });
    c.arm('cmp_imm', { Rn: 3, imm12: 1 });
    c.arm('mov_reg', { cond: EQ, Rd: 2, Rm: 2, type: 1, imm5: 20 });
    c.arm('and_imm', { cond: EQ, Rd: 2, Rn: 2, imm12: TABLE - 1 });
    c.arm('add_reg', { cond: EQ, Rd: 2, Rn: table, Rm: 2, type: 0, imm5: 3 });
    c.arm('ldm', { cond: EQ, P: 0, U: 1, W: 0, Rn: 2, registers: 3 });
  }
  c.arm('bx', { Rm: lr });
}

const move = (Vm: number): number => a32('vmovToDouble', { Rt: 0, Rt2: 1, Vm });

function loop(c: Code, one: RandomLoop, count: number, recorded: boolean, operand: Label, tableAt: number): void {
  const again = c.label(), nextPart = c.label();
  c.constant(state, one.seed);
  c.constant(control, one.fpscr);
  c.constant(table, tableAt);
  c.constant(part, PARTS);
  c.constant(sum, 0);
  c.place(nextPart);
  c.constant(left, count);
  c.units([a32('vmsr', { reg: 1, Rt: control })]);
  c.place(again);
  for (let d = 0; d < 3; d++) {
    c.call(operand);
    c.units([move(d)]);
  }
  if (recorded) c.units([a32('vstmia', { sz: 1, W: 1, Rn: out, Vd: 0, imm: 6 })]);
  // The flags of one operation alone now and then; else they gather, and arithmetic takes its common path.
  c.arm('tst_imm', { Rn: left, imm12: 15 });
  c.arm('vmsr', { cond: 0, reg: 1, Rt: control });
  c.units([one.word, a32('vmrs', { reg: 1, Rt: 8 }), a32('vmovFromDouble', { Rt: 0, Rt2: 1, Vm: 0 })]);
  if (recorded) c.units([a32('stm', { P: 0, U: 1, W: 1, Rn: out, registers: 0x103 })]);
  for (const Rn of [0, 1, 8]) c.arm('add_reg', { Rd: sum, Rn, Rm: sum, type: 3, imm5: 1 });
  c.arm('sub_imm', { S: 1, Rd: left, Rn: left, imm12: 1 });
  c.branch(again, 1);
  if (!recorded) c.arm('str_imm', { P: 0, U: 1, W: 0, Rn: out, Rt: sum, imm12: 4 });
  c.arm('sub_imm', { S: 1, Rd: part, Rn: part, imm12: 1 });
  c.branch(nextPart, 1);
}

/** The program of some loops, each of `PARTS * count` operations. With `recorded` it writes records, not checksums. */
export function randomFloats(loops: readonly RandomLoop[], count: number, recorded = false): RandomFloats {
  const c = new Code();
  const kinds: readonly Values[] = ['single', 'double', 'half', 'integer', 'singles'];
  const routines = new Map<Values, Label>(kinds.map((kind) => [kind, c.label()]));
  const output = loops.length * PARTS * (recorded ? 4 * RECORD * count : 4);
  const tables = { double: DATA + output, singles: DATA + output + 8 * TABLE };
  c.constant(out, DATA);
  for (const one of loops) loop(c, one, count, recorded, routines.get(one.values)!, one.values === 'double' ? tables.double : tables.singles);
  for (const word of finish(DATA, output)) c.word(word);
  for (const [kind, label] of routines) { c.place(label); operandRoutine(c, kind); }
  const data = new Uint32Array(output / 4 + 4 * TABLE);
  const next = random(TABLE);
  data.set(edges('double', next), output / 4);
  data.set(edges('singles', next), output / 4 + 2 * TABLE);
  return { bytes: elf(c.finish(), data), output };
}

const hex = (n: number): string => n.toString(16).padStart(8, '0');

/** The first part whose checksum differs: the loop's index. */
export function firstDifferent(loops: readonly RandomLoop[], actual: Uint32Array, wanted: Uint32Array): RandomLoop | undefined {
  return loops.find((_, i) => wanted.subarray(PARTS * i, PARTS * (i + 1)).some((sum, k) => actual[PARTS * i + k] !== sum));
}

/** The first record that differs, in words. */
export function firstRecord(one: RandomLoop, actual: Uint32Array, wanted: Uint32Array): string {
  for (let at = 0; at < wanted.length; at += RECORD) {
    if (!wanted.subarray(at, at + RECORD).some((word, k) => actual[at + k] !== word)) continue;
    const double = (of: Uint32Array, k: number): string => `${hex(of[at + k + 1]!)}${hex(of[at + k]!)}`;
    return `${one.name} (${hex(one.word)}) with fpscr ${hex(one.fpscr)}, d0 to d2 ${[0, 2, 4].map((k) => double(wanted, k)).join(' ')}: ${double(actual, 6)} fpscr ${hex(actual[at + 8]!)}, wanted ${double(wanted, 6)} fpscr ${hex(wanted[at + 8]!)}`;
  }
  return `${one.name} with fpscr ${hex(one.fpscr)}: the records are the same`;
}
