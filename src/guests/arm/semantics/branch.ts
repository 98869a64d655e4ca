// Branches and calls. ARM ARM (DDI 0406), A8.8.18 to A8.8.27; interworking as of A2.3.2.
import type { Ref } from '../../../translate/ir.ts';
import { AL } from './flags.ts';
import type { Machine } from './machine.ts';

const LR = 14;

/** Goes to a value in which bit 0 chooses the instruction set: it is a location as it stands. */
export function interwork(m: Machine, target: Ref, isReturn = false): void {
  m.b.end({ kind: isReturn ? 'return' : 'indirect', target });
}

/** What writing a result to r15 does: interworking in A32, the same instruction set in Thumb, and everywhere before ARMv7. */
export function jump(m: Machine, target: Ref, isReturn = false): void {
  const { b } = m;
  interwork(m, m.thumb ? b.op('i32.or', target, b.i32(1)) : m.has('v7') ? target : b.op('i32.and', target, b.i32(~3)), isReturn);
}

/** B: the condition of the instruction, or of its IT block, is the branch's own. */
export function branch(m: Machine, offset: number, cond = m.condition): void {
  const target = m.at((m.pcValue + offset) >>> 0);
  if (cond === AL) m.b.end({ kind: 'goto', target });
  else m.b.end({ kind: 'branch', cond: m.flags.condition(cond), then: target, else: m.next });
}

export function compareAndBranch(m: Machine, rn: number, offset: number, ifZero: boolean): void {
  const x = m.reg(rn);
  const target = m.at((m.pcValue + offset) >>> 0);
  m.b.end({ kind: 'branch', cond: ifZero ? m.b.op('i32.eqz', x) : x, then: target, else: m.next });
}

/** BL, or BLX to the other instruction set. */
export function call(m: Machine, offset: number, exchange: boolean): void {
  const toThumb = m.thumb !== exchange;
  const from = toThumb ? m.pcValue : m.pcValue & ~3;
  m.setReg(LR, m.b.i32(m.next));
  m.b.end({ kind: 'call', target: ((from + offset) | (toThumb ? 1 : 0)) >>> 0, ret: m.next });
}

export function bx(m: Machine, o: { readonly Rm: number }): void { interwork(m, m.reg(o.Rm), o.Rm === LR); }

export function blxRegister(m: Machine, o: { readonly Rm: number }): void {
  const target = m.reg(o.Rm);
  m.setReg(LR, m.b.i32(m.next));
  m.b.end({ kind: 'callIndirect', target, ret: m.next });
}

/** The offset of the long Thumb branches, whose two upper bits are stored as J1 and J2: A8.8.18, encoding T4. */
export function longOffset(o: { readonly simm: number; readonly imm10: number; readonly imm11: number; readonly J1: number; readonly J2: number }): number {
  const s = o.simm < 0 ? 1 : 0;
  const i1 = (o.J1 ^ s) ^ 1;
  const i2 = (o.J2 ^ s) ^ 1;
  return o.simm | (i1 << 23) | (i2 << 22) | (o.imm10 << 12) | (o.imm11 << 1);
}
