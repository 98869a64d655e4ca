// Floating point: F, D, Zfh and Zfa. `fmt` is 0 for single, 1 for double and 2 for half precision; 3, quadruple, is not here.
// The RISC-V Instruction Set Manual, Volume I (version 20240411), chapters 20 to 22, 24 and 33.
import type { Rows } from '../../../translate/pattern.ts';

const noQuad = { fmt: 3 } as const;

export const float = {
  flh: 'simm[11:0] rs1[4:0] 001 rd[4:0] 0000111',
  flw: 'simm[11:0] rs1[4:0] 010 rd[4:0] 0000111',
  fld: 'simm[11:0] rs1[4:0] 011 rd[4:0] 0000111',
  fsh: 'simm[11:5] rs2[4:0] rs1[4:0] 001 simm[4:0] 0100111',
  fsw: 'simm[11:5] rs2[4:0] rs1[4:0] 010 simm[4:0] 0100111',
  fsd: 'simm[11:5] rs2[4:0] rs1[4:0] 011 simm[4:0] 0100111',

  fmadd:  { bits: 'rs3[4:0] fmt[1:0] rs2[4:0] rs1[4:0] rm[2:0] rd[4:0] 1000011', unless: noQuad },
  fmsub:  { bits: 'rs3[4:0] fmt[1:0] rs2[4:0] rs1[4:0] rm[2:0] rd[4:0] 1000111', unless: noQuad },
  fnmsub: { bits: 'rs3[4:0] fmt[1:0] rs2[4:0] rs1[4:0] rm[2:0] rd[4:0] 1001011', unless: noQuad },
  fnmadd: { bits: 'rs3[4:0] fmt[1:0] rs2[4:0] rs1[4:0] rm[2:0] rd[4:0] 1001111', unless: noQuad },
  fadd:   { bits: '00000 fmt[1:0] rs2[4:0] rs1[4:0] rm[2:0] rd[4:0] 1010011', unless: noQuad },
  fsub:   { bits: '00001 fmt[1:0] rs2[4:0] rs1[4:0] rm[2:0] rd[4:0] 1010011', unless: noQuad },
  fmul:   { bits: '00010 fmt[1:0] rs2[4:0] rs1[4:0] rm[2:0] rd[4:0] 1010011', unless: noQuad },
  fdiv:   { bits: '00011 fmt[1:0] rs2[4:0] rs1[4:0] rm[2:0] rd[4:0] 1010011', unless: noQuad },
  fsqrt:  { bits: '01011 fmt[1:0] 00000 rs1[4:0] rm[2:0] rd[4:0] 1010011', unless: noQuad },
  fsgnj:  { bits: '00100 fmt[1:0] rs2[4:0] rs1[4:0] 000 rd[4:0] 1010011', unless: noQuad },
  fsgnjn: { bits: '00100 fmt[1:0] rs2[4:0] rs1[4:0] 001 rd[4:0] 1010011', unless: noQuad },
  fsgnjx: { bits: '00100 fmt[1:0] rs2[4:0] rs1[4:0] 010 rd[4:0] 1010011', unless: noQuad },
  fmin:   { bits: '00101 fmt[1:0] rs2[4:0] rs1[4:0] 000 rd[4:0] 1010011', unless: noQuad },
  fmax:   { bits: '00101 fmt[1:0] rs2[4:0] rs1[4:0] 001 rd[4:0] 1010011', unless: noQuad },
  fminm:  { bits: '00101 fmt[1:0] rs2[4:0] rs1[4:0] 010 rd[4:0] 1010011', unless: noQuad },
  fmaxm:  { bits: '00101 fmt[1:0] rs2[4:0] rs1[4:0] 011 rd[4:0] 1010011', unless: noQuad },
  /** Between formats: `from` names the source's. */
  fcvt_f_f: { bits: '01000 fmt[1:0] 000 from[1:0] rs1[4:0] rm[2:0] rd[4:0] 1010011', unless: { fmt: 3, from: 3 } },
  fround:   { bits: '01000 fmt[1:0] 00100 rs1[4:0] rm[2:0] rd[4:0] 1010011', unless: noQuad },
  froundnx: { bits: '01000 fmt[1:0] 00101 rs1[4:0] rm[2:0] rd[4:0] 1010011', unless: noQuad },
  fle:  { bits: '10100 fmt[1:0] rs2[4:0] rs1[4:0] 000 rd[4:0] 1010011', unless: noQuad },
  flt:  { bits: '10100 fmt[1:0] rs2[4:0] rs1[4:0] 001 rd[4:0] 1010011', unless: noQuad },
  feq:  { bits: '10100 fmt[1:0] rs2[4:0] rs1[4:0] 010 rd[4:0] 1010011', unless: noQuad },
  fleq: { bits: '10100 fmt[1:0] rs2[4:0] rs1[4:0] 100 rd[4:0] 1010011', unless: noQuad },
  fltq: { bits: '10100 fmt[1:0] rs2[4:0] rs1[4:0] 101 rd[4:0] 1010011', unless: noQuad },
  fclass: { bits: '11100 fmt[1:0] 00000 rs1[4:0] 001 rd[4:0] 1010011', unless: noQuad },
  /** To and from integers: `to` and `from` are 0 for a word, 1 for an unsigned word, 2 and 3 for doublewords (RV64). */
  fcvt_x_f: { bits: '11000 fmt[1:0] 000 to[1:0] rs1[4:0] rm[2:0] rd[4:0] 1010011', unless: noQuad },
  fcvt_f_x: { bits: '11010 fmt[1:0] 000 from[1:0] rs1[4:0] rm[2:0] rd[4:0] 1010011', unless: noQuad },
  fcvtmod_w_d: '11000 01 01000 rs1[4:0] 001 rd[4:0] 1010011',
  fmv_x_f: { bits: '11100 fmt[1:0] 00000 rs1[4:0] 000 rd[4:0] 1010011', unless: noQuad },
  fmv_f_x: { bits: '11110 fmt[1:0] 00000 rs1[4:0] 000 rd[4:0] 1010011', unless: noQuad },
  fli:     { bits: '11110 fmt[1:0] 00001 rs1[4:0] 000 rd[4:0] 1010011', unless: noQuad },
} as const satisfies Rows;

export const float32 = {
  fmvh_x_d: '11100 01 00001 rs1[4:0] 000 rd[4:0] 1010011',
  fmvp_d_x: '10110 01 rs2[4:0] rs1[4:0] 000 rd[4:0] 1010011',
} as const satisfies Rows;
