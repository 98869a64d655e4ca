// The signal frame: struct rt_sigframe of arch/riscv/kernel/signal.c, which is siginfo and ucontext. Handlers return to a
// page that the kernel maps (its vDSO there), since RISC-V's struct sigaction has no restorer.
import type { CpuState, FrameBuffer, SignalDelivery, SignalFrame } from '../guest.ts';
import type { Slot } from '../../translate/ir.ts';
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
/** The ucontext's place in the frame. */
const uc = INFO_BYTES;

export function signalFrame(xlen: Xlen, trampolineAt: number): SignalFrame {
  const l = layouts[xlen];
  const { x, pc, reserved } = registers[xlen];
  /** Words of the state, in the frame's order: pc and x1 to x31 (user_regs_struct), and f0 to f31. */
  const wordsOf = (slot: Slot, bytes: number): number[] => Array.from({ length: bytes >> 2 }, (_, i) => (slot.offset >> 2) + i);
  const integers = [pc, ...x.slice(1)].flatMap((slot) => wordsOf(slot, l.word));
  const floats = wordsOf(f[0]!, 256);
  const word = (view: DataView, at: number): number => view.getUint32(at, true) + (xlen === 64 ? view.getUint32(at + 4, true) * 2 ** 32 : 0);
  const putWord = (view: DataView, at: number, value: number): void => {
    view.setUint32(at, value >>> 0, true);
    if (xlen === 64) view.setUint32(at + 4, Math.floor(value / 2 ** 32) >>> 0, true);
  };
  const sp = x[2]!;

  function save(cpu: CpuState, { bytes, view }: FrameBuffer, { info, altstack, mask }: SignalDelivery): void {
    bytes.set(info, 0);
    putWord(view, uc + l.stack, altstack.sp);
    view.setInt32(uc + l.stackFlags, altstack.flags, true);
    putWord(view, uc + l.stackSize, altstack.size);
    view.setUint32(uc + l.mask, mask[0], true);
    view.setUint32(uc + l.mask + 4, mask[1], true);
    for (let i = 0; i < integers.length; i++) view.setInt32(uc + l.regs + 4 * i, cpu.i32[integers[i]!]!, true);
    bytes[uc + l.regs]! &= ~1; // The location's mode bit is no part of the pc.
    for (let i = 0; i < floats.length; i++) view.setInt32(uc + l.fp + 4 * i, cpu.i32[floats[i]!]!, true);
    view.setUint32(uc + l.fp + FCSR, readFcsr(cpu), true);
  }

  function start(cpu: CpuState, at: number, delivery: SignalDelivery): void {
    writeX(cpu, x[1]!, trampolineAt);
    writeX(cpu, sp, at);
    writeX(cpu, x[10]!, delivery.signal);
    writeX(cpu, x[11]!, at);
    writeX(cpu, x[12]!, at + INFO_BYTES);
    writeX(cpu, reserved, -1);
    // The rounding mode stays what it was, and with it the mode bit.
    writeX(cpu, pc, delivery.handler - (delivery.handler % 2) + (readFcsr(cpu) >> 5 ? 1 : 0));
  }

  function restore(cpu: CpuState, { view }: FrameBuffer): ReturnType<SignalFrame['restore']> {
    for (let i = 0; i < integers.length; i++) cpu.i32[integers[i]!] = view.getInt32(uc + l.regs + 4 * i, true);
    for (let i = 0; i < floats.length; i++) cpu.i32[floats[i]!] = view.getInt32(uc + l.fp + 4 * i, true);
    writeFcsr(cpu, view.getUint32(uc + l.fp + FCSR, true));
    cpu.u8[pc.offset] = (cpu.u8[pc.offset]! & ~1) | (readFcsr(cpu) >> 5 ? 1 : 0);
    writeX(cpu, reserved, -1);
    return {
      mask: [view.getUint32(uc + l.mask, true), view.getUint32(uc + l.mask + 4, true)],
      altstack: { sp: word(view, uc + l.stack), flags: view.getUint32(uc + l.stackFlags, true), size: word(view, uc + l.stackSize) },
    };
  }

  return {
    size: INFO_BYTES + l.bytes, align: 16, noRestorer: true, save, start, restore,
    address: (cpu) => {
      const at = sp.offset >> 2;
      return xlen === 64 ? cpu.u32[at + 1]! * 2 ** 32 + cpu.u32[at]! : cpu.u32[at]!;
    },
  };
}
