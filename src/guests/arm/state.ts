// The ARM processor's state: where each register and flag lies, and CPSR taken apart and put together.
// Flags are kept in the form in which they are cheapest to set and to test, each in a slot of its own.
import type { Slot } from '../../translate/ir.ts';
import type { ValueType } from '../../translate/wasm/code.ts';
import type { CpuState } from '../guest.ts';

const slot = (name: string, offset: number, type: ValueType = 'i32'): Slot => ({ name, offset, type });
const bank = (prefix: string, count: number, at: number, step: number, type: ValueType): readonly Slot[] =>
  Array.from({ length: count }, (_, i) => slot(`${prefix}${i}`, at + i * step, type));

/** r0 to r14. */
export const r = bank('r', 15, 0, 4, 'i32');
/** The location to execute next: the address, with bit 0 set in Thumb state. Kept by the run loop, not by generated code. */
export const pc = slot('pc', 60);

/** Sign bit: N. */
export const NF = slot('NF', 64);
/** Zero: Z is set. */
export const ZF = slot('ZF', 68);
/** 0 or 1. */
export const CF = slot('CF', 72);
/** 0 or 1. */
export const VF = slot('VF', 76);
/** 0 or 1; sticky. */
export const QF = slot('QF', 80);
/** Four bytes, each 0xff where the GE bit is set and 0 where not. */
export const GE = slot('GE', 84);
/** CPSR's IT bits. Zero except when an exception was taken in an IT block. */
export const ITSTATE = slot('ITSTATE', 88);
/** The address that the last load-exclusive claimed, or -1. */
export const exclusiveAddress = slot('exclusiveAddress', 92);
/** What the last load-exclusive read, zero-extended; and its low word. */
export const exclusiveValue64 = slot('exclusiveValue64', 96, 'i64');
export const exclusiveValue = slot('exclusiveValue', 96);
/** The thread registers: read-only for users (where TLS is), and read-write. */
export const TPIDRURO = slot('TPIDRURO', 104);
export const TPIDRURW = slot('TPIDRURW', 108);

/** FPSCR's flags, in the same form as the CPSR's. */
export const fpNF = slot('fpNF', 112);
export const fpZF = slot('fpZF', 116);
export const fpCF = slot('fpCF', 120);
export const fpVF = slot('fpVF', 124);
/** FPSCR.QC: not zero when set. Sticky. */
export const fpQC = slot('fpQC', 128);
/** CPSR.E: 1 while data is big-endian. Asked for once a program has entered that mode (semantics/machine.ts). */
export const bigEndian = slot('bigEndian', 132);
/**
 * FPSCR's control bits (26 to 8: AHP, DN, FZ, RMode, Stride, Len, trap enables), where FPSCR has them. What arithmetic goes by
 * is the floating-point environment, and there are the exception bits too: translate/float/environment.ts, fpscr.ts.
 */
export const fpControl = slot('fpControl', 136);

const vectorBase = 256;
/** The floating-point and vector registers; s, d and q lie over each other. */
export const s = bank('s', 32, vectorBase, 4, 'f32');
export const d = bank('d', 32, vectorBase, 8, 'f64');
export const q = bank('q', 16, vectorBase, 16, 'v128');
/** The same cells as integers. */
export const sBits = bank('s', 32, vectorBase, 4, 'i32').map((c) => ({ ...c, name: `${c.name}.bits` }));
export const dBits = bank('d', 32, vectorBase, 8, 'i64').map((c) => ({ ...c, name: `${c.name}.bits` }));

export const stateBytes = 512;
export const slots: readonly Slot[] = [
  ...r, pc, NF, ZF, CF, VF, QF, GE, ITSTATE, exclusiveAddress, exclusiveValue64, TPIDRURO, TPIDRURW,
  fpNF, fpZF, fpCF, fpVF, fpQC, bigEndian, fpControl, ...q,
];

export const read = (cpu: CpuState, from: Slot): number => cpu.i32[from.offset >> 2]!;
export const write = (cpu: CpuState, to: Slot, value: number): void => { cpu.i32[to.offset >> 2] = value; };

/** CPSR's bits that are not kept as they are: N Z C V Q, IT[1:0], GE, IT[7:2], E, and the T bit and mode of a user. */
export function readCpsr(cpu: CpuState): number {
  const ge = read(cpu, GE);
  const it = read(cpu, ITSTATE);
  let cpsr = 0x10 | ((read(cpu, pc) & 1) << 5) | (read(cpu, bigEndian) << 9);
  cpsr |= (read(cpu, NF) & 0x80000000) | (read(cpu, ZF) === 0 ? 1 << 30 : 0) | (read(cpu, CF) << 29) | (read(cpu, VF) << 28) | (read(cpu, QF) << 27);
  for (let i = 0; i < 4; i++) cpsr |= ((ge >>> (8 * i)) & 1) << (16 + i);
  return (cpsr | ((it & 3) << 25) | ((it & 0xfc) << 8)) >>> 0;
}

/** Takes over the flags, GE, E and IT bits of a CPSR value. The T bit belongs to the location: the caller's. */
export function writeCpsr(cpu: CpuState, cpsr: number): void {
  write(cpu, NF, cpsr);
  write(cpu, ZF, (cpsr >>> 30) & 1 ? 0 : 1);
  write(cpu, CF, (cpsr >>> 29) & 1);
  write(cpu, VF, (cpsr >>> 28) & 1);
  write(cpu, QF, (cpsr >>> 27) & 1);
  write(cpu, bigEndian, (cpsr >>> 9) & 1);
  let ge = 0;
  for (let i = 0; i < 4; i++) if ((cpsr >>> (16 + i)) & 1) ge |= 0xff << (8 * i);
  write(cpu, GE, ge);
  write(cpu, ITSTATE, ((cpsr >>> 25) & 3) | ((cpsr >>> 8) & 0xfc));
}
