// The 32-bit Thumb instructions: which row does what.
import type { Semantics } from '../../../translate/pattern.ts';
import type { t32 } from '../isa/t32.ts';
import * as branch from './branch.ts';
import * as data from './data.ts';
import * as exclusive from './exclusive.ts';
import { tableBranch } from './jump-table.ts';
import type { Machine } from './machine.ts';
import * as media from './media.ts';
import * as memory from './memory.ts';
import * as multiply from './multiply.ts';
import * as parallel from './parallel.ts';
import { shiftedByRegister } from './shift.ts';
import * as system from './system.ts';

const add = data.addConstant(1);
const subtract = data.addConstant(-1);

export const t32Semantics: Semantics<typeof t32, Machine> = {
  stm: memory.incrementWide(false), ldm: memory.incrementWide(true), stmdb: memory.decrementWide(false), ldmdb: memory.decrementWide(true),
  strd_imm: memory.dualWide(false), ldrd_imm: memory.dualWide(true),
  strd_post: memory.dualWide(false, { P: 0, W: 1 }), ldrd_post: memory.dualWide(true, { P: 0, W: 1 }),
  tbb: tableBranch,
  strex: exclusive.storeExclusive('w'), strexb: exclusive.storeExclusive('b'), strexh: exclusive.storeExclusive('h'), strexd: exclusive.storeExclusiveDual,
  ldrex: exclusive.loadExclusive('w'), ldrexb: exclusive.loadExclusive('b'), ldrexh: exclusive.loadExclusive('h'), ldrexd: exclusive.loadExclusiveDual,
  stlex: exclusive.storeExclusive('w'), stlexb: exclusive.storeExclusive('b'), stlexh: exclusive.storeExclusive('h'), stlexd: exclusive.storeExclusiveDual,
  ldaex: exclusive.loadExclusive('w'), ldaexb: exclusive.loadExclusive('b'), ldaexh: exclusive.loadExclusive('h'), ldaexd: exclusive.loadExclusiveDual,
  stl: exclusive.storeRelease('w'), stlb: exclusive.storeRelease('b'), stlh: exclusive.storeRelease('h'),
  lda: exclusive.loadAcquire('w'), ldab: exclusive.loadAcquire('b'), ldah: exclusive.loadAcquire('h'),

  tst_reg: data.register('tst'), and_reg: data.register('and'), bic_reg: data.register('bic'), mov_reg: data.register('mov'), orr_reg: data.register('orr'),
  mvn_reg: data.register('mvn'), orn_reg: data.register('orn'), teq_reg: data.register('teq'), eor_reg: data.register('eor'), pkh: media.pkh,
  cmn_reg: data.register('cmn'), add_reg: data.register('add'), adc_reg: data.register('adc'), sbc_reg: data.register('sbc'),
  cmp_reg: data.register('cmp'), sub_reg: data.register('sub'), rsb_reg: data.register('rsb'),
  tst_imm: data.immediate('tst'), and_imm: data.immediate('and'), bic_imm: data.immediate('bic'), mov_imm: data.immediate('mov'), orr_imm: data.immediate('orr'),
  mvn_imm: data.immediate('mvn'), orn_imm: data.immediate('orn'), teq_imm: data.immediate('teq'), eor_imm: data.immediate('eor'),
  cmn_imm: data.immediate('cmn'), add_imm: data.immediate('add'), adc_imm: data.immediate('adc'), sbc_imm: data.immediate('sbc'),
  cmp_imm: data.immediate('cmp'), sub_imm: data.immediate('sub'), rsb_imm: data.immediate('rsb'),

  addw: (m, o) => add(m, o.Rd, o.Rn, o.imm12), subw: (m, o) => subtract(m, o.Rd, o.Rn, o.imm12), movw: data.movw, movt: data.movt,
  ssat: media.ssat, ssat16: media.ssat16, usat: media.usat, usat16: media.usat16, sbfx: media.sbfx, ubfx: media.ubfx, bfi: media.bfi,

  b_cond: (m, o) => branch.branch(m, o.simm, o.cond), b: (m, o) => branch.branch(m, branch.longOffset(o)),
  bl: (m, o) => branch.call(m, branch.longOffset(o), false),
  blx_imm: (m, o) => branch.call(m, branch.longOffset(o), true),
  bxj: branch.bx, msr_reg: system.msrRegister, mrs: system.mrs, hint: system.nothing, cps: system.nothing,
  clrex: exclusive.clrex, dsb: system.barrier, dmb: system.barrier, isb: system.nothing, sb: system.nothing, udf: system.udf(0),

  strb_imm12: memory.wideImm12('strb'), strh_imm12: memory.wideImm12('strh'), str_imm12: memory.wideImm12('str'),
  strb_imm8: memory.wideImm8('strb'), strh_imm8: memory.wideImm8('strh'), str_imm8: memory.wideImm8('str'),
  strb_reg: memory.wideRegister('strb'), strh_reg: memory.wideRegister('strh'), str_reg: memory.wideRegister('str'),
  ldrb_imm12: memory.wideImm12('ldrb'), ldrh_imm12: memory.wideImm12('ldrh'), ldr_imm12: memory.wideImm12('ldr'),
  ldrsb_imm12: memory.wideImm12('ldrsb'), ldrsh_imm12: memory.wideImm12('ldrsh'),
  ldrb_imm8: memory.wideImm8('ldrb'), ldrh_imm8: memory.wideImm8('ldrh'), ldr_imm8: memory.wideImm8('ldr'),
  ldrsb_imm8: memory.wideImm8('ldrsb'), ldrsh_imm8: memory.wideImm8('ldrsh'),
  ldrb_reg: memory.wideRegister('ldrb'), ldrh_reg: memory.wideRegister('ldrh'), ldr_reg: memory.wideRegister('ldr'),
  ldrsb_reg: memory.wideRegister('ldrsb'), ldrsh_reg: memory.wideRegister('ldrsh'),
  ldrb_lit: memory.wideLiteral('ldrb'), ldrh_lit: memory.wideLiteral('ldrh'), ldr_lit: memory.wideLiteral('ldr'),
  ldrsb_lit: memory.wideLiteral('ldrsb'), ldrsh_lit: memory.wideLiteral('ldrsh'),

  shift_reg: (m, o) => data.compute(m, 'mov', o.S !== 0, o.Rd, -1, shiftedByRegister(m, o.Rn, o.type, o.Rm)),
  sxtah: media.extend('sxth'), uxtah: media.extend('uxth'), sxtab16: media.extend('sxtb16'), uxtab16: media.extend('uxtb16'),
  sxtab: media.extend('sxtb'), uxtab: media.extend('uxtb'),
  par_add16: parallel.parallel('i16x8', true), par_sub16: parallel.parallel('i16x8', false),
  par_add8: parallel.parallel('i8x16', true), par_sub8: parallel.parallel('i8x16', false),
  par_asx: parallel.exchanged(true), par_sax: parallel.exchanged(false),
  qadd: media.saturatingArithmetic('add', false), qdadd: media.saturatingArithmetic('add', true),
  qsub: media.saturatingArithmetic('sub', false), qdsub: media.saturatingArithmetic('sub', true),
  rev: media.rev, rev16: media.rev16, rbit: media.rbit, revsh: media.revsh, sel: media.sel, clz: media.clz, crc32: media.crc32,

  mla: multiply.mla, mls: multiply.mls, smlaxy: multiply.smlaxy, smlad: multiply.dual('i64.add'), smlsd: multiply.dual('i64.sub'), smlaw: multiply.smlaw,
  smmla: multiply.mostSignificant('i64.add'), smmls: multiply.mostSignificant('i64.sub'), usada8: media.usada8,
  smull: multiply.long('s', false), umull: multiply.long('u', false), smlal: multiply.long('s', true), umlal: multiply.long('u', true), umaal: multiply.umaal,
  smlalxy: multiply.smlalxy, smlald: multiply.dualLong('i64.add'), smlsld: multiply.dualLong('i64.sub'), sdiv: multiply.sdiv, udiv: multiply.udiv,
};
