// What the floating-point instructions of VFP and NEON have in common: registers by size, arithmetic as FPSCR says,
// rounding, half precision.
import type { Builder } from '../../../translate/builder.ts';
import type { Ref, Slot } from '../../../translate/ir.ts';
import { RDN, RMM, RNE, RUP } from '../../../translate/float/soft.ts';
import { d, fpControl, s } from '../state.ts';
import type { Machine } from './machine.ts';

export type FloatType = 'f32' | 'f64';
export const floatType = (sz: number): FloatType => (sz ? 'f64' : 'f32');

/** The register that a four-bit field and its extra bit name: a double if `sz`, else a single. */
export const fpSlot = (sz: number, V: number, extra: number): Slot => (sz ? d[(extra << 4) | V]! : s[(V << 1) | extra]!);

/** Arithmetic as FPSCR says: translate/float/ops.ts. */
export function arithmetic(b: Builder, op: 'add' | 'sub' | 'mul' | 'div', t: FloatType, x: Ref, y: Ref): Ref {
  return b.op(`${t}.${op}_env`, b.op(`${t}.${op}`, x, y), x, y);
}

/** An operand as an instruction takes it that does not compute: with FPSCR.FZ, denormals are zero. */
export const operand = (b: Builder, t: FloatType, x: Ref): Ref => b.op(`${t}.operand_env`, x);

/** Raises inexact if rounding to an integral value has changed the value. */
export function noteRounding(b: Builder, t: FloatType, whole: Ref, x: Ref): void {
  const changed = b.op('i32.and', b.op(`${t}.ne`, whole, x), b.op(`${t}.eq`, x, x));
  b.op('float.note', changed);
}

export const bitsOf = (b: Builder, single: Ref): Ref => b.op('i32.reinterpret_f32', single);
export const fromBits = (b: Builder, word: Ref): Ref => b.op('f32.reinterpret_i32', word);

/** A power of two as a double. */
export const powerOfTwo = (b: Builder, exponent: number): Ref => b.f64bits(0, (exponent + 1023) << 20);

/** Rounding to an integral value: to nearest with ties away from zero, ties to even, up, down, towards zero. */
export type Rounding = 'away' | 'nearest' | 'ceil' | 'floor' | 'trunc';
export const roundingByRM: readonly Rounding[] = ['away', 'nearest', 'ceil', 'floor'];

export function roundTo(b: Builder, t: FloatType, x: Ref, how: Rounding): Ref {
  if (how !== 'away') return b.op(`${t}.${how}`, x);
  const [half, one] = t === 'f32' ? [b.f32bits(0x3f000000), b.f32bits(0x3f800000)] : [b.f64bits(0, 0x3fe00000), b.f64bits(0, 0x3ff00000)];
  const whole = b.op(`${t}.trunc`, x);
  const up = b.op(`${t}.ge`, b.op(`${t}.abs`, b.op(`${t}.sub`, x, whole)), half);
  return b.op(`${t}.select`, b.op(`${t}.add`, whole, b.op(`${t}.copysign`, one, x)), whole, up);
}

/** The same for half precision, as soft.ts numbers modes. */
export const halfRoundingByRM: readonly number[] = [RMM, RNE, RUP, RDN];

/** Rounds as FPSCR.RMode says at run time. */
export function roundByMode(b: Builder, t: FloatType, x: Ref): Ref {
  const control = b.get(fpControl);
  const bit = (n: number): Ref => b.op('i32.and', control, b.i32(1 << n));
  const choose = (one: Rounding, zero: Rounding, n: number): Ref => b.op(`${t}.select`, roundTo(b, t, x, one), roundTo(b, t, x, zero), bit(n));
  return b.op(`${t}.select`, choose('trunc', 'floor', 22), choose('ceil', 'nearest', 22), bit(23));
}

/** All four words of a vector. */
export const splat = (b: Builder, word: number): Ref => b.v128([word, word, word, word]);

/** All ones in a vector when FPSCR selects the alternative half-precision format, which has neither infinities nor NaNs. */
function alternativeHalf(b: Builder): Ref {
  return b.op('i32x4.splat', b.op('i32.shr_s', b.op('i32.shl', b.get(fpControl), b.i32(5)), b.i32(31)));
}

