// C: each 16-bit form is one of the 32-bit instructions with operands of its own.
import type { Operands } from '../../../translate/pattern.ts';
import type { compressed as rows, compressed32 as rows32, compressed64 as rows64 } from '../isa/compressed.ts';
import { bits, bits64 } from './bits.ts';
import { floatLoad, floatStore } from './float-moves.ts';
import { integer, integer64 } from './integer.ts';
import type { Xlen } from '../state.ts';
import { system } from './system.ts';
import type { Machine } from './machine.ts';

type O<K extends keyof typeof rows> = Operands<(typeof rows)[K]>;
type O32<K extends keyof typeof rows32> = Operands<(typeof rows32)[K]>;
type O64<K extends keyof typeof rows64> = Operands<(typeof rows64)[K]>;

/** The registers that three bits name. */
const p = (n: number): number => n + 8;
const SP = 2, RA = 1;

export const compressed = (xlen: Xlen) => {
  const base = { ...integer(xlen), ...bits(xlen) };
  const shift = (run: typeof base.slli) => (m: Machine, rd: number, shamt: number): void => {
    if (shamt >= xlen) m.illegal(); else run(m, { rd, rs1: rd, shamt });
  };
  const both = (run: typeof base.add) => (m: Machine, o: { readonly rdp: number; readonly rs2p: number }): void =>
    run(m, { rd: p(o.rdp), rs1: p(o.rdp), rs2: p(o.rs2p) });
  /** A register changed by an instruction of one operand, or one and a constant. */
  const own = (run: (m: Machine, o: { readonly rd: number; readonly rs1: number; readonly simm: number }) => void, simm = 0) =>
    (m: Machine, o: { readonly rdp: number }): void => run(m, { rd: p(o.rdp), rs1: p(o.rdp), simm });
  const load = (run: typeof base.lw) => (m: Machine, o: { readonly rdp: number; readonly rs1p: number; readonly uimm: number }): void =>
    run(m, { rd: p(o.rdp), rs1: p(o.rs1p), simm: o.uimm });
  const store = (run: typeof base.sw) => (m: Machine, o: { readonly rs1p: number; readonly rs2p: number; readonly uimm: number }): void =>
    run(m, { rs1: p(o.rs1p), rs2: p(o.rs2p), simm: o.uimm });
  return {
    c_addi4spn: (m: Machine, o: O<'c_addi4spn'>): void => base.addi(m, { rd: p(o.rdp), rs1: SP, simm: o.uimm }),
    c_lw: load(base.lw), c_lbu: load(base.lbu), c_lhu: load(base.lhu), c_lh: load(base.lh), c_fld: load(floatLoad.d),
    c_sw: store(base.sw), c_sb: store(base.sb), c_sh: store(base.sh), c_fsd: store(floatStore.d),
    c_addi: (m: Machine, o: O<'c_addi'>): void => base.addi(m, { rd: o.rd, rs1: o.rd, simm: o.simm }),
    c_li: (m: Machine, o: O<'c_li'>): void => m.setX(o.rd, m.imm(o.simm)),
    c_addi16sp: (m: Machine, o: O<'c_addi16sp'>): void => base.addi(m, { rd: SP, rs1: SP, simm: o.simm }),
    c_lui: (m: Machine, o: O<'c_lui'>): void => m.setX(o.rd, m.imm(o.simm)),
    c_slli: (m: Machine, o: O<'c_slli'>): void => shift(base.slli)(m, o.rd, o.shamt),
    c_srli: (m: Machine, o: O<'c_srli'>): void => shift(base.srli)(m, p(o.rdp), o.shamt),
    c_srai: (m: Machine, o: O<'c_srai'>): void => shift(base.srai)(m, p(o.rdp), o.shamt),
    c_andi: (m: Machine, o: O<'c_andi'>): void => own(base.andi, o.simm)(m, o),
    c_sub: both(base.sub), c_xor: both(base.xor), c_or: both(base.or), c_and: both(base.and), c_mul: both(base.mul),
    c_zext_b: own(base.andi, 0xff), c_sext_b: own(base.sext_b), c_zext_h: own(base.zext_h), c_sext_h: own(base.sext_h), c_not: own(base.xori, -1),
    c_mop: (): void => { /* not even a register changes */ },
    c_j: (m: Machine, o: O<'c_j'>): void => base.jal(m, { rd: 0, simm: o.simm }),
    c_beqz: (m: Machine, o: O<'c_beqz'>): void => base.beq(m, { rs1: p(o.rs1p), rs2: 0, simm: o.simm }),
    c_bnez: (m: Machine, o: O<'c_bnez'>): void => base.bne(m, { rs1: p(o.rs1p), rs2: 0, simm: o.simm }),
    c_lwsp: (m: Machine, o: O<'c_lwsp'>): void => base.lw(m, { rd: o.rd, rs1: SP, simm: o.uimm }),
    c_swsp: (m: Machine, o: O<'c_swsp'>): void => base.sw(m, { rs1: SP, rs2: o.rs2, simm: o.uimm }),
    c_fldsp: (m: Machine, o: O<'c_fldsp'>): void => floatLoad.d(m, { rd: o.rd, rs1: SP, simm: o.uimm }),
    c_fsdsp: (m: Machine, o: O<'c_fsdsp'>): void => floatStore.d(m, { rs1: SP, rs2: o.rs2, simm: o.uimm }),
    c_jr: (m: Machine, o: O<'c_jr'>): void => base.jalr(m, { rd: 0, rs1: o.rs1, simm: 0 }),
    c_jalr: (m: Machine, o: O<'c_jalr'>): void => base.jalr(m, { rd: RA, rs1: o.rs1, simm: 0 }),
    c_mv: (m: Machine, o: O<'c_mv'>): void => m.setX(o.rd, m.x(o.rs2)),
    c_add: (m: Machine, o: O<'c_add'>): void => base.add(m, { rd: o.rd, rs1: o.rd, rs2: o.rs2 }),
    c_ebreak: system.ebreak,
  };
};

