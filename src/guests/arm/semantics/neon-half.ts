// NEON in half precision (FEAT_FP16): as neon-float.ts, in the standard environment. Arithmetic is translate/float/halves.ts.
import type { Semantics } from '../../../translate/pattern.ts';
import type { Ref } from '../../../translate/ir.ts';
import { RDN, RMM, RNE, RTZ, RUP } from '../../../translate/float/soft.ts';
import type { neonHalf } from '../isa/half.ts';
import { halfRoundingByRM } from './fp.ts';
import type { Machine } from './machine.ts';
import { neighbours } from './neon-integer.ts';
import { scalarOf } from './neon-long.ts';
import { and, getD, getVector, lanes, nOf, setD, three, two, xor, type ThreeRegisters, type TwoRegisters } from './vector.ts';

type Binary = (m: Machine, x: Ref, y: Ref, o: ThreeRegisters) => Ref;
const binary = (op: string): Binary => ({ b }, x, y) => b.op(`f16x8.${op}`, x, y);
const splat = (m: Machine, half: number): Ref => lanes(m.b, 'i16x8', half);
const magnitude = (m: Machine, x: Ref): Ref => and(m.b, x, splat(m, 0x7fff));
const negated = (m: Machine, x: Ref): Ref => xor(m.b, x, splat(m, 0x8000));

/** d ± n * m, the product rounded; or rounded once. */
const accumulate = (op: 'add' | 'sub'): Binary => (m, x, y, o) => m.b.op(`f16x8.${op}`, getD(m, o), m.b.op('f16x8.mul', x, y));
const fused = (negate: boolean): Binary => (m, x, y, o) => m.b.op('f16x8.fma', negate ? negated(m, x) : x, y, getD(m, o));
const absolute = (op: 'ge' | 'gt'): Binary => (m, x, y) => m.b.op(`f16x8.${op}`, magnitude(m, x), magnitude(m, y));
const pairwise = (op: string): Binary => ({ b }, x, y) => b.op(`f16x8.${op}`, ...neighbours(b, 'i16x8', x, y));
const byScalar = (f: Binary) => (m: Machine, o: ThreeRegisters & { readonly Q: number }): void => {
  if (o.Q && (o.Vd | o.Vn) & 1) m.undefined();
  else setD(m, o, f(m, getVector(m, o.Q, nOf(o)), scalarOf(m, { ...o, size: 1 }), o));
};

const TWO = 0x4000, THREE = 0x4200, HALF = 0x3800;
const rounded = (op: 'rint' | 'rintx', mode: number) => two(({ b }, x) => b.op(`f16x8.${op}`, x, b.i32(mode)));
type Signed = TwoRegisters & { readonly U: number };
const convert = <O extends Signed>(op: (o: O) => 'toInteger' | 'fromInteger', mode: (o: O) => number, fraction: (o: O) => number = () => 0) =>
  two<O>(({ b }, x, o) => b.op(`f16x8.${op(o)}`, x, b.i32(mode(o) | (o.U ? 8 : 0) | fraction(o) << 8)));

export const neonHalfSemantics: Semantics<typeof neonHalf, Machine> = {
  vaddF16: three(binary('add')),
  vsubF16: three(binary('sub')),
  vmulF16: three(binary('mul')),
  vmlaF16: three(accumulate('add')),
  vmlsF16: three(accumulate('sub')),
  vfmaF16: three(fused(false)),
  vfmsF16: three(fused(true)),
  vabdF16: three((m, x, y) => magnitude(m, m.b.op('f16x8.sub', x, y))),
  vpaddF16: three(pairwise('add')),
  vpmaxF16: three(pairwise('max')),
  vpminF16: three(pairwise('min')),
  vmaxF16: three(binary('max')),
  vminF16: three(binary('min')),
  vmaxnmF16: three(binary('maxnm')),
  vminnmF16: three(binary('minnm')),
  vceqF16: three(binary('eq')),
  vcgeF16: three(binary('ge')),
  vcgtF16: three(binary('gt')),
  vacgeF16: three(absolute('ge')),
  vacgtF16: three(absolute('gt')),
  vrecpsF16: three((m, x, y) => m.b.op('f16x8.sub', splat(m, TWO), m.b.op('f16x8.step', x, y))),
  // Half of a difference from three is exact.
  vrsqrtsF16: three((m, x, y) => m.b.op('f16x8.mul', m.b.op('f16x8.sub', splat(m, THREE), m.b.op('f16x8.step', x, y)), splat(m, HALF))),
  vmulScalarF16: byScalar(binary('mul')),
  vmlaScalarF16: byScalar(accumulate('add')),
  vmlsScalarF16: byScalar(accumulate('sub')),

  vrecpeF16: two(({ b }, x) => b.op('f16x8.recpe', x)),
  vrsqrteF16: two(({ b }, x) => b.op('f16x8.rsqrte', x)),
  vrintnF16: rounded('rint', RNE),
  vrintxF16: rounded('rintx', RNE),
  vrintaF16: rounded('rint', RMM),
  vrintzF16: rounded('rint', RTZ),
  vrintmF16: rounded('rint', RDN),
  vrintpF16: rounded('rint', RUP),
  vcvtFromIntF16: convert(() => 'fromInteger', () => RNE),
  vcvtToIntF16: convert(() => 'toInteger', () => RTZ),
  vcvtRoundedF16: convert<Signed & { readonly RM: number }>(() => 'toInteger', (o) => halfRoundingByRM[o.RM]!),
  vcvtFixedF16: convert<Signed & { readonly toFixed: number; readonly imm: number }>((o) => (o.toFixed ? 'toInteger' : 'fromInteger'), (o) => (o.toFixed ? RTZ : RNE), (o) => 16 - o.imm),
};
