// From words to rows with their semantics, for one width.
import { decodeTable, type DecodeTable, type Row, type Rows } from '../../translate/pattern.ts';
import { base, base32, base64 } from './isa/base.ts';
import { bits as bitRows, bits32 as bitRows32, bits64 as bitRows64 } from './isa/bits.ts';
import { compressed as shortRows, compressed32 as shortRows32, compressed64 as shortRows64 } from './isa/compressed.ts';
import { float as floatRows, float32 as floatRows32 } from './isa/float.ts';
import { atomic, atomic64 } from './semantics/atomic.ts';
import { bits, bits64 } from './semantics/bits.ts';
import { compressed, compressed32, compressed64 } from './semantics/compressed.ts';
import { float } from './semantics/float.ts';
import { integer, integer64 } from './semantics/integer.ts';
import type { Machine } from './semantics/machine.ts';
import { system } from './semantics/system.ts';
import type { Xlen } from './state.ts';

export type Run = (m: Machine, operands: Record<string, number>) => void;
export type Instruction = { readonly row: Row; readonly run: Run };
export type Decoder = {
  /** The instruction that a 16-bit or 32-bit word is. */
  readonly short: (word: number) => Instruction | undefined;
  readonly long: (word: number) => Instruction | undefined;
  readonly rows: readonly Row[];
  readonly shortRows: readonly Row[];
};

/** The semantics of a table; each row has to have its own. */
type SemanticsOf<R extends Rows> = { readonly [K in keyof R]: (m: Machine, o: never) => void };

function bind(table: DecodeTable, semantics: SemanticsOf<Rows>): (word: number) => Instruction | undefined {
  const known = new Map<Row, Instruction>();
  return (word) => {
    const row = table.find(word);
    if (row === undefined) return undefined;
    let found = known.get(row);
    if (found === undefined) known.set(row, found = { row, run: semantics[row.name] as Run });
    return found;
  };
}

function make(xlen: Xlen): Decoder {
  const long = xlen === 64 ? { ...base, ...base64, ...bitRows, ...bitRows64, ...floatRows } : { ...base, ...base32, ...bitRows, ...bitRows32, ...floatRows, ...floatRows32 };
  const short = xlen === 64 ? { ...shortRows, ...shortRows64 } : { ...shortRows, ...shortRows32 };
  const shared = { ...integer(xlen), ...system, ...atomic(xlen), ...bits(xlen), ...float(xlen) } satisfies SemanticsOf<typeof base & typeof bitRows & typeof floatRows & typeof base32 & typeof bitRows32>;
  const only64 = { ...integer64, ...atomic64, ...bits64 } satisfies Partial<SemanticsOf<typeof base64 & typeof bitRows64>>;
  const longTable = decodeTable(long, 32);
  const shortTable = decodeTable(short, 16);
  const shortShared = compressed(xlen) satisfies SemanticsOf<typeof shortRows>;
  return {
    long: bind(longTable, { ...shared, ...(xlen === 64 ? only64 : {}) }),
    short: bind(shortTable, { ...shortShared, ...(xlen === 64 ? compressed64 : compressed32) }),
    rows: longTable.rows, shortRows: shortTable.rows,
  };
}

const made = new Map<Xlen, Decoder>();

/** Made when first asked for: reading the tables takes a few milliseconds. */
export function decoder(xlen: Xlen): Decoder {
  let found = made.get(xlen);
  if (found === undefined) made.set(xlen, found = make(xlen));
  return found;
}

export const isLong = (first: number): boolean => (first & 3) === 3;
