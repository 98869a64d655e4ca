// The media instructions: extension, bit fields, reversal, packing, saturation, CRC. ARM ARM (DDI 0406), A5.4, A6.3.
import type { Ref } from '../../../translate/ir.ts';
import { GE } from '../state.ts';
import type { Machine } from './machine.ts';
import { setQ } from './multiply.ts';
import { shiftedBy } from './shift.ts';

type One = { readonly Rd: number; readonly Rm: number };
type Two = One & { readonly Rn: number };

/** Extensions of a value already rotated. The two of a pair of bytes give a pair of halfwords. */
const extensions = {
  sxtb: (m: Machine, x: Ref) => m.b.op('i32.extend8_s', x),
  sxth: (m: Machine, x: Ref) => m.b.op('i32.extend16_s', x),
  uxtb: (m: Machine, x: Ref) => m.b.op('i32.and', x, m.b.i32(0xff)),
  uxth: (m: Machine, x: Ref) => m.b.op('i32.and', x, m.b.i32(0xffff)),
  uxtb16: (m: Machine, x: Ref) => m.b.op('i32.and', x, m.b.i32(0x00ff00ff)),
  sxtb16: (m: Machine, x: Ref) => joinHalves(m, m.b.op('i32.extend8_s', x), m.b.op('i32.shl', m.b.op('i32.extend8_s', m.b.op('i32.shr_u', x, m.b.i32(16))), m.b.i32(16))),
} as const;
export type Extension = keyof typeof extensions;

function joinHalves(m: Machine, low: Ref, high: Ref): Ref {
  return m.b.op('i32.or', m.b.op('i32.and', low, m.b.i32(0xffff)), m.b.op('i32.and', high, m.b.i32(0xffff0000)));
}

/** Adds the halves without a carry between them. */
function addHalves(m: Machine, x: Ref, y: Ref): Ref {
  const upper = (ref: Ref): Ref => m.b.op('i32.and', ref, m.b.i32(0xffff0000));
  return joinHalves(m, m.b.op('i32.add', x, y), m.b.op('i32.add', upper(x), upper(y)));
}

/** SXTAB and the like; Rn 15 means that there is nothing to add. */
export const extend = (kind: Extension) => (m: Machine, o: One & { readonly Rn?: number; readonly rotate?: number }): void => {
  const value = extensions[kind](m, m.b.op('i32.rotr', m.reg(o.Rm), m.b.i32(8 * (o.rotate ?? 0))));
  if (o.Rn === undefined || o.Rn === 15) m.setReg(o.Rd, value);
  else m.setReg(o.Rd, kind.endsWith('16') ? addHalves(m, m.reg(o.Rn), value) : m.b.op('i32.add', m.reg(o.Rn), value));
};

export const rev = (m: Machine, o: One): void => m.setReg(o.Rd, m.b.op('i32.bswap', m.reg(o.Rm)));
export const rev16 = (m: Machine, o: One): void => m.setReg(o.Rd, m.b.op('i32.bswap16', m.reg(o.Rm)));
export const revsh = (m: Machine, o: One): void => m.setReg(o.Rd, m.b.op('i32.extend16_s', m.b.op('i32.bswap16', m.reg(o.Rm))));
export const clz = (m: Machine, o: One): void => m.setReg(o.Rd, m.b.op('i32.clz', m.reg(o.Rm)));

/** Exchanges neighbours at distances of 1, 2 and 4 bits, then the bytes. */
export function rbit(m: Machine, o: One): void {
  const { b } = m;
  let x = m.reg(o.Rm);
  for (const [distance, mask] of [[1, 0x55555555], [2, 0x33333333], [4, 0x0f0f0f0f]] as const) {
    const down = b.op('i32.and', b.op('i32.shr_u', x, b.i32(distance)), b.i32(mask));
    x = b.op('i32.or', down, b.op('i32.shl', b.op('i32.and', x, b.i32(mask)), b.i32(distance)));
  }
  m.setReg(o.Rd, b.op('i32.bswap', x));
}

/** PKHBT (tb 0, shift left) and PKHTB (tb 1, arithmetic shift right). */
export function pkh(m: Machine, o: Two & { readonly imm5: number; readonly tb: number }): void {
  const shifted = shiftedBy(m, o.Rm, o.tb ? 2 : 0, o.imm5).value;
  m.setReg(o.Rd, o.tb ? joinHalves(m, shifted, m.reg(o.Rn)) : joinHalves(m, m.reg(o.Rn), shifted));
}

/** Picks bytes of Rn where GE is set, of Rm where not. */
export function sel(m: Machine, o: Two): void {
  const { b } = m;
  const other = m.reg(o.Rm);
  m.setReg(o.Rd, b.op('i32.xor', other, b.op('i32.and', b.op('i32.xor', m.reg(o.Rn), other), b.get(GE))));
}

/** The sum of the absolute differences of bytes. */
export function usada8(m: Machine, o: Two & { readonly Ra: number }): void {
  const { b } = m;
  const x = b.op('i32x4.splat', m.reg(o.Rn));
  const y = b.op('i32x4.splat', m.reg(o.Rm));
  const difference = b.op('i8x16.sub', b.op('i8x16.max_u', x, y), b.op('i8x16.min_u', x, y));
  const sum = b.op('i32x4.extract_lane', b.op('i32x4.extadd_pairwise_i16x8_u', b.op('i16x8.extadd_pairwise_i8x16_u', difference)));
  m.setReg(o.Rd, o.Ra === 15 ? sum : b.op('i32.add', sum, m.reg(o.Ra)));
}

