// Floating-point registers and what moves values in and out of them unchanged: loads, stores, moves, signs.
import type { Ref } from '../../../translate/ir.ts';
import { f } from '../state.ts';
import type { I } from './integer.ts';
import type { Machine } from './machine.ts';

/** The numbers of the formats in the fmt field. */
export const S = 0, D = 1, H = 2;
export type FloatType = 'f32' | 'f64';
export const typeOf = (fmt: number): FloatType => (fmt === D ? 'f64' : 'f32');

/** A single or double register; a single that is not NaN-boxed reads as the default NaN. */
export function read(m: Machine, fmt: number, n: number): Ref {
  const { b } = m;
  const raw = b.get(f[n]!);
  return fmt === D ? raw : m.singles.of(raw) ?? m.singles.keep(raw, b.op('f32.unbox', raw));
}

export function write(m: Machine, fmt: number, n: number, value: Ref): void {
  if (fmt === D) m.b.set(f[n]!, value);
  else m.b.set(f[n]!, m.singles.box(value));
}

/** The register's bits whatever it holds, and the other way. */
const bitsOf = (m: Machine, n: number): Ref => m.b.op('i64.reinterpret_f64', m.b.get(f[n]!));
export const setBits = (m: Machine, n: number, bits: Ref): void => m.b.set(f[n]!, m.b.op('f64.reinterpret_i64', bits));
/** A half in the lower bits of a word, boxed. */
const setHalf = (m: Machine, n: number, half: Ref): void => setBits(m, n, m.b.op('i64.or', m.b.op('i64.extend_i32_u', half), m.b.i64(-65536, -1)));

type Store = { readonly rs1: number; readonly rs2: number; readonly simm: number };
export const floatLoad = {
  h: (m: Machine, o: I): void => setHalf(m, o.rd, m.b.op('i32.load16_u', m.effective(o.rs1, o.simm))),
  s: (m: Machine, o: I): void => write(m, S, o.rd, m.b.op('f32.load', m.effective(o.rs1, o.simm))),
  d: (m: Machine, o: I): void => write(m, D, o.rd, m.b.op('f64.load', m.effective(o.rs1, o.simm))),
};
/** A store takes the register's lower bits as they are. */
export const floatStore = {
  h: (m: Machine, o: Store): void => { m.b.op('i64.store16', m.effective(o.rs1, o.simm), bitsOf(m, o.rs2)); },
  s: (m: Machine, o: Store): void => { m.b.op('i64.store32', m.effective(o.rs1, o.simm), bitsOf(m, o.rs2)); },
  d: (m: Machine, o: Store): void => { m.b.op('f64.store', m.effective(o.rs1, o.simm), m.b.get(f[o.rs2]!)); },
};

type Move = { readonly fmt: number; readonly rs1: number; readonly rd: number };

export function moveToInteger(m: Machine, o: Move): void {
  const { b } = m;
  const bits = bitsOf(m, o.rs1);
  if (o.fmt === D) { if (m.xlen === 64) m.setX(o.rd, bits); else m.illegal(); } else {
    const word = b.op('i32.wrap_i64', bits);
    m.setW(o.rd, o.fmt === H ? b.op('i32.extend16_s', word) : word);
  }
}

export function moveFromInteger(m: Machine, o: Move): void {
  const { b } = m;
  if (o.fmt === D) { if (m.xlen === 64) setBits(m, o.rd, m.x(o.rs1)); else m.illegal(); } else if (o.fmt === S) write(m, S, o.rd, b.op('f32.reinterpret_i32', m.x32(o.rs1)));
  else setHalf(m, o.rd, b.op('i32.and', m.x32(o.rs1), b.i32(0xffff)));
}

/** Zfa on RV32: a double's upper half, and a double of two words. */
export const highToInteger = (m: Machine, o: { readonly rd: number; readonly rs1: number }): void => m.setX(o.rd, m.b.op('i32.high', bitsOf(m, o.rs1)));
export const pairToDouble = (m: Machine, o: { readonly rd: number; readonly rs1: number; readonly rs2: number }): void =>
  setBits(m, o.rd, m.b.op('i64.pair', m.x(o.rs1), m.x(o.rs2)));

type Sign = Move & { readonly rs2: number };
/** Copies rs2's sign to rs1's value, as it is, negated, or multiplied with rs1's. */
export const sign = (how: 'copy' | 'negate' | 'multiply') => (m: Machine, o: Sign): void => {
  const { b } = m;
  if (o.fmt === H) { m.soft(); return; }
  const t = typeOf(o.fmt);
  const same = o.rs1 === o.rs2;
  const x = read(m, o.fmt, o.rs1);
  if (same) { write(m, o.fmt, o.rd, how === 'copy' ? x : b.op(how === 'negate' ? `${t}.neg` : `${t}.abs`, x)); return; }
  const y = read(m, o.fmt, o.rs2);
  if (how !== 'multiply') { write(m, o.fmt, o.rd, b.op(`${t}.copysign`, x, how === 'copy' ? y : b.op(`${t}.neg`, y))); return; }
  const [int, bits, back, top] = t === 'f64'
    ? ['i64', 'i64.reinterpret_f64', 'f64.reinterpret_i64', b.i64(0, 0x80000000 | 0)] as const
    : ['i32', 'i32.reinterpret_f32', 'f32.reinterpret_i32', b.i32(0x80000000 | 0)] as const;
  write(m, o.fmt, o.rd, b.op(back, b.op(`${int}.xor`, b.op(bits, x), b.op(`${int}.and`, b.op(bits, y), top))));
};

/** Zfa's constants, from the manual's table: as doubles. */
const constants: readonly number[] = [
  -1, 2 ** -126, 2 ** -16, 2 ** -15, 2 ** -8, 2 ** -7, 0.0625, 0.125, 0.25, 0.3125, 0.375, 0.4375, 0.5, 0.625, 0.75, 0.875,
  1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 8, 16, 128, 256, 32768, 65536, Infinity, NaN,
];
const scratch = new DataView(new ArrayBuffer(8));

export function loadConstant(m: Machine, o: { readonly fmt: number; readonly rs1: number; readonly rd: number }): void {
  const { b } = m;
  if (o.fmt === H) { m.soft(); return; }
  // Entry 1 is the least positive normal number of the format.
  const value = o.rs1 === 1 && o.fmt === D ? 2 ** -1022 : constants[o.rs1]!;
  scratch.setFloat64(0, value);
  if (o.fmt === D) write(m, D, o.rd, b.f64bits(scratch.getInt32(4), scratch.getInt32(0)));
  else { scratch.setFloat32(0, value); write(m, S, o.rd, b.f32bits(scratch.getInt32(0))); }
}
export const halfConstant = (n: number): number => (n === 1 ? 2 ** -14 : constants[n]!);
