// The flexible second operand: immediates as they are encoded, and shifted registers with the shifter's carry-out.
// ARM ARM (DDI 0406), A5.2.4 (A32 immediates), A6.3.2 (T32 immediates), A8.4 (shifts).
import type { Ref } from '../../../translate/ir.ts';
import { CF } from '../state.ts';
import type { Machine } from './machine.ts';

/** An operand. `carry` makes the shifter's carry-out; null when it is the C flag as it was. */
export type Operand = { readonly value: Ref; readonly carry: (() => Ref) | null; /** The register that it is unchanged, or -1. */ readonly register: number };

export const LSL = 0;
export const LSR = 1;
export const ASR = 2;
export const ROR = 3;

const rotateRight = (value: number, by: number): number => (by === 0 ? value : (value >>> by) | (value << (32 - by)));

/** The value of a 12-bit immediate. */
export function immediateValue(thumb: boolean, imm12: number): number {
  const byte = imm12 & 0xff;
  if (!thumb) return rotateRight(byte, (imm12 >>> 8) * 2);
  switch (imm12 >>> 8) {
    case 0: return byte;
    case 1: return byte * 0x00010001;
    case 2: return byte * 0x01000100;
    case 3: return byte * 0x01010101;
    default: return rotateRight(0x80 | (imm12 & 0x7f), imm12 >>> 7);
  }
}

/** A 12-bit immediate of the instruction set that the instruction is in. One that is rotated gives its top bit as carry. */
export function expandImmediate(m: Machine, imm12: number): Operand {
  const value = immediateValue(m.thumb, imm12);
  const rotated = imm12 >>> 8 > (m.thumb ? 3 : 0);
  return { value: m.b.i32(value), carry: rotated ? () => m.b.i32(value >>> 31) : null, register: -1 };
}

export const plain = (m: Machine, rm: number): Operand => ({ value: m.reg(rm), carry: null, register: rm });

/** A register shifted by a constant: the encoded amount 0 means 32 for LSR and ASR, and RRX for ROR. */
export function shiftedBy(m: Machine, rm: number, type: number, imm5: number): Operand {
  const { b } = m;
  const x = m.reg(rm);
  const bit = (n: number) => () => b.op('i32.and', b.op('i32.shr_u', x, b.i32(n)), b.i32(1));
  const sign = () => b.op('i32.shr_u', x, b.i32(31));
  switch (type) {
    case LSL:
      if (imm5 === 0) return plain(m, rm);
      return { value: b.op('i32.shl', x, b.i32(imm5)), carry: bit(32 - imm5), register: -1 };
    case LSR:
      if (imm5 === 0) return { value: b.i32(0), carry: sign, register: -1 };
      return { value: b.op('i32.shr_u', x, b.i32(imm5)), carry: bit(imm5 - 1), register: -1 };
    case ASR:
      if (imm5 === 0) return { value: b.op('i32.shr_s', x, b.i32(31)), carry: sign, register: -1 };
      return { value: b.op('i32.shr_s', x, b.i32(imm5)), carry: bit(imm5 - 1), register: -1 };
    default: {
      if (imm5 === 0) {
        const value = b.op('i32.or', b.op('i32.shl', b.get(CF), b.i32(31)), b.op('i32.shr_u', x, b.i32(1)));
        return { value, carry: bit(0), register: -1 };
      }
      return { value: b.op('i32.rotr', x, b.i32(imm5)), carry: bit(imm5 - 1), register: -1 };
    }
  }
}

/** A register shifted by the low byte of another. */
export function shiftedByRegister(m: Machine, rm: number, type: number, rs: number): Operand {
  const { b } = m;
  const x = m.reg(rm);
  const amount = b.op('i32.and', m.reg(rs), b.i32(0xff));
  /** `shifted` if the amount is not zero, else C as it was. */
  const unlessZero = (shifted: Ref): Ref => b.op('i32.select', shifted, b.get(CF), amount);
  const atMost = (limit: number): Ref => b.op('i32.select', amount, b.i32(limit), b.op('i32.lt_u', amount, b.i32(limit)));
  // With the value in one half of a doubleword, the bit shifted out last is beside it. 63 is as good as anything above.
  const wide = (op: string, word: Ref): Ref => b.op(op, word, b.op('i64.extend_i32_u', atMost(63)));
  const upper = (): Ref => b.op('i64.pair', b.i32(0), x);
  const below = (op: string) => () => unlessZero(b.op('i32.shr_u', b.op('i32.wrap_i64', wide(op, upper())), b.i32(31)));
  const ifShort = (op: string): Ref => b.op('i32.select', b.op(op, x, amount), b.i32(0), b.op('i32.lt_u', amount, b.i32(32)));
  switch (type) {
    case LSL:
      return {
        value: ifShort('i32.shl'),
        carry: () => unlessZero(b.op('i32.and', b.op('i32.high', wide('i64.shl', b.op('i64.extend_i32_u', x))), b.i32(1))), register: -1,
      };
    case LSR: return { value: ifShort('i32.shr_u'), carry: below('i64.shr_u'), register: -1 };
    case ASR: return { value: b.op('i32.shr_s', x, atMost(31)), carry: below('i64.shr_s'), register: -1 };
    default: {
      const value = b.op('i32.rotr', x, amount);
      return { value, carry: () => unlessZero(b.op('i32.shr_u', value, b.i32(31))), register: -1 };
    }
  }
}
