// NEON: two-register instructions on integers, and immediates.
import type { Builder } from '../../../translate/builder.ts';
import type { Ref } from '../../../translate/ir.ts';
import { d } from '../state.ts';
import type { Machine } from './machine.ts';
import { compareFloats } from './neon-float.ts';
import {
  and, dOf, extend, getD, getVector, laneBits, lanes, maximum, minimum, mOf, narrow, narrowSaturating, not, or, saturatedWhere,
  setD, setVector, shapeOf, two, wider, xor, zero, type Destination, type Shape, type TwoRegisters,
} from './vector.ts';

type Sized = TwoRegisters & { readonly size: number };
type Signed = Sized & { readonly U: number };
type MaybeFloat = Sized & { readonly F: number };

/** Reverses elements in groups of `bytes`. */
const reverse = (bytes: number) => (m: Machine, o: Sized): void => {
  const element = 1 << o.size;
  if (element >= bytes) { m.undefined(); return; }
  const at = (i: number): number => i - (i % bytes) + (bytes - element - ((i % bytes) - (i % element))) + (i % element);
  two((machine: Machine, x: Ref) => machine.b.shuffle(x, x, Array.from({ length: 16 }, (_, i) => at(i))))(m, o);
};

/** Sums of neighbouring lanes, twice as wide. */
function pairSums(b: Builder, shape: Shape, x: Ref, U: number): Ref {
  const s = U ? 'u' : 's';
  if (shape !== 'i32x4') return b.op(`${wider(shape)}.extadd_pairwise_${shape}_${s}`, x);
  const upper = b.op(`i64x2.shr_${s}`, x, b.i32(32));
  const lower = b.op(`i64x2.shr_${s}`, b.op('i64x2.shl', x, b.i32(32)), b.i32(32));
  return b.op('i64x2.add', upper, lower);
}

/** Number of zero bits above the highest one: the zeros left after every bit below a one is made one. */
function leadingZeros(b: Builder, shape: Shape, x: Ref): Ref {
  let filled = x;
  for (let n = 1; n < laneBits(shape); n *= 2) filled = or(b, filled, b.op(`${shape}.shr_u`, filled, b.i32(n)));
  let count = b.op('i8x16.popcnt', not(b, filled));
  if (shape !== 'i8x16') count = b.op('i16x8.extadd_pairwise_i8x16_u', count);
  if (shape === 'i32x4') count = b.op('i32x4.extadd_pairwise_i16x8_u', count);
  return count;
}

/** Absolute value or negation, in which the smallest number becomes the largest. */
const saturatingSign = (op: 'abs' | 'neg') => two<Sized>((m, x, o) => {
  const shape = shapeOf(o.size);
  const overflow = m.b.op(`${shape}.eq`, x, minimum(m.b, shape));
  saturatedWhere(m, overflow);
  return xor(m.b, m.b.op(`${shape}.${op}`, x), overflow);
});

/** Whether there are no floats of the size. */
const noFloats = (m: Machine, o: MaybeFloat): boolean => o.F === 1 && o.size !== 2 && !(o.size === 1 && m.has('asimdhp'));

/** A comparison with zero, of floats if F. */
const withZero = (integer: string, float: 'eq' | 'ge' | 'gt' | 'le' | 'lt') => (m: Machine, o: MaybeFloat): void => {
  if (noFloats(m, o)) { m.undefined(); return; }
  const floats = (x: Ref, y: Ref, op: 'eq' | 'ge' | 'gt'): Ref => (o.size === 1 ? m.b.op(`f16x8.${op}`, x, y) : compareFloats(m, op, x, y));
  two((_, x: Ref) => (!o.F ? m.b.op(`${shapeOf(o.size)}.${integer}`, x, zero(m.b))
    : float === 'le' || float === 'lt' ? floats(zero(m.b), x, float === 'le' ? 'ge' : 'gt') : floats(x, zero(m.b), float)))(m, o);
};

/** The sign of floats is their top bit. */
const maybeFloat = (op: 'abs' | 'neg') => (m: Machine, o: MaybeFloat): void => {
  const { b } = m;
  if (noFloats(m, o)) { m.undefined(); return; }
  const shape = shapeOf(o.size);
  two((_, x: Ref) => (!o.F ? b.op(`${shape}.${op}`, x) : op === 'abs' ? and(b, x, maximum(b, shape)) : xor(b, x, minimum(b, shape))))(m, o);
};