/** Four half-precision numbers, one in the lower half of each word, as singles; NaNs are some NaN. */
export function halvesToSingles(m: Machine, halves: Ref): Ref {
  const { b } = m;
  const magnitude = b.op('v128.and', halves, splat(b, 0x7fff));
  const sign = b.op('i32x4.shl', b.op('v128.and', halves, splat(b, 0x8000)), b.i32(16));
  const shifted = b.op('i32x4.shl', magnitude, b.i32(13));
  // The exponent is 112 too small, denormals included: a multiplication by 2^112 puts both right.
  const finite = b.op('f32x4.mul', shifted, splat(b, (112 + 127) << 23));
  const isNaN = b.op('i32x4.gt_s', magnitude, splat(b, 0x7c00));
  const special = b.op('v128.or', b.op('v128.or', shifted, splat(b, 0x7f800000)), b.op('v128.and', isNaN, splat(b, 0x00400000)));
  const isSpecial = b.op('v128.andnot', b.op('i32x4.gt_s', magnitude, splat(b, 0x7bff)), alternativeHalf(b));
  return b.op('v128.or', b.op('v128.bitselect', special, finite, isSpecial), sign);
}

/** All ones in a vector when FPSCR says that denormal halves are zero. */
function flushedHalves(b: Builder): Ref {
  return b.op('i32x4.splat', b.op('i32.shr_s', b.op('i32.shl', b.get(fpControl), b.i32(12)), b.i32(31)));
}

/** Four halves, one in the lower half of each word, as the same numbers in single precision: operands of what computes with them. */
export function widenHalves(b: Builder, halves: Ref): Ref {
  const magnitude = b.op('v128.and', halves, splat(b, 0x7fff));
  const sign = b.op('i32x4.shl', b.op('v128.and', halves, splat(b, 0x8000)), b.i32(16));
  const shifted = b.op('i32x4.shl', magnitude, b.i32(13));
  const finite = b.op('f32x4.mul', shifted, splat(b, (112 + 127) << 23));
  const special = b.op('v128.or', shifted, splat(b, 0x7f800000));
  const value = b.op('v128.bitselect', special, finite, b.op('i32x4.gt_s', magnitude, splat(b, 0x7bff)));
  const denormal = b.op('v128.and', b.op('i32x4.lt_s', magnitude, splat(b, 0x400)), flushedHalves(b));
  return b.op('v128.or', b.op('v128.andnot', value, denormal), sign);
}

/** Four singles as half-precision numbers in the lower halves of the words, rounded to nearest even; NaNs are the default one. */
export function singlesToHalves(m: Machine, singles: Ref): Ref {
  const { b } = m;
  const magnitude = b.op('v128.and', singles, splat(b, 0x7fffffff));
  const sign = b.op('v128.and', b.op('i32x4.shr_u', singles, b.i32(16)), splat(b, 0x8000));
  // Adding 0.5 leaves the denormal half, correctly rounded, in the lowest bits of the sum.
  const denormal = b.op('i32x4.sub', b.op('f32x4.add', magnitude, splat(b, 0x3f000000)), splat(b, 0x3f000000));
  const odd = b.op('v128.and', b.op('i32x4.shr_u', magnitude, b.i32(13)), splat(b, 1));
  const normal = b.op('i32x4.shr_u', b.op('i32x4.add', b.op('i32x4.add', magnitude, odd), splat(b, (-112 << 23) + 0xfff)), b.i32(13));
  const rounded = b.op('v128.bitselect', denormal, normal, b.op('i32x4.lt_s', magnitude, splat(b, 0x38800000)));
  const isNaN = b.op('i32x4.gt_s', magnitude, splat(b, 0x7f800000));
  const ieee = b.op('v128.bitselect', splat(b, 0x7e00), b.op('v128.or', b.op('i32x4.min_u', rounded, splat(b, 0x7c00)), sign), isNaN);
  const alternative = b.op('v128.or', b.op('v128.andnot', b.op('i32x4.min_u', rounded, splat(b, 0x7fff)), isNaN), sign);
  return b.op('v128.bitselect', alternative, ieee, alternativeHalf(b));
}
