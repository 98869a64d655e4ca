// Data processing: sixteen operations, each with any shape of second operand. ARM ARM (DDI 0406), A5.2 and A6.3.
import type { Ref } from '../../../translate/ir.ts';
import { CF } from '../state.ts';
import { jump } from './branch.ts';
import { branchOver } from './jump-table.ts';
import type { Machine } from './machine.ts';
import { expandImmediate, LSL, plain, shiftedBy, shiftedByRegister, type Operand } from './shift.ts';

type Logical = 'and' | 'eor' | 'orr' | 'bic' | 'orn' | 'mov' | 'mvn' | 'tst' | 'teq';
type Arithmetic = 'add' | 'sub' | 'rsb' | 'adc' | 'sbc' | 'rsc' | 'cmp' | 'cmn';
export type Operation = Logical | Arithmetic;

const not = (m: Machine, x: Ref): Ref => m.b.op('i32.xor', x, m.b.i32(-1));

const logical: Readonly<Record<Logical, (m: Machine, x: Ref, y: Ref) => Ref>> = {
  and: (m, x, y) => m.b.op('i32.and', x, y),
  tst: (m, x, y) => m.b.op('i32.and', x, y),
  eor: (m, x, y) => m.b.op('i32.xor', x, y),
  teq: (m, x, y) => m.b.op('i32.xor', x, y),
  orr: (m, x, y) => m.b.op('i32.or', x, y),
  bic: (m, x, y) => m.b.op('i32.and', x, not(m, y)),
  orn: (m, x, y) => m.b.op('i32.or', x, not(m, y)),
  mov: (_, __, y) => y,
  mvn: (m, _, y) => not(m, y),
};

type Sum = { readonly a: Ref; readonly b: Ref; readonly registerA: number; readonly registerB: number; readonly flags: boolean };

function add(m: Machine, { a, b, flags }: Sum): Ref {
  const result = m.b.op('i32.add', a, b);
  if (flags) m.flags.setAdd(a, b, result);
  return result;
}

function subtract(m: Machine, { a, b, registerA, registerB, flags }: Sum): Ref {
  const result = m.b.op('i32.sub', a, b);
  if (flags) m.flags.setSub(a, b, result, registerA, registerB);
  return result;
}

function addWithCarry(m: Machine, { a, b, flags }: Sum): Ref {
  const carry = m.b.get(CF);
  const result = m.b.op('i32.adc', a, b, carry);
  if (flags) m.flags.setAddCarry(a, b, carry, result);
  return result;
}

const swap = ({ a, b, registerA, registerB, flags }: Sum): Sum => ({ a: b, b: a, registerA: registerB, registerB: registerA, flags });
const complement = (m: Machine, sum: Sum): Sum => ({ ...sum, b: not(m, sum.b) });

const arithmetic: Readonly<Record<Arithmetic, (m: Machine, sum: Sum) => Ref>> = {
  add, cmn: add, sub: subtract, cmp: subtract,
  rsb: (m, sum) => subtract(m, swap(sum)),
  adc: addWithCarry,
  sbc: (m, sum) => addWithCarry(m, complement(m, sum)),
  rsc: (m, sum) => addWithCarry(m, complement(m, swap(sum))),
};

const isLogical = (op: Operation): op is Logical => op in logical;

/** `rd` or `rn` -1: there is none. */
export function compute(m: Machine, op: Operation, s: boolean, rd: number, rn: number, operand: Operand): void {
  if (rd === 15 && s) { m.undefined(); return; }
  let result: Ref;
  if (isLogical(op)) {
    result = logical[op](m, rn < 0 ? operand.value : m.reg(rn), operand.value);
    if (s) m.flags.setLogical(result, operand.carry?.() ?? null);
  } else {
    result = arithmetic[op](m, { a: m.reg(rn), b: operand.value, registerA: rn === 15 ? -1 : rn, registerB: operand.register === 15 ? -1 : operand.register, flags: s });
  }
  if (rd === 15) jump(m, result, op === 'mov' && operand.register === 14);
  else if (rd >= 0) m.setReg(rd, result);
}

