// Multiplications and divisions. ARM ARM (DDI 0406), A5.2.5 to A5.2.7 and A6.3.16.
import type { Ref } from '../../../translate/ir.ts';
import { NF, QF, ZF } from '../state.ts';
import type { Machine } from './machine.ts';

type Two = { readonly Rd: number; readonly Rn: number; readonly Rm: number };
type Three = Two & { readonly Ra: number };
type Long = { readonly RdLo: number; readonly RdHi: number; readonly Rn: number; readonly Rm: number };

const signed = (m: Machine, x: Ref): Ref => m.b.op('i64.extend_i32_s', x);
const unsigned = (m: Machine, x: Ref): Ref => m.b.op('i64.extend_i32_u', x);
const product = (m: Machine, o: { readonly Rn: number; readonly Rm: number }): Ref => m.b.op('i32.mul', m.reg(o.Rn), m.reg(o.Rm));
/** Sets Q if `overflow` is not zero (and is 0 or 1). */
export const setQ = (m: Machine, overflow: Ref): void => m.b.set(QF, m.b.op('i32.or', m.b.get(QF), overflow));

export function mul(m: Machine, o: Two & { readonly S: number }): void {
  const result = product(m, o);
  if (o.S) m.flags.setNZ(result);
  m.setReg(o.Rd, result);
}

/** In T32 the accumulator r15 means MUL. */
export function mla(m: Machine, o: Three & { readonly S?: number }): void {
  const result = m.thumb && o.Ra === 15 ? product(m, o) : m.b.op('i32.add', product(m, o), m.reg(o.Ra));
  if (o.S) m.flags.setNZ(result);
  m.setReg(o.Rd, result);
}

export function mls(m: Machine, o: Three): void { m.setReg(o.Rd, m.b.op('i32.sub', m.reg(o.Ra), product(m, o))); }

function writeLong(m: Machine, o: Long, value: Ref, flags: number | undefined): void {
  const low = m.b.op('i32.wrap_i64', value);
  const high = m.b.op('i32.high', value);
  if (flags) {
    m.flags.forget();
    m.b.set(NF, high);
    m.b.set(ZF, m.b.op('i32.or', low, high));
  }
  m.setReg(o.RdLo, low);
  m.setReg(o.RdHi, high);
}

const accumulator = (m: Machine, o: Long): Ref => m.b.op('i64.pair', m.reg(o.RdLo), m.reg(o.RdHi));

export const long = (extend: 's' | 'u', accumulate: boolean) => (m: Machine, o: Long & { readonly S?: number }): void => {
  const wide = extend === 's' ? signed : unsigned;
  const value = m.b.op('i64.mul', wide(m, m.reg(o.Rn)), wide(m, m.reg(o.Rm)));
  writeLong(m, o, accumulate ? m.b.op('i64.add', value, accumulator(m, o)) : value, o.S);
};

export function umaal(m: Machine, o: Long): void {
  const value = m.b.op('i64.mul', unsigned(m, m.reg(o.Rn)), unsigned(m, m.reg(o.Rm)));
  writeLong(m, o, m.b.op('i64.add', m.b.op('i64.add', value, unsigned(m, m.reg(o.RdLo))), unsigned(m, m.reg(o.RdHi))), 0);
}

/** A signed half of a register. */
const half = (m: Machine, x: Ref, top: number): Ref => (top ? m.b.op('i32.shr_s', x, m.b.i32(16)) : m.b.op('i32.extend16_s', x));

/** x + Ra; Q if that overflows. Without an accumulator (r15 in those encodings that have it so) just x. */
function accumulateQ(m: Machine, rd: number, x: Ref, ra: number): void {
  if (ra === 15) { m.setReg(rd, x); return; }
  const a = m.reg(ra);
  const sum = m.b.op('i32.add', x, a);
  setQ(m, m.b.op('i32.add_overflow', x, a, sum));
  m.setReg(rd, sum);
}

const halves = (m: Machine, o: { readonly Rn: number; readonly Rm: number; readonly N: number; readonly M: number }): Ref =>
  m.b.op('i32.mul', half(m, m.reg(o.Rn), o.N), half(m, m.reg(o.Rm), o.M));

