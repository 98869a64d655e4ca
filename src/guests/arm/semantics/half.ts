// Half precision (FEAT_FP16) of VFP: a half is a word here, its number in the lower bits. Arithmetic is translate/float/halves.ts.
import type { Operands, Semantics } from '../../../translate/pattern.ts';
import type { Ref } from '../../../translate/ir.ts';
import { CURRENT } from '../../../translate/float/kinds.ts';
import { RNE, RTZ } from '../../../translate/float/soft.ts';
import type { half, halfUnconditional } from '../isa/half.ts';
import { bitsOf, fpSlot, fromBits, halfRoundingByRM, widenHalves } from './fp.ts';
import type { Machine } from './machine.ts';
import { withShortVectors } from './short-vectors.ts';
import { compare, selectConditions } from './vfp-arithmetic.ts';
import { expandImmediate, offsetAddress } from './vfp-moves.ts';

type Three = Omit<Operands<typeof half.vaddF16>, 'cond'>;
type Two = Omit<Operands<typeof half.vabsF16>, 'cond'>;

const get = (m: Machine, V: number, extra: number): Ref => bitsOf(m.b, m.b.get(fpSlot(0, V, extra)));
const set = (m: Machine, V: number, extra: number, word: Ref): void => { m.b.set(fpSlot(0, V, extra), fromBits(m.b, word)); };
const low = ({ b }: Machine, x: Ref): Ref => b.op('i32.and', x, b.i32(0xffff));
const negated = (m: Machine, x: Ref): Ref => m.b.op('i32.xor', low(m, x), m.b.i32(0x8000));

const three = (f: (m: Machine, x: Ref, y: Ref) => Ref) => (m: Machine, o: Three): void => set(m, o.Vd, o.D, f(m, get(m, o.Vn, o.N), get(m, o.Vm, o.M)));
const binary = (op: string) => three(({ b }, x, y) => b.op(`f16.${op}`, x, y));
const two = (f: (m: Machine, x: Ref) => Ref) => (m: Machine, o: Two): void => set(m, o.Vd, o.D, f(m, get(m, o.Vm, o.M)));
const rounded = (op: 'rint' | 'rintx', how: number) => two(({ b }, x) => b.op(`f16.${op}`, x, b.i32(how)));

/** d = ±d ± n * m; `round` says whether the product is rounded before the sum. */
const accumulate = (round: boolean, negateSum: boolean, negateProduct: boolean) => (m: Machine, o: Three): void => {
  const { b } = m;
  const sign = (negate: boolean, x: Ref): Ref => (negate ? negated(m, x) : x);
  const sum = sign(negateSum, get(m, o.Vd, o.D));
  const x = get(m, o.Vn, o.N), y = get(m, o.Vm, o.M);
  set(m, o.Vd, o.D, round ? b.op('f16.add', sum, sign(negateProduct, b.op('f16.mul', x, y))) : b.op('f16.fma', sign(negateProduct, x), y, sum));
};

/** As a single, to be compared. */
const single = ({ b }: Machine, x: Ref): Ref => b.op('f32x4.extract_lane', widenHalves(b, b.op('i32x4.splat', b.op('i32.and', x, b.i32(0xffff)))));

/** What halves.ts wants to know of a conversion. */
const how = (mode: number, U: number, wide: number, fraction = 0): number => mode | (U ? 8 : 0) | (wide ? 16 : 0) | fraction << 8;

const fixed = (op: 'toInteger' | 'fromInteger', mode: number) => (m: Machine, o: Operands<typeof half.vcvtToFixedF16>): void => {
  const { b } = m;
  const fraction = (o.sx ? 32 : 16) - o.imm;
  if (fraction < 0) m.undefined();
  else set(m, o.Vd, o.D, b.op(`f16.${op}`, get(m, o.Vd, o.D), b.i32(how(mode, o.U, o.sx, fraction))));
};

