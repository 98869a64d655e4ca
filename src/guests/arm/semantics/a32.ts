// A32: which row does what.
import type { Semantics } from '../../../translate/pattern.ts';
import type { a32Conditional, a32Data, a32Unconditional, coprocessor } from '../isa/a32.ts';
import * as branch from './branch.ts';
import * as data from './data.ts';
import * as exclusive from './exclusive.ts';
import type { Machine } from './machine.ts';
import * as media from './media.ts';
import * as memory from './memory.ts';
import * as multiply from './multiply.ts';
import * as parallel from './parallel.ts';
import * as system from './system.ts';

export const a32DataSemantics: Semantics<typeof a32Data, Machine> = {
  and_imm: data.immediate('and'), and_reg: data.register('and'), and_rsr: data.registerShifted('and'),
  eor_imm: data.immediate('eor'), eor_reg: data.register('eor'), eor_rsr: data.registerShifted('eor'),
  sub_imm: data.immediate('sub'), sub_reg: data.register('sub'), sub_rsr: data.registerShifted('sub'),
  rsb_imm: data.immediate('rsb'), rsb_reg: data.register('rsb'), rsb_rsr: data.registerShifted('rsb'),
  add_imm: data.immediate('add'), add_reg: data.register('add'), add_rsr: data.registerShifted('add'),
  adc_imm: data.immediate('adc'), adc_reg: data.register('adc'), adc_rsr: data.registerShifted('adc'),
  sbc_imm: data.immediate('sbc'), sbc_reg: data.register('sbc'), sbc_rsr: data.registerShifted('sbc'),
  rsc_imm: data.immediate('rsc'), rsc_reg: data.register('rsc'), rsc_rsr: data.registerShifted('rsc'),
  orr_imm: data.immediate('orr'), orr_reg: data.register('orr'), orr_rsr: data.registerShifted('orr'),
  mov_imm: data.immediate('mov'), mov_reg: data.register('mov'), mov_rsr: data.registerShifted('mov'),
  bic_imm: data.immediate('bic'), bic_reg: data.register('bic'), bic_rsr: data.registerShifted('bic'),
  mvn_imm: data.immediate('mvn'), mvn_reg: data.register('mvn'), mvn_rsr: data.registerShifted('mvn'),
  movw: data.movw, movt: data.movt,
  mul: multiply.mul, mla: multiply.mla, mls: multiply.mls, umaal: multiply.umaal,
  umull: multiply.long('u', false), umlal: multiply.long('u', true), smull: multiply.long('s', false), smlal: multiply.long('s', true),
  sel: media.sel, pkh: media.pkh,
  sxtab16: media.extend('sxtb16'), sxtab: media.extend('sxtb'), sxtah: media.extend('sxth'),
  uxtab16: media.extend('uxtb16'), uxtab: media.extend('uxtb'), uxtah: media.extend('uxth'),
  rev: media.rev, rev16: media.rev16, rbit: media.rbit, revsh: media.revsh, clz: media.clz,
  smmla: multiply.mostSignificant('i64.add'), smmls: multiply.mostSignificant('i64.sub'), usada8: media.usada8,
  sbfx: media.sbfx, ubfx: media.ubfx, bfi: media.bfi,
};

