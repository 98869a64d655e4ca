// FPSCR taken apart and put together outside generated code: for signal frames, debuggers and dumps.
import type { CpuState } from '../guest.ts';
import { fpCF, fpControl, fpExceptions, fpNF, fpQC, fpVF, fpZF, read, write } from './state.ts';

/** What programs can store: AHP, DN, FZ, RMode, and Stride and Len, which do nothing; there are no traps to enable. */
export const CONTROL = 0x07ff_0000;
/** The cumulative exception flags. */
export const EXCEPTIONS = 0x9f;

export function readFpscr(cpu: CpuState): number {
  return ((read(cpu, fpNF) & 0x80000000) | (read(cpu, fpZF) === 0 ? 1 << 30 : 0) | (read(cpu, fpCF) << 29) | (read(cpu, fpVF) << 28)
    | (read(cpu, fpQC) !== 0 ? 1 << 27 : 0) | (read(cpu, fpControl) & CONTROL) | (read(cpu, fpExceptions) & EXCEPTIONS)) >>> 0;
}

export function writeFpscr(cpu: CpuState, value: number): void {
  write(cpu, fpNF, value);
  write(cpu, fpZF, (value >>> 30) & 1 ? 0 : 1);
  write(cpu, fpCF, (value >>> 29) & 1);
  write(cpu, fpVF, (value >>> 28) & 1);
  write(cpu, fpQC, value & (1 << 27));
  write(cpu, fpControl, value & CONTROL);
  write(cpu, fpExceptions, value & EXCEPTIONS);
}
