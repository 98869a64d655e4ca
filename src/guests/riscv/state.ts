// The RISC-V processor's state. Integer registers are as wide as XLEN; floating-point registers have 64 bits (D is there),
// and each is one f64 slot whatever it holds: singles and halves are NaN-boxed in it.
import { DEFAULT_NAN, setEnvironment, TINY_AFTER } from '../../translate/float/environment.ts';
import { FLOAT_FLAGS } from '../../translate/state.ts';
import type { Slot } from '../../translate/ir.ts';
import type { CpuState } from '../guest.ts';

export type Xlen = 32 | 64;
export type XType = 'i32' | 'i64';

/** ABI names of the integer registers, for dumps and the disassembler. */
export const xNames = [
  'zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5',
  'a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6',
] as const;

/** x1 to x31; the cell of x0 is not used. The offsets are the same for both widths. */
const bank = (type: XType): readonly Slot[] => xNames.map((name, i) => ({ name, offset: 8 * i, type }));
/** The location to execute next: the address, with bit 0 set while the dynamic rounding mode is not 'to nearest, ties to even'. */
const pcSlot = (type: XType): Slot => ({ name: 'pc', offset: 256, type });

export type Registers = { readonly type: XType; readonly x: readonly Slot[]; readonly pc: Slot; readonly reserved: Slot };
const registersOf = (type: XType): Registers => ({
  type, x: bank(type), pc: pcSlot(type),
  /** The address that the last LR reserved, or -1. */
  reserved: { name: 'reserved', offset: 264, type },
});
export const registers: Readonly<Record<Xlen, Registers>> = { 32: registersOf('i32'), 64: registersOf('i64') };

/** What the last LR read. */
export const reservedValue: Slot = { name: 'reservedValue', offset: 272, type: 'i64' };
/** The dynamic rounding mode, 0 to 7. */
export const frm: Slot = { name: 'frm', offset: 280, type: 'i32' };
export const f: readonly Slot[] = Array.from({ length: 32 }, (_, i) => ({ name: `f${i}`, offset: 288 + 8 * i, type: 'f64' as const }));
export const stateBytes = 288 + 32 * 8;

export const slotsOf = (xlen: Xlen): readonly Slot[] => {
  const { x, pc, reserved } = registers[xlen];
  return [...x.slice(1), pc, reserved, reservedValue, frm, ...f];
};

/** A register's value as a number: exact up to 2^53, unsigned. */
export function readX(cpu: CpuState, slot: Slot): number {
  const at = slot.offset >> 2;
  return slot.type === 'i64' ? cpu.u32[at + 1]! * 4294967296 + cpu.u32[at]! : cpu.u32[at]!;
}

/** Stores a number, sign-extended where it is negative. */
export function writeX(cpu: CpuState, slot: Slot, value: number): void {
  const at = slot.offset >> 2;
  cpu.i32[at] = value | 0;
  if (slot.type === 'i64') cpu.i32[at + 1] = Math.floor(value / 4294967296);
}

/** fcsr: the accrued exceptions, which the translator keeps for every guest in these very bits, and the rounding mode. */
export const readFcsr = (cpu: CpuState): number => (cpu.i32[FLOAT_FLAGS >> 2]! & 31) | cpu.i32[frm.offset >> 2]! << 5;
export function writeFcsr(cpu: CpuState, value: number): void {
  cpu.i32[FLOAT_FLAGS >> 2] = value & 31;
  // What generated code computes it rounds to nearest, whatever the dynamic mode: the location says whether it may.
  setEnvironment(cpu.u32, DEFAULT_NAN | TINY_AFTER);
  cpu.i32[frm.offset >> 2] = (value >> 5) & 7;
}
