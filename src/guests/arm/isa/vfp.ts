// VFPv3, VFPv4 and the floating-point instructions of ARMv8's AArch32, in the notation of the ARM Architecture Reference
// Manual (ARMv7-A A7.5 to A7.9, ARMv8-A F6). T32 has the same words with `cond` 1110. `sz` is 1 for doubles; the number
// of a single is Vd:D, that of a double D:Vd.
import type { Rows } from '../../../translate/pattern.ts';

/** Words whose top four bits are a condition. */
export const vfp = {
  // Arithmetic
  vmla:     'cond[3:0] 1110 0 D[0] 00 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 0 M[0] 0 Vm[3:0]',
  vmls:     'cond[3:0] 1110 0 D[0] 00 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 1 M[0] 0 Vm[3:0]',
  vnmls:    'cond[3:0] 1110 0 D[0] 01 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 0 M[0] 0 Vm[3:0]',
  vnmla:    'cond[3:0] 1110 0 D[0] 01 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 1 M[0] 0 Vm[3:0]',
  vmul:     'cond[3:0] 1110 0 D[0] 10 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 0 M[0] 0 Vm[3:0]',
  vnmul:    'cond[3:0] 1110 0 D[0] 10 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 1 M[0] 0 Vm[3:0]',
  vadd:     'cond[3:0] 1110 0 D[0] 11 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 0 M[0] 0 Vm[3:0]',
  vsub:     'cond[3:0] 1110 0 D[0] 11 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 1 M[0] 0 Vm[3:0]',
  vdiv:     'cond[3:0] 1110 1 D[0] 00 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 0 M[0] 0 Vm[3:0]',
  vfnms:    'cond[3:0] 1110 1 D[0] 01 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 0 M[0] 0 Vm[3:0]',
  vfnma:    'cond[3:0] 1110 1 D[0] 01 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 1 M[0] 0 Vm[3:0]',
  vfma:     'cond[3:0] 1110 1 D[0] 10 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 0 M[0] 0 Vm[3:0]',
  vfms:     'cond[3:0] 1110 1 D[0] 10 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 1 M[0] 0 Vm[3:0]',
  vabs:     'cond[3:0] 1110 1 D[0] 11 0000 Vd[3:0] 101 sz[0] 11 M[0] 0 Vm[3:0]',
  vneg:     'cond[3:0] 1110 1 D[0] 11 0001 Vd[3:0] 101 sz[0] 01 M[0] 0 Vm[3:0]',
  vsqrt:    'cond[3:0] 1110 1 D[0] 11 0001 Vd[3:0] 101 sz[0] 11 M[0] 0 Vm[3:0]',

  // Comparison; E also signals quiet NaNs
  vcmp:     'cond[3:0] 1110 1 D[0] 11 0100 Vd[3:0] 101 sz[0] E[0] 1 M[0] 0 Vm[3:0]',
  vcmpZero: 'cond[3:0] 1110 1 D[0] 11 0101 Vd[3:0] 101 sz[0] E[0] 1 (0) 0 (0000)',

  // Conversion
  vcvtFromHalf:  'cond[3:0] 1110 1 D[0] 11 0010 Vd[3:0] 101 sz[0] T[0] 1 M[0] 0 Vm[3:0]',
  vcvtToHalf:    'cond[3:0] 1110 1 D[0] 11 0011 Vd[3:0] 101 sz[0] T[0] 1 M[0] 0 Vm[3:0]',
  vrintr:        'cond[3:0] 1110 1 D[0] 11 0110 Vd[3:0] 101 sz[0] 01 M[0] 0 Vm[3:0]',
  vrintz:        'cond[3:0] 1110 1 D[0] 11 0110 Vd[3:0] 101 sz[0] 11 M[0] 0 Vm[3:0]',
  vrintx:        'cond[3:0] 1110 1 D[0] 11 0111 Vd[3:0] 101 sz[0] 01 M[0] 0 Vm[3:0]',
  vcvtPrecision: 'cond[3:0] 1110 1 D[0] 11 0111 Vd[3:0] 101 sz[0] 11 M[0] 0 Vm[3:0]',
  vcvtFromInt:   'cond[3:0] 1110 1 D[0] 11 1000 Vd[3:0] 101 sz[0] signed[0] 1 M[0] 0 Vm[3:0]',
  vcvtToInt:     'cond[3:0] 1110 1 D[0] 11 110 signed[0] Vd[3:0] 101 sz[0] zero[0] 1 M[0] 0 Vm[3:0]',
  vcvtFromFixed: 'cond[3:0] 1110 1 D[0] 11 101 U[0] Vd[3:0] 101 sz[0] sx[0] 1 imm[0] 0 imm[4:1]',
  vcvtToFixed:   'cond[3:0] 1110 1 D[0] 11 111 U[0] Vd[3:0] 101 sz[0] sx[0] 1 imm[0] 0 imm[4:1]',

  // Moves
  vmov:           'cond[3:0] 1110 1 D[0] 11 0000 Vd[3:0] 101 sz[0] 01 M[0] 0 Vm[3:0]',
  vmovImmediate:  'cond[3:0] 1110 1 D[0] 11 imm[7:4] Vd[3:0] 101 sz[0] (0) 0 (0) 0 imm[3:0]',
  vmovToSingle:   'cond[3:0] 1110 0000 Vn[3:0] Rt[3:0] 1010 N[0] (00) 1 (0000)',
  vmovFromSingle: 'cond[3:0] 1110 0001 Vn[3:0] Rt[3:0] 1010 N[0] (00) 1 (0000)',
  vmovToSingles:   'cond[3:0] 1100 0100 Rt2[3:0] Rt[3:0] 1010 00 M[0] 1 Vm[3:0]',
  vmovFromSingles: 'cond[3:0] 1100 0101 Rt2[3:0] Rt[3:0] 1010 00 M[0] 1 Vm[3:0]',
  vmovToDouble:    'cond[3:0] 1100 0100 Rt2[3:0] Rt[3:0] 1011 00 M[0] 1 Vm[3:0]',
  vmovFromDouble:  'cond[3:0] 1100 0101 Rt2[3:0] Rt[3:0] 1011 00 M[0] 1 Vm[3:0]',
  vmovToScalar:    'cond[3:0] 1110 0 opc1[1:0] 0 Vd[3:0] Rt[3:0] 1011 D[0] opc2[1:0] 1 (0000)',
  vmovFromScalar:  'cond[3:0] 1110 U[0] opc1[1:0] 1 Vn[3:0] Rt[3:0] 1011 N[0] opc2[1:0] 1 (0000)',
  vdupCore:        'cond[3:0] 1110 1 b[0] Q[0] 0 Vd[3:0] Rt[3:0] 1011 D[0] 0 e[0] 1 (0000)',
  vmsr:            'cond[3:0] 1110 1110 reg[3:0] Rt[3:0] 1010 (0) (00) 1 (0000)',
  vmrs:            'cond[3:0] 1110 1111 reg[3:0] Rt[3:0] 1010 (0) (00) 1 (0000)',

  // Loads and stores
  vstr:   'cond[3:0] 1101 U[0] D[0] 00 Rn[3:0] Vd[3:0] 101 sz[0] imm[7:0]',
  vldr:   'cond[3:0] 1101 U[0] D[0] 01 Rn[3:0] Vd[3:0] 101 sz[0] imm[7:0]',
  vstmia: 'cond[3:0] 1100 1 D[0] W[0] 0 Rn[3:0] Vd[3:0] 101 sz[0] imm[7:0]',
  vldmia: 'cond[3:0] 1100 1 D[0] W[0] 1 Rn[3:0] Vd[3:0] 101 sz[0] imm[7:0]',
  vstmdb: 'cond[3:0] 1101 0 D[0] 10 Rn[3:0] Vd[3:0] 101 sz[0] imm[7:0]',
  vldmdb: 'cond[3:0] 1101 0 D[0] 11 Rn[3:0] Vd[3:0] 101 sz[0] imm[7:0]',
} as const satisfies Rows;

/** Words whose top four bits are 1111: ARMv8's additions, which have no condition. `RM` is A, N, P or M. */
export const vfpUnconditional = {
  vsel:        '1111 1110 0 D[0] cc[1:0] Vn[3:0] Vd[3:0] 101 sz[0] N[0] 0 M[0] 0 Vm[3:0]',
  vmaxnm:      '1111 1110 1 D[0] 00 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 0 M[0] 0 Vm[3:0]',
  vminnm:      '1111 1110 1 D[0] 00 Vn[3:0] Vd[3:0] 101 sz[0] N[0] 1 M[0] 0 Vm[3:0]',
  vrintTo:     '1111 1110 1 D[0] 11 10 RM[1:0] Vd[3:0] 101 sz[0] 01 M[0] 0 Vm[3:0]',
  vcvtRounded: '1111 1110 1 D[0] 11 11 RM[1:0] Vd[3:0] 101 sz[0] signed[0] 1 M[0] 0 Vm[3:0]',
} as const satisfies Rows;
