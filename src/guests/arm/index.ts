// The 32-bit ARM guest: ARMv7-A user mode (with ARMv8's AArch32 additions) under Linux's EABI, little-endian.
import type { CpuState, Guest } from '../guest.ts';
import { decodeAt } from './decode.ts';
import { debugTarget } from './debug-registers.ts';
import { disassemble } from './disassemble.ts';
import { writeFpscr } from './fpscr.ts';
import { models } from './models.ts';
import { core } from './core.ts';
import { signalFrame } from './signal-frame.ts';
import { exclusiveAddress, ITSTATE, pc, r, read, readCpsr, slots, stateBytes, TPIDRURO, write, ZF } from './state.ts';
import { ioctls, openFlags, structs } from './structs.ts';
import { syscalls } from './syscalls.ts';
import { ArmTranslator } from './translator.ts';
import { vectorPage } from './vectors.ts';

const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');

/** The registers as `-d cpu` prints them. */
function dump(cpu: CpuState): string {
  const cpsr = readCpsr(cpu);
  const values = [...r.map((slot) => read(cpu, slot)), read(cpu, pc) & ~1];
  const registers = values.map((value, i) => `R${String(i).padStart(2, '0')}=${hex(value)}`);
  const lines = [0, 4, 8, 12].map((i) => registers.slice(i, i + 4).join(' '));
  const flags = [...'NZCV'].map((name, i) => ((cpsr >>> (31 - i)) & 1 ? name : '-')).join('');
  return [...lines, `PSR=${hex(cpsr)} ${flags} ${cpsr & 0x20 ? 'T' : 'A'} usr32`].join('\n');
}

/**
 * How far from its base an instruction accesses memory, of those that want it aligned: exclusives, load-acquire, store-release, and
 * the loads and stores of VFP and Advanced SIMD. All have a base and at most a constant.
 */
function offsetOf(name: string, { imm = 0, U = 1 }: Readonly<Record<string, number>>): number {
  if (/^v(ldr|str)/.test(name)) return (U ? imm : -imm) * (name.endsWith('F16') ? 2 : 4);
  if (/^v(ldm|stm)/.test(name)) return name.endsWith('db') ? -4 * imm : 0;
  return imm;
}

const EF_ARM_EABI_MASK = 0xff000000, EF_ARM_APCS_26 = 8;

/** elf_check_arch of arch/arm/kernel/elf.c. Soft-float and hard-float programs are the same to the kernel. */
function refuses(flags: number, entry: number): string | null {
  if ((entry & 3) === 2) return 'its entry is not at an instruction';
  if ((flags & EF_ARM_EABI_MASK) === 0 && flags & EF_ARM_APCS_26) return 'it is for processors with addresses of 26 bits';
  return null;
}

export const arm: Guest = {
  name: 'arm',
  machine: 'armv7l',
  ids16: true,
  auditArch: 0x4000_0028,
  linkers: [
    { path: '/lib/ld-linux-armhf.so.3', folder: '/usr/arm-linux-gnueabihf', package: 'libc6-armhf-cross' },
    { path: '/lib/ld-linux.so.3', folder: '/usr/arm-linux-gnueabi', package: 'libc6-armel-cross' },
  ],
  elf: { machine: 40, bits: 32, bigEndian: false, refuses },
  data: { pointer: 4, align64: 8, bigEndian: false },
  addressType: 'i32',
  memoryPages: 65536,
  // As under a 64-bit kernel, where all below the vector page is the program's.
  layout: { taskSize: 0xffff0000, dynBase: 0x00400000, mmapTop: 0xf0000000 },
  slots,
  stateBytes,
  pc,
  sp: r[13]!,
  call: { number: r[7]!, args: r.slice(0, 6), result: r[0]! },
  syscallBytes: (next) => (next & 1 ? 2 : 4),
  cloneOrder: 'backwards',
  pairs64: 'even',
  translator: (b, fetch, options) => new ArmTranslator(b, fetch, options),
  address: (location) => (location & ~1) >>> 0,
  reset: (cpu, entry, sp) => {
    write(cpu, pc, entry);
    write(cpu, r[13]!, sp);
    write(cpu, exclusiveAddress, -1);
    // No flags set
    write(cpu, ZF, 1);
    writeFpscr(cpu, 0);
  },
  location: (cpu) => read(cpu, pc) >>> 0,
  setLocation: (cpu, location) => write(cpu, pc, location),
  context: (cpu) => read(cpu, ITSTATE),
  setContext: (cpu, context) => write(cpu, ITSTATE, context),
  setTls: (cpu, value) => write(cpu, TPIDRURO, value),
  accessAddress: (cpu, location, fetch) => {
    const { instruction, word } = decodeAt(location, fetch);
    const o = instruction?.row.operands(word) ?? {};
    return (read(cpu, r[o['Rn'] ?? 0] ?? r[0]!) + offsetOf(instruction?.row.name ?? '', o)) >>> 0;
  },
  callouts: [(_cpu, modes, helpers) => helpers.heed(modes)],
  models,
  syscalls,
  signalFrame,
  core,
  debugTarget,
  structs,
  openFlags,
  ioctls,
  commpages: [vectorPage],
  disassemble,
  dump,
};
