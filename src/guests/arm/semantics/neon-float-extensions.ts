// NEON and VFP: complex numbers (FEAT_FCMA), products of halves added to singles (FEAT_FHM), BFloat16 (FEAT_AA32BF16) and
// the conversion of JavaScript (FEAT_JSCVT).
import type { Semantics } from '../../../translate/pattern.ts';
import type { Ref } from '../../../translate/ir.ts';
import type { bf16, fcma, fhm, jscvt, neonBF16, vfpBF16 } from '../isa/extensions.ts';
import { fpCF, fpNF, fpVF, fpZF } from '../state.ts';
import { bitsOf, fpSlot, fromBits, widenHalves } from './fp.ts';
import type { Machine } from './machine.ts';
import { byElement, wordOf } from './neon-integer-extensions.ts';
import { environmental } from './neon-float.ts';
import { scalarOf } from './neon-long.ts';
import { and, dOf, extend, getD, getVector, lanes, mOf, narrow, nOf, setVector, three, xor, type ThreeRegisters } from './vector.ts';

/** x * y + sum in every lane, rounded once. */
const fused = (m: Machine, single: number, x: Ref, y: Ref, sum: Ref): Ref => (single ? environmental(m.b, 'fma', x, y, sum) : m.b.op('f16x8.fma', x, y, sum));

// Complex numbers: the real part is in the even lane, the imaginary one after it.

type Complex = ThreeRegisters & { readonly S: number; readonly rot: number };

/** For every byte of a lane the one that `from` says of the lane's number. */
function rearranged({ b }: Machine, single: number, x: Ref, from: (lane: number) => number): Ref {
  const bytes = single ? 4 : 2;
  return b.shuffle(x, x, Array.from({ length: 16 }, (_, i) => from(Math.floor(i / bytes)) * bytes + i % bytes));
}
const swapped = (m: Machine, single: number, x: Ref): Ref => rearranged(m, single, x, (lane) => lane ^ 1);

/** x with other signs of real and imaginary parts. */
function signed({ b }: Machine, single: number, x: Ref, real: boolean, imaginary: boolean): Ref {
  if (!real && !imaginary) return x;
  const word = single ? 0 : (real ? 0x8000 : 0) | (imaginary ? 0x80000000 : 0);
  const minus = 0x80000000;
  return xor(b, x, single ? b.v128([real ? minus : 0, imaginary ? minus : 0, real ? minus : 0, imaginary ? minus : 0]) : b.v128([word, word, word, word]));
}

function multiplyComplex(m: Machine, x: Ref, y: Ref, { S, rot, ...o }: Complex): Ref {
  const part = rearranged(m, S, x, (lane) => (rot & 1 ? lane | 1 : lane & ~1));
  const factor = signed(m, S, rot & 1 ? swapped(m, S, y) : y, rot === 1 || rot === 2, rot >= 2);
  return fused(m, S, part, factor, getD(m, o));
}

/** The complex number of m that M chooses (of halves; of singles there is one in a register), everywhere. */
function complexOf(m: Machine, o: Complex): Ref {
  return o.S ? getVector(m, 0, mOf(o)) : wordOf(m, o);
}

export const fcmaSemantics: Semantics<typeof fcma, Machine> = {
  vcadd: three<Complex>((m, x, y, { S, rot }) => {
    const turned = signed(m, S, swapped(m, S, y), rot === 0, rot === 1);
    return S ? environmental(m.b, 'add', m.b.op('f32x4.add', x, turned), x, turned) : m.b.op('f16x8.add', x, turned);
  }),
  vcmla: three(multiplyComplex),
  vcmlaElement: byElement(complexOf, multiplyComplex),
};

// Products of halves. The narrow form takes two halves from each of two registers of singles.

type Long = ThreeRegisters & { readonly Q: number };

/** The halves of a register as singles. */
function widened(m: Machine, Q: number, field: number, extra: number): Ref {
  const halves = Q ? getVector(m, 0, extra << 4 | field) : m.b.op('i32x4.splat', bitsOf(m.b, m.b.get(fpSlot(0, field, extra))));
  return widenHalves(m.b, extend(m.b, 'i16x8', halves, 1));
}

/** The half of m that an instruction by element names, as a single in every lane. */
function halfOf(m: Machine, o: Long): Ref {
  const { b } = m;
  const halves = o.Q ? scalarOf(m, { ...o, size: 1 })
    : b.op('i16x8.splat', b.op('i32.shr_u', bitsOf(b, b.get(fpSlot(0, o.Vm & 7, o.M))), b.i32(o.Vm & 8 ? 16 : 0)));
  return widenHalves(b, extend(b, 'i16x8', halves, 1));
}

