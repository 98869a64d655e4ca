// Arithmetic, comparison and conversion of VFP.
import type { Operands, Semantics } from '../../../translate/pattern.ts';
import type { Ref } from '../../../translate/ir.ts';
import type { vfp, vfpUnconditional } from '../isa/vfp.ts';
import { fpCF, fpNF, fpVF, fpZF } from '../state.ts';
import {
  arithmetic, bitsOf, floatType, fpSlot, fromBits, fusedMultiplyAdd, halvesToSingles, nan1, powerOfTwo, roundByMode, roundingByRM,
  roundTo, singlesToHalves, toSingleForRounding, type FloatType,
} from './fp.ts';
import type { Machine } from './machine.ts';

type Three = Operands<typeof vfp.vadd>;
type Two = Operands<typeof vfp.vabs>;

/** d = f(n, m) */
const three = (f: (m: Machine, t: FloatType, x: Ref, y: Ref) => Ref) => (m: Machine, o: Omit<Three, 'cond'>): void => {
  m.b.set(fpSlot(o.sz, o.Vd, o.D), f(m, floatType(o.sz), m.b.get(fpSlot(o.sz, o.Vn, o.N)), m.b.get(fpSlot(o.sz, o.Vm, o.M))));
};

const binary = (op: 'add' | 'sub' | 'mul' | 'div') => three((m, t, x, y) => arithmetic(m.b, op, t, x, y));

/** d = ±d ± n * m; `round` says whether the product is rounded before the sum. */
const accumulate = (round: boolean, negateSum: boolean, negateProduct: boolean) => (m: Machine, o: Three): void => {
  const { b } = m;
  const t = floatType(o.sz);
  const into = fpSlot(o.sz, o.Vd, o.D);
  const sign = (negate: boolean, x: Ref): Ref => (negate ? b.op(`${t}.neg`, x) : x);
  const sum = sign(negateSum, b.get(into));
  const x = b.get(fpSlot(o.sz, o.Vn, o.N));
  const y = b.get(fpSlot(o.sz, o.Vm, o.M));
  b.set(into, round
    ? arithmetic(b, 'add', t, sum, sign(negateProduct, arithmetic(b, 'mul', t, x, y)))
    : fusedMultiplyAdd(b, t, sum, sign(negateProduct, x), y));
};

/** d = f(m) */
const two = (f: (m: Machine, t: FloatType, x: Ref) => Ref) => (m: Machine, o: Omit<Two, 'cond'>): void => {
  m.b.set(fpSlot(o.sz, o.Vd, o.D), f(m, floatType(o.sz), m.b.get(fpSlot(o.sz, o.Vm, o.M))));
};

/** FPSCR's flags: 1000 less, 0110 equal, 0010 greater, 0011 unordered. */
function compare(m: Machine, t: FloatType, x: Ref, y: Ref): void {
  const { b } = m;
  const less = b.op(`${t}.lt`, x, y);
  b.set(fpNF, b.op('i32.shl', less, b.i32(31)));
  b.set(fpZF, b.op(`${t}.ne`, x, y));
  b.set(fpCF, b.op('i32.eqz', less));
  b.set(fpVF, b.op('i32.or', b.op(`${t}.ne`, x, x), b.op(`${t}.ne`, y, y)));
  m.flags.rememberFloats(t, x, y);
}

/** FPMaxNum, FPMinNum: like max and min, but a number goes before a quiet NaN. */
const numberFirst = (op: 'max' | 'min') => three(({ b }, t, x, y) => {
  const quiet = (z: Ref): Ref => b.op('i32.and', b.op(`${t}.ne`, z, z), t === 'f32'
    ? b.op('i32.shr_u', bitsOf(b, z), b.i32(22))
    : b.op('i32.shr_u', b.op('i32.high', b.op('i64.reinterpret_f64', z)), b.i32(19)));
  const instead = (z: Ref, other: Ref): Ref => b.op(`${t}.select`, other, z, b.op('i32.and', quiet(z), b.op(`${t}.eq`, other, other)));
  const x1 = instead(x, y);
  const y1 = instead(y, x);
  return b.op(`${t}.nan2`, b.op(`${t}.${op}`, x1, y1), x1, y1);
});