export const halfSemantics: Semantics<typeof half, Machine> = withShortVectors({
  vmlaF16:  accumulate(true, false, false),
  vmlsF16:  accumulate(true, false, true),
  vnmlaF16: accumulate(true, true, true),
  vnmlsF16: accumulate(true, true, false),
  vfmaF16:  accumulate(false, false, false),
  vfmsF16:  accumulate(false, false, true),
  vfnmaF16: accumulate(false, true, true),
  vfnmsF16: accumulate(false, true, false),
  vmulF16:  binary('mul'),
  vnmulF16: three((m, x, y) => negated(m, m.b.op('f16.mul', x, y))),
  vaddF16:  binary('add'),
  vsubF16:  binary('sub'),
  vdivF16:  binary('div'),
  vabsF16:  two(({ b }, x) => b.op('i32.and', x, b.i32(0x7fff))),
  vnegF16:  two(negated),
  vsqrtF16: two(({ b }, x) => b.op('f16.sqrt', x)),

  vcmpF16: (m, o) => compare(m, 'f32', o.E, single(m, get(m, o.Vd, o.D)), single(m, get(m, o.Vm, o.M))),
  vcmpZeroF16: (m, o) => compare(m, 'f32', o.E, single(m, get(m, o.Vd, o.D)), m.b.f32bits(0)),

  vrintrF16: rounded('rint', CURRENT),
  vrintzF16: rounded('rint', RTZ),
  vrintxF16: rounded('rintx', CURRENT),
  vcvtFromIntF16: (m, o) => set(m, o.Vd, o.D, m.b.op('f16.fromInteger', get(m, o.Vm, o.M), m.b.i32(how(CURRENT, o.signed ^ 1, 1)))),
  vcvtToIntF16: (m, o) => set(m, o.Vd, o.D, m.b.op('f16.toInteger', get(m, o.Vm, o.M), m.b.i32(how(o.zero ? RTZ : CURRENT, o.signed ^ 1, 1)))),
  vcvtFromFixedF16: fixed('fromInteger', RNE),
  vcvtToFixedF16: fixed('toInteger', RTZ),

  vmovImmediateF16: (m, o) => set(m, o.Vd, o.D, m.b.i32(expandImmediate(o.imm, 'half'))),
  vmovToHalf: (m, o) => set(m, o.Vn, o.N, low(m, m.reg(o.Rt))),
  vmovFromHalf: (m, o) => { if (o.Rt === 15) m.undefined(); else m.setReg(o.Rt, low(m, get(m, o.Vn, o.N))); },
  vldrF16: (m, o) => set(m, o.Vd, o.D, m.load('i32.load16_u', offsetAddress(m, o, 2), 2)),
  vstrF16: (m, o) => { m.store('i32.store16', offsetAddress(m, o, 2), get(m, o.Vd, o.D), 2); },
});

export const halfUnconditionalSemantics: Semantics<typeof halfUnconditional, Machine> = withShortVectors({
  vselF16: (m, o) => {
    const holds = m.flags.condition(selectConditions[o.cc]!);
    three((machine, x, y) => low(machine, machine.b.op('i32.select', x, y, holds)))(m, o);
  },
  vmaxnmF16: binary('maxnm'),
  vminnmF16: binary('minnm'),
  vrintToF16: (m, o) => rounded('rint', halfRoundingByRM[o.RM]!)(m, o),
  vcvtRoundedF16: (m, o) => set(m, o.Vd, o.D, m.b.op('f16.toInteger', get(m, o.Vm, o.M), m.b.i32(how(halfRoundingByRM[o.RM]!, o.signed ^ 1, 1)))),
  vmovx: two(({ b }, x) => b.op('i32.shr_u', x, b.i32(16))),
  vins: (m, o) => set(m, o.Vd, o.D, m.b.op('i32.or', low(m, get(m, o.Vd, o.D)), m.b.op('i32.shl', get(m, o.Vm, o.M), m.b.i32(16)))),
});
