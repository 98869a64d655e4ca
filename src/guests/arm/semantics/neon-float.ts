// NEON: single-precision instructions. They use the standard FPSCR value: denormal operands and results become zero, the
// result of an invalid operation is the default NaN, rounding is to nearest.
import type { Builder } from '../../../translate/builder.ts';
import type { Ref } from '../../../translate/ir.ts';
import { halvesToSingles, roundingByRM, singlesToHalves, splat, type Rounding } from './fp.ts';
import type { Machine } from './machine.ts';
import { neighbours } from './neon-integer.ts';
import { scalarOf } from './neon-long.ts';
import {
  and, choose, dOf, extend, getD, getVector, mOf, narrow, negative, nOf, or, setD, setVector, three, two, without,
  type ThreeRegisters, type TwoRegisters,
} from './vector.ts';

/** By value of the current block: the same without denormal lanes. */
const flushed = new WeakMap<Builder, { epoch: number; values: Map<Ref, Ref> }>();

function knownFlushed(b: Builder): Map<Ref, Ref> {
  const known = flushed.get(b);
  if (known?.epoch === b.epoch) return known.values;
  const values = new Map<Ref, Ref>();
  flushed.set(b, { epoch: b.epoch, values });
  return values;
}

/** Says that x has no denormal lanes. */
const isFlushed = (b: Builder, x: Ref): void => { knownFlushed(b).set(x, x); };

/** x with zeros of the same sign for denormal numbers. */
export function flush({ b }: Machine, x: Ref): Ref {
  const known = knownFlushed(b).get(x);
  if (known !== undefined) return known;
  const result = b.op('f32x4.flush', x);
  knownFlushed(b).set(x, result);
  isFlushed(b, result);
  return result;
}

/** What arithmetic gives: no denormals, no NaN but the default one. */
function finished({ b }: Machine, x: Ref): Ref {
  const result = b.op('f32x4.default_nan', b.op('f32x4.flush', x));
  isFlushed(b, result);
  return result;
}

const arithmetic = (m: Machine, op: 'add' | 'sub' | 'mul', x: Ref, y: Ref): Ref => finished(m, m.b.op(`f32x4.${op}`, flush(m, x), flush(m, y)));

type Binary = (m: Machine, x: Ref, y: Ref, o: ThreeRegisters) => Ref;
const binary = (op: 'add' | 'sub' | 'mul'): Binary => (m, x, y) => arithmetic(m, op, x, y);
/** d ± x * y, the product rounded. */
const accumulate = (op: 'add' | 'sub'): Binary => (m, x, y, o) => arithmetic(m, op, getD(m, o), arithmetic(m, 'mul', x, y));
/** d ± x * y, rounded once. */
const fused = (negate: boolean): Binary => (m, x, y, o) =>
  finished(m, m.b.op('f32x4.fma', negate ? m.b.op('f32x4.neg', flush(m, x)) : flush(m, x), flush(m, y), flush(m, getD(m, o))));
const compare = (op: 'eq' | 'ge' | 'gt', absolute: boolean): Binary => (m, x, y) => {
  const operand = (z: Ref): Ref => (absolute ? m.b.op('f32x4.abs', flush(m, z)) : flush(m, z));
  return m.b.op(`f32x4.${op}`, operand(x), operand(y));
};
const extreme = (op: 'max' | 'min'): Binary => (m, x, y) => finished(m, m.b.op(`f32x4.${op}`, flush(m, x), flush(m, y)));
const pairwise = (f: Binary): Binary => (m, x, y, o) => f(m, ...neighbours(m.b, 'i32x4', x, y), o);

/** Like max and min, but a number goes before a quiet NaN. */
const numberFirst = (op: 'max' | 'min'): Binary => (m, x, y) => {
  const { b } = m;
  const isQuiet = (z: Ref): Ref => and(b, b.op('f32x4.ne', z, z), negative(b, 'i32x4', b.op('i32x4.shl', z, b.i32(9))));
  const instead = (z: Ref, other: Ref): Ref => choose(b, and(b, isQuiet(z), b.op('f32x4.eq', other, other)), other, z);
  return extreme(op)(m, instead(x, y), instead(y, x), null as never);
};

/** A step of Newton's iteration: its product of infinity and zero counts as zero. */
function stepProduct(m: Machine, x: Ref, y: Ref): Ref {
  const { b } = m;
  const product = arithmetic(m, 'mul', x, y);
  const numbers = and(b, b.op('f32x4.eq', x, x), b.op('f32x4.eq', y, y));
  const result = without(b, product, and(b, numbers, b.op('f32x4.ne', product, product)));
  isFlushed(b, result);
  return result;
}

