// The RISC-V guests: RV64GC and RV32GC user mode under Linux, with the extensions that models.ts names. One folder for
// both widths: what differs is data.
import { genericSyscalls } from '../asm-generic.ts';
import type { CpuState, Guest } from '../guest.ts';
import { callouts } from './callouts.ts';
import { hwprobe, models } from './models.ts';
import { coreRegisters } from './core.ts';
import { debugTarget } from './debug-registers.ts';
import { signalFrame, trampoline } from './signal-frame.ts';
import { f, readFcsr, readX, registers, slotsOf, stateBytes, writeFcsr, writeX, xNames, type Xlen } from './state.ts';
import { structs64 } from './structs.ts';
import { accessAddress, disassemble, translator } from './translator.ts';

/** 64-bit guests have the 16 GiB that a Wasm memory may have; between mappings and stack lies the page that handlers return to. */
const spaces = {
  64: { pages: 262144, layout: { taskSize: 0x4_0000_0000, dynBase: 0x1_0000_0000, mmapTop: 0x3_f000_0000 } },
  32: { pages: 65536, layout: { taskSize: 0xffff_0000, dynBase: 0x0040_0000, mmapTop: 0xf000_0000 } },
} as const;

const ECALL_BYTES = 4;

function dump(xlen: Xlen): (cpu: CpuState) => string {
  const digits = xlen / 4;
  const { x, pc } = registers[xlen];
  const text = (cpu: CpuState, offset: number, bytes: number): string =>
    Array.from({ length: bytes }, (_, i) => cpu.u8[offset + bytes - 1 - i]!.toString(16).padStart(2, '0')).join('');
  return (cpu) => {
    const all = x.map((slot, i) => `x${i}/${xNames[i]}`.padEnd(9) + (i === 0 ? '0'.repeat(digits) : text(cpu, slot.offset, xlen / 8)));
    const lines = Array.from({ length: 8 }, (_, i) => all.slice(4 * i, 4 * i + 4).join(' '));
    const floats = f.map((slot, i) => `f${i}`.padEnd(4) + text(cpu, slot.offset, 8));
    const floatLines = Array.from({ length: 8 }, (_, i) => floats.slice(4 * i, 4 * i + 4).join(' '));
    return [`pc ${text(cpu, pc.offset, xlen / 8)} fcsr ${readFcsr(cpu).toString(16)}`, ...lines, ...floatLines].join('\n');
  };
}

function riscv(xlen: Xlen): Guest {
  const { x, pc, reserved, type } = registers[xlen];
  const { pages, layout } = spaces[xlen];
  return {
    name: `riscv${xlen}`,
    machine: `riscv${xlen}`,
    ids16: false,
    auditArch: xlen === 64 ? 0xc000_00f3 : 0x4000_00f3,
    linkers: xlen === 64 ? [{ path: '/lib/ld-linux-riscv64-lp64d.so.1', folder: '/usr/riscv64-linux-gnu', package: 'libc6-riscv64-cross' }] : [],
    elf: { machine: 243, bits: xlen, bigEndian: false },
    data: { pointer: xlen === 64 ? 8 : 4, align64: 8, bigEndian: false },
    addressType: type,
    memoryPages: pages,
    layout,
    slots: slotsOf(xlen),
    stateBytes,
    pc,
    sp: x[2]!,
    call: { number: x[17]!, args: x.slice(10, 16), result: x[10]! },
    syscallBytes: () => ECALL_BYTES,
    cloneOrder: 'backwards',
    pairs64: xlen === 64 ? 'none' : 'any',
    translator: translator(xlen),
    address: (location) => location - (location % 2),
    reset: (cpu, entry, sp) => {
      writeX(cpu, pc, entry);
      writeX(cpu, x[2]!, sp);
      writeX(cpu, reserved, -1);
      writeFcsr(cpu, 0);
    },
    location: (cpu) => readX(cpu, pc),
    setLocation: (cpu, location) => writeX(cpu, pc, location),
    context: () => 0,
    setContext: () => { /* the location says it all */ },
    setTls: (cpu, value) => writeX(cpu, x[4]!, value),
    callouts: callouts(xlen),
    models: models(xlen),
    syscalls: { ...genericSyscalls(xlen), 258: 'riscv_hwprobe', 259: 'riscv_flush_icache' },
    core: coreRegisters(xlen),
    debugTarget: () => debugTarget(xlen),
    signalFrame: signalFrame(xlen, layout.mmapTop),
    ...(xlen === 64 ? { structs: structs64 } : {}),
    hwprobe,
    commpages: [{ address: layout.mmapTop, bytes: trampoline }],
    accessAddress: accessAddress(xlen),
    disassemble: disassemble(xlen),
    dump: dump(xlen),
  };
}

export const riscv64 = riscv(64);
export const riscv32 = riscv(32);
