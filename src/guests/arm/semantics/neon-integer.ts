// NEON: integer and bitwise instructions on three registers of the same length.
import type { Builder } from '../../../translate/builder.ts';
import type { Ref } from '../../../translate/ir.ts';
import type { Machine } from './machine.ts';
import {
  absoluteDifference, and, choose, getD, laneBits, lanes, minimum, multiply, negative, not, or, saturatedWhere, saturating, shapeOf, sign,
  three, wider, without, xor, zero, type Shape, type ThreeRegisters,
} from './vector.ts';

type Sized = ThreeRegisters & { readonly size: number };
type Signed = Sized & { readonly U: number };

const bitwise = (f: (b: Builder, x: Ref, y: Ref) => Ref) => three((m, x, y) => f(m.b, x, y));
/** A choice between bits of the registers by the bits of one of them. */
const selection = (f: (b: Builder, d: Ref, x: Ref, y: Ref) => Ref) => three((m, x, y, o) => f(m.b, getD(m, o), x, y));
/** An operation that Wasm has for the shape. */
const plain = (op: string) => three<Sized>((m, x, y, o) => m.b.op(`${shapeOf(o.size)}.${op}`, x, y));
const signed = (op: string) => three<Signed>((m, x, y, o) => m.b.op(`${shapeOf(o.size)}.${op}_${sign(o.U)}`, x, y));

const half = (b: Builder, shape: Shape, x: Ref, U: number): Ref => b.op(`${shape}.shr_${sign(U)}`, x, b.i32(1));

// Shifts by a register: the amounts are the signed low bytes of its lanes, to the right if negative.

/** For every lane all ones if bit k of it is set. */
const bitMask = (b: Builder, shape: Shape, n: Ref, k: number): Ref =>
  negative(b, shape, k === laneBits(shape) - 1 ? n : b.op(`${shape}.shl`, n, b.i32(laneBits(shape) - 1 - k)));

/** All ones in the lanes where n, from 0 to 255, is less than the lane's width. */
const inRange = (b: Builder, shape: Shape, n: Ref): Ref =>
  b.op(shape === 'i64x2' ? 'i64x2.lt_s' : `${shape}.lt_u`, n, lanes(b, shape, laneBits(shape)));

/** Shifts every lane by the lane of n, a power of two at a time. */
function shiftEach(b: Builder, shape: Shape, op: 'shl' | 'shr_s' | 'shr_u', x: Ref, n: Ref): Ref {
  const within = inRange(b, shape, n);
  let result = x;
  for (let k = 0; 1 << k < laneBits(shape); k++) {
    result = choose(b, bitMask(b, shape, n, k), b.op(`${shape}.${op}`, result, b.i32(1 << k)), result);
  }
  return op === 'shr_s' ? choose(b, within, result, negative(b, shape, x)) : and(b, result, within);
}

const byRegister = (round: boolean, saturate: boolean) => three<Signed>((m, amounts, x, { size, U }) => {
  const { b } = m;
  const shape = shapeOf(size);
  const spare = b.i32(laneBits(shape) - 8);
  const amount = shape === 'i8x16' ? amounts : b.op(`${shape}.shr_s`, b.op(`${shape}.shl`, amounts, spare), spare);
  const right = negative(b, shape, amount);
  const leftBy = without(b, amount, right);
  const rightBy = and(b, b.op(`${shape}.neg`, amount), right);
  const shifted = shiftEach(b, shape, 'shl', x, leftBy);
  let left = shifted;
  if (saturate) {
    const lost = without(b, b.op(`${shape}.ne`, shiftEach(b, shape, `shr_${sign(U)}`, shifted, leftBy), x), right);
    saturatedWhere(m, lost);
    left = U ? or(b, shifted, lost) : choose(b, lost, xor(b, negative(b, shape, x), not(b, minimum(b, shape))), shifted);
  }
  if (!round) return choose(b, right, shiftEach(b, shape, `shr_${sign(U)}`, x, rightBy), left);
  const before = shiftEach(b, shape, `shr_${sign(U)}`, x, b.op(`${shape}.sub`, rightBy, lanes(b, shape, 1, 0)));
  const rounded = b.op(`${shape}.add`, half(b, shape, before, U), and(b, before, lanes(b, shape, 1, 0)));
  return choose(b, right, rounded, left);
});

/** Neighbouring lanes of n and then of m, as two vectors. */
function neighbours(b: Builder, shape: Shape, x: Ref, y: Ref): [Ref, Ref] {
  const bytes = laneBits(shape) / 8;
  const pick = (first: number): number[] => {
    const list: number[] = [];
    for (const from of [0, 16]) for (let at = first * bytes; at < 8; at += 2 * bytes) for (let i = 0; i < bytes; i++) list.push(from + at + i);
    return [...list, ...list];
  };
  return [b.shuffle(x, y, pick(0)), b.shuffle(x, y, pick(1))];
}
const pairwise = (op: (o: Signed) => string) => three<Signed>((m, x, y, o) => {
  const shape = shapeOf(o.size);
  return m.b.op(`${shape}.${op(o)}`, ...neighbours(m.b, shape, x, y));
});
export { neighbours };