const multiplyLong = (negate: boolean, second: (m: Machine, o: Long) => Ref) => (m: Machine, o: Long): void => {
  if (o.Q && o.Vd & 1) { m.undefined(); return; }
  const x = widened(m, o.Q, o.Vn, o.N);
  setVector(m, o.Q, dOf(o), fused(m, 1, negate ? xor(m.b, x, lanes(m.b, 'i32x4', 0x80000000)) : x, second(m, o), getD(m, o)));
};
const register = (m: Machine, o: Long): Ref => widened(m, o.Q, o.Vm, o.M);

export const fhmSemantics: Semantics<typeof fhm, Machine> = {
  vfmal: multiplyLong(false, register),
  vfmsl: multiplyLong(true, register),
  vfmalElement: multiplyLong(false, halfOf),
  vfmslElement: multiplyLong(true, halfOf),
};

// BFloat16: the upper half of a single.

const dot = (m: Machine, x: Ref, y: Ref, o: ThreeRegisters): Ref => m.b.op('f32x4.bf16_dot', getD(m, o), x, y);

/** Two rows of four numbers times two columns. */
function matrix(m: Machine, o: ThreeRegisters): void {
  if ((o.Vd | o.Vn | o.Vm) & 1) { m.undefined(); return; }
  const { b } = m;
  const words = (x: Ref, ...numbers: readonly number[]): Ref => b.shuffle(x, x, numbers.flatMap((n) => [0, 1, 2, 3].map((i) => 4 * n + i)));
  const [x, y] = [getVector(m, 1, nOf(o)), getVector(m, 1, mOf(o))];
  const first = b.op('f32x4.bf16_dot', getVector(m, 1, dOf(o)), words(x, 0, 0, 2, 2), words(y, 0, 2, 0, 2));
  setVector(m, 1, dOf(o), b.op('f32x4.bf16_dot', first, words(x, 1, 1, 3, 3), words(y, 1, 3, 1, 3)));
}

/** d + the numbers at odd (T) or even places times those of `y`. */
function multiplyAdd(m: Machine, o: ThreeRegisters & { readonly T: number }, y: Ref): void {
  if ((o.Vd | o.Vn) & 1) { m.undefined(); return; }
  const x = asSingles(m, o.T, getVector(m, 1, nOf(o)));
  setVector(m, 1, dOf(o), fused(m, 1, x, y, getVector(m, 1, dOf(o))));
}
const asSingles = ({ b }: Machine, T: number, x: Ref): Ref => (T ? and(b, x, lanes(b, 'i32x4', 0xffff0000)) : b.op('i32x4.shl', x, b.i32(16)));

export const bf16Semantics: Semantics<typeof bf16, Machine> = {
  vdotBF16: three(dot),
  vdotElementBF16: byElement(wordOf, dot),
  vmmlaBF16: matrix,
  vfmaBF16: (m, o) => (o.Vm & 1 ? m.undefined() : multiplyAdd(m, o, asSingles(m, o.T, getVector(m, 1, mOf(o))))),
  vfmaElementBF16: (m, o) => multiplyAdd(m, o, asSingles(m, 1, scalarOf(m, { ...o, size: 1 }))),
};

export const neonBF16Semantics: Semantics<typeof neonBF16, Machine> = {
  vcvtToBF16: (m, o) => {
    if (o.Vm & 1) m.undefined();
    else setVector(m, 0, dOf(o), narrow(m.b, 'i32x4', m.b.op('f32x4.to_bf16', getVector(m, 1, mOf(o)))));
  },
};

export const vfpBF16Semantics: Semantics<typeof vfpBF16, Machine> = {
  vcvtOneToBF16: ({ b }, o) => {
    const into = fpSlot(0, o.Vd, o.D);
    const number = b.op('f32.to_bf16_env', b.get(fpSlot(0, o.Vm, o.M)));
    const kept = b.op('i32.and', bitsOf(b, b.get(into)), b.i32(o.T ? 0xffff : 0xffff0000));
    b.set(into, fromBits(b, b.op('i32.or', kept, o.T ? b.op('i32.shl', number, b.i32(16)) : number)));
  },
};

export const jscvtSemantics: Semantics<typeof jscvt, Machine> = {
  /** FPSCR.Z is set if the integer is the number (which -0 is not for JavaScript), the other flags are clear. */
  vjcvt: (m, o) => {
    const { b } = m;
    const result = b.op('f64.to_javascript_env', b.get(fpSlot(1, o.Vm, o.M)));
    b.set(fpNF, b.i32(0));
    b.set(fpZF, b.op('i32.high', result));
    b.set(fpCF, b.i32(0));
    b.set(fpVF, b.i32(0));
    m.flags.forgetFloats();
    b.set(fpSlot(0, o.Vd, o.D), fromBits(b, b.op('i32.wrap_i64', result)));
  },
};
