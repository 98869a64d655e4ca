// I and M, and what is like them: arithmetic, comparison, shifts, multiplication, division, jumps, loads and stores.
import type { Ref } from '../../../translate/ir.ts';
import type { Xlen } from '../state.ts';
import type { Machine } from './machine.ts';

export type R = { readonly rd: number; readonly rs1: number; readonly rs2: number };
export type I = { readonly rd: number; readonly rs1: number; readonly simm: number };
export type Shift = { readonly rd: number; readonly rs1: number; readonly shamt: number };
type S = { readonly rs1: number; readonly rs2: number; readonly simm: number };

/** An operation of two operands, of XLEN bits (`wide`) or of 32 with the result sign-extended. */
const two = (name: string) => (m: Machine, o: R): void => { if (o.rd !== 0) m.setX(o.rd, m.b.op(name, m.x(o.rs1), m.x(o.rs2))); };
const twoW = (name: string) => (m: Machine, o: R): void => { if (o.rd !== 0) m.setW(o.rd, m.b.op(name, m.x32(o.rs1), m.x32(o.rs2))); };
const constant = (name: string) => (m: Machine, o: I): void => {
  if (o.rd !== 0) m.setX(o.rd, o.simm === 0 && /add|x?or$/.test(name) ? m.x(o.rs1) : m.b.op(name, m.x(o.rs1), m.imm(o.simm)));
};
/** A comparison gives an i32. */
const compare = (name: string) => (m: Machine, o: R): void => { if (o.rd !== 0) m.setX(o.rd, m.extend(m.b.op(name, m.x(o.rs1), m.x(o.rs2)), 'u')); };
const compareConstant = (name: string) => (m: Machine, o: I): void => {
  if (o.rd !== 0) m.setX(o.rd, m.extend(m.b.op(name, m.x(o.rs1), m.imm(o.simm)), 'u'));
};
const shift = (name: string) => (m: Machine, o: Shift): void => { if (o.rd !== 0) m.setX(o.rd, m.b.op(name, m.x(o.rs1), m.imm(o.shamt))); };
const shiftW = (name: string) => (m: Machine, o: Shift): void => { if (o.rd !== 0) m.setW(o.rd, m.b.op(name, m.x32(o.rs1), m.b.i32(o.shamt))); };

/**
 * Division never traps: by zero the quotient is all ones and the remainder the dividend; where the quotient overflows it is
 * the dividend and the remainder zero. So the divisor is replaced before Wasm's division, which does trap.
 */
export function divide(m: Machine, t: 'i32' | 'i64', op: 'div_s' | 'div_u' | 'rem_s' | 'rem_u', a: Ref, d: Ref): Ref {
  const { b } = m;
  const c = (n: number): Ref => (t === 'i64' ? b.i64(n) : b.i32(n));
  const least = t === 'i64' ? b.i64(0, 0x80000000 | 0) : b.i32(0x80000000 | 0);
  const zero = b.op(`${t}.eqz`, d);
  let bad = zero;
  if (op.endsWith('_s')) {
    const overflow = b.op('i32.and', b.op(`${t}.eq`, a, least), b.op(`${t}.eq`, d, c(-1)));
    bad = b.op('i32.or', zero, overflow);
  }
  // Dividing by 1 gives the dividend and remainder 0: right for overflow, and for zero all but what the select puts right.
  const result = b.op(`${t}.${op}`, a, b.op(`${t}.select`, c(1), d, bad));
  return b.op(`${t}.select`, op.startsWith('div') ? c(-1) : a, result, zero);
}
const division = (t: 'i32' | 'i64', op: 'div_s' | 'div_u' | 'rem_s' | 'rem_u') => (m: Machine, o: R): void => {
  if (o.rd !== 0) m.setX(o.rd, divide(m, t, op, m.x(o.rs1), m.x(o.rs2)));
};
const divisionW = (op: 'div_s' | 'div_u' | 'rem_s' | 'rem_u') => (m: Machine, o: R): void => {
  if (o.rd !== 0) m.setW(o.rd, divide(m, 'i32', op, m.x32(o.rs1), m.x32(o.rs2)));
};

const branch = (name: string) => (m: Machine, o: S): void => {
  const taken = m.at(m.pc + o.simm);
  m.end({ kind: 'branch', cond: m.b.op(name, m.x(o.rs1), m.x(o.rs2)), then: taken, else: m.next });
};

/** x1 and x5 hold return addresses: what the manual's return-address stack hints say. */
const isLink = (n: number): boolean => n === 1 || n === 5;

export function jal(m: Machine, o: { readonly rd: number; readonly simm: number }): void {
  const target = m.at(m.pc + o.simm);
  m.setX(o.rd, m.address(m.pc + m.size));
  m.end(isLink(o.rd) ? { kind: 'call', target, ret: m.next } : { kind: 'goto', target });
}

