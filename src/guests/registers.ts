// Registers as debuggers know them, by the names and types of gdb's target descriptions ("Standard Target Features" of its manual).
// A guest lists its own in its folder; src/debug/gdb makes the description and the packets out of the list.
import type { Slot } from '../translate/ir.ts';
import type { CpuState } from './guest.ts';

export type DebugRegister = {
  readonly name: string;
  /** A multiple of 8. */
  readonly bits: number;
  /** A type of gdb's, or one of the feature's own; `int` if not said. */
  readonly type?: string;
  readonly group?: string;
  /** gdb's number, where it is not the one after the last register's. */
  readonly number?: number;
  /** The value in the guest's byte order. */
  readonly read: (cpu: CpuState) => Uint8Array;
  readonly write: (cpu: CpuState, bytes: Uint8Array) => void;
};

export type DebugFeature = {
  /** As the manual has it: org.gnu.gdb... */
  readonly name: string;
  /** XML of types that its registers have. */
  readonly types?: string;
  readonly registers: readonly DebugRegister[];
};

export type DebugTarget = {
  /** The name that gdb has for the architecture. */
  readonly architecture: string;
  readonly features: readonly DebugFeature[];
  /** Where a call leaves the address that it returns to. */
  readonly link: Slot;
};

type Shown = Omit<DebugRegister, 'name' | 'bits' | 'read' | 'write'>;

/** A register that is as it lies in the state. */
export const cell = (name: string, { offset }: Slot, bits: number, shown: Shown = {}): DebugRegister => ({
  name, bits, ...shown,
  read: (cpu) => cpu.u8.slice(offset, offset + bits / 8),
  write: (cpu, bytes) => cpu.u8.set(bytes.subarray(0, bits / 8), offset),
});

/** A register of 32 bits that is put together out of others. Little-endian, as all guests are so far. */
export const word = (name: string, read: (cpu: CpuState) => number, write: (cpu: CpuState, value: number) => void, shown: Shown = {}): DebugRegister => ({
  name, bits: 32, ...shown,
  read: (cpu) => new Uint8Array(Uint32Array.of(read(cpu) >>> 0).buffer),
  write: (cpu, bytes) => write(cpu, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)),
});
