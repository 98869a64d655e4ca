// C, Zcb and Zcmop: the 16-bit forms. A register of three bits (named with a p for the manual's prime) is one of x8 to x15.
// The RISC-V Instruction Set Manual, Volume I (version 20240411), chapters 26, 29 and 14. Hints are forms of these that do nothing.
import type { Rows } from '../../../translate/pattern.ts';

export const compressed = {
  c_addi4spn: { bits: '000 uimm[5:4|9:6|2|3] rdp[2:0] 00', unless: { uimm: 0 } },
  c_fld:      '001 uimm[5:3] rs1p[2:0] uimm[7:6] rdp[2:0] 00',
  c_lw:       '010 uimm[5:3] rs1p[2:0] uimm[2|6] rdp[2:0] 00',
  c_fsd:      '101 uimm[5:3] rs1p[2:0] uimm[7:6] rs2p[2:0] 00',
  c_sw:       '110 uimm[5:3] rs1p[2:0] uimm[2|6] rs2p[2:0] 00',

  c_addi:     '000 simm[5] rd[4:0] simm[4:0] 01',
  c_li:       '010 simm[5] rd[4:0] simm[4:0] 01',
  c_addi16sp: { bits: '011 simm[9] 00010 simm[4|6|8:7|5] 01', before: 'c_lui', unless: { simm: 0 } },
  c_lui:      { bits: '011 simm[17] rd[4:0] simm[16:12] 01', unless: { simm: 0, rd: 2 } },
  c_srai:     '100 shamt[5] 01 rdp[2:0] shamt[4:0] 01',
  c_srli:     '100 shamt[5] 00 rdp[2:0] shamt[4:0] 01',
  c_andi:     '100 simm[5] 10 rdp[2:0] simm[4:0] 01',
  c_sub:      '100 0 11 rdp[2:0] 00 rs2p[2:0] 01',
  c_xor:      '100 0 11 rdp[2:0] 01 rs2p[2:0] 01',
  c_or:       '100 0 11 rdp[2:0] 10 rs2p[2:0] 01',
  c_and:      '100 0 11 rdp[2:0] 11 rs2p[2:0] 01',
  c_j:        '101 simm[11|4|9:8|10|6|7|3:1|5] 01',
  c_beqz:     '110 simm[8|4:3] rs1p[2:0] simm[7:6|2:1|5] 01',
  c_bnez:     '111 simm[8|4:3] rs1p[2:0] simm[7:6|2:1|5] 01',

  c_slli:     '000 shamt[5] rd[4:0] shamt[4:0] 10',
  c_fldsp:    '001 uimm[5] rd[4:0] uimm[4:3|8:6] 10',
  c_lwsp:     { bits: '010 uimm[5] rd[4:0] uimm[4:2|7:6] 10', unless: { rd: 0 } },
  c_jr:       { bits: '100 0 rs1[4:0] 00000 10', before: 'c_mv', unless: { rs1: 0 } },
  c_mv:       { bits: '100 0 rd[4:0] rs2[4:0] 10', unless: { rs2: 0 } },
  c_ebreak:   { bits: '100 1 00000 00000 10', before: ['c_jalr', 'c_add'] },
  c_jalr:     { bits: '100 1 rs1[4:0] 00000 10', before: 'c_add' },
  c_add:      '100 1 rd[4:0] rs2[4:0] 10',
  c_fsdsp:    '101 uimm[5:3|8:6] rs2[4:0] 10',
  c_swsp:     '110 uimm[5:2|7:6] rs2[4:0] 10',

  c_lbu:      '100 000 rs1p[2:0] uimm[0|1] rdp[2:0] 00',
  c_lhu:      '100 001 rs1p[2:0] 0 uimm[1] rdp[2:0] 00',
  c_lh:       '100 001 rs1p[2:0] 1 uimm[1] rdp[2:0] 00',
  c_sb:       '100 010 rs1p[2:0] uimm[0|1] rs2p[2:0] 00',
  c_sh:       '100 011 rs1p[2:0] 0 uimm[1] rs2p[2:0] 00',
  c_mul:      '100 1 11 rdp[2:0] 10 rs2p[2:0] 01',
  c_zext_b:   '100 1 11 rdp[2:0] 11 000 01',
  c_sext_b:   '100 1 11 rdp[2:0] 11 001 01',
  c_zext_h:   '100 1 11 rdp[2:0] 11 010 01',
  c_sext_h:   '100 1 11 rdp[2:0] 11 011 01',
  c_not:      '100 1 11 rdp[2:0] 11 101 01',

  // May-be-operations: they do nothing until they are given something to do. Of c.lui's reserved forms.
  c_mop:      '011 00 n[3:1] 1 00000 01',
} as const satisfies Rows;

export const compressed32 = {
  c_flw:   '011 uimm[5:3] rs1p[2:0] uimm[2|6] rdp[2:0] 00',
  c_fsw:   '111 uimm[5:3] rs1p[2:0] uimm[2|6] rs2p[2:0] 00',
  c_jal:   '001 simm[11|4|9:8|10|6|7|3:1|5] 01',
  c_flwsp: '011 uimm[5] rd[4:0] uimm[4:2|7:6] 10',
  c_fswsp: '111 uimm[5:2|7:6] rs2[4:0] 10',
} as const satisfies Rows;

export const compressed64 = {
  c_ld:    '011 uimm[5:3] rs1p[2:0] uimm[7:6] rdp[2:0] 00',
  c_sd:    '111 uimm[5:3] rs1p[2:0] uimm[7:6] rs2p[2:0] 00',
  c_addiw: { bits: '001 simm[5] rd[4:0] simm[4:0] 01', unless: { rd: 0 } },
  c_subw:  '100 1 11 rdp[2:0] 00 rs2p[2:0] 01',
  c_addw:  '100 1 11 rdp[2:0] 01 rs2p[2:0] 01',
  c_zext_w: '100 1 11 rdp[2:0] 11 100 01',
  c_ldsp:  { bits: '011 uimm[5] rd[4:0] uimm[4:3|8:6] 10', unless: { rd: 0 } },
  c_sdsp:  '111 uimm[5:3|8:6] rs2[4:0] 10',
} as const satisfies Rows;