type Field = { readonly Rd: number; readonly Rn: number; readonly lsb: number };

export function sbfx(m: Machine, o: Field & { readonly widthm1: number }): void {
  const { b } = m;
  const above = 31 - o.widthm1 - o.lsb;
  if (above < 0) { m.undefined(); return; }
  m.setReg(o.Rd, b.op('i32.shr_s', b.op('i32.shl', m.reg(o.Rn), b.i32(above)), b.i32(31 - o.widthm1)));
}

export function ubfx(m: Machine, o: Field & { readonly widthm1: number }): void {
  const { b } = m;
  if (o.lsb + o.widthm1 > 31) { m.undefined(); return; }
  const down = b.op('i32.shr_u', m.reg(o.Rn), b.i32(o.lsb));
  m.setReg(o.Rd, o.lsb + o.widthm1 === 31 ? down : b.op('i32.and', down, b.i32(2 ** (o.widthm1 + 1) - 1)));
}

/** BFI; Rn 15 is BFC. */
export function bfi(m: Machine, o: Field & { readonly msb: number }): void {
  const { b } = m;
  if (o.msb < o.lsb) { m.undefined(); return; }
  const mask = ((2 ** (o.msb - o.lsb + 1) - 1) << o.lsb) | 0;
  const kept = b.op('i32.and', m.reg(o.Rd), b.i32(~mask));
  m.setReg(o.Rd, o.Rn === 15 ? kept : b.op('i32.or', kept, b.op('i32.and', b.op('i32.shl', m.reg(o.Rn), b.i32(o.lsb)), b.i32(mask))));
}

/** `x` held between two bounds; Q if it was outside. */
function saturate(m: Machine, rd: number, x: Ref, low: number, high: number): void {
  const { b } = m;
  const atMost = b.op('i32.select', x, b.i32(high), b.op('i32.lt_s', x, b.i32(high)));
  const result = b.op('i32.select', atMost, b.i32(low), b.op('i32.gt_s', atMost, b.i32(low)));
  setQ(m, b.op('i32.ne', result, x));
  m.setReg(rd, result);
}

type Saturate = { readonly Rd: number; readonly Rn: number; readonly sat_imm: number };
type Shifted = { readonly imm5: number; readonly sh: number };

export function ssat(m: Machine, o: Saturate & Shifted): void {
  saturate(m, o.Rd, shiftedBy(m, o.Rn, o.sh ? 2 : 0, o.imm5).value, -(2 ** o.sat_imm), 2 ** o.sat_imm - 1);
}

export function usat(m: Machine, o: Saturate & Shifted): void {
  saturate(m, o.Rd, shiftedBy(m, o.Rn, o.sh ? 2 : 0, o.imm5).value, 0, 2 ** o.sat_imm - 1);
}

function saturateHalves(m: Machine, o: Saturate, low: number, high: number): void {
  const { b } = m;
  const bound = (value: number): Ref => b.op('i16x8.splat', b.i32(value));
  const x = m.reg(o.Rn);
  const result = b.op('i32x4.extract_lane', b.op('i16x8.max_s', b.op('i16x8.min_s', b.op('i32x4.splat', x), bound(high)), bound(low)));
  setQ(m, b.op('i32.ne', result, x));
  m.setReg(o.Rd, result);
}

export function ssat16(m: Machine, o: Saturate): void { saturateHalves(m, o, -(2 ** o.sat_imm), 2 ** o.sat_imm - 1); }
export function usat16(m: Machine, o: Saturate): void { saturateHalves(m, o, 0, 2 ** o.sat_imm - 1); }

/** a + b or a - b; when that overflows, Q and the bound that it went past. */
function saturating(m: Machine, op: 'add' | 'sub', x: Ref, y: Ref): Ref {
  const { b } = m;
  const plain = b.op(`i32.${op}`, x, y);
  const overflow = b.op(`i32.${op}_overflow`, x, y, plain);
  setQ(m, overflow);
  return b.op('i32.select', b.op('i32.xor', b.op('i32.shr_s', plain, b.i32(31)), b.i32(0x80000000)), plain, overflow);
}

/** QADD, QSUB, and QDADD, QDSUB, which double Rn first. */
export const saturatingArithmetic = (op: 'add' | 'sub', doubled: boolean) => (m: Machine, o: Two): void => {
  const n = m.reg(o.Rn);
  m.setReg(o.Rd, saturating(m, op, m.reg(o.Rm), doubled ? saturating(m, 'add', n, n) : n));
};

/** CRC32 and CRC32C of 8, 16 or 32 bits: the reflected polynomials, a bit at a time. */
export function crc32(m: Machine, o: Two & { readonly sz: number; readonly C: number }): void {
  const { b } = m;
  const bits = 8 << o.sz;
  const data = bits === 32 ? m.reg(o.Rm) : b.op('i32.and', m.reg(o.Rm), b.i32(2 ** bits - 1));
  let crc = b.op('i32.xor', m.reg(o.Rn), data);
  for (let i = 0; i < bits; i++) {
    const feedback = b.op('i32.and', b.op('i32.sub', b.i32(0), b.op('i32.and', crc, b.i32(1))), b.i32(o.C ? 0x82f63b78 : 0xedb88320));
    crc = b.op('i32.xor', b.op('i32.shr_u', crc, b.i32(1)), feedback);
  }
  m.setReg(o.Rd, crc);
}
