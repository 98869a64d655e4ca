// The registers as core files have them: struct user_regs and the VFP note of arch/arm/kernel/ptrace.c.
import type { CoreRegisters, CpuState } from '../guest.ts';
import { readFpscr } from './fpscr.ts';
import { d, pc, r, read, readCpsr } from './state.ts';

const NT_ARM_VFP = 0x400;

/** r0 to r15, CPSR and orig_r0; -1 is that of a thread that is in no system call. */
const registers = (cpu: CpuState): Uint8Array =>
  new Uint8Array(Int32Array.of(...r.map((slot) => read(cpu, slot)), read(cpu, pc) & ~1, readCpsr(cpu), -1).buffer);

/** d0 to d31 and FPSCR. */
function vfp(cpu: CpuState): Uint8Array {
  const bytes = new Uint8Array(260);
  bytes.set(cpu.u8.subarray(d[0]!.offset, d[0]!.offset + 256));
  new DataView(bytes.buffer).setUint32(256, readFpscr(cpu), true);
  return bytes;
}

export const core: CoreRegisters = { registers, notes: (cpu) => [{ owner: 'LINUX', type: NT_ARM_VFP, bytes: vfp(cpu) }] };
