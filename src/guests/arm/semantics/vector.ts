// What semantics of NEON are written with: vector registers, shapes, constants, lane-wise helpers, saturation.
import type { Builder } from '../../../translate/builder.ts';
import type { Ref } from '../../../translate/ir.ts';
import { d, fpQC, q } from '../state.ts';
import type { Machine } from './machine.ts';

/** How a vector is divided into lanes; `size` in an instruction is an index here. */
export type Shape = 'i8x16' | 'i16x8' | 'i32x4' | 'i64x2';
export const shapes: readonly Shape[] = ['i8x16', 'i16x8', 'i32x4', 'i64x2'];
export const shapeOf = (size: number): Shape => shapes[size]!;
export const laneBits = (shape: Shape): number => 8 << shapes.indexOf(shape);
/** The shape whose lanes are twice as wide. */
export const wider = (shape: Shape): Shape => shapes[shapes.indexOf(shape) + 1]!;
export const narrower = (shape: Shape): Shape => shapes[shapes.indexOf(shape) - 1]!;
/** The suffix of a Wasm instruction for unsigned or signed lanes. */
export const sign = (U: number): 'u' | 's' => (U ? 'u' : 's');

/** Register `n` in doublewords; a quadword if Q. Both halves of the vector hold the value of a doubleword. */
export function getVector(m: Machine, Q: number, n: number): Ref {
  return Q ? m.b.get(q[n >> 1]!) : m.b.op('f64x2.splat', m.b.get(d[n]!));
}

/** For a doubleword the lower half of `value` is what counts. */
export function setVector(m: Machine, Q: number, n: number, value: Ref): void {
  if (Q) m.b.set(q[n >> 1]!, value);
  else m.b.set(d[n]!, m.b.op('f64x2.extract_lane', value));
}

export type Destination = { readonly D: number; readonly Vd: number; readonly Q?: number };
export type TwoRegisters = Destination & { readonly M: number; readonly Vm: number };
export type ThreeRegisters = TwoRegisters & { readonly N: number; readonly Vn: number };

export const dOf = (o: Destination): number => (o.D << 4) | o.Vd;
export const nOf = (o: ThreeRegisters): number => (o.N << 4) | o.Vn;
export const mOf = (o: TwoRegisters): number => (o.M << 4) | o.Vm;
export const getD = (m: Machine, o: Destination): Ref => getVector(m, o.Q ?? 0, dOf(o));
export const setD = (m: Machine, o: Destination, value: Ref): void => setVector(m, o.Q ?? 0, dOf(o), value);

/** d = f(n, m), all of one length. */
export const three = <O extends ThreeRegisters>(f: (m: Machine, x: Ref, y: Ref, o: O) => Ref) => (m: Machine, o: O): void => {
  const Q = o.Q ?? 0;
  if (Q && (o.Vd | o.Vn | o.Vm) & 1) m.undefined();
  else setD(m, o, f(m, getVector(m, Q, nOf(o)), getVector(m, Q, mOf(o)), o));
};

/** d = f(m), both of one length. */
export const two = <O extends TwoRegisters>(f: (m: Machine, x: Ref, o: O) => Ref) => (m: Machine, o: O): void => {
  const Q = o.Q ?? 0;
  if (Q && (o.Vd | o.Vm) & 1) m.undefined();
  else setD(m, o, f(m, getVector(m, Q, mOf(o)), o));
};

// Bitwise
export const and = (b: Builder, x: Ref, y: Ref): Ref => b.op('v128.and', x, y);
export const or = (b: Builder, x: Ref, y: Ref): Ref => b.op('v128.or', x, y);
export const xor = (b: Builder, x: Ref, y: Ref): Ref => b.op('v128.xor', x, y);
export const not = (b: Builder, x: Ref): Ref => b.op('v128.not', x);
/** x without the bits of y. */
export const without = (b: Builder, x: Ref, y: Ref): Ref => b.op('v128.andnot', x, y);
/** Bits of `yes` where the mask has ones, of `no` elsewhere. */
export const choose = (b: Builder, mask: Ref, yes: Ref, no: Ref): Ref => b.op('v128.bitselect', yes, no, mask);

/** The same value in every lane; `high` is the upper word for lanes of 64 bits. */
export function lanes(b: Builder, shape: Shape, value: number, high = value >> 31): Ref {
  switch (shape) {
    case 'i8x16': { const w = Math.imul(value & 0xff, 0x01010101); return b.v128([w, w, w, w]); }
    case 'i16x8': { const w = Math.imul(value & 0xffff, 0x00010001); return b.v128([w, w, w, w]); }
    case 'i32x4': return b.v128([value, value, value, value]);
    case 'i64x2': return b.v128([value, high, value, high]);
  }
}
export const zero = (b: Builder): Ref => b.v128([0, 0, 0, 0]);
/** The most negative and the most positive number in every lane. */
export const minimum = (b: Builder, shape: Shape): Ref => (shape === 'i64x2' ? lanes(b, shape, 0, 0x80000000) : lanes(b, shape, 1 << (laneBits(shape) - 1)));
export const maximum = (b: Builder, shape: Shape): Ref => (shape === 'i64x2' ? lanes(b, shape, -1, 0x7fffffff) : lanes(b, shape, ~(1 << (laneBits(shape) - 1))));

/** All ones in the lanes that are negative. */
export const negative = (b: Builder, shape: Shape, x: Ref): Ref => b.op(`${shape}.shr_s`, x, b.i32(laneBits(shape) - 1));