/** Comparisons have neither S nor Rd: they always set flags. */
type Shape = { readonly S?: number; readonly Rn?: number; readonly Rd?: number };
const apply = (m: Machine, op: Operation, o: Shape, operand: Operand): void =>
  compute(m, op, o.S !== 0, o.Rd ?? -1, o.Rn ?? -1, operand);

export const immediate = (op: Operation) => (m: Machine, o: Shape & { readonly imm12: number }): void =>
  apply(m, op, o, expandImmediate(m, o.imm12));

export const register = (op: Operation) => (m: Machine, o: Shape & { readonly imm5: number; readonly type: number; readonly Rm: number }): void => {
  if (op === 'add' && o.Rd === 15 && o.Rn === 15 && !o.S && o.type === LSL && branchOver(m, o.Rm, o.imm5)) return;
  apply(m, op, o, shiftedBy(m, o.Rm, o.type, o.imm5));
};

export const registerShifted = (op: Operation) => (m: Machine, o: Shape & { readonly Rs: number; readonly type: number; readonly Rm: number }): void =>
  apply(m, op, o, shiftedByRegister(m, o.Rm, o.type, o.Rs));

export function movw(m: Machine, o: { readonly Rd: number; readonly imm16: number }): void { m.setReg(o.Rd, m.b.i32(o.imm16)); }

export function movt(m: Machine, o: { readonly Rd: number; readonly imm16: number }): void {
  m.setReg(o.Rd, m.b.op('i32.or', m.b.op('i32.and', m.reg(o.Rd), m.b.i32(0xffff)), m.b.i32(o.imm16 << 16)));
}

// The shapes of 16-bit Thumb: flags are set outside IT blocks only.

export const thumbImmediate = (op: Operation, imm: (o: any) => number) => (m: Machine, o: { readonly Rdn?: number; readonly Rd?: number; readonly Rn?: number }): void =>
  compute(m, op, op === 'cmp' || !m.inIt, op === 'cmp' ? -1 : o.Rd ?? o.Rdn!, o.Rn ?? o.Rdn ?? -1, { value: m.b.i32(imm(o)), carry: null, register: -1 });

export const thumbRegister = (op: Operation) => (m: Machine, o: { readonly Rdn?: number; readonly Rd?: number; readonly Rn?: number; readonly Rm: number }): void => {
  const compares = op === 'tst' || op === 'cmp' || op === 'cmn';
  compute(m, op, compares || !m.inIt, compares ? -1 : o.Rd ?? o.Rdn!, o.Rn ?? o.Rdn ?? -1, plain(m, o.Rm));
};

export const thumbShift = (type: number) => (m: Machine, o: { readonly Rm: number; readonly Rd: number; readonly imm5: number }): void =>
  compute(m, 'mov', !m.inIt, o.Rd, -1, shiftedBy(m, o.Rm, type, o.imm5));

export const thumbShiftRegister = (type: number) => (m: Machine, o: { readonly Rm: number; readonly Rdn: number }): void =>
  compute(m, 'mov', !m.inIt, o.Rdn, -1, shiftedByRegister(m, o.Rdn, type, o.Rm));

/** The forms that reach r8 to r15 and set no flags. */
export const thumbHigh = (op: 'add' | 'mov') => (m: Machine, o: { readonly Rdn?: number; readonly Rd?: number; readonly Rm: number }): void =>
  compute(m, op, false, o.Rd ?? o.Rdn!, o.Rdn ?? -1, plain(m, o.Rm));

/** ADD and SUB of a plain constant; of r15 it is ADR, which counts from the aligned address. */
export const addConstant = (sign: 1 | -1) => (m: Machine, rd: number, rn: number, imm: number): void => {
  const base = rn === 15 ? m.b.i32(m.pcValue & ~3) : m.reg(rn);
  m.setReg(rd, m.b.op('i32.add', base, m.b.i32(sign * imm)));
};
