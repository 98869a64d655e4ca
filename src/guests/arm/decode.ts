// From a word to the instruction that it is: one list for each space of words. A new instruction set extension is
// added to a list here and nowhere else.
import type { Location } from '../../translate/ir.ts';
import { decodeTable, type Row, type Rows } from '../../translate/pattern.ts';
import type { Fetch } from '../guest.ts';
import { a32Conditional, a32Data, a32Unconditional, coprocessor } from './isa/a32.ts';
import { bf16, dotProduct, fcma, fhm, i8mm, jscvt, neonBF16, rdm, vfpBF16 } from './isa/extensions.ts';
import { a32Groups, neonGroups, t16Groups, t32Always, t32Groups, vfpGroups, type Feature, type Groups } from './isa/features.ts';
import { half, halfUnconditional, neonHalf } from './isa/half.ts';
import { neon, neonMemory } from './isa/neon.ts';
import { t16 } from './isa/t16.ts';
import { t32 } from './isa/t32.ts';
import { vfp, vfpUnconditional } from './isa/vfp.ts';
import { a32ConditionalSemantics, a32DataSemantics, a32UnconditionalSemantics, coprocessorSemantics } from './semantics/a32.ts';
import { halfSemantics, halfUnconditionalSemantics } from './semantics/half.ts';
import type { Machine } from './semantics/machine.ts';
import { bf16Semantics, fcmaSemantics, fhmSemantics, jscvtSemantics, neonBF16Semantics, vfpBF16Semantics } from './semantics/neon-float-extensions.ts';
import { dotProductSemantics, i8mmSemantics, rdmSemantics } from './semantics/neon-integer-extensions.ts';
import { neonHalfSemantics } from './semantics/neon-half.ts';
import { neonMemorySemantics, neonSemantics } from './semantics/neon.ts';
import { t16Semantics } from './semantics/t16.ts';
import { t32Semantics } from './semantics/t32.ts';
import { vfpSemantics, vfpUnconditionalSemantics } from './semantics/vfp.ts';

export type Run = (m: Machine, operands: any) => void;
export type Instruction = {
  readonly row: Row;
  readonly run: Run;
  /** What a processor has to have for it; null where all have it. */
  readonly feature: Feature | null;
  /** Writes registers only, unless it sets flags or writes r15. */
  readonly isData: boolean;
  /** Sees to its condition itself, or has none. */
  readonly ownCondition: boolean;
};

const ownCondition = new Set(['b', 'b_cond', 'bkpt']);
const t16Data = [
  'lsl_imm', 'lsr_imm', 'asr_imm', 'add_reg', 'sub_reg', 'add_imm3', 'sub_imm3', 'mov_imm', 'add_imm8', 'sub_imm8', 'and_reg', 'eor_reg',
  'lsl_reg', 'lsr_reg', 'asr_reg', 'adc_reg', 'sbc_reg', 'ror_reg', 'rsb_imm', 'orr_reg', 'mul', 'bic_reg', 'mvn_reg', 'add_high', 'mov_high',
  'adr', 'add_sp', 'add_sp_imm', 'sub_sp_imm', 'sxth', 'sxtb', 'uxth', 'uxtb', 'rev', 'rev16', 'revsh',
];
const dataRows = new Set([...Object.keys(a32Data), ...t16Data, 'orn_imm', 'orn_reg', 'addw', 'subw', 'shift_reg']);

export type Space = {
  readonly find: (word: number) => Instruction | undefined;
  /** The names of the rows there are. */
  readonly rows: readonly string[];
};
/** Rows, what they do, which feature all of them ask for and which of them another. */
type List = readonly (readonly [rows: Rows, semantics: object, feature: Feature | null, groups?: Groups])[];

/** The feature that each row asks for. */
function featuresOf([rows, , feature, groups = {}]: List[number]): [string, Feature | null][] {
  const other = new Map(Object.entries(groups).flatMap(([name, list]) => list.map((row) => [row, name as Feature])));
  return Object.keys(rows).map((row) => [row, t32Always.includes(row) ? null : other.get(row) ?? feature]);
}

/** A space of words. The table is made when it is first asked. */
function space(list: List, width: 16 | 32): Space {
  let find: Space['find'] | undefined;
  const make = (): Space['find'] => {
    const table = decodeTable(Object.assign({}, ...list.map(([rows]) => rows)), width);
    const semantics: Record<string, Run> = Object.assign({}, ...list.map(([, s]) => s));
    const feature = new Map(list.flatMap(featuresOf));
    const instructions = new Map(table.rows.map((row) => [row, {
      row, run: semantics[row.name]!, feature: feature.get(row.name)!, isData: dataRows.has(row.name), ownCondition: ownCondition.has(row.name),
    }]));
    return (word) => {
      const row = table.find(word);
      return row === undefined ? undefined : instructions.get(row);
    };
  };
  return { find: (word) => (find ??= make())(word), rows: list.flatMap(([rows]) => Object.keys(rows)) };
}

