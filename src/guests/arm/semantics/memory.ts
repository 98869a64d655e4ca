// Loads and stores. All accesses of an instruction come before its register writes, so that a fault leaves the
// registers as they were. ARM ARM (DDI 0406), A8.8.57 to A8.8.215.
import type { Ref } from '../../../translate/ir.ts';
import { interwork } from './branch.ts';
import { loadTarget } from './jump-table.ts';
import type { Machine } from './machine.ts';
import { shiftedBy } from './shift.ts';

export const accesses = {
  ldr: 'i32.load', ldrb: 'i32.load8_u', ldrh: 'i32.load16_u', ldrsb: 'i32.load8_s', ldrsh: 'i32.load16_s',
  str: 'i32.store', strb: 'i32.store8', strh: 'i32.store16',
} as const;
export type Access = keyof typeof accesses;
const bytesOf = (kind: Access): number => (/b$/.test(kind) ? 1 : /h$/.test(kind) ? 2 : 4);

/** P: the offset counts for the access. U: it is added. W (or not P): the base is updated. */
export type Indexing = { readonly P: number; readonly U: number; readonly W: number };
const offsetOnly: Indexing = { P: 1, U: 1, W: 0 };

type Place = { readonly address: Ref; readonly writeBack: Ref | null };

function place(m: Machine, rn: number, offset: Ref, { P, U, W }: Indexing): Place {
  const base = rn === 15 ? m.b.i32(m.pcValue & ~3) : m.reg(rn);
  const moved = m.b.op(U ? 'i32.add' : 'i32.sub', base, offset);
  return { address: P ? moved : base, writeBack: P && !W ? null : moved };
}

function access(m: Machine, kind: Access, rt: number, rn: number, { address, writeBack }: Place): void {
  if (kind.startsWith('st')) {
    m.store(accesses[kind], address, m.reg(rt), bytesOf(kind));
    if (writeBack !== null) m.setReg(rn, writeBack);
    return;
  }
  const value = m.load(accesses[kind], address, bytesOf(kind));
  if (writeBack !== null) m.setReg(rn, writeBack);
  if (rt === 15) interwork(m, value, rn === 13 && writeBack !== null);
  else m.setReg(rt, value);
}

export function single(m: Machine, kind: Access, rt: number, rn: number, offset: Ref, indexing: Indexing = offsetOnly): void {
  const writesBack = indexing.W !== 0 || indexing.P === 0;
  if (writesBack && rn === 15) { m.undefined(); return; }
  access(m, kind, rt, rn, place(m, rn, offset, indexing));
}

type A32Shape = Indexing & { readonly Rn: number; readonly Rt: number };

/** The A32 shapes: a constant, or a register that may be shifted. */
export const byImmediate = (kind: Access) => (m: Machine, o: A32Shape & { readonly imm12?: number; readonly imm8?: number }): void =>
  single(m, kind, o.Rt, o.Rn, m.b.i32(o.imm12 ?? o.imm8 ?? 0), o);
export const byRegister = (kind: Access) => (m: Machine, o: A32Shape & { readonly Rm: number; readonly type?: number; readonly imm5?: number }): void => {
  if (kind === 'ldr' && o.Rt === 15 && o.Rn === 15 && o.P && o.U && !o.W && o.type === 0 && o.imm5 === 2 && loadTarget(m, o.Rm)) return;
  single(m, kind, o.Rt, o.Rn, shiftedBy(m, o.Rm, o.type ?? 0, o.imm5 ?? 0).value, o);
};

/** The 16-bit Thumb shapes. */
export const thumbImmediate = (kind: Access, rn?: number) => (m: Machine, o: { readonly Rt: number; readonly Rn?: number; readonly imm: number }): void =>
  single(m, kind, o.Rt, o.Rn ?? rn!, m.b.i32(o.imm));
export const thumbRegister = (kind: Access) => (m: Machine, o: { readonly Rt: number; readonly Rn: number; readonly Rm: number }): void =>
  single(m, kind, o.Rt, o.Rn, m.reg(o.Rm));

/** In T32 a narrow load to r15 is a hint (PLD, PLDW, PLI or unallocated): it does nothing. */
const isHint = (kind: Access, rt: number): boolean => rt === 15 && kind !== 'ldr';

type T32Shape = { readonly Rt: number; readonly Rn: number };
const t32 = (m: Machine, kind: Access, rt: number, rn: number, offset: () => Ref, indexing: Indexing = offsetOnly): void => {
  if (kind.startsWith('st') ? rn === 15 || rt === 15 : false) m.undefined();
  else if (!isHint(kind, rt)) single(m, kind, rt, rn, offset(), indexing);
};

export const wideImm12 = (kind: Access) => (m: Machine, o: T32Shape & { readonly imm12: number }): void =>
  t32(m, kind, o.Rt, o.Rn, () => m.b.i32(o.imm12));