export function jalr(m: Machine, o: I): void {
  const { b, X } = m;
  const base = m.recall(o.rs1);
  const ret = m.next;
  if (base !== null) {
    const sum = base + o.simm;
    const target = m.at(sum - (((sum % 2) + 2) % 2));
    m.setX(o.rd, m.address(m.pc + m.size));
    m.end(isLink(o.rd) ? { kind: 'call', target, ret } : { kind: 'goto', target });
    return;
  }
  const even = b.op(`${X}.and`, m.effective(o.rs1, o.simm), m.imm(-2));
  const target = m.mode ? b.op(`${X}.or`, even, m.imm(1)) : even;
  m.setX(o.rd, m.address(m.pc + m.size));
  if (isLink(o.rd)) m.end({ kind: 'callIndirect', target, ret });
  else m.end({ kind: o.rd === 0 && isLink(o.rs1) ? 'return' : 'indirect', target });
}

export const load = (op: string, word: boolean) => (m: Machine, o: I): void => {
  // A load to x0 is still an access.
  const value = m.b.op(op, m.effective(o.rs1, o.simm));
  if (word) m.setW(o.rd, value); else m.setX(o.rd, value);
};
export const store = (op: string) => (m: Machine, o: S): void => { m.b.op(op, m.effective(o.rs1, o.simm), m.x(o.rs2)); };

/** The rows that both widths have, for XLEN bits. */
export const integer = (xlen: Xlen) => {
  const X = xlen === 64 ? 'i64' : 'i32';
  return {
    lui: (m: Machine, o: { readonly rd: number; readonly simm: number }): void => m.setX(o.rd, m.imm(o.simm)),
    auipc: (m: Machine, o: { readonly rd: number; readonly simm: number }): void => {
      const address = m.pc + o.simm;
      m.setX(o.rd, m.address(address));
      m.remember(o.rd, address);
    },
    jal, jalr,
    beq: branch(`${X}.eq`), bne: branch(`${X}.ne`), blt: branch(`${X}.lt_s`), bge: branch(`${X}.ge_s`), bltu: branch(`${X}.lt_u`), bgeu: branch(`${X}.ge_u`),
    lb: load(`${X}.load8_s`, false), lh: load(`${X}.load16_s`, false), lw: load(xlen === 64 ? 'i64.load32_s' : 'i32.load', false),
    lbu: load(`${X}.load8_u`, false), lhu: load(`${X}.load16_u`, false),
    sb: store(`${X}.store8`), sh: store(`${X}.store16`), sw: store(xlen === 64 ? 'i64.store32' : 'i32.store'),
    addi: constant(`${X}.add`), xori: constant(`${X}.xor`), ori: constant(`${X}.or`), andi: constant(`${X}.and`),
    slti: compareConstant(`${X}.lt_s`), sltiu: compareConstant(`${X}.lt_u`),
    slli: shift(`${X}.shl`), srli: shift(`${X}.shr_u`), srai: shift(`${X}.shr_s`),
    add: two(`${X}.add`), sub: two(`${X}.sub`), xor: two(`${X}.xor`), or: two(`${X}.or`), and: two(`${X}.and`),
    sll: two(`${X}.shl`), srl: two(`${X}.shr_u`), sra: two(`${X}.shr_s`), slt: compare(`${X}.lt_s`), sltu: compare(`${X}.lt_u`),
    mul: two(`${X}.mul`), mulh: two(`${X}.mulh_s`), mulhu: two(`${X}.mulh_u`), mulhsu: two(`${X}.mulh_su`),
    div: division(X, 'div_s'), divu: division(X, 'div_u'), rem: division(X, 'rem_s'), remu: division(X, 'rem_u'),
    /** Zicond. */
    czero_eqz: (m: Machine, o: R): void => m.setX(o.rd, m.b.op(`${X}.select`, m.imm(0), m.x(o.rs1), m.b.op(`${X}.eqz`, m.x(o.rs2)))),
    czero_nez: (m: Machine, o: R): void => m.setX(o.rd, m.b.op(`${X}.select`, m.x(o.rs1), m.imm(0), m.b.op(`${X}.eqz`, m.x(o.rs2)))),
  };
};

/** The rows of RV64 alone. */
export const integer64 = {
  lwu: load('i64.load32_u', false), ld: load('i64.load', false), sd: store('i64.store'),
  addiw: (m: Machine, o: I): void => m.setW(o.rd, o.simm === 0 ? m.x32(o.rs1) : m.b.op('i32.add', m.x32(o.rs1), m.b.i32(o.simm))),
  slliw: shiftW('i32.shl'), srliw: shiftW('i32.shr_u'), sraiw: shiftW('i32.shr_s'),
  addw: twoW('i32.add'), subw: twoW('i32.sub'), sllw: twoW('i32.shl'), srlw: twoW('i32.shr_u'), sraw: twoW('i32.shr_s'), mulw: twoW('i32.mul'),
  divw: divisionW('div_s'), divuw: divisionW('div_u'), remw: divisionW('rem_s'), remuw: divisionW('rem_u'),
};
