// Status registers, coprocessor 15, system calls, breakpoints, barriers. What a user may not do is undefined or, where
// the manual says so, ignored. ARM ARM (DDI 0406), B3.17 (CP15), A8.8.110 (MRS), A8.8.112 (MSR).
import { bigEndian, CF, GE, NF, QF, TPIDRURO, TPIDRURW, VF, ZF } from '../state.ts';
import type { Ref } from '../../../translate/ir.ts';
import { BIG_ENDIAN, type Machine } from './machine.ts';
import { expandImmediate } from './shift.ts';

const userMode = 0x10;

export function svc(m: Machine): void {
  m.keepItState(m.nextItState);
  m.b.end({ kind: 'syscall', next: m.next });
}

export const bkpt = (m: Machine): void => m.trap('breakpoint');
/** UDF; the kernel takes those with the given immediate for breakpoints (arch/arm/kernel/ptrace.c). */
export const udf = (breakpoint: number) => (m: Machine, o: { readonly imm16?: number; readonly imm8?: number }): void =>
  ((o.imm16 ?? o.imm8) === breakpoint ? m.trap('breakpoint') : m.undefined());
export const notForUsers = (m: Machine): void => m.undefined();
/** SETEND: the byte order of data. */
export function setend(m: Machine, o: { readonly E: number }): void {
  if (o.E === 0 && !m.heeds(BIG_ENDIAN)) return;
  m.b.set(bigEndian, m.b.i32(o.E));
  m.enter(BIG_ENDIAN, m.b.i32(1));
}
/** Hints, and what has no effect for a user. */
export function nothing(): void { /* as the name says */ }
export const barrier = (m: Machine): void => { m.b.op('atomic.fence'); };

/** MRS of the CPSR; the SPSR is not a user's. */
export function mrs(m: Machine, o: { readonly R: number; readonly Rd: number }): void {
  const { b } = m;
  if (o.R) { m.undefined(); return; }
  const at = (ref: Ref, bit: number): Ref => b.op('i32.shl', ref, b.i32(bit));
  // Each GE byte's lowest bit goes to one of the four bits at the top of the product.
  const ge = b.op('i32.shr_u', b.op('i32.mul', b.op('i32.and', b.get(GE), b.i32(0x01010101)), b.i32(0x10204080)), b.i32(28));
  const parts = [
    b.op('i32.and', b.get(NF), b.i32(0x80000000)), at(b.op('i32.eqz', b.get(ZF)), 30), at(b.get(CF), 29), at(b.get(VF), 28),
    at(b.get(QF), 27), at(ge, 16), b.i32(userMode), ...(m.heeds(BIG_ENDIAN) ? [at(b.get(bigEndian), 9)] : []),
  ];
  m.setReg(o.Rd, parts.reduce((all, part) => b.op('i32.or', all, part)));
}

/** MSR: a user may write N Z C V Q (mask bit 3), GE (mask bit 2) and E (mask bit 1). */
function msr(m: Machine, o: { readonly R: number; readonly mask: number }, value: Ref): void {
  const { b } = m;
  if (o.R) { m.undefined(); return; }
  const bit = (n: number): Ref => b.op('i32.and', b.op('i32.shr_u', value, b.i32(n)), b.i32(1));
  if (o.mask & 8) {
    m.flags.forget();
    b.set(NF, value);
    b.set(ZF, b.op('i32.xor', bit(30), b.i32(1)));
    b.set(CF, bit(29));
    b.set(VF, bit(28));
    b.set(QF, bit(27));
  }
  if (o.mask & 4) {
    const bits = b.op('i32.and', b.op('i32.shr_u', value, b.i32(16)), b.i32(15));
    const spread = b.op('i32.and', b.op('i32.mul', bits, b.i32(0x00204081)), b.i32(0x01010101));
    b.set(GE, b.op('i32.mul', spread, b.i32(0xff)));
  }
  if (o.mask & 2 && m.has('v6')) {
    b.set(bigEndian, bit(9));
    m.enter(BIG_ENDIAN, bit(9));
  }
}

export function msrRegister(m: Machine, o: { readonly R: number; readonly mask: number; readonly Rn: number }): void { msr(m, o, m.reg(o.Rn)); }
export function msrImmediate(m: Machine, o: { readonly R: number; readonly mask: number; readonly imm12: number }): void { msr(m, o, expandImmediate(m, o.imm12).value); }

type Cp15 = { readonly opc1: number; readonly CRn: number; readonly CRm: number; readonly opc2: number; readonly Rt: number };
const is = (o: Cp15, crn: number, crm: number, opc2: number): boolean => o.opc1 === 0 && o.CRn === crn && o.CRm === crm && o.opc2 === opc2;

export function mrc(m: Machine, o: Cp15): void {
  if (is(o, 13, 0, 3)) m.setReg(o.Rt, m.b.get(TPIDRURO));
  else if (is(o, 13, 0, 2)) m.setReg(o.Rt, m.b.get(TPIDRURW));
  // PMUSERENR, the one performance register that users may always read: they may use no other.
  else if (is(o, 9, 14, 0) && m.has('v7')) m.setReg(o.Rt, m.b.i32(0));
  else m.undefined();
}

export function mcr(m: Machine, o: Cp15): void {
  if (is(o, 13, 0, 2)) m.b.set(TPIDRURW, m.reg(o.Rt));
  // CP15ISB, CP15DSB, CP15DMB
  else if (is(o, 7, 5, 4) || is(o, 7, 10, 4) || is(o, 7, 10, 5)) barrier(m);
  else m.undefined();
}
