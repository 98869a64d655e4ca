// Floating-point arithmetic, conversion and comparison, in line where the rounding mode is 'to nearest, ties to even' and
// the precision single or double. The rest runs in callouts.ts, exact but slow: other modes, half precision, rare instructions.
import type { Ref } from '../../../translate/ir.ts';
import { frm, type Xlen } from '../state.ts';
import { D, H, floatLoad, floatStore, highToInteger, loadConstant, moveFromInteger, moveToInteger, pairToDouble, read, sign, typeOf, write, type FloatType } from './float-moves.ts';
import type { Machine } from './machine.ts';

type Two = { readonly fmt: number; readonly rs1: number; readonly rs2: number; readonly rd: number };
type Rounded = { readonly rm: number };
const RNE = 0, RMM = 4, DYN = 7;

/**
 * What the rounding mode says: true when the instruction can be done in line, to nearest. Otherwise it has been dealt with:
 * as a callout, or as illegal when the mode is reserved.
 */
function nearest(m: Machine, fmt: number, rm: number): boolean {
  if (rm > RMM && rm !== DYN) { m.illegal(); return false; }
  if (fmt !== H && (rm === RNE || (rm === DYN && m.mode === 0))) return true;
  dynamic(m, rm);
  return false;
}

/** Runs the instruction as a callout; a dynamic rounding mode that is reserved makes it illegal. */
function dynamic(m: Machine, rm: number): void {
  const { b } = m;
  if (rm === DYN && m.mode === 1) {
    const [bad, good] = [b.newBlock(), b.newBlock()];
    b.end({ kind: 'branch', cond: b.op('i32.gt_u', b.get(frm), b.i32(RMM)), then: bad, else: good });
    b.start(bad);
    m.mark();
    m.illegal();
    b.start(good);
    m.mark();
  }
  m.soft();
}

const arithmetic = (op: 'add' | 'sub' | 'mul' | 'div') => (m: Machine, o: Two & Rounded): void => {
  if (!nearest(m, o.fmt, o.rm)) return;
  const { b } = m;
  const t = typeOf(o.fmt);
  const [x, y] = [read(m, o.fmt, o.rs1), read(m, o.fmt, o.rs2)];
  write(m, o.fmt, o.rd, b.op(`${t}.${op}_env`, b.op(`${t}.${op}`, x, y), x, y));
};

function squareRoot(m: Machine, o: Omit<Two, 'rs2'> & Rounded): void {
  if (!nearest(m, o.fmt, o.rm)) return;
  const { b } = m;
  const t = typeOf(o.fmt);
  const x = read(m, o.fmt, o.rs1);
  write(m, o.fmt, o.rd, b.op(`${t}.sqrt_env`, b.op(`${t}.sqrt`, x), x));
}

/** rs1 * rs2 + rs3 with the product, or the addend, or both negated. */
const fused = (product: boolean, addend: boolean) => (m: Machine, o: Two & Rounded & { readonly rs3: number }): void => {
  if (!nearest(m, o.fmt, o.rm)) return;
  const { b } = m;
  const t = typeOf(o.fmt);
  const negated = (n: number, yes: boolean): Ref => (yes ? b.op(`${t}.neg`, read(m, o.fmt, n)) : read(m, o.fmt, n));
  const [x, y, z] = [negated(o.rs1, product), read(m, o.fmt, o.rs2), negated(o.rs3, addend)];
  write(m, o.fmt, o.rd, b.op(`${t}.fma_env`, x, y, z));
};

const INVALID = 16;
/** Raises invalid if the condition (0 or 1) holds. */
const raiseInvalid = (m: Machine, cond: Ref): void => { m.b.op('float.raise', m.b.op('i32.shl', cond, m.b.i32(4))); };
const isNaN = (m: Machine, t: FloatType, x: Ref): Ref => m.b.op(`${t}.ne`, x, x);
const anySignalling = (m: Machine, t: FloatType, x: Ref, y: Ref): Ref =>
  m.b.op('i32.or', m.b.op(`${t}.is_signalling`, x), m.b.op(`${t}.is_signalling`, y));

const extreme = (op: 'min' | 'max') => (m: Machine, o: Two): void => {
  if (o.fmt === H) { m.soft(); return; }
  const { b } = m;
  const t = typeOf(o.fmt);
  const [x, y] = [read(m, o.fmt, o.rs1), read(m, o.fmt, o.rs2)];
  raiseInvalid(m, anySignalling(m, t, x, y));
  const number = b.op(`${t}.select`, y, b.op(`${t}.select`, x, b.op(`${t}.${op}`, x, y), isNaN(m, t, y)), isNaN(m, t, x));
  write(m, o.fmt, o.rd, b.op(`${t}.canonical`, number));
};

const compare = (op: 'eq' | 'lt' | 'le', signals: boolean) => (m: Machine, o: Two): void => {
  if (o.fmt === H) { m.soft(); return; }
  const { b } = m;
  const t = typeOf(o.fmt);
  const [x, y] = [read(m, o.fmt, o.rs1), read(m, o.fmt, o.rs2)];
  raiseInvalid(m, signals ? b.op('i32.or', isNaN(m, t, x), isNaN(m, t, y)) : anySignalling(m, t, x, y));
  m.setX(o.rd, m.extend(b.op(`${t}.${op}`, x, y), 'u'));
};

