// The thread's state memory: a Wasm memory, out of the guest's reach, that holds the CPU slots, the control cells that
// generated code reads, tier 0's code and the lookup table. One a guest thread; all offsets are bytes from its start.
import type { CpuState } from '../guests/guest.ts';

/** Size of the state memory in 64 KiB pages: virtual, touched pages only are resident. */
export const STATE_PAGES = 1024;

// Control cells, i32 each.
/** Not zero: the thread must come back to the run loop at the next safe point (signal, stop request, flushed code). */
export const PENDING = 0x40;
/** Bytes of stack that guest calls, nested as Wasm calls, may still take before the stack is unwound to the run loop. */
export const STACK_LEFT = 0x44;
/** Tier 0: where the operation that touches guest memory is, in tier 0's code. */
export const FAULT_IP = 0x48;

/** Operands of a floating-point operation that TypeScript is asked about: three cells of 8 bytes, or of 16; and its answer. */
export const FLOAT_CELLS = 0x80;

/** The CPU slots start here; a slot's offset is relative to it. Aligned to 16 for vector registers. */
export const CPU = 0x400;
export const CPU_BYTES = 0xc00;
/**
 * Accrued floating-point exceptions, of every guest that has them: bits as in translate/float/soft.ts. In the CPU state, at
 * an offset like a slot's; but only the float.* operations may touch it.
 */
export const FLOAT_FLAGS = CPU_BYTES - 16;
/** The floating-point environment of guests whose arithmetic follows it as it runs: cells of float/environment.ts, kept like FLOAT_FLAGS. */
export const FLOAT_ENVIRONMENT = CPU_BYTES - 128;
/** Tier 0's temporaries: 16 bytes each. */
export const TEMPS = 0x1000;
export const TEMP_COUNT = 0xf00;
/** Copies between guest memory and TypeScript go through this window, which the kernel can read and write too. */
export const WINDOW = 0x10_0000;
export const WINDOW_BYTES = 0x10_0000;
/** The lookup table from location to code: LOOKUP_SIZE entries of 16 bytes {location, region slot, tier 0 code, unused}. */
export const LOOKUP = 0x20_0000;
export const LOOKUP_SIZE = 0x1_0000;
/** Tables of the regions that switch between several entries. */
export const SWITCHES = 0x40_0000;
/** Tier 0's code, up to the end of the memory. */
export const CODE = 0x80_0000;
export const CODE_END = STATE_PAGES * 65536;

export type ThreadState = {
  readonly memory: WebAssembly.Memory;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly u8: Uint8Array;
  readonly cpu: CpuState;
};

export function createThreadState(): ThreadState {
  // Grown afterwards: V8 takes what a memory starts with for pressure on the garbage collector.
  const memory = new WebAssembly.Memory({ initial: 0, maximum: STATE_PAGES, shared: true });
  memory.grow(STATE_PAGES);
  const b = memory.buffer;
  const cpu = {
    i32: new Int32Array(b, CPU, CPU_BYTES >> 2), u32: new Uint32Array(b, CPU, CPU_BYTES >> 2),
    u8: new Uint8Array(b, CPU, CPU_BYTES), f64: new Float64Array(b, CPU, CPU_BYTES >> 3),
  };
  return { memory, i32: new Int32Array(b), u32: new Uint32Array(b), u8: new Uint8Array(b), cpu };
}
