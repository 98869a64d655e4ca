// NEON: results twice as wide as operands or half as wide, and multiplications by a scalar.
import type { Builder } from '../../../translate/builder.ts';
import type { Ref } from '../../../translate/ir.ts';
import { doublingHigh } from './neon-integer.ts';
import type { Machine } from './machine.ts';
import {
  absoluteDifference, and, dOf, extend, getD, getVector, laneBits, lanes, minimum, mOf, multiply, narrowUpper, negative, nOf, saturatedWhere,
  saturating, setVector, shapeOf, sign, wider, xor, zero, type Shape, type ThreeRegisters,
} from './vector.ts';

type Sized = ThreeRegisters & { readonly size: number };
type Signed = Sized & { readonly U: number };

/** Where the second operand of a long instruction comes from: a register's lanes, or one lane for all. */
type Second = (m: Machine, o: Sized) => Ref;
const register: Second = (m, o) => getVector(m, 0, mOf(o));
const scalar: Second = (m, o) => scalarOf(m, o);

/** Every lane the element of m that a by-scalar instruction names. */
export function scalarOf(m: Machine, o: Pick<ThreeRegisters, 'M' | 'Vm'> & { readonly size: number }): Ref {
  const [number, index] = o.size === 1 ? [o.Vm & 7, (o.M << 1) | (o.Vm >> 3)] : [o.Vm, o.M];
  const bytes = 1 << o.size;
  const x = getVector(m, 0, number);
  return m.b.shuffle(x, x, Array.from({ length: 16 }, (_, i) => index * bytes + (i % bytes)));
}

/** Quadword d = f(doubleword n, second). */
const long = <O extends Sized>(f: (m: Machine, shape: Shape, x: Ref, y: Ref, o: O) => Ref, second: Second = register) => (m: Machine, o: O): void => {
  if (o.Vd & 1) m.undefined();
  else setVector(m, 1, dOf(o), f(m, shapeOf(o.size), getVector(m, 0, nOf(o)), second(m, o), o));
};

/** Quadword d = quadword n op extended doubleword m. */
const wide = (op: 'add' | 'sub') => (m: Machine, o: Signed): void => {
  if ((o.Vd | o.Vn) & 1) { m.undefined(); return; }
  const shape = shapeOf(o.size);
  setVector(m, 1, dOf(o), m.b.op(`${wider(shape)}.${op}`, getVector(m, 1, nOf(o)), extend(m.b, shape, getVector(m, 0, mOf(o)), o.U)));
};

/** Doubleword d = the upper halves of quadwords n op m. */
const narrowing = (op: 'add' | 'sub') => (m: Machine, o: Sized & { readonly round: number }): void => {
  if ((o.Vn | o.Vm) & 1) { m.undefined(); return; }
  const { b } = m;
  const shape = shapeOf(o.size);
  let result = b.op(`${wider(shape)}.${op}`, getVector(m, 1, nOf(o)), getVector(m, 1, mOf(o)));
  if (o.round) result = b.op(`${wider(shape)}.add`, result, lanes(b, wider(shape), 1 << (laneBits(shape) - 1), 0));
  setVector(m, 0, dOf(o), narrowUpper(b, wider(shape), result));
};

const wideD = (m: Machine, o: Sized): Ref => getVector(m, 1, dOf(o));
const product = (b: Builder, shape: Shape, x: Ref, y: Ref, U: number): Ref => b.op(`${wider(shape)}.extmul_low_${shape}_${sign(U)}`, x, y);

const multiplyLong = (second: Second) => long<Signed>(({ b }, shape, x, y, o) => product(b, shape, x, y, o.U), second);
const accumulateLong = (op: 'add' | 'sub', second: Second) =>
  long<Signed>((m, shape, x, y, o) => m.b.op(`${wider(shape)}.${op}`, wideD(m, o), product(m.b, shape, x, y, o.U)), second);