const toInteger = (m: Machine, t: FloatType, signed: number, x: Ref): Ref => m.b.op(`i32.trunc_sat_${t}_${signed ? 's' : 'u'}`, x);

function fromFixed(m: Machine, o: Operands<typeof vfp.vcvtFromFixed>): void {
  const { b } = m;
  const fraction = (o.sx ? 32 : 16) - o.imm;
  if (fraction < 0) { m.undefined(); return; }
  const register = fpSlot(o.sz, o.Vd, o.D);
  let word = o.sz ? b.op('i32.wrap_i64', b.op('i64.reinterpret_f64', b.get(register))) : bitsOf(b, b.get(register));
  if (!o.sx) word = o.U ? b.op('i32.and', word, b.i32(0xffff)) : b.op('i32.extend16_s', word);
  // Both steps before the last are exact.
  const value = b.op('f64.mul', b.op(`f64.convert_i32_${o.U ? 'u' : 's'}`, word), powerOfTwo(b, -fraction));
  b.set(register, o.sz ? value : b.op('f32.demote_f64', value));
}

function toFixed(m: Machine, o: Operands<typeof vfp.vcvtToFixed>): void {
  const { b } = m;
  const fraction = (o.sx ? 32 : 16) - o.imm;
  if (fraction < 0) { m.undefined(); return; }
  const register = fpSlot(o.sz, o.Vd, o.D);
  const x = o.sz ? b.get(register) : b.op('f64.promote_f32', b.get(register));
  let word = toInteger(m, 'f64', o.U ^ 1, b.op('f64.mul', x, powerOfTwo(b, fraction)));
  const clamp = (limit: number, beyond: 'lt_s' | 'gt_s' | 'gt_u'): void => {
    word = b.op('i32.select', b.i32(limit), word, b.op(`i32.${beyond}`, word, b.i32(limit)));
  };
  if (!o.sx) {
    if (o.U) clamp(0xffff, 'gt_u');
    else { clamp(0x7fff, 'gt_s'); clamp(-0x8000, 'lt_s'); }
  }
  b.set(register, o.sz ? b.op('f64.reinterpret_i64', b.op(`i64.extend_i32_${o.U ? 'u' : 's'}`, word)) : fromBits(b, word));
}