/** RecipEstimate: of numbers from 256 to 511 (0.5 to 1), the reciprocal from 256 to 511 (1 to 2). */
function reciprocalEstimate(b: Builder, a: Ref): Ref {
  const odd = or(b, b.op('i32x4.shl', a, b.i32(1)), splat(b, 1));
  const quotient = b.op('f32x4.div', splat(b, 0x49000000), b.op('f32x4.convert_i32x4_s', odd));
  return b.op('i32x4.shr_u', b.op('i32x4.add', b.op('i32x4.trunc_sat_f32x4_s', quotient), splat(b, 1)), b.i32(1));
}

/** RecipSqrtEstimate: of numbers from 128 to 511 (0.25 to 1). The largest b with a * b * b < 2^28, found near the root. */
function reciprocalRootEstimate(b: Builder, a: Ref): Ref {
  const odd = choose(b, b.op('i32x4.lt_s', a, splat(b, 256)),
    or(b, b.op('i32x4.shl', a, b.i32(1)), splat(b, 1)), b.op('i32x4.shl', or(b, a, splat(b, 1)), b.i32(1)));
  const root = b.op('f32x4.sqrt', b.op('f32x4.div', splat(b, 0x4d800000), b.op('f32x4.convert_i32x4_s', odd)));
  const guess = b.op('i32x4.trunc_sat_f32x4_s', root);
  const fits = (n: Ref): Ref => b.op('i32x4.lt_s', b.op('i32x4.mul', odd, b.op('i32x4.mul', n, n)), splat(b, 1 << 28));
  const lower = b.op('i32x4.add', guess, b.op('v128.not', fits(guess)));
  const largest = b.op('i32x4.sub', lower, fits(b.op('i32x4.add', lower, splat(b, 1))));
  return b.op('i32x4.shr_u', b.op('i32x4.add', largest, splat(b, 1)), b.i32(1));
}

/** Special cases that both estimates have: zero gives infinity, NaN the default NaN. */
function estimated(b: Builder, x: Ref, result: Ref): Ref {
  const signBit = and(b, x, splat(b, 0x80000000));
  const tiny = b.op('i32x4.lt_s', b.op('f32x4.abs', x), splat(b, 0x00800000));
  const all = choose(b, tiny, or(b, signBit, splat(b, 0x7f800000)), result);
  return choose(b, b.op('f32x4.eq', x, x), all, splat(b, 0x7fc00000));
}

function floatReciprocal(b: Builder, x: Ref): Ref {
  const bits = (at: number, mask: number): Ref => and(b, b.op('i32x4.shr_u', x, b.i32(at)), splat(b, mask));
  const estimate = and(b, reciprocalEstimate(b, or(b, bits(15, 0xff), splat(b, 0x100))), splat(b, 0xff));
  const exponent = b.op('i32x4.sub', splat(b, 253), bits(23, 0xff));
  const signBit = and(b, x, splat(b, 0x80000000));
  const magnitude = or(b, b.op('i32x4.shl', exponent, b.i32(23)), b.op('i32x4.shl', estimate, b.i32(15)));
  const huge = b.op('i32x4.ge_s', b.op('f32x4.abs', x), splat(b, 0x7e800000));
  return estimated(b, x, or(b, signBit, without(b, magnitude, huge)));
}

function floatReciprocalRoot(b: Builder, x: Ref): Ref {
  const bits = (at: number, mask: number): Ref => and(b, b.op('i32x4.shr_u', x, b.i32(at)), splat(b, mask));
  const oddExponent = negative(b, 'i32x4', b.op('i32x4.shl', x, b.i32(8)));
  const a = choose(b, oddExponent, or(b, bits(16, 0x7f), splat(b, 0x80)), or(b, bits(15, 0xff), splat(b, 0x100)));
  const estimate = and(b, reciprocalRootEstimate(b, a), splat(b, 0xff));
  const exponent = b.op('i32x4.shr_u', b.op('i32x4.sub', splat(b, 380), bits(23, 0xff)), b.i32(1));
  const magnitude = or(b, b.op('i32x4.shl', exponent, b.i32(23)), b.op('i32x4.shl', estimate, b.i32(15)));
  const finite = without(b, magnitude, b.op('i32x4.eq', x, splat(b, 0x7f800000)));
  return estimated(b, x, choose(b, negative(b, 'i32x4', x), splat(b, 0x7fc00000), finite));
}

/** Of fixed-point numbers; those below the range give the largest number. */
function fixedEstimate(b: Builder, x: Ref, root: boolean): Ref {
  const a = b.op('i32x4.shr_u', x, b.i32(23));
  const below = b.op('i32x4.lt_s', a, splat(b, root ? 128 : 256));
  return or(b, below, b.op('i32x4.shl', (root ? reciprocalRootEstimate : reciprocalEstimate)(b, a), b.i32(23)));
}

