// Arithmetic, comparison and conversion of VFP.
import type { Operands, Semantics } from '../../../translate/pattern.ts';
import type { Ref } from '../../../translate/ir.ts';
import type { vfp, vfpUnconditional } from '../isa/vfp.ts';
import { fpCF, fpNF, fpVF, fpZF } from '../state.ts';
import {
  arithmetic, bitsOf, floatType, fpSlot, fromBits, noteRounding, operand, powerOfTwo, roundByMode, roundingByRM,
  roundTo, type FloatType,
} from './fp.ts';
import type { Machine } from './machine.ts';
import { withShortVectors } from './short-vectors.ts';

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
    : b.op(`${t}.fma_env`, sign(negateProduct, x), y, sum));
};

/** d = f(m) */
const two = (f: (m: Machine, t: FloatType, x: Ref) => Ref) => (m: Machine, o: Omit<Two, 'cond'>): void => {
  m.b.set(fpSlot(o.sz, o.Vd, o.D), f(m, floatType(o.sz), m.b.get(fpSlot(o.sz, o.Vm, o.M))));
};

/** FPSCR's flags: 1000 less, 0110 equal, 0010 greater, 0011 unordered. */
export function compare(m: Machine, t: FloatType, E: number, first: Ref, y: Ref): void {
  const { b } = m;
  const x = b.op(`${t}.${E ? 'compareAll' : 'compare'}_env`, first, y);
  const less = b.op(`${t}.lt`, x, y);
  b.set(fpNF, b.op('i32.shl', less, b.i32(31)));
  b.set(fpZF, b.op(`${t}.ne`, x, y));
  b.set(fpCF, b.op('i32.eqz', less));
  b.set(fpVF, b.op('i32.or', b.op(`${t}.ne`, x, x), b.op(`${t}.ne`, y, y)));
  m.flags.rememberFloats(t, x, y);
}

/** FPMaxNum, FPMinNum: like max and min, but a number goes before a quiet NaN. */
const numberFirst = (op: 'max' | 'min') => three(({ b }, t, first, second) => {
  const [x, y] = [operand(b, t, first), operand(b, t, second)];
  return b.op(`${t}.${op}nm_env`, b.op(`${t}.${op}`, x, y), x, y);
});

/** A double's integral part as an integer of `bits` bits; raises what that does. NaNs give zero, what does not fit the nearest integer. */
function integer({ b }: Machine, whole: Ref, x: Ref, bits: 16 | 32, signed: number): Ref {
  const s = signed ? 's' : 'u';
  let word = b.op(`i32.trunc_sat_f64_${s}`, whole);
  const clamp = (limit: number, beyond: 'lt_s' | 'gt_s' | 'gt_u'): void => {
    word = b.op('i32.select', b.i32(limit), word, b.op(`i32.${beyond}`, word, b.i32(limit)));
  };
  if (bits === 16) {
    if (signed) { clamp(0x7fff, 'gt_s'); clamp(-0x8000, 'lt_s'); } else clamp(0xffff, 'gt_u');
  }
  b.op('f64.integer_flags', x, whole, b.op(`f64.convert_i32_${s}`, word));
  return word;
}

/** x, an operand as it is in its register, as a double. */
function asDouble(b: Machine['b'], t: FloatType, x: Ref): Ref {
  const taken = operand(b, t, x);
  return t === 'f64' ? taken : b.op('f64.promote_f32', taken);
}

function fromFixed(m: Machine, o: Operands<typeof vfp.vcvtFromFixed>): void {
  const { b } = m;
  const fraction = (o.sx ? 32 : 16) - o.imm;
  if (fraction < 0) { m.undefined(); return; }
  const register = fpSlot(o.sz, o.Vd, o.D);
  let word = o.sz ? b.op('i32.wrap_i64', b.op('i64.reinterpret_f64', b.get(register))) : bitsOf(b, b.get(register));
  if (!o.sx) word = o.U ? b.op('i32.and', word, b.i32(0xffff)) : b.op('i32.extend16_s', word);
  // Both steps before the last are exact.
  const value = b.op('f64.mul', b.op(`f64.convert_i32_${o.U ? 'u' : 's'}`, word), powerOfTwo(b, -fraction));
  b.set(register, o.sz ? value : nearestSingle(b, value));
}

/** A double that is no NaN, rounded to nearest whatever FPSCR says. */
function nearestSingle(b: Machine['b'], value: Ref): Ref {
  const single = b.op('f32.demote_f64', value);
  noteRounding(b, 'f64', b.op('f64.promote_f32', single), value);
  return single;
}

function toFixed(m: Machine, o: Operands<typeof vfp.vcvtToFixed>): void {
  const { b } = m;
  const fraction = (o.sx ? 32 : 16) - o.imm;
  if (fraction < 0) { m.undefined(); return; }
  const register = fpSlot(o.sz, o.Vd, o.D);
  // The product is exact unless it overflows, and then it does not fit.
  const x = b.op('f64.mul', asDouble(b, floatType(o.sz), b.get(register)), powerOfTwo(b, fraction));
  const word = integer(m, b.op('f64.trunc', x), x, o.sx ? 32 : 16, o.U ^ 1);
  b.set(register, o.sz ? b.op('f64.reinterpret_i64', b.op(`i64.extend_i32_${o.U ? 'u' : 's'}`, word)) : fromBits(b, word));
}

