// Parallel addition and subtraction on the bytes or halfwords of a register: the same lane operations as vectors', done
// on a vector that holds the register. ARM ARM (DDI 0406), A5.4.1, A5.4.2, A6.3.13, A6.3.14.
import type { Ref } from '../../../translate/ir.ts';
import { GE } from '../state.ts';
import type { Machine } from './machine.ts';

export type Prefix = 's' | 'q' | 'sh' | 'u' | 'uq' | 'uh';
/** The prefixes by their field in A32 and in T32. */
const prefixes: Readonly<Record<'a32' | 't32', readonly (Prefix | null)[]>> = {
  a32: [null, 's', 'q', 'sh', null, 'u', 'uq', 'uh'],
  t32: ['s', 'q', 'sh', null, 'u', 'uq', 'uh', null],
};

type Shape = 'i8x16' | 'i16x8';
type Lanes = { readonly value: Ref; /** All ones in the lanes whose GE bits are set. */ readonly ge: Ref | null };

const signs = { i8x16: 0x80808080, i16x8: 0x80008000 } as const;

/**
 * Halving rests on the rounding average (a + b + 1) >> 1. A difference's half is the average of a and not b, less half
 * the range; a sum's is the average of both, less the bit that was rounded up. Signed operands are moved by half the range.
 */
function halving(m: Machine, shape: Shape, add: boolean, isSigned: boolean, x: Ref, y: Ref): Lanes {
  const { b } = m;
  const sign = b.i32(signs[shape]);
  const vector = (ref: Ref): Ref => b.op('i32x4.splat', ref);
  const moved = (ref: Ref): Ref => (isSigned ? b.op('i32.xor', ref, sign) : ref);
  const left = vector(moved(x));
  if (!add) {
    const average = b.op(`${shape}.avgr_u`, left, vector(b.op('i32.xor', moved(y), b.i32(-1))));
    return { value: b.op('v128.xor', average, vector(sign)), ge: null };
  }
  const right = vector(moved(y));
  const odd = b.op('v128.and', b.op('v128.xor', left, right), vector(b.i32(shape === 'i8x16' ? 0x01010101 : 0x00010001)));
  const sum = b.op(`${shape}.sub`, b.op(`${shape}.avgr_u`, left, right), odd);
  return { value: isSigned ? b.op('v128.xor', sum, vector(sign)) : sum, ge: null };
}

/** What the GE bits say: that the exact result is not negative, or for unsigned sums that it carried. */
function notNegative(m: Machine, shape: Shape, add: boolean, isSigned: boolean, x: Ref, y: Ref, value: Ref): Ref {
  const { b } = m;
  if (!add) return b.op(`${shape}.ge_${isSigned ? 's' : 'u'}`, x, y);
  if (!isSigned) return b.op(`${shape}.lt_u`, value, x);
  return b.op(`${shape}.ge_s`, b.op(`${shape}.add_sat_s`, x, y), b.op('i32x4.splat', b.i32(0)));
}

function lanes(m: Machine, shape: Shape, prefix: Prefix, add: boolean, x: Ref, y: Ref): Lanes {
  const { b } = m;
  if (prefix === 'sh' || prefix === 'uh') return halving(m, shape, add, prefix === 'sh', x, y);
  const left = b.op('i32x4.splat', x);
  const right = b.op('i32x4.splat', y);
  const op = add ? 'add' : 'sub';
  if (prefix === 'q' || prefix === 'uq') return { value: b.op(`${shape}.${op}_sat_${prefix === 'q' ? 's' : 'u'}`, left, right), ge: null };
  const value = b.op(`${shape}.${op}`, left, right);
  return { value, ge: notNegative(m, shape, add, prefix === 's', left, right, value) };
}

type Operands = { readonly Rd: number; readonly Rn: number; readonly Rm: number; readonly prefix: number };
const prefixOf = (m: Machine, o: Operands): Prefix => prefixes[m.thumb ? 't32' : 'a32'][o.prefix]!;
const word = (m: Machine, vector: Ref): Ref => m.b.op('i32x4.extract_lane', vector);

export const parallel = (shape: Shape, add: boolean) => (m: Machine, o: Operands): void => {
  const { value, ge } = lanes(m, shape, prefixOf(m, o), add, m.reg(o.Rn), m.reg(o.Rm));
  if (ge !== null) m.b.set(GE, word(m, ge));
  m.setReg(o.Rd, word(m, value));
};

/** ASX adds the upper halves and subtracts the lower ones, SAX the other way, after exchanging the halves of Rm. */
export const exchanged = (upperAdds: boolean) => (m: Machine, o: Operands): void => {
  const { b } = m;
  const n = m.reg(o.Rn);
  const other = b.op('i32.rotr', m.reg(o.Rm), b.i32(16));
  const upper = lanes(m, 'i16x8', prefixOf(m, o), upperAdds, n, other);
  const lower = lanes(m, 'i16x8', prefixOf(m, o), !upperAdds, n, other);
  const join = (low: Ref, high: Ref): Ref =>
    b.op('i32.or', b.op('i32.and', word(m, low), b.i32(0xffff)), b.op('i32.and', word(m, high), b.i32(0xffff0000)));
  if (upper.ge !== null && lower.ge !== null) b.set(GE, join(lower.ge, upper.ge));
  m.setReg(o.Rd, join(lower.value, upper.value));
};