type ToInteger = { readonly fmt: number; readonly to: number; readonly rs1: number; readonly rd: number; readonly rm: number };
/** [least, least out of range above] of the integers, as doubles, and Wasm's conversion. */
const ranges = [
  { low: -(2 ** 31), high: 2 ** 31, convert: 'i32.trunc_sat_f64_s', wide: false }, { low: 0, high: 2 ** 32, convert: 'i32.trunc_sat_f64_u', wide: false },
  { low: -(2 ** 63), high: 2 ** 63, convert: 'i64.trunc_sat_f64_s', wide: true }, { low: 0, high: 2 ** 64, convert: 'i64.trunc_sat_f64_u', wide: true },
] as const;
const scratch = new DataView(new ArrayBuffer(8));
const double = (m: Machine, value: number): Ref => {
  scratch.setFloat64(0, value);
  return m.b.f64bits(scratch.getInt32(4), scratch.getInt32(0));
};
const roundings = ['nearest', 'trunc', 'floor', 'ceil'] as const;

function toInteger(m: Machine, o: ToInteger): void {
  const { b } = m;
  const range = ranges[o.to]!;
  const rm = o.rm === DYN && m.mode === 0 ? RNE : o.rm;
  if ((range.wide && m.xlen === 32) || (rm > RMM && rm !== DYN)) { m.illegal(); return; }
  if (o.fmt === H || rm >= RMM) { dynamic(m, rm); return; }
  const x = o.fmt === D ? read(m, D, o.rs1) : b.op('f64.promote_f32', read(m, o.fmt, o.rs1));
  const whole = b.op(`f64.${roundings[rm]!}`, x);
  const fits = b.op('i32.and', b.op('f64.ge', whole, double(m, range.low)), b.op('f64.lt', whole, double(m, range.high)));
  b.op('float.raise', b.op('i32.select', b.op('f64.ne', whole, x), b.i32(INVALID), fits));
  const [least, t] = range.wide ? ['i64', 'i64'] as const : ['i32', 'i32'] as const;
  const value = b.op(range.convert, whole);
  // A NaN gives the largest integer.
  const most = least === 'i64' ? (range.low === 0 ? b.i64(-1, -1) : b.i64(-1, 0x7fffffff)) : b.i32(range.low === 0 ? -1 : 0x7fffffff);
  const result = b.op(`${t}.select`, most, value, isNaN(m, 'f64', x));
  if (t === 'i64') m.setX(o.rd, result); else m.setW(o.rd, result);
}

function fromInteger(m: Machine, o: { readonly fmt: number; readonly from: number; readonly rs1: number; readonly rd: number; readonly rm: number }): void {
  const { b } = m;
  const wide = o.from >= 2;
  const unsigned = (o.from & 1) === 1;
  if (wide && m.xlen === 32) { m.illegal(); return; }
  if (!nearest(m, o.fmt, o.rm)) return;
  const t = typeOf(o.fmt);
  const [i, s] = [wide ? 'i64' : 'i32', unsigned ? 'u' : 's'];
  const value = wide ? m.x(o.rs1) : m.x32(o.rs1);
  const result = b.op(`${t}.convert_${i}_${s}`, value);
  if (wide || t === 'f32') {
    // Inexact unless the way back gives the same; one past the largest integer comes back as that.
    const back = b.op(`${i}.trunc_sat_${t}_${s}`, result);
    const past = 2 ** ((wide ? 64 : 32) - (unsigned ? 0 : 1));
    scratch.setFloat32(0, past);
    const limit = t === 'f32' ? b.f32bits(scratch.getInt32(0)) : double(m, past);
    b.op('float.raise', b.op('i32.or', b.op(`${i}.ne`, back, value), b.op(`${t}.eq`, result, limit)));
  }
  write(m, o.fmt, o.rd, result);
}

function convert(m: Machine, o: { readonly fmt: number; readonly from: number; readonly rs1: number; readonly rd: number; readonly rm: number }): void {
  const { b } = m;
  if (o.fmt === o.from) { m.illegal(); return; }
  if (o.fmt === H || o.from === H) { if (nearest(m, H, o.rm)) m.illegal(); return; }
  if (!nearest(m, o.fmt, o.rm)) return;
  const x = read(m, o.from, o.rs1);
  write(m, o.fmt, o.rd, o.fmt === D ? b.op('f64.promote_env', b.op('f64.promote_f32', x), x) : b.op('f32.demote_env', b.op('f32.demote_f64', x), x));
}

/** Rare ones that need no rounding mode, and those that do. */
const soft = (m: Machine): void => m.soft();
const softRounded = (m: Machine, o: Rounded): void => { if (o.rm > RMM && o.rm !== DYN) m.illegal(); else dynamic(m, o.rm); };

export const float = (xlen: Xlen) => ({
  flh: floatLoad.h, flw: floatLoad.s, fld: floatLoad.d, fsh: floatStore.h, fsw: floatStore.s, fsd: floatStore.d,
  fadd: arithmetic('add'), fsub: arithmetic('sub'), fmul: arithmetic('mul'), fdiv: arithmetic('div'), fsqrt: squareRoot,
  fmadd: fused(false, false), fmsub: fused(false, true), fnmsub: fused(true, false), fnmadd: fused(true, true),
  fsgnj: sign('copy'), fsgnjn: sign('negate'), fsgnjx: sign('multiply'),
  fmin: extreme('min'), fmax: extreme('max'), fminm: soft, fmaxm: soft,
  feq: compare('eq', false), flt: compare('lt', true), fle: compare('le', true), fltq: compare('lt', false), fleq: compare('le', false),
  fcvt_x_f: toInteger, fcvt_f_x: fromInteger, fcvt_f_f: convert, fround: softRounded, froundnx: softRounded,
  fcvtmod_w_d: soft, fclass: soft, fmv_x_f: moveToInteger, fmv_f_x: moveFromInteger, fli: loadConstant,
  ...(xlen === 32 ? { fmvh_x_d: highToInteger, fmvp_d_x: pairToDouble } : {}),
});
