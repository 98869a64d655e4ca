// Words of every row of every table, for programs that try whether a processor has them (probes.ts).
import { findA32, findT16, findT32 } from '../../src/guests/arm/decode.ts';
import { AL, type RowCase, type Random } from './program.ts';
import { integerTables, rowCases, type Set } from './rows.ts';
import { vectorCases, vectorTables } from './vectors.ts';

/** A word as probes.ts takes it, and the row that it is of, with its table. */
export type Sample = { readonly row: string; readonly word: number };

const place = { code: 0x0001_0000, scratch: 0x0100_0500 };
/** mov r8, r8: fills a word up after an instruction of T16. */
const NOP = 0x46c0;
const TRIES = 5000;
/** Two: of every three cases the third has an IT before it. */
const TIMES = 2;

const joined = (first: number, second: number): number => ((first << 16) | second) >>> 0;

/** Whether it runs at any rate, and leaves registers alone that the program keeps for itself. Where 15 stands, it means no register. */
function suits(set: Set, sample: number): boolean {
  const t16 = sample >>> 16;
  const { instruction, word } = set === 'T32' ? findT32(sample) : set === 'T16' ? { instruction: findT16(t16), word: t16 } : { instruction: findA32(sample), word: sample };
  const operands: Record<string, number> = instruction!.row.operands(word);
  return (operands['cond'] ?? AL) === AL && Object.entries(operands).every(([name, value]) =>
    (name === 'registers' ? (value & 0xff00) === 0 : !/^R[a-z]/.test(name) || value < 8 || value === 15 || (name === 'Rm' && value === 13)));
}

function sample(set: Set, table: string, one: RowCase): Sample {
  for (let tries = 0; tries < TRIES; tries++) {
    const { units } = one.build(place);
    const word = set === 'A32' ? units.at(-1)! >>> 0 : set === 'T32' ? joined(units.at(-2)!, units.at(-1)!) : joined(units.at(-1)!, NOP);
    if (suits(set, word)) return { row: `${table}: ${one.row}`, word };
  }
  throw new Error(`no operands for ${one.name}`);
}

/** Words of each row of an instruction set. */
export function samplesOf(set: Set, next: Random): Sample[] {
  const integers = Object.entries(integerTables).filter(([, [, of]]) => of === set).flatMap(([name, table]) => rowCases(table, next, TIMES).map((one) => sample(set, name, one)));
  if (set === 'T16') return integers;
  return [...integers, ...Object.entries(vectorTables).flatMap(([name, table]) => vectorCases(table, set === 'T32', next, TIMES).map((one) => sample(set, name, one)))];
}
