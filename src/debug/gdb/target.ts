// A guest's registers as gdb reads them: the target description, and values by gdb's numbers.
import type { CpuState, DebugRegister, Guest } from '../../guests/guest.ts';
import { fromHex, toHex } from './packets.ts';

export type Target = { readonly xml: string; readonly byNumber: ReadonlyMap<number, DebugRegister> };

const made = new Map<string, Target>();

export function targetOf({ name: guest, debugTarget }: Guest): Target {
  const known = made.get(guest);
  if (known !== undefined) return known;
  const { architecture, features: all } = debugTarget();
  const byNumber = new Map<number, DebugRegister>();
  let next = 0;
  const features = all.map(({ name, types, registers }) => {
    const lines = registers.map((register) => {
      const number = register.number ?? next;
      next = number + 1;
      byNumber.set(number, register);
      return `<reg name="${register.name}" bitsize="${register.bits}" regnum="${number}" type="${register.type ?? 'int'}"${register.group === undefined ? '' : ` group="${register.group}"`}/>`;
    });
    return `<feature name="${name}">${types ?? ''}${lines.join('')}</feature>`;
  });
  const xml = `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0"><architecture>${architecture}</architecture>`
    + `<osabi>GNU/Linux</osabi>${features.join('')}</target>`;
  const target = { xml, byNumber };
  made.set(guest, target);
  return target;
}

/** All registers, as the g packet has them. */
export const readAll = (guest: Guest, cpu: CpuState): string => [...targetOf(guest).byNumber.values()].map((register) => toHex(register.read(cpu))).join('');

/** The G packet. False when it is not as long as the registers are. */
export function writeAll(guest: Guest, cpu: CpuState, text: string): boolean {
  const bytes = fromHex(text);
  const registers = [...targetOf(guest).byNumber.values()];
  if (bytes === null || bytes.length !== registers.reduce((sum, { bits }) => sum + bits / 8, 0)) return false;
  let at = 0;
  for (const register of registers) {
    register.write(cpu, bytes.subarray(at, at + register.bits / 8));
    at += register.bits / 8;
  }
  return true;
}

/** One register as text; null for a number that is none's. */
export function readOne(guest: Guest, cpu: CpuState, number: number): string | null {
  const register = targetOf(guest).byNumber.get(number);
  return register === undefined ? null : toHex(register.read(cpu));
}

export function writeOne(guest: Guest, cpu: CpuState, number: number, text: string): boolean {
  const register = targetOf(guest).byNumber.get(number);
  const bytes = fromHex(text);
  if (register === undefined || bytes?.length !== register.bits / 8) return false;
  register.write(cpu, bytes);
  return true;
}
