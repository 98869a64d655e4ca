// The frame that a signal handler is entered with: struct sigframe and rt_sigframe of Linux on ARM (EABI). Offsets follow
// arch/arm/include/uapi/asm/{sigcontext,ucontext}.h; the VFP record lies in the ucontext's register space.
import type { CpuState, FrameBuffer, SignalDelivery, SignalFrame } from '../guest.ts';
import { bigEndian, ITSTATE, d, fpControl, exclusiveAddress, pc, r, read, readCpsr, write, writeCpsr } from './state.ts';
import { readFpscr, SHORT_VECTOR, writeFpscr } from './fpscr.ts';

const SA_SIGINFO = 4;

const INFO_BYTES = 128;
/** In struct ucontext. */
const UC_FLAGS = 0, UC_STACK = 8, UC_MCONTEXT = 20, UC_SIGMASK = 104, UC_REGSPACE = 232, UC_BYTES = 744;
/** In struct sigcontext: trap_no, error_code, oldmask, r0 to r15, cpsr, fault_address. */
const TRAP_NO = 0, ERROR_CODE = 4, OLDMASK = 8, R0 = 12, PC = 72, CPSR = 76, FAULT_ADDRESS = 80;
/** In struct vfp_sigframe: magic, size, d0 to d31, FPSCR, FPEXC, FPINST, FPINST2. */
const VFP_MAGIC = 0x56465001, VFP_BYTES = 288, VFP_REGISTERS = 8, VFP_FPSCR = 264, VFP_FPEXC = 272;
/** FPEXC.EN: the unit is on, as it is for a program that uses it. */
const FPEXC_EN = 0x40000000;
const RETCODE_BYTES = 16;
/** What the kernel has in uc_flags of a frame without siginfo. */
const OLD_FRAME_FLAGS = 0x5ac3c35a;

const T_BIT = 0x20;

/** Where the vector page has the code that a handler without a restorer returns to, and that code: ARM, Thumb; then the same for rt. */
export const sigreturnAddress = 0xffff0500;
export const sigreturnCodes = Uint32Array.of(
  0xe3a07077, 0xef000000, // mov r7, #119; svc 0
  0xdf002777,             // movs r7, #119; svc 0
  0xe3a070ad, 0xef000000, // mov r7, #173; svc 0
  0xdf0027ad,             // movs r7, #173; svc 0
);

/** The floating-point registers in the state, one after the other: 64 words from here. */
const VFP_WORD = d[0]!.offset >> 2, VFP_WORDS = 64;

function returnAddress({ handler, flags, restorer }: SignalDelivery): number {
  if (restorer !== 0) return restorer;
  const thumb = handler & 1;
  return sigreturnAddress + (thumb ? 8 : 0) + (flags & SA_SIGINFO ? 12 : 0) + thumb;
}

/** Where the code in the frame that a handler without a restorer would return to is in `sigreturnCodes`. */
const retcode = ({ handler, flags }: SignalDelivery): number => (handler & 1 ? 2 : 0) + (flags & SA_SIGINFO ? 3 : 0);

function save(cpu: CpuState, { bytes, view }: FrameBuffer, delivery: SignalDelivery): void {
  const rt = (delivery.flags & SA_SIGINFO) !== 0;
  const uc = rt ? INFO_BYTES : 0;
  const put = (offset: number, value: number): void => view.setUint32(uc + offset, value, true);
  if (rt) bytes.set(delivery.info, 0);

  const { altstack, fault, mask } = delivery;
  put(UC_FLAGS, rt ? 0 : OLD_FRAME_FLAGS);
  put(UC_STACK, altstack.sp);
  put(UC_STACK + 4, altstack.flags);
  put(UC_STACK + 8, altstack.size);
  put(UC_MCONTEXT + TRAP_NO, fault.trap);
  put(UC_MCONTEXT + ERROR_CODE, fault.error);
  put(UC_MCONTEXT + OLDMASK, mask[0]);
  put(UC_MCONTEXT + FAULT_ADDRESS, fault.address);
  for (let i = 0; i < 15; i++) put(UC_MCONTEXT + R0 + 4 * i, read(cpu, r[i]!));
  put(UC_MCONTEXT + PC, read(cpu, pc) & ~1);
  put(UC_MCONTEXT + CPSR, readCpsr(cpu));
  put(UC_SIGMASK, mask[0]);
  put(UC_SIGMASK + 4, mask[1]);

  put(UC_REGSPACE, VFP_MAGIC);
  put(UC_REGSPACE + 4, VFP_BYTES);
  for (let i = 0; i < VFP_WORDS; i++) put(UC_REGSPACE + VFP_REGISTERS + 4 * i, cpu.i32[VFP_WORD + i]!);
  put(UC_REGSPACE + VFP_FPSCR, readFpscr(cpu));
  put(UC_REGSPACE + VFP_FPEXC, FPEXC_EN);
  put(UC_BYTES, sigreturnCodes[retcode(delivery)]!);
  put(UC_BYTES + 4, delivery.handler & 1 ? 0 : sigreturnCodes[retcode(delivery) + 1]!);
}

function start(cpu: CpuState, at: number, delivery: SignalDelivery): void {
  write(cpu, r[0]!, delivery.signal);
  if (delivery.flags & SA_SIGINFO) { write(cpu, r[1]!, at); write(cpu, r[2]!, at + INFO_BYTES); }
  write(cpu, r[13]!, at);
  write(cpu, r[14]!, returnAddress(delivery));
  write(cpu, pc, delivery.handler & 1 ? delivery.handler : delivery.handler & ~3);
  write(cpu, ITSTATE, 0);
  // Handlers start with little-endian data (setup_return) and scalar VFP (vfp_preserve_user_clear_hwstate).
  write(cpu, bigEndian, 0);
  write(cpu, fpControl, read(cpu, fpControl) & ~SHORT_VECTOR);
  write(cpu, exclusiveAddress, -1);
}

function restore(cpu: CpuState, { view }: FrameBuffer, rt: boolean): ReturnType<SignalFrame['restore']> {
  const uc = rt ? INFO_BYTES : 0;
  const get = (offset: number): number => view.getUint32(uc + offset, true);
  // badframe in arch/arm/kernel/signal.c.
  if (read(cpu, r[13]!) & 7 || get(UC_REGSPACE) !== VFP_MAGIC || get(UC_REGSPACE + 4) !== VFP_BYTES) return null;
  for (let i = 0; i < 15; i++) write(cpu, r[i]!, get(UC_MCONTEXT + R0 + 4 * i));
  const cpsr = get(UC_MCONTEXT + CPSR);
  writeCpsr(cpu, cpsr);
  write(cpu, pc, cpsr & T_BIT ? get(UC_MCONTEXT + PC) | 1 : get(UC_MCONTEXT + PC) & ~3);
  for (let i = 0; i < VFP_WORDS; i++) cpu.i32[VFP_WORD + i] = get(UC_REGSPACE + VFP_REGISTERS + 4 * i);
  writeFpscr(cpu, get(UC_REGSPACE + VFP_FPSCR));
  write(cpu, exclusiveAddress, -1);
  return {
    mask: [get(UC_SIGMASK), get(UC_SIGMASK + 4)],
    altstack: { sp: get(UC_STACK), flags: get(UC_STACK + 4), size: get(UC_STACK + 8) },
  };
}

export const signalFrame: SignalFrame = {
  size: INFO_BYTES + UC_BYTES + RETCODE_BYTES,
  align: 8,
  save,
  start,
  address: (cpu) => read(cpu, r[13]!) >>> 0,
  restore,
};