function rounded(m: Machine, x: Ref, how: Rounding): Ref {
  const { b } = m;
  if (how !== 'away') return b.op(`f32x4.${how}`, x);
  const whole = b.op('f32x4.trunc', x);
  const up = b.op('f32x4.ge', b.op('f32x4.abs', b.op('f32x4.sub', x, whole)), splat(b, 0x3f000000));
  const one = or(b, splat(b, 0x3f800000), and(b, x, splat(b, 0x80000000)));
  return choose(b, up, b.op('f32x4.add', whole, one), whole);
}
const roundTo = (how: Rounding) => two((m, x) => finished(m, rounded(m, flush(m, x), how)));

const byScalar = (f: Binary) => (m: Machine, o: ThreeRegisters & { readonly Q: number }): void => {
  if (o.Q && (o.Vd | o.Vn) & 1) m.undefined();
  else setD(m, o, f(m, getVector(m, o.Q, nOf(o)), scalarOf(m, { ...o, size: 2 }), o));
};

const toInteger = (b: Builder, x: Ref, U: number): Ref => b.op(`i32x4.trunc_sat_f32x4_${U ? 'u' : 's'}`, x);
const fromInteger = (b: Builder, x: Ref, U: number): Ref => b.op(`f32x4.convert_i32x4_${U ? 'u' : 's'}`, x);
const powerOfTwo = (b: Builder, exponent: number): Ref => splat(b, (exponent + 127) << 23);

type Signed = TwoRegisters & { readonly U: number };

export const neonFloat = {
  vaddFloat: three(binary('add')),
  vsubFloat: three(binary('sub')),
  vmulFloat: three(binary('mul')),
  vmlaFloat: three(accumulate('add')),
  vmlsFloat: three(accumulate('sub')),
  vfma: three(fused(false)),
  vfms: three(fused(true)),
  vabdFloat: three((m, x, y) => m.b.op('f32x4.abs', arithmetic(m, 'sub', x, y))),
  vpaddFloat: three(pairwise(binary('add'))),
  vpmaxFloat: three(pairwise(extreme('max'))),
  vpminFloat: three(pairwise(extreme('min'))),
  vmaxFloat: three(extreme('max')),
  vminFloat: three(extreme('min')),
  vmaxnm: three(numberFirst('max')),
  vminnm: three(numberFirst('min')),
  vceqFloat: three(compare('eq', false)),
  vcgeFloat: three(compare('ge', false)),
  vcgtFloat: three(compare('gt', false)),
  vacge: three(compare('ge', true)),
  vacgt: three(compare('gt', true)),
  vrecps: three((m, x, y) => arithmetic(m, 'sub', splat(m.b, 0x40000000), stepProduct(m, x, y))),
  vrsqrts: three((m, x, y) => finished(m, m.b.op('f32x4.mul', m.b.op('f32x4.sub', splat(m.b, 0x40400000), stepProduct(m, x, y)), splat(m.b, 0x3f000000)))),

  vmulScalarFloat: byScalar(binary('mul')),
  vmlaScalarFloat: byScalar(accumulate('add')),
  vmlsScalarFloat: byScalar(accumulate('sub')),

  vrecpe: two<TwoRegisters & { readonly F: number }>(({ b }, x, o) => (o.F ? floatReciprocal(b, x) : fixedEstimate(b, x, false))),
  vrsqrte: two<TwoRegisters & { readonly F: number }>(({ b }, x, o) => (o.F ? floatReciprocalRoot(b, x) : fixedEstimate(b, x, true))),
  vrintn: roundTo('nearest'),
  vrintx: roundTo('nearest'),
  vrinta: roundTo('away'),
  vrintz: roundTo('trunc'),
  vrintm: roundTo('floor'),
  vrintp: roundTo('ceil'),

  vcvtFromInt: two<Signed>(({ b }, x, o) => fromInteger(b, x, o.U)),
  vcvtToInt: two<Signed>(({ b }, x, o) => toInteger(b, x, o.U)),
  vcvtRounded: two<Signed & { readonly RM: number }>((m, x, o) => toInteger(m.b, rounded(m, flush(m, x), roundingByRM[o.RM]!), o.U)),
  vcvtFixed: two<Signed & { readonly imm: number; readonly toFixed: number }>(({ b }, x, o) => (o.toFixed
    ? toInteger(b, b.op('f32x4.mul', x, powerOfTwo(b, 32 - o.imm)), o.U)
    : b.op('f32x4.mul', fromInteger(b, x, o.U), powerOfTwo(b, o.imm - 32)))),
  vcvtToHalf: (m: Machine, o: TwoRegisters): void => {
    if (o.Vm & 1) m.undefined();
    else setVector(m, 0, dOf(o), narrow(m.b, 'i32x4', singlesToHalves(m, flush(m, getVector(m, 1, mOf(o))), true)));
  },
  vcvtFromHalf: (m: Machine, o: TwoRegisters): void => {
    if (o.Vd & 1) m.undefined();
    else setVector(m, 1, dOf(o), halvesToSingles(m, extend(m.b, 'i16x8', getVector(m, 0, mOf(o)), 1), true));
  },
};