export const vfpArithmetic = {
  vmla:  accumulate(true, false, false),
  vmls:  accumulate(true, false, true),
  vnmla: accumulate(true, true, true),
  vnmls: accumulate(true, true, false),
  vfma:  accumulate(false, false, false),
  vfms:  accumulate(false, false, true),
  vfnma: accumulate(false, true, true),
  vfnms: accumulate(false, true, false),
  vmul:  binary('mul'),
  vnmul: three(({ b }, t, x, y) => b.op(`${t}.neg`, arithmetic(b, 'mul', t, x, y))),
  vadd:  binary('add'),
  vsub:  binary('sub'),
  vdiv:  binary('div'),
  vabs:  two(({ b }, t, x) => b.op(`${t}.abs`, x)),
  vneg:  two(({ b }, t, x) => b.op(`${t}.neg`, x)),
  vsqrt: two(({ b }, t, x) => nan1(b, t, b.op(`${t}.sqrt`, x), x)),

  vcmp: (m: Machine, o: Operands<typeof vfp.vcmp>): void =>
    compare(m, floatType(o.sz), m.b.get(fpSlot(o.sz, o.Vd, o.D)), m.b.get(fpSlot(o.sz, o.Vm, o.M))),
  vcmpZero: (m: Machine, o: Operands<typeof vfp.vcmpZero>): void =>
    compare(m, floatType(o.sz), m.b.get(fpSlot(o.sz, o.Vd, o.D)), o.sz ? m.b.f64bits(0, 0) : m.b.f32bits(0)),

  vcvtPrecision: ({ b }: Machine, o: Operands<typeof vfp.vcvtPrecision>): void =>
    b.set(fpSlot(o.sz ^ 1, o.Vd, o.D), b.op(o.sz ? 'f32.demote_f64' : 'f64.promote_f32', b.get(fpSlot(o.sz, o.Vm, o.M)))),
  vcvtFromInt: ({ b }: Machine, o: Operands<typeof vfp.vcvtFromInt>): void =>
    b.set(fpSlot(o.sz, o.Vd, o.D), b.op(`${floatType(o.sz)}.convert_i32_${o.signed ? 's' : 'u'}`, bitsOf(b, b.get(fpSlot(0, o.Vm, o.M))))),
  vcvtToInt: (m: Machine, o: Operands<typeof vfp.vcvtToInt>): void => {
    const t = floatType(o.sz);
    const x = m.b.get(fpSlot(o.sz, o.Vm, o.M));
    m.b.set(fpSlot(0, o.Vd, o.D), fromBits(m.b, toInteger(m, t, o.signed, o.zero ? x : roundByMode(m.b, t, x))));
  },
  vcvtFromFixed: fromFixed,
  vcvtToFixed: toFixed,
  vcvtFromHalf: (m: Machine, o: Operands<typeof vfp.vcvtFromHalf>): void => {
    const { b } = m;
    const word = bitsOf(b, b.get(fpSlot(0, o.Vm, o.M)));
    const half = o.T ? b.op('i32.shr_u', word, b.i32(16)) : b.op('i32.and', word, b.i32(0xffff));
    const single = b.op('f32x4.extract_lane', halvesToSingles(m, b.op('i32x4.splat', half), false));
    b.set(fpSlot(o.sz, o.Vd, o.D), o.sz ? b.op('f64.promote_f32', single) : single);
  },
  vcvtToHalf: (m: Machine, o: Operands<typeof vfp.vcvtToHalf>): void => {
    const { b } = m;
    const into = fpSlot(0, o.Vd, o.D);
    const x = b.get(fpSlot(o.sz, o.Vm, o.M));
    const single = o.sz ? toSingleForRounding(b, x) : x;
    const half = b.op('i32x4.extract_lane', singlesToHalves(m, b.op('f32x4.splat', single), false));
    const kept = b.op('i32.and', bitsOf(b, b.get(into)), b.i32(o.T ? 0xffff : 0xffff0000));
    b.set(into, fromBits(b, b.op('i32.or', kept, o.T ? b.op('i32.shl', half, b.i32(16)) : half)));
  },
  vrintr: two((m, t, x) => roundByMode(m.b, t, x)),
  vrintx: two((m, t, x) => roundByMode(m.b, t, x)),
  vrintz: two((m, t, x) => roundTo(m.b, t, x, 'trunc')),
};

/** The conditions EQ, VS, GE and GT. */
const selectConditions = [0, 6, 10, 12] as const;

export const vfpUnconditionalSemantics: Semantics<typeof vfpUnconditional, Machine> = {
  vsel: (m: Machine, o: Operands<typeof vfpUnconditional.vsel>): void => {
    const holds = m.flags.condition(selectConditions[o.cc]!);
    three(({ b }, t, x, y) => b.op(`${t}.select`, x, y, holds))(m, o);
  },
  vmaxnm: numberFirst('max'),
  vminnm: numberFirst('min'),
  vrintTo: (m: Machine, o: Operands<typeof vfpUnconditional.vrintTo>): void => two(({ b }, t, x) => roundTo(b, t, x, roundingByRM[o.RM]!))(m, o),
  vcvtRounded: (m: Machine, o: Operands<typeof vfpUnconditional.vcvtRounded>): void => {
    const t = floatType(o.sz);
    const whole = roundTo(m.b, t, m.b.get(fpSlot(o.sz, o.Vm, o.M)), roundingByRM[o.RM]!);
    m.b.set(fpSlot(0, o.Vd, o.D), fromBits(m.b, toInteger(m, t, o.signed, whole)));
  },
};