/** Doubleword d = f(quadword m), whose lanes are twice as wide as `size` says. */
const narrowing = (f: (m: Machine, shape: Shape, x: Ref, o: Sized & { readonly U?: number }) => Ref) => (m: Machine, o: Sized & { readonly U?: number }): void => {
  if (o.Vm & 1) m.undefined();
  else setVector(m, 0, dOf(o), f(m, wider(shapeOf(o.size)), getVector(m, 1, mOf(o)), o));
};

/** AdvSIMDExpandImm: the two words that a doubleword is filled with; null for what is undefined. */
export function expandImmediate(op: number, cmode: number, imm: number): readonly [low: number, high: number] | null {
  const both = (word: number): readonly [number, number] => [word | 0, word | 0];
  if (cmode < 8) return both(imm << (8 * (cmode >> 1)));
  if (cmode < 12) return both(Math.imul(imm << (8 * ((cmode >> 1) & 1)), 0x00010001));
  if (cmode === 12) return both((imm << 8) | 0xff);
  if (cmode === 13) return both((imm << 16) | 0xffff);
  if (cmode === 15) return op ? null : both(((imm & 0x80) << 24) | ((imm & 0x40 ? 0x1f : 0x20) << 25) | ((imm & 0x3f) << 19));
  if (!op) return both(Math.imul(imm, 0x01010101));
  const bytes = (bits: number): number => [0, 1, 2, 3].reduce((word, i) => word | ((bits >> i) & 1 ? 0xff << (8 * i) : 0), 0);
  return [bytes(imm), bytes(imm >> 4)];
}

function immediate(m: Machine, o: Destination & { readonly Q: number; readonly op: number; readonly cmode: number; readonly imm: number }): void {
  const value = expandImmediate(o.op, o.cmode, o.imm);
  if (value === null || (o.Q && o.Vd & 1)) { m.undefined(); return; }
  const [low, high] = o.op && o.cmode < 14 ? [~value[0], ~value[1]] : value;
  const { b } = m;
  const merges = o.cmode < 12 && o.cmode & 1;
  if (!merges && !o.Q) { b.set(d[dOf(o)]!, b.f64bits(low, high)); return; }
  const constant = b.v128([low, high, low, high]);
  setD(m, o, !merges ? constant : o.op ? and(b, getD(m, o), constant) : or(b, getD(m, o), constant));
}

export const neonMisc = {
  vrev64: reverse(8),
  vrev32: reverse(4),
  vrev16: reverse(2),
  vpaddl: two<Signed>((m, x, o) => pairSums(m.b, shapeOf(o.size), x, o.U)),
  vpadal: two<Signed>((m, x, o) => m.b.op(`${wider(shapeOf(o.size))}.add`, getD(m, o), pairSums(m.b, shapeOf(o.size), x, o.U))),
  vcls: two<Sized>(({ b }, x, o) => {
    const shape = shapeOf(o.size);
    const changes = xor(b, x, b.op(`${shape}.shr_s`, x, b.i32(1)));
    return b.op(`${shape}.sub`, leadingZeros(b, shape, changes), lanes(b, shape, 1));
  }),
  vclz: two<Sized>((m, x, o) => leadingZeros(m.b, shapeOf(o.size), x)),
  vcnt: two((m, x) => m.b.op('i8x16.popcnt', x)),
  vmvn: two((m, x) => not(m.b, x)),
  vqabs: saturatingSign('abs'),
  vqneg: saturatingSign('neg'),
  vcgtZero: withZero('gt_s', 'gt'),
  vcgeZero: withZero('ge_s', 'ge'),
  vceqZero: withZero('eq', 'eq'),
  vcleZero: withZero('le_s', 'le'),
  vcltZero: withZero('lt_s', 'lt'),
  vabs: maybeFloat('abs'),
  vneg: maybeFloat('neg'),
  vmovn: narrowing((m, shape, x) => narrow(m.b, shape, x)),
  vqmovn: narrowing((m, shape, x, o) => narrowSaturating(m, shape, x, o.U!, o.U!)),
  vqmovun: narrowing((m, shape, x) => narrowSaturating(m, shape, x, 0, 1)),
  vshllMaximum: (m: Machine, o: Sized): void => {
    const shape = shapeOf(o.size);
    if (o.Vd & 1) m.undefined();
    else setVector(m, 1, dOf(o), m.b.op(`${wider(shape)}.shl`, extend(m.b, shape, getVector(m, 0, mOf(o)), 1), m.b.i32(laneBits(shape))));
  },
  vmovImmediate: immediate,
};
