// NEON: single-precision instructions. They use the standard FPSCR value: denormal operands and results become zero, the
// result of an invalid operation is the default NaN, rounding is to nearest. What is not common about that, and the
// exception flags, are in translate/float/vector-ops.ts.
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

/** Values of the current block that have no denormal lanes, since arithmetic made them. */
const flushed = new WeakMap<Builder, { epoch: number; values: Set<Ref> }>();

function knownFlushed(b: Builder): Set<Ref> {
  const known = flushed.get(b);
  if (known?.epoch === b.epoch) return known.values;
  const values = new Set<Ref>();
  flushed.set(b, { epoch: b.epoch, values });
  return values;
}

/** An operation of the environment; its immediate says which operands need not be looked at for denormals (vector-ops.ts). */
export function environmental(b: Builder, op: string, a: Ref, x: Ref, y: Ref): Ref {
  const known = knownFlushed(b);
  const bits = op === 'fma' ? [a, x, y].map((z) => +known.has(z)) : [x, y].map((z) => +known.has(z));
  const result = b.op(`f32x4.${op}_env`, a, x, y, bits.reduce((all, bit, i) => all | bit << (i + 1), 0));
  known.add(result);
  return result;
}

const arithmetic = ({ b }: Machine, op: 'add' | 'sub' | 'mul', x: Ref, y: Ref): Ref => environmental(b, op, b.op(`f32x4.${op}`, x, y), x, y);
/** An operand of what does not compute: its denormals are zero, its NaNs the default one. */
const operand = ({ b }: Machine, x: Ref): Ref => b.op('f32x4.operand_env', x);

type Binary = (m: Machine, x: Ref, y: Ref, o: ThreeRegisters) => Ref;
const binary = (op: 'add' | 'sub' | 'mul'): Binary => (m, x, y) => arithmetic(m, op, x, y);
/** d ± x * y, the product rounded. */
const accumulate = (op: 'add' | 'sub'): Binary => (m, x, y, o) => arithmetic(m, op, getD(m, o), arithmetic(m, 'mul', x, y));
/** d ± x * y, rounded once. */
const fused = (negate: boolean): Binary => (m, x, y, o) =>
  environmental(m.b, 'fma', negate ? m.b.op('f32x4.neg', x) : x, y, getD(m, o));
export const compareFloats = ({ b }: Machine, op: 'eq' | 'ge' | 'gt', x: Ref, y: Ref): Ref => environmental(b, op, b.op(`f32x4.${op}`, x, y), x, y);
const compare = (op: 'eq' | 'ge' | 'gt', absolute: boolean): Binary => (m, x, y) =>
  (absolute ? compareFloats(m, op, m.b.op('f32x4.abs', x), m.b.op('f32x4.abs', y)) : compareFloats(m, op, x, y));
const extreme = (op: 'max' | 'min', kind: 'max' | 'min' | 'maxnm' | 'minnm' = op): Binary => ({ b }, x, y) => environmental(b, kind, b.op(`f32x4.${op}`, x, y), x, y);
const pairwise = (f: Binary): Binary => (m, x, y, o) => f(m, ...neighbours(m.b, 'i32x4', x, y), o);

/** A step of Newton's iteration: its product of infinity and zero counts as zero. */
const stepProduct = ({ b }: Machine, x: Ref, y: Ref): Ref => environmental(b, 'step', b.op('f32x4.mul', x, y), x, y);

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

/** x, of which an estimate is made: raises what that does. */
const noted = (b: Builder, estimate: 'recpe' | 'rsqrte', x: Ref): Ref => { b.op(`f32x4.${estimate}_flags`, x); return x; };

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
/** To an integral value; `exact`: says so when that changes the value. */
const roundTo = (how: Rounding, exact = false) => two((m, from) => {
  const { b } = m;
  const x = operand(m, from);
  const whole = rounded(m, x, how);
  if (exact) b.op('float.note', b.op('v128.any_true', and(b, b.op('f32x4.ne', whole, x), b.op('f32x4.eq', x, x))));
  return choose(b, b.op('f32x4.eq', x, x), whole, x);
});

const byScalar = (f: Binary) => (m: Machine, o: ThreeRegisters & { readonly Q: number }): void => {
  if (o.Q && (o.Vd | o.Vn) & 1) m.undefined();
  else setD(m, o, f(m, getVector(m, o.Q, nOf(o)), scalarOf(m, { ...o, size: 2 }), o));
};

const powerOfTwo = (b: Builder, exponent: number): Ref => splat(b, (exponent + 127) << 23);
const NX = 1, NV = 16;