/** To an integral value; `exact`: says so when that changes the value. */
const rounded = (f: (m: Machine, t: FloatType, x: Ref) => Ref, exact: boolean) => two((m, t, from) => {
  const { b } = m;
  const x = operand(b, t, from);
  const whole = f(m, t, x);
  if (exact) noteRounding(b, t, whole, x);
  return b.op(`${t}.quiet_env`, whole, x);
});

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
  vsqrt: two(({ b }, t, x) => b.op(`${t}.sqrt_env`, b.op(`${t}.sqrt`, x), x)),

  vcmp: (m: Machine, o: Operands<typeof vfp.vcmp>): void =>
    compare(m, floatType(o.sz), o.E, m.b.get(fpSlot(o.sz, o.Vd, o.D)), m.b.get(fpSlot(o.sz, o.Vm, o.M))),
  vcmpZero: (m: Machine, o: Operands<typeof vfp.vcmpZero>): void => compare(m, floatType(o.sz), o.E, m.b.get(fpSlot(o.sz, o.Vd, o.D)), o.sz ? m.b.f64bits(0, 0) : m.b.f32bits(0)),

  vcvtPrecision: ({ b }: Machine, o: Operands<typeof vfp.vcvtPrecision>): void => {
    const from = b.get(fpSlot(o.sz, o.Vm, o.M));
    const x = o.sz ? from : operand(b, 'f32', from);
    b.set(fpSlot(o.sz ^ 1, o.Vd, o.D), o.sz ? b.op('f32.demote_env', b.op('f32.demote_f64', x), x) : b.op('f64.promote_env', b.op('f64.promote_f32', x), x));
  },
  vcvtFromInt: ({ b }: Machine, o: Operands<typeof vfp.vcvtFromInt>): void => {
    const value = b.op(`f64.convert_i32_${o.signed ? 's' : 'u'}`, bitsOf(b, b.get(fpSlot(0, o.Vm, o.M))));
    b.set(fpSlot(o.sz, o.Vd, o.D), o.sz ? value : b.op('f32.demote_env', b.op('f32.demote_f64', value), value));
  },
  vcvtToInt: (m: Machine, o: Operands<typeof vfp.vcvtToInt>): void => {
    const { b } = m;
    const x = asDouble(b, floatType(o.sz), b.get(fpSlot(o.sz, o.Vm, o.M)));
    b.set(fpSlot(0, o.Vd, o.D), fromBits(b, integer(m, o.zero ? b.op('f64.trunc', x) : roundByMode(b, 'f64', x), x, 32, o.signed)));
  },
  vcvtFromFixed: fromFixed,
  vcvtToFixed: toFixed,
  vcvtFromHalf: (m: Machine, o: Operands<typeof vfp.vcvtFromHalf>): void => {
    const { b } = m;
    if (o.sz && !m.has('v8')) { m.undefined(); return; }
    const word = bitsOf(b, b.get(fpSlot(0, o.Vm, o.M)));
    const half = o.T ? b.op('i32.shr_u', word, b.i32(16)) : b.op('i32.and', word, b.i32(0xffff));
    b.set(fpSlot(o.sz, o.Vd, o.D), b.op(`${floatType(o.sz)}.from_half_env`, half));
  },
  vcvtToHalf: (m: Machine, o: Operands<typeof vfp.vcvtToHalf>): void => {
    const { b } = m;
    if (o.sz && !m.has('v8')) { m.undefined(); return; }
    const into = fpSlot(0, o.Vd, o.D);
    const half = b.op(`${floatType(o.sz)}.to_half_env`, b.get(fpSlot(o.sz, o.Vm, o.M)));
    const kept = b.op('i32.and', bitsOf(b, b.get(into)), b.i32(o.T ? 0xffff : 0xffff0000));
    b.set(into, fromBits(b, b.op('i32.or', kept, o.T ? b.op('i32.shl', half, b.i32(16)) : half)));
  },
  vrintr: rounded((m, t, x) => roundByMode(m.b, t, x), false),
  vrintx: rounded((m, t, x) => roundByMode(m.b, t, x), true),
  vrintz: rounded((m, t, x) => roundTo(m.b, t, x, 'trunc'), false),
};

/** The conditions EQ, VS, GE and GT. */
export const selectConditions = [0, 6, 10, 12] as const;

export const vfpUnconditionalSemantics: Semantics<typeof vfpUnconditional, Machine> = withShortVectors({
  vsel: (m: Machine, o: Operands<typeof vfpUnconditional.vsel>): void => {
    const holds = m.flags.condition(selectConditions[o.cc]!);
    three(({ b }, t, x, y) => b.op(`${t}.select`, x, y, holds))(m, o);
  },
  vmaxnm: numberFirst('max'),
  vminnm: numberFirst('min'),
  vrintTo: (m: Machine, o: Operands<typeof vfpUnconditional.vrintTo>): void => rounded(({ b }, t, x) => roundTo(b, t, x, roundingByRM[o.RM]!), false)(m, o),
  vcvtRounded: (m: Machine, o: Operands<typeof vfpUnconditional.vcvtRounded>): void => {
    const x = asDouble(m.b, floatType(o.sz), m.b.get(fpSlot(o.sz, o.Vm, o.M)));
    m.b.set(fpSlot(0, o.Vd, o.D), fromBits(m.b, integer(m, roundTo(m.b, 'f64', x, roundingByRM[o.RM]!), x, 32, o.signed)));
  },
});