export const compressed32 = {
  c_flw: (m: Machine, o: O32<'c_flw'>): void => floatLoad.s(m, { rd: p(o.rdp), rs1: p(o.rs1p), simm: o.uimm }),
  c_fsw: (m: Machine, o: O32<'c_fsw'>): void => floatStore.s(m, { rs1: p(o.rs1p), rs2: p(o.rs2p), simm: o.uimm }),
  c_flwsp: (m: Machine, o: O32<'c_flwsp'>): void => floatLoad.s(m, { rd: o.rd, rs1: SP, simm: o.uimm }),
  c_fswsp: (m: Machine, o: O32<'c_fswsp'>): void => floatStore.s(m, { rs1: SP, rs2: o.rs2, simm: o.uimm }),
  c_jal: (m: Machine, o: O32<'c_jal'>): void => integer(32).jal(m, { rd: RA, simm: o.simm }),
};

export const compressed64 = {
  c_ld: (m: Machine, o: O64<'c_ld'>): void => integer64.ld(m, { rd: p(o.rdp), rs1: p(o.rs1p), simm: o.uimm }),
  c_sd: (m: Machine, o: O64<'c_sd'>): void => integer64.sd(m, { rs1: p(o.rs1p), rs2: p(o.rs2p), simm: o.uimm }),
  c_ldsp: (m: Machine, o: O64<'c_ldsp'>): void => integer64.ld(m, { rd: o.rd, rs1: SP, simm: o.uimm }),
  c_sdsp: (m: Machine, o: O64<'c_sdsp'>): void => integer64.sd(m, { rs1: SP, rs2: o.rs2, simm: o.uimm }),
  c_addiw: (m: Machine, o: O64<'c_addiw'>): void => integer64.addiw(m, { rd: o.rd, rs1: o.rd, simm: o.simm }),
  c_subw: (m: Machine, o: O64<'c_subw'>): void => integer64.subw(m, { rd: p(o.rdp), rs1: p(o.rdp), rs2: p(o.rs2p) }),
  c_zext_w: (m: Machine, o: O64<'c_zext_w'>): void => bits64.add_uw(m, { rd: p(o.rdp), rs1: p(o.rdp), rs2: 0 }),
  c_addw: (m: Machine, o: O64<'c_addw'>): void => integer64.addw(m, { rd: p(o.rdp), rs1: p(o.rdp), rs2: p(o.rs2p) }),
};
