// The 16-bit Thumb instructions: which row does what.
import type { Semantics } from '../../../translate/pattern.ts';
import type { t16 } from '../isa/t16.ts';
import * as branch from './branch.ts';
import * as data from './data.ts';
import type { Machine } from './machine.ts';
import * as media from './media.ts';
import * as memory from './memory.ts';
import * as multiply from './multiply.ts';
import { ASR, LSL, LSR, plain, ROR } from './shift.ts';
import * as system from './system.ts';

const add = data.addConstant(1);
const subtract = data.addConstant(-1);

export const t16Semantics: Semantics<typeof t16, Machine> = {
  lsl_imm: data.thumbShift(LSL), lsr_imm: data.thumbShift(LSR), asr_imm: data.thumbShift(ASR),
  add_reg: data.thumbRegister('add'), sub_reg: data.thumbRegister('sub'),
  add_imm3: data.thumbImmediate('add', (o) => o.imm3), sub_imm3: data.thumbImmediate('sub', (o) => o.imm3),
  mov_imm: data.thumbImmediate('mov', (o) => o.imm8), cmp_imm: data.thumbImmediate('cmp', (o) => o.imm8),
  add_imm8: data.thumbImmediate('add', (o) => o.imm8), sub_imm8: data.thumbImmediate('sub', (o) => o.imm8),
  and_reg: data.thumbRegister('and'), eor_reg: data.thumbRegister('eor'), adc_reg: data.thumbRegister('adc'), sbc_reg: data.thumbRegister('sbc'),
  orr_reg: data.thumbRegister('orr'), bic_reg: data.thumbRegister('bic'), mvn_reg: data.thumbRegister('mvn'),
  tst_reg: data.thumbRegister('tst'), cmp_reg: data.thumbRegister('cmp'), cmn_reg: data.thumbRegister('cmn'),
  lsl_reg: data.thumbShiftRegister(LSL), lsr_reg: data.thumbShiftRegister(LSR), asr_reg: data.thumbShiftRegister(ASR), ror_reg: data.thumbShiftRegister(ROR),
  rsb_imm: data.thumbImmediate('rsb', () => 0),
  mul: (m, o) => multiply.mul(m, { Rd: o.Rdm, Rn: o.Rn, Rm: o.Rdm, S: m.inIt ? 0 : 1 }),
  add_high: data.thumbHigh('add'), mov_high: data.thumbHigh('mov'),
  cmp_high: (m, o) => data.compute(m, 'cmp', true, -1, o.Rn, plain(m, o.Rm)),
  bx: branch.bx, blx_reg: branch.blxRegister,

  ldr_lit: memory.thumbImmediate('ldr', 15), str_sp: memory.thumbImmediate('str', 13), ldr_sp: memory.thumbImmediate('ldr', 13),
  str_reg: memory.thumbRegister('str'), strh_reg: memory.thumbRegister('strh'), strb_reg: memory.thumbRegister('strb'), ldrsb_reg: memory.thumbRegister('ldrsb'),
  ldr_reg: memory.thumbRegister('ldr'), ldrh_reg: memory.thumbRegister('ldrh'), ldrb_reg: memory.thumbRegister('ldrb'), ldrsh_reg: memory.thumbRegister('ldrsh'),
  str_imm: memory.thumbImmediate('str'), ldr_imm: memory.thumbImmediate('ldr'), strb_imm: memory.thumbImmediate('strb'), ldrb_imm: memory.thumbImmediate('ldrb'),
  strh_imm: memory.thumbImmediate('strh'), ldrh_imm: memory.thumbImmediate('ldrh'),
  stm: memory.thumbStm, ldm: memory.thumbLdm, push: memory.push, pop: memory.pop,

  adr: (m, o) => add(m, o.Rd, 15, o.imm), add_sp: (m, o) => add(m, o.Rd, 13, o.imm),
  add_sp_imm: (m, o) => add(m, 13, 13, o.imm), sub_sp_imm: (m, o) => subtract(m, 13, 13, o.imm),
  cbz: (m, o) => branch.compareAndBranch(m, o.Rn, o.imm, true), cbnz: (m, o) => branch.compareAndBranch(m, o.Rn, o.imm, false),
  sxth: media.extend('sxth'), sxtb: media.extend('sxtb'), uxth: media.extend('uxth'), uxtb: media.extend('uxtb'),
  rev: media.rev, rev16: media.rev16, revsh: media.revsh,
  setend: system.setend, cps: system.nothing, bkpt: system.bkpt, udf: system.udf(1), svc: system.svc, hint: system.nothing,
  // The translator opens the block; here there is nothing left to do.
  it: system.nothing,
  b_cond: (m, o) => branch.branch(m, o.simm, o.cond), b: (m, o) => branch.branch(m, o.simm),
};
