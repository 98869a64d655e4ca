// FPSCR taken apart and put together outside generated code: for signal frames, debuggers and dumps.
import { setEnvironment } from '../../translate/float/environment.ts';
import { FLOAT_FLAGS } from '../../translate/state.ts';
import type { CpuState } from '../guest.ts';
import { fpCF, fpControl, fpNF, fpQC, fpVF, fpZF, read, write } from './state.ts';

/** What programs can store: AHP, DN, FZ, RMode, FZ16, Stride and Len; there are no traps to enable. */
export const CONTROL = 0x07ff_0000;
/** Stride and Len: not zero while VFP's arithmetic works on short vectors (semantics/short-vectors.ts). */
export const SHORT_VECTOR = 0x0037_0000;
/** Denormal halves are zero. */
export const FZ16 = 1 << 19;

/** Five bits in reverse order: ours are NX UF OF DZ NV, FPSCR's IXC UFC OFC DZC IOC from the other end. */
const reversed = (bits: number): number => (bits & 1) << 4 | (bits & 2) << 2 | (bits & 4) | (bits & 8) >> 2 | (bits & 16) >> 4;
const exceptionsOf = (flags: number): number => reversed(flags) | (flags & 32) << 2;
const flagsOf = (fpscr: number): number => reversed(fpscr) | (fpscr & 0x80) >> 2;

/** The control word of translate/float/environment.ts that FPSCR asks for: RMode is nearest, up, down, towards zero. */
export const controlOf = (fpscr: number): number => (-(fpscr >>> 22) & 3) | ((fpscr >>> 22) & 0x1c) | ((fpscr >>> 14) & 0x20);

export function readFpscr(cpu: CpuState): number {
  return ((read(cpu, fpNF) & 0x80000000) | (read(cpu, fpZF) === 0 ? 1 << 30 : 0) | (read(cpu, fpCF) << 29) | (read(cpu, fpVF) << 28)
    | (read(cpu, fpQC) !== 0 ? 1 << 27 : 0) | (read(cpu, fpControl) & CONTROL) | exceptionsOf(cpu.i32[FLOAT_FLAGS >> 2]!)) >>> 0;
}

export function writeFpscr(cpu: CpuState, value: number): void {
  write(cpu, fpNF, value);
  write(cpu, fpZF, (value >>> 30) & 1 ? 0 : 1);
  write(cpu, fpCF, (value >>> 29) & 1);
  write(cpu, fpVF, (value >>> 28) & 1);
  write(cpu, fpQC, value & (1 << 27));
  write(cpu, fpControl, value & CONTROL);
  cpu.i32[FLOAT_FLAGS >> 2] = flagsOf(value);
  setEnvironment(cpu.u32, controlOf(value));
}
