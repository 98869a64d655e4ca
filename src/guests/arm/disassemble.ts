// Instructions as text, for -d in_asm: the row's name and operands.
import { printInstruction } from '../../translate/pattern.ts';
import type { Location } from '../../translate/ir.ts';
import type { Fetch } from '../guest.ts';
import { findA32, findT16, findT32, isWide, type Instruction } from './decode.ts';
import { conditionNames } from './semantics/flags.ts';

const bytesOf = (word: number, digits: number): string => `.word 0x${word.toString(16).padStart(digits, '0')}`;

function text(instruction: Instruction | undefined, word: number, raw: string): string {
  if (instruction === undefined) return raw;
  const { cond } = instruction.row.operands(word);
  return cond === undefined || cond > 13 ? printInstruction(instruction.row, word) : `${conditionNames[cond]}: ${printInstruction(instruction.row, word)}`;
}

export function disassemble(location: Location, fetch: Fetch): { text: string; bytes: number } {
  const address = (location & ~1) >>> 0;
  if ((location & 1) === 0) {
    const word = fetch.u32(address);
    return { text: text(findA32(word), word, bytesOf(word, 8)), bytes: 4 };
  }
  const first = fetch.u16(address);
  if (!isWide(first)) return { text: text(findT16(first), first, bytesOf(first, 4)), bytes: 2 };
  const word = ((first << 16) | fetch.u16((address + 2) >>> 0)) >>> 0;
  const found = findT32(word);
  return { text: text(found.instruction, found.word, bytesOf(word, 8)), bytes: 4 };
}
