// The signal frame: struct rt_sigframe of arch/riscv/kernel/signal.c, which is siginfo and ucontext. Handlers return to a
// page that the kernel maps (its vDSO there), since RISC-V's struct sigaction has no restorer.
import type { CpuState, SignalDelivery, SignalFrame } from '../guest.ts';
import { f, readFcsr, registers, writeFcsr, writeX, type Xlen } from './state.ts';

const INFO_BYTES = 128;
const RT_SIGRETURN = 139;
/** addi a7, zero, 139; ecall. */
export const trampoline = new Uint8Array(Uint32Array.of(0x00000893 | RT_SIGRETURN << 20, 0x00000073).buffer);

/** Offsets in struct ucontext and struct sigcontext (arch/riscv/include/uapi/asm). */
const layouts = {
  64: { word: 8, stack: 16, stackFlags: 24, stackSize: 32, mask: 40, regs: 176, fp: 176 + 256, bytes: 960 },
  32: { word: 4, stack: 8, stackFlags: 12, stackSize: 16, mask: 20, regs: 160, fp: 160 + 128, bytes: 816 },
} as const;
const FCSR = 256;

export function signalFrame(xlen: Xlen, trampolineAt: number): SignalFrame {
  const l = layouts[xlen];
  const { x, pc, reserved } = registers[xlen];
  const fpBytes = (cpu: CpuState): Uint8Array => cpu.u8.subarray(f[0]!.offset, f[0]!.offset + 256);
  /** pc and x1 to x31: user_regs_struct. */
  const saved = [pc, ...x.slice(1)];
  const word = (view: DataView, at: number): number => view.getUint32(at, true) + (xlen === 64 ? view.getUint32(at + 4, true) * 2 ** 32 : 0);
  const putWord = (view: DataView, at: number, value: number): void => {
    view.setUint32(at, value >>> 0, true);
    if (xlen === 64) view.setUint32(at + 4, Math.floor(value / 2 ** 32) >>> 0, true);
  };
  const sp = x[2]!;

  function push(cpu: CpuState, frame: Uint8Array, at: number, delivery: SignalDelivery): void {
    frame.set(delivery.info, 0);
    const view = new DataView(frame.buffer, frame.byteOffset + INFO_BYTES, l.bytes);
    const { altstack, mask } = delivery;
    putWord(view, l.stack, altstack.sp);
    view.setInt32(l.stackFlags, altstack.flags, true);
    putWord(view, l.stackSize, altstack.size);
    view.setUint32(l.mask, mask[0]!, true);
    view.setUint32(l.mask + 4, mask[1]!, true);
    const bytes = new Uint8Array(frame.buffer, frame.byteOffset + INFO_BYTES, l.bytes);
    saved.forEach((slot, i) => bytes.set(cpu.u8.subarray(slot.offset, slot.offset + l.word), l.regs + i * l.word));
    bytes[l.regs]! &= ~1; // The location's mode bit is no part of the pc.
    bytes.set(fpBytes(cpu), l.fp);
    view.setUint32(l.fp + FCSR, readFcsr(cpu), true);

    writeX(cpu, x[1]!, trampolineAt);
    writeX(cpu, sp, at);
    writeX(cpu, x[10]!, delivery.signal);
    writeX(cpu, x[11]!, at);
    writeX(cpu, x[12]!, at + INFO_BYTES);
    writeX(cpu, reserved, -1);
    // The rounding mode stays what it was, and with it the mode bit.
    writeX(cpu, pc, delivery.handler - (delivery.handler % 2) + (readFcsr(cpu) >> 5 ? 1 : 0));
  }

  function pop(cpu: CpuState, frame: Uint8Array): ReturnType<SignalFrame['pop']> {
    const view = new DataView(frame.buffer, frame.byteOffset + INFO_BYTES, l.bytes);
    const bytes = new Uint8Array(frame.buffer, frame.byteOffset + INFO_BYTES, l.bytes);
    saved.forEach((slot, i) => cpu.u8.set(bytes.subarray(l.regs + i * l.word, l.regs + (i + 1) * l.word), slot.offset));
    fpBytes(cpu).set(bytes.subarray(l.fp, l.fp + 256));
    writeFcsr(cpu, view.getUint32(l.fp + FCSR, true));
    cpu.u8[pc.offset] = (cpu.u8[pc.offset]! & ~1) | (readFcsr(cpu) >> 5 ? 1 : 0);
    writeX(cpu, reserved, -1);
    return {
      mask: Uint32Array.of(view.getUint32(l.mask, true), view.getUint32(l.mask + 4, true)),
      altstack: { sp: word(view, l.stack), flags: view.getUint32(l.stackFlags, true), size: word(view, l.stackSize) },
    };
  }

  return {
    size: INFO_BYTES + l.bytes, align: 16, noRestorer: true, push, pop,
    address: (cpu) => {
      const at = sp.offset >> 2;
      return xlen === 64 ? cpu.u32[at + 1]! * 2 ** 32 + cpu.u32[at]! : cpu.u32[at]!;
    },
  };
}