/** 2 * x * y; only twice the square of the smallest number does not fit. */
function doubled(m: Machine, shape: Shape, x: Ref, y: Ref): Ref {
  const { b } = m;
  const twice = b.op(`${wider(shape)}.shl`, product(b, shape, x, y, 0), b.i32(1));
  const overflow = b.op(`${wider(shape)}.eq`, twice, minimum(b, wider(shape)));
  saturatedWhere(m, overflow);
  return xor(b, twice, overflow);
}
const doublingLong = (second: Second) => long((m, shape, x, y) => doubled(m, shape, x, y), second);
const accumulateDoubling = (op: 'add' | 'sub', second: Second) =>
  long((m, shape, x, y, o) => saturating(m, op, wider(shape), wideD(m, o), doubled(m, shape, x, y), 0), second);

/** d = f(n, scalar of m), of one length. */
const byScalar = (f: (m: Machine, shape: Shape, x: Ref, y: Ref, o: Sized) => Ref) => (m: Machine, o: Sized & { readonly Q: number }): void => {
  if (o.Q && (o.Vd | o.Vn) & 1) m.undefined();
  else setVector(m, o.Q, dOf(o), f(m, shapeOf(o.size), getVector(m, o.Q, nOf(o)), scalarOf(m, o), o));
};

/** Carry-less products of bytes as halfwords. */
function polynomialLong(m: Machine, o: ThreeRegisters): void {
  if (o.Vd & 1) { m.undefined(); return; }
  const { b } = m;
  const x = extend(b, 'i8x16', getVector(m, 0, nOf(o)), 1);
  const y = extend(b, 'i8x16', getVector(m, 0, mOf(o)), 1);
  let sum = zero(b);
  for (let k = 0; k < 8; k++) {
    const mask = negative(b, 'i16x8', b.op('i16x8.shl', y, b.i32(15 - k)));
    sum = xor(b, sum, and(b, b.op('i16x8.shl', x, b.i32(k)), mask));
  }
  setVector(m, 1, dOf(o), sum);
}

export const neonLong = {
  vaddl: long<Signed>(({ b }, shape, x, y, o) => b.op(`${wider(shape)}.add`, extend(b, shape, x, o.U), extend(b, shape, y, o.U))),
  vsubl: long<Signed>(({ b }, shape, x, y, o) => b.op(`${wider(shape)}.sub`, extend(b, shape, x, o.U), extend(b, shape, y, o.U))),
  vaddw: wide('add'),
  vsubw: wide('sub'),
  vaddhn: narrowing('add'),
  vsubhn: narrowing('sub'),
  vabdl: long<Signed>(({ b }, shape, x, y, o) => extend(b, shape, absoluteDifference(b, shape, x, y, o.U), 1)),
  vabal: long<Signed>((m, shape, x, y, o) =>
    m.b.op(`${wider(shape)}.add`, wideD(m, o), extend(m.b, shape, absoluteDifference(m.b, shape, x, y, o.U), 1))),
  vmull: multiplyLong(register),
  vmlal: accumulateLong('add', register),
  vmlsl: accumulateLong('sub', register),
  vqdmull: doublingLong(register),
  vqdmlal: accumulateDoubling('add', register),
  vqdmlsl: accumulateDoubling('sub', register),
  vmullPolynomial8: polynomialLong,

  vmlaScalar: byScalar((m, shape, x, y, o) => m.b.op(`${shape}.add`, getD(m, o), multiply(m.b, shape, x, y))),
  vmlsScalar: byScalar((m, shape, x, y, o) => m.b.op(`${shape}.sub`, getD(m, o), multiply(m.b, shape, x, y))),
  vmulScalar: byScalar((m, shape, x, y) => multiply(m.b, shape, x, y)),
  vqdmulhScalar: byScalar((m, shape, x, y) => doublingHigh(m, shape, x, y, false)),
  vqrdmulhScalar: byScalar((m, shape, x, y) => doublingHigh(m, shape, x, y, true)),
  vmullScalar: multiplyLong(scalar),
  vmlalScalar: accumulateLong('add', scalar),
  vmlslScalar: accumulateLong('sub', scalar),
  vqdmullScalar: doublingLong(scalar),
  vqdmlalScalar: accumulateDoubling('add', scalar),
  vqdmlslScalar: accumulateDoubling('sub', scalar),
};
