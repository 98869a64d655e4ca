// What ARMv8.1 to 8.6 added to AArch32's Advanced SIMD and floating point, a table for each extension, in the notation of the
// ARM Architecture Reference Manual (DDI 0487, F6). Rows that begin with `cond` are VFP's, with 1111 001 Advanced SIMD's.
import type { Rows } from '../../../translate/pattern.ts';

/** FEAT_RDM. */
export const rdm = {
  vqrdmlah: { bits: '1111 001 1 0 D[0] size[1:0] Vn[3:0] Vd[3:0] 1011 N[0] Q[0] M[0] 1 Vm[3:0]', unless: { size: [0, 3] } },
  vqrdmlsh: { bits: '1111 001 1 0 D[0] size[1:0] Vn[3:0] Vd[3:0] 1100 N[0] Q[0] M[0] 1 Vm[3:0]', unless: { size: [0, 3] } },
  vqrdmlahScalar: { bits: '1111 001 Q[0] 1 D[0] size[1:0] Vn[3:0] Vd[3:0] 1110 N[0] 1 M[0] 0 Vm[3:0]', unless: { size: [0, 3] } },
  vqrdmlshScalar: { bits: '1111 001 Q[0] 1 D[0] size[1:0] Vn[3:0] Vd[3:0] 1111 N[0] 1 M[0] 0 Vm[3:0]', unless: { size: [0, 3] } },
} as const satisfies Rows;

/** FEAT_FCMA: `S` is 1 for singles, 0 for halves; `rot` counts quarters of a turn (of VCADD: 90 or 270 degrees). */
export const fcma = {
  vcadd:           '1111 110 rot[0] 1 D[0] 0 S[0] Vn[3:0] Vd[3:0] 1000 N[0] Q[0] M[0] 0 Vm[3:0]',
  vcmla:           '1111 110 rot[1:0] D[0] 1 S[0] Vn[3:0] Vd[3:0] 1000 N[0] Q[0] M[0] 0 Vm[3:0]',
  vcmlaElement:    '1111 1110 S[0] D[0] rot[1:0] Vn[3:0] Vd[3:0] 1000 N[0] Q[0] M[0] 0 Vm[3:0]',
} as const satisfies Rows;

/** FEAT_FHM: products of halves added to singles. The registers of the narrow form are singles. */
export const fhm = {
  vfmal:           '1111 1100 0 D[0] 10 Vn[3:0] Vd[3:0] 1000 N[0] Q[0] M[0] 1 Vm[3:0]',
  vfmsl:           '1111 1100 1 D[0] 10 Vn[3:0] Vd[3:0] 1000 N[0] Q[0] M[0] 1 Vm[3:0]',
  vfmalElement:    '1111 1110 0 D[0] 00 Vn[3:0] Vd[3:0] 1000 N[0] Q[0] M[0] 1 Vm[3:0]',
  vfmslElement:    '1111 1110 0 D[0] 01 Vn[3:0] Vd[3:0] 1000 N[0] Q[0] M[0] 1 Vm[3:0]',
} as const satisfies Rows;

/** FEAT_DotProd. */
export const dotProduct = {
  vdot:            '1111 1100 0 D[0] 10 Vn[3:0] Vd[3:0] 1101 N[0] Q[0] M[0] U[0] Vm[3:0]',
  vdotElement:     '1111 1110 0 D[0] 10 Vn[3:0] Vd[3:0] 1101 N[0] Q[0] M[0] U[0] Vm[3:0]',
} as const satisfies Rows;

/** FEAT_AA32I8MM. */
export const i8mm = {
  vusdot:          '1111 1100 1 D[0] 10 Vn[3:0] Vd[3:0] 1101 N[0] Q[0] M[0] 0 Vm[3:0]',
  vusdotElement:   '1111 1110 1 D[0] 00 Vn[3:0] Vd[3:0] 1101 N[0] Q[0] M[0] 0 Vm[3:0]',
  vsudotElement:   '1111 1110 1 D[0] 00 Vn[3:0] Vd[3:0] 1101 N[0] Q[0] M[0] 1 Vm[3:0]',
  vmmla:           '1111 1100 0 D[0] 10 Vn[3:0] Vd[3:0] 1100 N[0] 1 M[0] U[0] Vm[3:0]',
  vusmmla:         '1111 1100 1 D[0] 10 Vn[3:0] Vd[3:0] 1100 N[0] 1 M[0] 0 Vm[3:0]',
} as const satisfies Rows;

/** FEAT_AA32BF16: without a condition, of Advanced SIMD, and with one. T is 1 for the upper of two numbers. */
export const bf16 = {
  vdotBF16:        '1111 1100 0 D[0] 00 Vn[3:0] Vd[3:0] 1101 N[0] Q[0] M[0] 0 Vm[3:0]',
  vdotElementBF16: '1111 1110 0 D[0] 00 Vn[3:0] Vd[3:0] 1101 N[0] Q[0] M[0] 0 Vm[3:0]',
  vmmlaBF16:       '1111 1100 0 D[0] 00 Vn[3:0] Vd[3:0] 1100 N[0] 1 M[0] 0 Vm[3:0]',
  vfmaBF16:        '1111 1100 0 D[0] 11 Vn[3:0] Vd[3:0] 1000 N[0] T[0] M[0] 1 Vm[3:0]',
  vfmaElementBF16: '1111 1110 0 D[0] 11 Vn[3:0] Vd[3:0] 1000 N[0] T[0] M[0] 1 Vm[3:0]',
} as const satisfies Rows;
export const neonBF16 = {
  vcvtToBF16:      '1111 0011 1 D[0] 11 01 10 Vd[3:0] 0 1100 1 M[0] 0 Vm[3:0]',
} as const satisfies Rows;
export const vfpBF16 = {
  vcvtOneToBF16:   'cond[3:0] 1110 1 D[0] 11 0011 Vd[3:0] 1001 T[0] 1 M[0] 0 Vm[3:0]',
} as const satisfies Rows;

/** FEAT_JSCVT. */
export const jscvt = {
  vjcvt:           'cond[3:0] 1110 1 D[0] 11 1001 Vd[3:0] 1011 11 M[0] 0 Vm[3:0]',
} as const satisfies Rows;