export const a32ConditionalSemantics: Semantics<typeof a32Conditional, Machine> = {
  tst_imm: data.immediate('tst'), tst_reg: data.register('tst'), tst_rsr: data.registerShifted('tst'),
  teq_imm: data.immediate('teq'), teq_reg: data.register('teq'), teq_rsr: data.registerShifted('teq'),
  cmp_imm: data.immediate('cmp'), cmp_reg: data.register('cmp'), cmp_rsr: data.registerShifted('cmp'),
  cmn_imm: data.immediate('cmn'), cmn_reg: data.register('cmn'), cmn_rsr: data.registerShifted('cmn'),

  smlaxy: multiply.smlaxy, smulxy: multiply.smulxy, smlalxy: multiply.smlalxy, smlaw: multiply.smlaw, smulw: multiply.smulw,
  qadd: media.saturatingArithmetic('add', false), qdadd: media.saturatingArithmetic('add', true),
  qsub: media.saturatingArithmetic('sub', false), qdsub: media.saturatingArithmetic('sub', true),
  smlad: multiply.dual('i64.add'), smlsd: multiply.dual('i64.sub'), smlald: multiply.dualLong('i64.add'), smlsld: multiply.dualLong('i64.sub'),
  sdiv: multiply.sdiv, udiv: multiply.udiv,
  ssat: media.ssat, usat: media.usat, ssat16: media.ssat16, usat16: media.usat16, crc32: media.crc32,
  par_add16: parallel.parallel('i16x8', true), par_sub16: parallel.parallel('i16x8', false),
  par_add8: parallel.parallel('i8x16', true), par_sub8: parallel.parallel('i8x16', false),
  par_asx: parallel.exchanged(true), par_sax: parallel.exchanged(false),

  ldr_imm: memory.byImmediate('ldr'), ldr_reg: memory.byRegister('ldr'), str_imm: memory.byImmediate('str'), str_reg: memory.byRegister('str'),
  ldrb_imm: memory.byImmediate('ldrb'), ldrb_reg: memory.byRegister('ldrb'), strb_imm: memory.byImmediate('strb'), strb_reg: memory.byRegister('strb'),
  ldrh_imm: memory.byImmediate('ldrh'), ldrh_reg: memory.byRegister('ldrh'), strh_imm: memory.byImmediate('strh'), strh_reg: memory.byRegister('strh'),
  ldrsb_imm: memory.byImmediate('ldrsb'), ldrsb_reg: memory.byRegister('ldrsb'), ldrsh_imm: memory.byImmediate('ldrsh'), ldrsh_reg: memory.byRegister('ldrsh'),
  ldrd_imm: memory.dualImmediate(true), ldrd_reg: memory.dualRegister(true), strd_imm: memory.dualImmediate(false), strd_reg: memory.dualRegister(false),
  ldm: memory.ldmA32(true), stm: memory.ldmA32(false),

  swp: exclusive.swap(false), swpb: exclusive.swap(true),
  strex: exclusive.storeExclusive('w'), strexb: exclusive.storeExclusive('b'), strexh: exclusive.storeExclusive('h'), strexd: exclusive.storeExclusiveDual,
  ldrex: exclusive.loadExclusive('w'), ldrexb: exclusive.loadExclusive('b'), ldrexh: exclusive.loadExclusive('h'), ldrexd: exclusive.loadExclusiveDual,
  stlex: exclusive.storeExclusive('w'), stlexb: exclusive.storeExclusive('b'), stlexh: exclusive.storeExclusive('h'), stlexd: exclusive.storeExclusiveDual,
  ldaex: exclusive.loadExclusive('w'), ldaexb: exclusive.loadExclusive('b'), ldaexh: exclusive.loadExclusive('h'), ldaexd: exclusive.loadExclusiveDual,
  stl: exclusive.storeRelease('w'), stlb: exclusive.storeRelease('b'), stlh: exclusive.storeRelease('h'),
  lda: exclusive.loadAcquire('w'), ldab: exclusive.loadAcquire('b'), ldah: exclusive.loadAcquire('h'),

  b: (m, o) => branch.branch(m, o.simm), bl: (m, o) => branch.call(m, o.simm, false),
  bx: branch.bx, bxj: branch.bx, blx_reg: branch.blxRegister,
  svc: system.svc, bkpt: system.bkpt, udf: system.udf(0x10),
  mrs: system.mrs, msr_reg: system.msrRegister, msr_imm: system.msrImmediate, hint: system.nothing,
};

export const coprocessorSemantics: Semantics<typeof coprocessor, Machine> = { mcr: system.mcr, mrc: system.mrc, mrrc: system.notForUsers };

export const a32UnconditionalSemantics: Semantics<typeof a32Unconditional, Machine> = {
  blx_imm: (m, o) => branch.call(m, o.simm, true),
  cps: system.nothing, setend: system.setend,
  clrex: exclusive.clrex, dsb: system.barrier, dmb: system.barrier, isb: system.nothing, sb: system.nothing,
  pld_imm: system.nothing, pld_reg: system.nothing, pldw_imm: system.nothing, pldw_reg: system.nothing, pli_imm: system.nothing, pli_reg: system.nothing,
  hint_imm: system.nothing, hint_reg: system.nothing,
};