/** The upper halves of 2 * x * y, rounded or not. Only the square of the smallest number does not fit. */
export function doublingHigh(m: Machine, shape: Shape, x: Ref, y: Ref, round: boolean): Ref {
  const { b } = m;
  const smallest = minimum(b, shape);
  const overflow = and(b, b.op(`${shape}.eq`, x, smallest), b.op(`${shape}.eq`, y, smallest));
  saturatedWhere(m, overflow);
  if (shape === 'i16x8' && round) return b.op('i16x8.q15mulr_sat_s', x, y);
  const wide = wider(shape);
  const product = (part: 'low' | 'high'): Ref => {
    const twice = b.op(`${wide}.shl`, b.op(`${wide}.extmul_${part}_${shape}_s`, x, y), b.i32(1));
    return round ? b.op(`${wide}.add`, twice, lanes(b, wide, 1 << (laneBits(shape) - 1), 0)) : twice;
  };
  const bytes = laneBits(shape) / 8;
  const upper = Array.from({ length: 16 }, (_, i) => Math.floor(i / bytes) * 2 * bytes + bytes + (i % bytes));
  return xor(b, b.shuffle(product('low'), product('high'), upper), overflow);
}

/** Carry-less product of bytes: the lower half. */
function polynomial(b: Builder, x: Ref, y: Ref): Ref {
  let sum = zero(b);
  for (let k = 0; k < 8; k++) sum = xor(b, sum, and(b, b.op('i8x16.shl', x, b.i32(k)), bitMask(b, 'i8x16', y, k)));
  return sum;
}

const accumulate = (op: 'add' | 'sub') => three<Sized>((m, x, y, o) => {
  const shape = shapeOf(o.size);
  return m.b.op(`${shape}.${op}`, getD(m, o), multiply(m.b, shape, x, y));
});

export const neonInteger = {
  vhadd: three<Signed>(({ b }, x, y, o) => {
    const shape = shapeOf(o.size);
    return b.op(`${shape}.add`, and(b, x, y), half(b, shape, xor(b, x, y), o.U));
  }),
  vrhadd: three<Signed>(({ b }, x, y, o) => {
    const shape = shapeOf(o.size);
    if (o.U && o.size < 2) return b.op(`${shape}.avgr_u`, x, y);
    return b.op(`${shape}.sub`, or(b, x, y), half(b, shape, xor(b, x, y), o.U));
  }),
  vhsub: three<Signed>(({ b }, x, y, o) => {
    const shape = shapeOf(o.size);
    return b.op(`${shape}.sub`, half(b, shape, xor(b, x, y), o.U), without(b, y, x));
  }),
  vqadd: three<Signed>((m, x, y, o) => saturating(m, 'add', shapeOf(o.size), x, y, o.U)),
  vqsub: three<Signed>((m, x, y, o) => saturating(m, 'sub', shapeOf(o.size), x, y, o.U)),
  vand: bitwise(and),
  vbic: bitwise(without),
  vorr: bitwise((b, x, y) => (x === y ? x : or(b, x, y))),
  vorn: bitwise((b, x, y) => or(b, x, not(b, y))),
  veor: bitwise(xor),
  vbsl: selection((b, d, x, y) => choose(b, d, x, y)),
  vbit: selection((b, d, x, y) => choose(b, y, x, d)),
  vbif: selection((b, d, x, y) => choose(b, y, d, x)),
  vcgt: signed('gt'),
  vcge: signed('ge'),
  vceq: plain('eq'),
  vtst: three<Sized>(({ b }, x, y, o) => b.op(`${shapeOf(o.size)}.ne`, and(b, x, y), zero(b))),
  vshl: byRegister(false, false),
  vqshl: byRegister(false, true),
  vrshl: byRegister(true, false),
  vqrshl: byRegister(true, true),
  vmax: signed('max'),
  vmin: signed('min'),
  vabd: three<Signed>((m, x, y, o) => absoluteDifference(m.b, shapeOf(o.size), x, y, o.U)),
  vaba: three<Signed>((m, x, y, o) => m.b.op(`${shapeOf(o.size)}.add`, getD(m, o), absoluteDifference(m.b, shapeOf(o.size), x, y, o.U))),
  vadd: plain('add'),
  vsub: plain('sub'),
  vmul: three<Sized>((m, x, y, o) => multiply(m.b, shapeOf(o.size), x, y)),
  vmla: accumulate('add'),
  vmls: accumulate('sub'),
  vmulPolynomial: three((m, x, y) => polynomial(m.b, x, y)),
  vqdmulh: three<Sized>((m, x, y, o) => doublingHigh(m, shapeOf(o.size), x, y, false)),
  vqrdmulh: three<Sized>((m, x, y, o) => doublingHigh(m, shapeOf(o.size), x, y, true)),
  vpmax: pairwise((o) => `max_${sign(o.U)}`),
  vpmin: pairwise((o) => `min_${sign(o.U)}`),
  vpadd: three<Sized>((m, x, y, o) => m.b.op(`${shapeOf(o.size)}.add`, ...neighbours(m.b, shapeOf(o.size), x, y))),
};
