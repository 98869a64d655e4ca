// Walks guest code: reads one instruction of 16 or 32 bits and has its semantics append their IR.
import type { Builder } from '../../translate/builder.ts';
import type { Location } from '../../translate/ir.ts';
import { printInstruction } from '../../translate/pattern.ts';
import type { Fetch, Guest, Translator } from '../guest.ts';
import { decoder, isLong } from './decode.ts';
import { Machine } from './semantics/machine.ts';
import { registers, type Xlen } from './state.ts';

export const translator = (xlen: Xlen): Guest['translator'] => (b: Builder, fetch: Fetch): Translator => {
  const { long, short } = decoder(xlen);
  const m = new Machine(b, xlen);
  return {
    instruction(location: Location): Location {
      m.mode = (location & 1) as 0 | 1;
      m.pc = location - m.mode;
      const first = fetch.u16(m.pc);
      const isWide = isLong(first);
      const word = isWide ? fetch.u32(m.pc) : first;
      m.size = isWide ? 4 : 2;
      m.word = word;
      m.mark();
      const found = isWide ? long(word) : short(word);
      if (found === undefined) m.illegal(); else found.run(m, found.row.operands(word));
      return m.next;
    },
  };
};

/** What the load, store or atomic instruction at a location accesses: the base register and the offset, modulo 2^XLEN. */
export const accessAddress = (xlen: Xlen): NonNullable<Guest['accessAddress']> => {
  const { x } = registers[xlen];
  const SP = 2;
  return (cpu, location, fetch) => {
    const { long, short } = decoder(xlen);
    const address = location - (location & 1);
    const first = fetch.u16(address);
    const word = isLong(first) ? fetch.u32(address) : first;
    const found = isLong(first) ? long(word) : short(word);
    if (found === undefined) return 0;
    const o = found.row.operands(word);
    const base = found.row.name.endsWith('sp') ? SP : o['rs1p'] !== undefined ? o['rs1p'] + 8 : o['rs1'] ?? 0;
    const at = x[base]!.offset >> 2;
    const start = base === 0 ? 0n : xlen === 64 ? (BigInt(cpu.u32[at + 1]!) << 32n) | BigInt(cpu.u32[at]!) : BigInt(cpu.u32[at]!);
    const sum = BigInt.asUintN(xlen, start + BigInt(o['simm'] ?? o['uimm'] ?? 0));
    return sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : sum;
  };
};

export const disassemble = (xlen: Xlen): Guest['disassemble'] => (location, fetch) => {
  const { long, short } = decoder(xlen);
  const address = location - (location & 1);
  const first = fetch.u16(address);
  const bytes = isLong(first) ? 4 : 2;
  const word = bytes === 4 ? fetch.u32(address) : first;
  const found = bytes === 4 ? long(word) : short(word);
  return { text: found ? printInstruction(found.row, word) : `.word 0x${word.toString(16).padStart(bytes * 2, '0')}`, bytes };
};
