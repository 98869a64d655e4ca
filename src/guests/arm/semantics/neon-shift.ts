// NEON: shifts by an immediate.
import type { Ref } from '../../../translate/ir.ts';
import type { Machine } from './machine.ts';
import {
  choose, dOf, extend, getD, getVector, laneBits, lanes, maximum, mOf, narrow, narrowSaturating, negative, or, roundingShiftRight,
  saturatedWhere, setVector, shapeOf, shiftRight, sign, two, wider, without, xor, type Shape, type TwoRegisters,
} from './vector.ts';

type Shift = TwoRegisters & { readonly imm: number };
type Signed = Shift & { readonly U: number };

/** The element size that L:imm6 says by its highest one, and from it the amount: to the right it counts down, to the left up. */
const shapeBy = (imm: number): Shape => shapeOf(28 - Math.clz32(imm));
const rightBy = (imm: number, shape: Shape): number => 2 * laneBits(shape) - imm;
const leftBy = (imm: number, shape: Shape): number => imm - laneBits(shape);

const right = (round: boolean, add: boolean) => two<Signed>((m, x, o) => {
  const shape = shapeBy(o.imm);
  const shifted = (round ? roundingShiftRight : shiftRight)(m.b, shape, x, rightBy(o.imm, shape), o.U);
  return add ? m.b.op(`${shape}.add`, getD(m, o), shifted) : shifted;
});

/** The low n bits (or, negative, all but those) of every lane. */
function ones(m: Machine, shape: Shape, n: number, upper: boolean): Ref {
  const word = (bits: number): number => (bits >= 32 ? -1 : bits <= 0 ? 0 : (1 << bits) - 1);
  const mask = lanes(m.b, shape, word(n), word(n - 32));
  return upper ? m.b.op('v128.not', mask) : mask;
}

/** Doubleword d = narrow(quadword m shifted to the right). */
const rightNarrow = (U: number | null, finish: (m: Machine, shape: Shape, x: Ref, U: number) => Ref) =>
  (m: Machine, o: Shift & { readonly round: number; readonly U?: number }): void => {
    if (o.Vm & 1) { m.undefined(); return; }
    const shape = wider(shapeBy(o.imm));
    const unsigned = U ?? o.U ?? 0;
    const shifted = (o.round ? roundingShiftRight : shiftRight)(m.b, shape, getVector(m, 1, mOf(o)), laneBits(shape) - o.imm, unsigned);
    setVector(m, 0, dOf(o), finish(m, shape, shifted, unsigned));
  };

export const neonShift = {
  vshrImmediate: right(false, false),
  vsraImmediate: right(false, true),
  vrshrImmediate: right(true, false),
  vrsraImmediate: right(true, true),
  vshlImmediate: two<Shift>((m, x, o) => {
    const shape = shapeBy(o.imm);
    return m.b.op(`${shape}.shl`, x, m.b.i32(leftBy(o.imm, shape)));
  }),
  vsriImmediate: two<Shift>((m, x, o) => {
    const shape = shapeBy(o.imm);
    const n = rightBy(o.imm, shape);
    return choose(m.b, ones(m, shape, laneBits(shape) - n, false), shiftRight(m.b, shape, x, n, 1), getD(m, o));
  }),
  vsliImmediate: two<Shift>((m, x, o) => {
    const shape = shapeBy(o.imm);
    const n = leftBy(o.imm, shape);
    return choose(m.b, ones(m, shape, n, true), m.b.op(`${shape}.shl`, x, m.b.i32(n)), getD(m, o));
  }),
  vqshlImmediate: two<Signed>((m, x, o) => {
    const { b } = m;
    const shape = shapeBy(o.imm);
    const n = b.i32(leftBy(o.imm, shape));
    const shifted = b.op(`${shape}.shl`, x, n);
    const lost = b.op(`${shape}.ne`, b.op(`${shape}.shr_${sign(o.U)}`, shifted, n), x);
    saturatedWhere(m, lost);
    return o.U ? or(b, shifted, lost) : choose(b, lost, xor(b, negative(b, shape, x), maximum(b, shape)), shifted);
  }),
  /** Signed to unsigned. */
  vqshluImmediate: two<Shift>((m, x, o) => {
    const { b } = m;
    const shape = shapeBy(o.imm);
    const n = b.i32(leftBy(o.imm, shape));
    const shifted = b.op(`${shape}.shl`, x, n);
    const lost = b.op(`${shape}.ne`, b.op(`${shape}.shr_u`, shifted, n), x);
    const below = negative(b, shape, x);
    saturatedWhere(m, or(b, lost, below));
    return without(b, or(b, shifted, lost), below);
  }),
  vshrn: rightNarrow(1, (m, shape, x) => narrow(m.b, shape, x)),
  vqshrn: rightNarrow(null, (m, shape, x, U) => narrowSaturating(m, shape, x, U, U)),
  vqshrun: rightNarrow(0, (m, shape, x) => narrowSaturating(m, shape, x, 0, 1)),
  vshll: (m: Machine, o: Signed): void => {
    const shape = shapeBy(o.imm);
    if (o.Vd & 1 || shape === 'i64x2') { m.undefined(); return; }
    const n = leftBy(o.imm, shape);
    const wide = extend(m.b, shape, getVector(m, 0, mOf(o)), o.U);
    setVector(m, 1, dOf(o), n === 0 ? wide : m.b.op(`${wider(shape)}.shl`, wide, m.b.i32(n)));
  },
};
