// NEON: rounding doubling multiply-accumulate (FEAT_RDM), dot products and products of matrices of bytes (FEAT_DotProd,
// FEAT_AA32I8MM).
import type { Builder } from '../../../translate/builder.ts';
import type { Semantics } from '../../../translate/pattern.ts';
import type { Ref } from '../../../translate/ir.ts';
import type { dotProduct, i8mm, rdm } from '../isa/extensions.ts';
import type { Machine } from './machine.ts';
import { scalarOf } from './neon-long.ts';
import { dOf, getD, getVector, laneBits, lanes, mOf, narrowSaturating, nOf, setD, setVector, shapeOf, sign, three, wider, type Shape, type ThreeRegisters } from './vector.ts';

type Sized = ThreeRegisters & { readonly size: number };

const HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** The upper halves of d * 2^width ± 2 * x * y, rounded and saturated: computed with half of these, which always fit. */
function roundingDoubling(m: Machine, op: 'add' | 'sub', shape: Shape, d: Ref, x: Ref, y: Ref): Ref {
  const { b } = m;
  const wide = wider(shape), width = laneBits(shape);
  const part = (which: 'low' | 'high'): Ref => {
    const start = b.op(`${wide}.add`, b.op(`${wide}.shl`, b.op(`${wide}.extend_${which}_${shape}_s`, d), b.i32(width - 1)), lanes(b, wide, 1 << (width - 2), 0));
    const sum = b.op(`${wide}.${op}`, start, b.op(`${wide}.extmul_${which}_${shape}_s`, x, y));
    return narrowSaturating(m, wide, b.op(`${wide}.shr_s`, sum, b.i32(width - 1)), 0, 0);
  };
  return b.shuffle(part('low'), part('high'), HALVES);
}
const rounding = (op: 'add' | 'sub') => three<Sized>((m, x, y, o) => roundingDoubling(m, op, shapeOf(o.size), getD(m, o), x, y));

/** d = f(n, the element of m for all), of one length. */
export const byElement = <O extends ThreeRegisters>(element: (m: Machine, o: O) => Ref, f: (m: Machine, x: Ref, y: Ref, o: O) => Ref) => (m: Machine, o: O): void => {
  const Q = o.Q ?? 0;
  if (Q && (o.Vd | o.Vn) & 1) m.undefined();
  else setD(m, o, f(m, getVector(m, Q, nOf(o)), element(m, o), o));
};
const roundingByElement = (op: 'add' | 'sub') =>
  byElement<Sized>(scalarOf, (m, x, y, o) => roundingDoubling(m, op, shapeOf(o.size), getD(m, o), x, y));

/** The word of m that M chooses, in every lane. */
export const wordOf = (m: Machine, o: ThreeRegisters): Ref => scalarOf(m, { ...o, size: 2 });

const EVEN = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27], ODD = EVEN.map((i) => i + 4);
/** Sums of neighbouring words, of x and then of y. */
const sums = (b: Builder, x: Ref, y: Ref): Ref => b.op('i32x4.add', b.shuffle(x, y, EVEN), b.shuffle(x, y, ODD));

/** Four products of two, of bytes that are unsigned or signed. */
type Signs = { readonly x: number; readonly y: number };
const products = (b: Builder, x: Ref, y: Ref, signs: Signs) => (ofX: 'low' | 'high', ofY: 'low' | 'high'): Ref =>
  b.op('i32x4.dot_i16x8_s', b.op(`i16x8.extend_${ofX}_i8x16_${sign(signs.x)}`, x), b.op(`i16x8.extend_${ofY}_i8x16_${sign(signs.y)}`, y));

/** d + the sums of the products of every four bytes. */
function dot(m: Machine, x: Ref, y: Ref, o: ThreeRegisters, signs: Signs): Ref {
  const of = products(m.b, x, y, signs);
  return m.b.op('i32x4.add', getD(m, o), sums(m.b, of('low', 'low'), of('high', 'high')));
}

/** Two rows of eight bytes times two columns: a matrix of four words. */
const matrix = (signsOf: (o: { readonly U?: number }) => Signs) => (m: Machine, o: ThreeRegisters & { readonly U?: number }): void => {
  if ((o.Vd | o.Vn | o.Vm) & 1) { m.undefined(); return; }
  const { b } = m;
  const of = products(b, getVector(m, 1, nOf(o)), getVector(m, 1, mOf(o)), signsOf(o));
  const all = sums(b, sums(b, of('low', 'low'), of('low', 'high')), sums(b, of('high', 'low'), of('high', 'high')));
  setVector(m, 1, dOf(o), b.op('i32x4.add', getVector(m, 1, dOf(o)), all));
};

const same = (o: { readonly U?: number }): Signs => ({ x: o.U ?? 0, y: o.U ?? 0 });
const unsignedSigned: Signs = { x: 1, y: 0 }, signedUnsigned: Signs = { x: 0, y: 1 };

export const rdmSemantics: Semantics<typeof rdm, Machine> = {
  vqrdmlah: rounding('add'),
  vqrdmlsh: rounding('sub'),
  vqrdmlahScalar: roundingByElement('add'),
  vqrdmlshScalar: roundingByElement('sub'),
};

export const dotProductSemantics: Semantics<typeof dotProduct, Machine> = {
  vdot: three<ThreeRegisters & { readonly U: number }>((m, x, y, o) => dot(m, x, y, o, same(o))),
  vdotElement: byElement<ThreeRegisters & { readonly U: number }>(wordOf, (m, x, y, o) => dot(m, x, y, o, same(o))),
};

export const i8mmSemantics: Semantics<typeof i8mm, Machine> = {
  vusdot: three((m, x, y, o) => dot(m, x, y, o, unsignedSigned)),
  vusdotElement: byElement(wordOf, (m, x, y, o) => dot(m, x, y, o, unsignedSigned)),
  vsudotElement: byElement(wordOf, (m, x, y, o) => dot(m, x, y, o, signedUnsigned)),
  vmmla: matrix(same),
  vusmmla: matrix(() => unsignedSigned),
};
