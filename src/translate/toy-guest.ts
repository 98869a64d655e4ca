// A guest for the translator's own tests: eight 32-bit registers, fixed 4-byte instructions [opcode, a, b, c].
// It has what tiers treat differently: calls, returns, loops, accesses that fault, conditional bodies.
import type { Guest } from '../guests/guest.ts';
import type { Slot } from './ir.ts';

export const registers: readonly Slot[] = Array.from({ length: 8 }, (_, i) => ({ name: `r${i}`, offset: 4 * i, type: 'i32' as const }));
const pc: Slot = { name: 'pc', offset: 64, type: 'i32' };
const r = (n: number): Slot => registers[n]!;

export const opcode = { addi: 0, add: 1, load: 2, store: 3, bnez: 4, call: 5, ret: 6, syscall: 7, jump: 8, skipz: 9, jumpReg: 10, callReg: 11, trap: 12, mulAdd: 13, loadAt: 14 } as const;

/** One instruction's word. Branch distances (c, b for jump and call) count instructions from this one, signed. */
export const insn = (op: keyof typeof opcode, a = 0, b = 0, c = 0): number => opcode[op] | a << 8 | (b & 255) << 16 | (c & 255) << 24;

export const toy = {
  name: 'toy', addressType: 'i32', memoryPages: 65536, elf: { machine: 0, bits: 32, bigEndian: false },
  layout: { taskSize: 0xf0000000, dynBase: 0x400000, mmapTop: 0xe0000000 },
  slots: registers, stateBytes: 72, pc, sp: r(7),
  address: (location: number) => location,
  location: (cpu: { u32: Uint32Array }) => cpu.u32[16]!,
  setLocation: (cpu: { u32: Uint32Array }, location: number) => { cpu.u32[16] = location; },
  context: (cpu: { u32: Uint32Array }) => cpu.u32[17]!,
  setContext: (cpu: { u32: Uint32Array }, value: number) => { cpu.u32[17] = value; },
  translator: (b, fetch) => ({
    instruction(at) {
      const w = fetch.u32(at);
      const [op, x, y, z] = [w & 255, w >> 8 & 255, w << 8 >> 24, w >> 24];
      b.insn(at);
      switch (op) {
        case opcode.addi: b.set(r(x), b.op('i32.add', b.get(r(y)), b.i32(z))); break;
        case opcode.add: b.set(r(x), b.op('i32.add', b.get(r(y)), b.get(r(z)))); break;
        case opcode.mulAdd: b.set(r(x), b.op('i32.add', b.op('i32.mul', b.get(r(x)), b.i32(31)), b.op('i32.bswap', b.get(r(y))))); break;
        case opcode.load: b.set(r(x), b.op('i32.load', b.op('i32.add', b.get(r(y)), b.i32(z)))); break;
        // The address is a constant of the instruction: b and c, in pages of 256 bytes.
        case opcode.loadAt: b.set(r(x), b.op('i32.load', b.i32((y << 8 | z) << 8))); break;
        case opcode.store: b.op('i32.store', b.op('i32.add', b.get(r(y)), b.i32(z)), b.get(r(x))); break;
        case opcode.bnez: b.end({ kind: 'branch', cond: b.get(r(x)), then: at + 4 * z, else: at + 4 }); break;
        case opcode.call: b.set(r(6), b.i32(at + 4)); b.end({ kind: 'call', target: at + 4 * y, ret: at + 4 }); break;
        case opcode.callReg: { const t = b.get(r(x)); b.set(r(6), b.i32(at + 4)); b.end({ kind: 'callIndirect', target: t, ret: at + 4 }); break; }
        case opcode.ret: b.end({ kind: 'return', target: b.get(r(6)) }); break;
        case opcode.jump: b.end({ kind: 'goto', target: at + 4 * y }); break;
        case opcode.jumpReg: b.end({ kind: 'indirect', target: b.get(r(x)) }); break;
        case opcode.syscall: b.end({ kind: 'syscall', next: at + 4 }); break;
        case opcode.trap: b.end({ kind: 'trap', code: 'illegal', pc: at, info: 0 }); break;
        // if (x) y += z, as a block of its own.
        case opcode.skipz: b.when(b.get(r(x)), () => b.set(r(y), b.op('i32.add', b.get(r(y)), b.i32(z)))); break;
        default: throw new Error(`toy opcode ${op}`);
      }
      return at + 4;
    },
  }),
} as Partial<Guest> as Guest;