export const wideImm8 = (kind: Access) => (m: Machine, o: T32Shape & Indexing & { readonly imm8: number }): void => {
  if (!o.P && !o.W) { m.undefined(); return; }
  // P, U and not W is the unprivileged form, the same to a user.
  t32(m, kind, o.Rt, o.Rn, () => m.b.i32(o.imm8), o);
};
export const wideRegister = (kind: Access) => (m: Machine, o: T32Shape & { readonly Rm: number; readonly imm2: number }): void =>
  t32(m, kind, o.Rt, o.Rn, () => shiftedBy(m, o.Rm, 0, o.imm2).value);
export const wideLiteral = (kind: Access) => (m: Machine, o: { readonly Rt: number; readonly U: number; readonly imm12: number }): void =>
  t32(m, kind, o.Rt, 15, () => m.b.i32(o.imm12), { P: 1, U: o.U, W: 0 });

/** LDRD and STRD: one access of a doubleword. */
export function dual(m: Machine, load: boolean, rt: number, rt2: number, rn: number, offset: Ref, indexing: Indexing): void {
  const { b } = m;
  if (rt2 > 14 || rt === 15) { m.undefined(); return; }
  const { address, writeBack } = place(m, rn, offset, indexing);
  if (load) {
    const value = m.load('i64.load', address, 4);
    if (writeBack !== null) m.setReg(rn, writeBack);
    m.setReg(rt, b.op('i32.wrap_i64', value));
    m.setReg(rt2, b.op('i32.high', value));
  } else {
    m.store('i64.store', address, b.op('i64.pair', m.reg(rt), m.reg(rt2)), 4);
    if (writeBack !== null) m.setReg(rn, writeBack);
  }
}

export const dualImmediate = (load: boolean) => (m: Machine, o: A32Shape & { readonly imm8: number }): void =>
  (o.Rt & 1 ? m.undefined() : dual(m, load, o.Rt, o.Rt + 1, o.Rn, m.b.i32(o.imm8), o));
export const dualRegister = (load: boolean) => (m: Machine, o: A32Shape & { readonly Rm: number }): void =>
  (o.Rt & 1 ? m.undefined() : dual(m, load, o.Rt, o.Rt + 1, o.Rn, m.reg(o.Rm), o));
export const dualWide = (load: boolean, fixed: Partial<Indexing> = {}) =>
  (m: Machine, o: { readonly Rt: number; readonly Rt2: number; readonly Rn: number; readonly imm: number; readonly U: number; readonly W?: number }): void =>
    dual(m, load, o.Rt, o.Rt2, o.Rn, m.b.i32(o.imm), { P: 1, W: 0, ...o, ...fixed });

/** LDM and STM. `fewest`: with fewer registers in the list the encoding is UNPREDICTABLE, which is undefined here. */
export function multiple(m: Machine, load: boolean, rn: number, registers: number, { P, U, W }: Indexing, fewest = 1): void {
  const { b } = m;
  const list = Array.from({ length: 16 }, (_, i) => i).filter((i) => (registers >>> i) & 1);
  if (list.length < fewest || rn === 15) { m.undefined(); return; }
  const base = m.reg(rn);
  const bytes = 4 * list.length;
  const first = U ? (P ? 4 : 0) : (P ? -bytes : 4 - bytes);
  const addresses = list.map((_, i) => b.op('i32.add', base, b.i32(first + 4 * i)));
  const end = (): Ref => (P && !U ? addresses[0]! : b.op('i32.add', base, b.i32(U ? bytes : -bytes)));
  if (!load) {
    list.forEach((n, i) => m.store('i32.store', addresses[i]!, m.reg(n), 4));
    if (W) m.setReg(rn, end());
    return;
  }
  const values = addresses.map((address) => m.load('i32.load', address, 4));
  if (W) m.setReg(rn, end());
  list.forEach((n, i) => { if (n !== 15) m.setReg(n, values[i]!); });
  if (list.at(-1) === 15) interwork(m, values.at(-1)!, true);
}

const increment: Indexing = { P: 0, U: 1, W: 1 };
const decrement: Indexing = { P: 1, U: 0, W: 1 };

export const ldmA32 = (load: boolean) => (m: Machine, o: Indexing & { readonly Rn: number; readonly registers: number }): void =>
  multiple(m, load, o.Rn, o.registers, o);
export const incrementWide = (load: boolean) => (m: Machine, o: { readonly W: number; readonly Rn: number; readonly registers: number }): void =>
  multiple(m, load, o.Rn, o.registers, { ...increment, W: o.W }, 2);
export const decrementWide = (load: boolean) => (m: Machine, o: { readonly W: number; readonly Rn: number; readonly registers: number }): void =>
  multiple(m, load, o.Rn, o.registers, { ...decrement, W: o.W }, 2);
export function push(m: Machine, o: { readonly registers: number }): void { multiple(m, false, 13, o.registers, decrement); }
export function pop(m: Machine, o: { readonly registers: number }): void { multiple(m, true, 13, o.registers, increment); }
export function thumbStm(m: Machine, o: { readonly Rn: number; readonly registers: number }): void { multiple(m, false, o.Rn, o.registers, increment); }
/** The base is updated unless it is loaded. */
export function thumbLdm(m: Machine, o: { readonly Rn: number; readonly registers: number }): void {
  multiple(m, true, o.Rn, o.registers, { ...increment, W: (o.registers >>> o.Rn) & 1 ? 0 : 1 });
}