export function smlaxy(m: Machine, o: Three & { readonly N: number; readonly M: number }): void { accumulateQ(m, o.Rd, halves(m, o), o.Ra); }
export function smulxy(m: Machine, o: Two & { readonly N: number; readonly M: number }): void { m.setReg(o.Rd, halves(m, o)); }
export function smlalxy(m: Machine, o: Long & { readonly N: number; readonly M: number }): void {
  writeLong(m, o, m.b.op('i64.add', signed(m, halves(m, o)), accumulator(m, o)), 0);
}

/** The upper 32 bits of a 48-bit product. */
const byHalf = (m: Machine, o: { readonly Rn: number; readonly Rm: number; readonly M: number }): Ref =>
  m.b.op('i32.wrap_i64', m.b.op('i64.shr_s', m.b.op('i64.mul', signed(m, m.reg(o.Rn)), signed(m, half(m, m.reg(o.Rm), o.M))), m.b.i64(16)));

export function smlaw(m: Machine, o: Three & { readonly M: number }): void { accumulateQ(m, o.Rd, byHalf(m, o), o.Ra); }
export function smulw(m: Machine, o: Two & { readonly M: number }): void { m.setReg(o.Rd, byHalf(m, o)); }

/** The two products of halves, as doublewords; M exchanges the halves of Rm. */
function twoProducts(m: Machine, o: { readonly Rn: number; readonly Rm: number; readonly M: number }): readonly [Ref, Ref] {
  const n = m.reg(o.Rn);
  const k = m.reg(o.Rm);
  return [
    signed(m, m.b.op('i32.mul', half(m, n, 0), half(m, k, o.M))),
    signed(m, m.b.op('i32.mul', half(m, n, 1), half(m, k, 1 - o.M))),
  ];
}

/** SMLAD, SMLSD and, with r15 as accumulator, SMUAD, SMUSD. */
export const dual = (op: 'i64.add' | 'i64.sub') => (m: Machine, o: Three & { readonly M: number }): void => {
  const [low, high] = twoProducts(m, o);
  let sum = m.b.op(op, low, high);
  if (o.Ra !== 15) sum = m.b.op('i64.add', sum, signed(m, m.reg(o.Ra)));
  const result = m.b.op('i32.wrap_i64', sum);
  setQ(m, m.b.op('i64.ne', sum, signed(m, result)));
  m.setReg(o.Rd, result);
};

export const dualLong = (op: 'i64.add' | 'i64.sub') => (m: Machine, o: Long & { readonly M: number }): void => {
  const [low, high] = twoProducts(m, o);
  writeLong(m, o, m.b.op('i64.add', m.b.op(op, low, high), accumulator(m, o)), 0);
};

/** SMMLA, SMMLS, SMMUL: the most significant word, rounded if R. */
export const mostSignificant = (op: 'i64.add' | 'i64.sub') => (m: Machine, o: Three & { readonly R: number }): void => {
  const { b } = m;
  let value = b.op('i64.mul', signed(m, m.reg(o.Rn)), signed(m, m.reg(o.Rm)));
  if (o.Ra !== 15 || op === 'i64.sub') value = b.op(op, b.op('i64.pair', b.i32(0), m.reg(o.Ra)), value);
  if (o.R) value = b.op('i64.add', value, b.i64(0x80000000 | 0, 0));
  m.setReg(o.Rd, b.op('i32.high', value));
};

/** Division by zero gives zero; Wasm's would trap, so it never sees a zero. */
export function udiv(m: Machine, o: Two): void {
  const { b } = m;
  const y = m.reg(o.Rm);
  const quotient = b.op('i32.div_u', m.reg(o.Rn), b.op('i32.or', y, b.op('i32.eqz', y)));
  m.setReg(o.Rd, b.op('i32.select', quotient, b.i32(0), y));
}

/** Nor does it see the one quotient that overflows, which is the dividend: it is divided by 1 instead. */
export function sdiv(m: Machine, o: Two): void {
  const { b } = m;
  const x = m.reg(o.Rn);
  const y = m.reg(o.Rm);
  const overflows = b.op('i32.and', b.op('i32.eq', x, b.i32(0x80000000)), b.op('i32.eq', y, b.i32(-1)));
  const quotient = b.op('i32.div_s', x, b.op('i32.select', b.i32(1), y, b.op('i32.or', b.op('i32.eqz', y), overflows)));
  m.setReg(o.Rd, b.op('i32.select', quotient, b.i32(0), y));
}