export function multiply(b: Builder, shape: Shape, x: Ref, y: Ref): Ref {
  if (shape !== 'i8x16') return b.op(`${shape}.mul`, x, y);
  // Of bytes: the even ones as the lower halves of products of halfwords, the odd ones as the upper halves.
  const even = and(b, b.op('i16x8.mul', x, y), lanes(b, 'i16x8', 0x00ff));
  const odd = b.op('i16x8.mul', b.op('i16x8.shr_u', x, b.i32(8)), and(b, y, lanes(b, 'i16x8', 0xff00)));
  return or(b, even, odd);
}

/** Shifts every lane right by n, from 1 to the lane's width. */
export function shiftRight(b: Builder, shape: Shape, x: Ref, n: number, U: number): Ref {
  const width = laneBits(shape);
  if (n === width && U) return zero(b);
  return b.op(`${shape}.shr_${sign(U)}`, x, b.i32(Math.min(n, width - 1)));
}

/** The same, rounded to nearest: adds the last bit shifted out. */
export function roundingShiftRight(b: Builder, shape: Shape, x: Ref, n: number, U: number): Ref {
  const last = n === 1 ? x : b.op(`${shape}.shr_${sign(U)}`, x, b.i32(n - 1));
  return b.op(`${shape}.add`, shiftRight(b, shape, x, n, U), and(b, last, lanes(b, shape, 1, 0)));
}

// Widening and narrowing
export const extend = (b: Builder, shape: Shape, x: Ref, U: number): Ref => b.op(`${wider(shape)}.extend_low_${shape}_${sign(U)}`, x);

/** The byte numbers of every second element of `bytes` bytes of a vector, from element `first` on; twice. */
function everySecond(bytes: number, first: number): number[] {
  const half: number[] = [];
  for (let at = first * bytes; at < 16; at += 2 * bytes) for (let i = 0; i < bytes; i++) half.push(at + i);
  return [...half, ...half];
}
/** The lower (or upper) halves of the lanes, as lanes of the next narrower shape. */
export const narrow = (b: Builder, shape: Shape, x: Ref): Ref => b.shuffle(x, x, everySecond(laneBits(shape) / 16, 0));
export const narrowUpper = (b: Builder, shape: Shape, x: Ref): Ref => b.shuffle(x, x, everySecond(laneBits(shape) / 16, 1));

/** Sets FPSCR.QC if the mask has a bit. */
export function saturatedWhere(m: Machine, mask: Ref): void {
  m.b.set(fpQC, m.b.op('i32.or', m.b.get(fpQC), m.b.op('v128.any_true', mask)));
}

/** Narrows lanes of `shape` that are signed (or unsigned if `fromU`) to signed (or unsigned if `toU`) ones. */
export function narrowSaturating(m: Machine, shape: Shape, x: Ref, fromU: number, toU: number): Ref {
  const { b } = m;
  const result = shape === 'i64x2' ? narrowDoublewords(b, x, fromU, toU)
    : fromU ? narrow(b, shape, b.op(`${shape}.min_u`, x, lanes(b, shape, (1 << (laneBits(shape) / 2)) - 1)))
      : b.op(`${narrower(shape)}.narrow_${shape}_${sign(toU)}`, x, x);
  saturatedWhere(m, b.op(`${shape}.ne`, extend(b, narrower(shape), result, toU), x));
  return result;
}

function narrowDoublewords(b: Builder, x: Ref, fromU: number, toU: number): Ref {
  const low = narrow(b, 'i64x2', x);
  const high = narrowUpper(b, 'i64x2', x);
  const below = negative(b, 'i32x4', high);
  if (toU) {
    const result = or(b, low, b.op('i32x4.ne', high, zero(b)));
    return fromU ? result : without(b, result, below);
  }
  const fits = b.op('i32x4.eq', high, negative(b, 'i32x4', low));
  return choose(b, fits, low, xor(b, below, lanes(b, 'i32x4', 0x7fffffff)));
}

/** x + y or x - y, saturated. */
export function saturating(m: Machine, op: 'add' | 'sub', shape: Shape, x: Ref, y: Ref, U: number): Ref {
  const { b } = m;
  const plain = b.op(`${shape}.${op}`, x, y);
  if (shape === 'i8x16' || shape === 'i16x8') {
    const result = b.op(`${shape}.${op}_sat_${sign(U)}`, x, y);
    saturatedWhere(m, xor(b, result, plain));
    return result;
  }
  if (U) {
    // The top bit of these is the carry out, or the borrow.
    const out = negative(b, shape, op === 'add'
      ? or(b, and(b, x, y), without(b, or(b, x, y), plain))
      : or(b, without(b, y, x), without(b, plain, xor(b, x, y))));
    saturatedWhere(m, out);
    return op === 'add' ? or(b, plain, out) : without(b, plain, out);
  }
  const overflow = negative(b, shape, op === 'add' ? and(b, xor(b, x, plain), xor(b, y, plain)) : and(b, xor(b, x, y), xor(b, x, plain)));
  saturatedWhere(m, overflow);
  return choose(b, overflow, xor(b, negative(b, shape, x), maximum(b, shape)), plain);
}

/** |x - y| */
export const absoluteDifference = (b: Builder, shape: Shape, x: Ref, y: Ref, U: number): Ref =>
  b.op(`${shape}.sub`, b.op(`${shape}.max_${sign(U)}`, x, y), b.op(`${shape}.min_${sign(U)}`, x, y));
