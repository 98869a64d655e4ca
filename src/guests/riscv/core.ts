// The registers as core files have them: struct user_regs_struct and __riscv_d_ext_state of arch/riscv/include/uapi/asm/ptrace.h.
import type { CoreRegisters } from '../guest.ts';
import { f, readFcsr, registers, type Xlen } from './state.ts';

const NT_FPREGSET = 2;

/** pc, then x1 to x31. */
export function coreRegisters(xlen: Xlen): CoreRegisters {
  const { x, pc } = registers[xlen];
  const word = xlen / 8;
  return {
    registers: (cpu) => {
      const bytes = new Uint8Array(32 * word);
      [pc, ...x.slice(1)].forEach(({ offset }, i) => bytes.set(cpu.u8.subarray(offset, offset + word), i * word));
      // The lowest bit of the location is not the address's.
      bytes[0]! &= ~1;
      return bytes;
    },
    notes: (cpu) => {
      const bytes = new Uint8Array(264);
      bytes.set(cpu.u8.subarray(f[0]!.offset, f[0]!.offset + 256));
      new DataView(bytes.buffer).setUint32(256, readFcsr(cpu), true);
      return [{ owner: 'CORE', type: NT_FPREGSET, bytes }];
    },
  };
}