/** Numbers as integers, rounded; what does not fit gives the nearest integer, and is invalid, as NaNs are. */
function toInteger(m: Machine, x: Ref, whole: Ref, U: number): Ref {
  const { b } = m;
  const fits = U ? and(b, b.op('f32x4.ge', whole, splat(b, 0)), b.op('f32x4.lt', whole, powerOfTwo(b, 32)))
    : and(b, b.op('f32x4.ge', whole, splat(b, 0xcf000000)), b.op('f32x4.lt', whole, powerOfTwo(b, 31)));
  const inexact = b.op('v128.any_true', and(b, b.op('f32x4.ne', whole, x), fits));
  const invalid = b.op('i32.eqz', b.op('i32x4.all_true', fits));
  b.op('float.note', b.op('i32.or', b.op('i32.mul', inexact, b.i32(NX)), b.op('i32.mul', invalid, b.i32(NV))));
  return b.op(`i32x4.trunc_sat_f32x4_${U ? 'u' : 's'}`, whole);
}

/** Integers as numbers. They are inexact if the way back gives others; one past the largest integer comes back as that. */
function fromInteger(m: Machine, x: Ref, U: number): Ref {
  const { b } = m;
  const result = b.op(`f32x4.convert_i32x4_${U ? 'u' : 's'}`, x);
  const back = b.op(`i32x4.trunc_sat_f32x4_${U ? 'u' : 's'}`, result);
  b.op('float.note', b.op('v128.any_true', or(b, b.op('i32x4.ne', back, x), b.op('f32x4.eq', result, powerOfTwo(b, U ? 32 : 31)))));
  return result;
}

const truncated = (m: Machine, x: Ref, U: number): Ref => toInteger(m, x, m.b.op('f32x4.trunc', x), U);

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
  vmaxnm: three(extreme('max', 'maxnm')),
  vminnm: three(extreme('min', 'minnm')),
  vceqFloat: three(compare('eq', false)),
  vcgeFloat: three(compare('ge', false)),
  vcgtFloat: three(compare('gt', false)),
  vacge: three(compare('ge', true)),
  vacgt: three(compare('gt', true)),
  vrecps: three((m, x, y) => arithmetic(m, 'sub', splat(m.b, 0x40000000), stepProduct(m, x, y))),
  // Half of a difference from three is exact.
  vrsqrts: three((m, x, y) => m.b.op('f32x4.mul', arithmetic(m, 'sub', splat(m.b, 0x40400000), stepProduct(m, x, y)), splat(m.b, 0x3f000000))),

  vmulScalarFloat: byScalar(binary('mul')),
  vmlaScalarFloat: byScalar(accumulate('add')),
  vmlsScalarFloat: byScalar(accumulate('sub')),

  vrecpe: two<TwoRegisters & { readonly F: number }>(({ b }, x, o) => (o.F ? floatReciprocal(b, noted(b, 'recpe', x)) : fixedEstimate(b, x, false))),
  vrsqrte: two<TwoRegisters & { readonly F: number }>(({ b }, x, o) => (o.F ? floatReciprocalRoot(b, noted(b, 'rsqrte', x)) : fixedEstimate(b, x, true))),
  vrintn: roundTo('nearest'),
  vrintx: roundTo('nearest', true),
  vrinta: roundTo('away'),
  vrintz: roundTo('trunc'),
  vrintm: roundTo('floor'),
  vrintp: roundTo('ceil'),

  vcvtFromInt: two<Signed>((m, x, o) => fromInteger(m, x, o.U)),
  vcvtToInt: two<Signed>((m, x, o) => truncated(m, operand(m, x), o.U)),
  vcvtRounded: two<Signed & { readonly RM: number }>((m, from, o) => {
    const x = operand(m, from);
    return toInteger(m, x, rounded(m, x, roundingByRM[o.RM]!), o.U);
  }),
  vcvtFixed: two<Signed & { readonly imm: number; readonly toFixed: number }>((m, x, o) => (o.toFixed
    ? truncated(m, m.b.op('f32x4.mul', operand(m, x), powerOfTwo(m.b, 32 - o.imm)), o.U)
    : m.b.op('f32x4.mul', fromInteger(m, x, o.U), powerOfTwo(m.b, o.imm - 32)))),
  vcvtToHalf: (m: Machine, o: TwoRegisters): void => {
    if (o.Vm & 1) m.undefined();
    else {
      const x = getVector(m, 1, mOf(o));
      m.b.op('f32x4.to_half_flags', x);
      setVector(m, 0, dOf(o), narrow(m.b, 'i32x4', singlesToHalves(m, m.b.op('f32x4.flush', x))));
    }
  },
  vcvtFromHalf: (m: Machine, o: TwoRegisters): void => {
    if (o.Vd & 1) m.undefined();
    else {
      const halves = extend(m.b, 'i16x8', getVector(m, 0, mOf(o)), 1);
      setVector(m, 1, dOf(o), m.b.op('f32x4.from_half_env', halvesToSingles(m, halves), halves));
    }
  },
};