const conditional = space([[a32Data, a32DataSemantics, null, a32Groups], [a32Conditional, a32ConditionalSemantics, null, a32Groups]], 32);
const unconditional = space([[a32Unconditional, a32UnconditionalSemantics, null, a32Groups]], 32);
/** What A32 has in coprocessor space with a condition; T32 has the same with condition 1110. */
const coprocessors = space([
  [coprocessor, coprocessorSemantics, 'v6'], [vfp, vfpSemantics, 'vfp', vfpGroups], [half, halfSemantics, 'fphp'], [vfpBF16, vfpBF16Semantics, 'asimdbf16'], [jscvt, jscvtSemantics, 'jscvt'],
], 32);
/** What A32 has with condition 1111 beside the plain instructions. */
const vectorData = space([[neon, neonSemantics, 'neon', neonGroups], [neonHalf, neonHalfSemantics, 'asimdhp'], [rdm, rdmSemantics, 'rdm'], [neonBF16, neonBF16Semantics, 'asimdbf16']], 32);
const vectorMemory = space([[neonMemory, neonMemorySemantics, 'neon']], 32);
const floats = space([
  [vfpUnconditional, vfpUnconditionalSemantics, 'v8'], [halfUnconditional, halfUnconditionalSemantics, 'fphp'], [fcma, fcmaSemantics, 'fcma'],
  [fhm, fhmSemantics, 'asimdfhm'], [dotProduct, dotProductSemantics, 'asimddp'], [i8mm, i8mmSemantics, 'i8mm'], [bf16, bf16Semantics, 'asimdbf16'],
], 32);
const vectors = { find: (word: number) => (word >>> 25 === 0x79 ? vectorData : word >>> 24 === 0xf4 ? vectorMemory : floats).find(word) };
const narrow = space([[t16, t16Semantics, null, t16Groups]], 16);
const wide = space([[t32, t32Semantics, 'v7', t32Groups]], 32);

/** All spaces, by what they are of. */
export const spaces = {
  A32: { conditional, unconditional }, T16: { narrow }, T32: { wide }, 'A32 and T32': { coprocessors, vectorData, vectorMemory, floats },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Space>>>>;

export function findA32(word: number): Instruction | undefined {
  if (word >>> 28 === 15) return unconditional.find(word) ?? vectors.find(word);
  const coprocessor = (word >>> 24 & 15) === 14 || (word >>> 25 & 7) === 6;
  return (coprocessor ? coprocessors : conditional).find(word);
}

export const findT16 = (word: number): Instruction | undefined => narrow.find(word);

/** The A32 word of a T32 instruction of the vector and coprocessor spaces, or 0: ARM ARM (DDI 0406), A7.4 to A7.9. */
export function a32WordOf(word: number): number {
  const top = word >>> 24;
  if ((top & 0xef) === 0xef) return (0xf2000000 | (top & 0x10) << 20 | word & 0xffffff) >>> 0;
  if (top === 0xf9 && (word & 0x00100000) === 0) return (0xf4000000 | word & 0xffffff) >>> 0;
  return top >= 0xec && top <= 0xee || top >= 0xfc && top <= 0xfe ? word >>> 0 : 0;
}

/** An instruction of two halfwords, and the word that its operands are in. */
export function findT32(word: number): { readonly instruction: Instruction | undefined; readonly word: number } {
  const a32 = a32WordOf(word);
  if (a32 === 0) return { instruction: wide.find(word), word };
  return { instruction: (a32 >>> 28 === 15 ? vectors : coprocessors).find(a32), word: a32 };
}

/** Whether a first halfword has a second. */
export const isWide = (halfword: number): boolean => halfword >>> 11 >= 0x1d;

/** What stands at a location: the instruction, the word with its operands, and its bytes as they are written in logs. */
export type Decoded = { readonly instruction: Instruction | undefined; readonly word: number; readonly raw: string; readonly bytes: 2 | 4 };

export function decodeAt(location: Location, fetch: Fetch): Decoded {
  const address = (location & ~1) >>> 0;
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  if ((location & 1) === 0) {
    const word = fetch.u32(address);
    return { instruction: findA32(word), word, raw: hex(word, 8), bytes: 4 };
  }
  const first = fetch.u16(address);
  if (!isWide(first)) return { instruction: findT16(first), word: first, raw: hex(first, 4), bytes: 2 };
  const second = fetch.u16((address + 2) >>> 0);
  return { ...findT32(((first << 16) | second) >>> 0), raw: `${hex(first, 4)} ${hex(second, 4)}`, bytes: 4 };
}
