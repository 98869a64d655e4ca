// Cases for the rows of the integer tables: random operands, kept to what the manual defines.
import { a32Conditional, a32Data, a32Unconditional, coprocessor } from '../../src/guests/arm/isa/a32.ts';
import { t16 } from '../../src/guests/arm/isa/t16.ts';
import { t32 } from '../../src/guests/arm/isa/t32.ts';
import { decodeTable, encode, type DecodeTable, type Row } from '../../src/translate/pattern.ts';
import { halvesOf, type Built, type Place, type Random, type RowCase } from './program.ts';

export type Set = 'A32' | 'T16' | 'T32';

export const integerTables: Readonly<Record<string, readonly [DecodeTable, Set]>> = {
  'A32 data processing': [decodeTable(a32Data, 32), 'A32'],
  'A32 others': [decodeTable(a32Conditional, 32), 'A32'],
  'A32 unconditional': [decodeTable(a32Unconditional, 32), 'A32'],
  'coprocessor 15': [decodeTable(coprocessor, 32), 'A32'],
  'coprocessor 15 in T32': [decodeTable(coprocessor, 32), 'T32'],
  T16: [decodeTable(t16, 16), 'T16'],
  T32: [decodeTable(t32, 32), 'T32'],
};
/** In an IT block these are not allowed. */
export const outsideIt = /^(cps|setend|hint|ldr_lit|adr|cbn?z|b_cond)$/;

/** Rows that have no case, and why. */
export const without: Readonly<Record<string, string>> = {
  bkpt: 'ends the program', udf: 'ends the program', mrrc: 'not for users', swp: 'not in this processor', swpb: 'not in this processor',
  // These are in branches.ts.
  b: '', b_cond: '', bl: '', bx: '', bxj: '', blx_reg: '', blx_imm: '', cbz: '', cbnz: '', tbb: '', it: '', svc: '',
};

type Operands = Record<string, number>;
const pick = (next: Random, of: readonly number[]): number => of[next() % of.length]!;
const general = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14];
const isRegister = (name: string): boolean => /^R[a-z]/.test(name) && name !== 'R';
export const isMemory = (name: string): boolean => /^(ldr|str|ldm|stm|push|pop|lda|stl|swp)/.test(name);
const isExclusiveStore = (name: string): boolean => /^(strex|stlex)/.test(name);

/** A register that is none of `taken`. */
function other(next: Random, row: Row, field: string, taken: readonly (number | undefined)[]): number {
  const high = row.fields.find((f) => f.name === field)!.pieces.some((p) => p.to + p.width > 3);
  return pick(next, general.filter((n) => (high || n < 8) && !taken.includes(n)));
}

function randomOperands(next: Random, row: Row): Operands {
  const o: Operands = {};
  for (const f of row.fields) {
    if (isRegister(f.name)) { o[f.name] = other(next, row, f.name, []); continue; }
    const width = Math.max(...f.pieces.map((p) => p.to + p.width));
    o[f.name] = width === 32 ? next() : next() % 2 ** width;
  }
  return o;
}

/** Bounds that the manual puts on an instruction's operands; what breaks them is UNPREDICTABLE. */
function legalise(next: Random, row: Row, set: Set, o: Operands): void {
  const { name } = row;
  if ('cond' in o) o['cond'] = set === 'T32' || next() & 3 ? 14 : next() % 14;
  if ('RdHi' in o) while (o['RdHi'] === o['RdLo']) o['RdHi'] = other(next, row, 'RdHi', [o['RdLo']]);
  if (name === 'bfi') {
    o['msb'] = o['lsb']! + next() % (32 - o['lsb']!);
    if (next() & 1) o['Rn'] = 15;
  }
  if ('widthm1' in o) o['widthm1'] = next() % (32 - o['lsb']!);
  // Where r15 says that there is no such operand
  const optional = /^[su]xta/.test(name) ? 'Rn' : /^(smlad|smlsd|smmla|usada8)$/.test(name) || set === 'T32' && /^(mla|smlaxy|smlaw)$/.test(name) ? 'Ra' : null;
  if (optional !== null && next() & 1) o[optional] = 15;
  if (set === 'T16' && /^(add|mov|cmp)_high$/.test(name)) return;
  if (name === 'hint') o['hint'] = pick(next, [0, 1, 4, 20]);
  if (name === 'setend') o['E'] = 0;
  if (name === 'mrs' || name.startsWith('msr')) o['R'] = 0;
  if (name.startsWith('msr')) o['mask'] = pick(next, [4, 8, 12]);
  // TPIDRURW; to read, PMUSERENR too
  if (name === 'mcr' || name === 'mrc') Object.assign(o, name === 'mrc' && next() & 1 ? { opc1: 0, CRn: 9, CRm: 14, opc2: 0 } : { opc1: 0, CRn: 13, CRm: 0, opc2: 2 });
  if (set !== 'A32' && name === 'cps') Object.assign(o, { imod: 2, M: 0, mode: 0 });
  if (set === 'A32' && name === 'cps') Object.assign(o, { imod: 2, M: 0, mode: 0, A: 1 });
  if (/^(pl[di]|pldw)_imm|^hint_/.test(name) && o['Rn'] === 15) o['Rn'] = 0;
}

const bit = (n: number): number => 2 ** n;

/** Points a memory instruction into the scratch memory. */
function aim(next: Random, row: Row, set: Set, o: Operands, { scratch }: Place): Record<number, number> {
  const { name } = row;
  const registers: Record<number, number> = {};
  const width = /d(_|$)|exd/.test(name) ? 8 : /h(_|$)/.test(name) ? 2 : /b(_|$)/.test(name) ? 1 : 4;
  const strict = /ex|^lda|^stl|^swp/.test(name);
  if ('registers' in o) {
    const base = o['Rn'] ?? 13;
    const low = row.fields.find((f) => f.name === 'registers')!.pieces.every((p) => p.to + p.width <= 8 || p.width === 1);
    let list = o['registers']! & (low ? 0xff : 0x5fff);
    if (!/^stm$/.test(name) || set !== 'T16' || (list & (bit(base) - 1))) list &= ~bit(base);
    if (name === 'ldm' && set === 'T16' && next() & 1) list |= bit(base);
    list |= bit(pick(next, [1, 2, 3].filter((n) => n !== base))) | bit(pick(next, [5, 6, 7].filter((n) => n !== base)));
    if (name === 'stm' || name === 'stmdb') if (o['W'] && (list & bit(base)) && (list & (bit(base) - 1))) list &= ~bit(base);
    o['registers'] = list;
    registers[base] = scratch;
    return registers;
  }
  if (set === 'A32' && /^(ldrd|strd|ldrexd|strexd|ldaexd|stlexd)/.test(name)) o['Rt'] = pick(next, [0, 2, 4, 6, 8, 10]);
  const pair = width === 8 && set === 'A32' ? [o['Rt'], o['Rt']! + 1] : [o['Rt']];
  if ('Rt2' in o) { o['Rt2'] = other(next, row, 'Rt2', [o['Rt']]); pair.push(o['Rt2']); }
  if (/_(sp|lit)$/.test(name)) {
    if (name.endsWith('_sp')) { registers[13] = scratch; o['imm'] = next() % 30 * 4; }
    else if ('imm' in o) o['imm'] = next() % 4 * 4;
    else { o['imm12'] = next() % 16; o['U'] = 1; }
    return registers;
  }
  o['Rn'] = other(next, row, 'Rn', pair);
  if ('Rd' in o) o['Rd'] = other(next, row, 'Rd', [...pair, o['Rn']]);
  const aligned = strict ? width : width === 8 ? 4 : 1;
  registers[o['Rn']!] = scratch + (next() % 16) * aligned;
  if ('Rm' in o) {
    o['Rm'] = other(next, row, 'Rm', [...pair, o['Rn']]);
    const shift = 'imm5' in o || 'imm2' in o;
    if ('imm5' in o) { o['imm5'] = next() % 3; o['type'] = 0; }
    registers[o['Rm']!] = next() % (shift ? 12 : 60) & (width === 8 ? ~3 : ~0);
  }
  for (const field of ['imm12', 'imm8']) if (field in o) o[field] = next() % 90 & (width === 8 ? ~3 : ~0);
  if ('imm' in o) o['imm'] = strict ? 4 * (next() % 8) : next() % 90 & ~(width === 1 && set === 'T16' ? 0 : width === 2 && set === 'T16' ? 1 : 3);
  if (set === 'T32' && 'P' in o && !o['P']) o['W'] = 1;
  if (set === 'A32' && width === 8 && !o['P']) o['W'] = 0;
  return registers;
}

const unitsOf = (set: Set, word: number): number[] => (set === 'T32' ? halvesOf(word) : [word]);

/** The load-exclusive of the same width and place, so that the store may succeed. */
function claim(row: Row, table: DecodeTable, o: Operands): number {
  const load = table.rows.find((r) => r.name === row.name.replace(/^st[rl]ex/, row.name.startsWith('stl') ? 'ldaex' : 'ldrex'))!;
  return encode(load, { cond: 14, ...(o['imm'] === undefined ? {} : { imm: o['imm'] }), Rn: o['Rn']!, Rt: o['Rt']!, ...('Rt2' in o ? { Rt2: o['Rt2']! } : {}) });
}

/** A case of a row; `it`: with an IT instruction before it. */
export function rowCase(row: Row, table: DecodeTable, set: Set, next: Random, it: boolean): RowCase {
  const build = (place: Place): Built => {
    for (let tries = 0; tries < 1000; tries++) {
      const o = randomOperands(next, row);
      legalise(next, row, set, o);
      const registers = isMemory(row.name) ? aim(next, row, set, o, place) : {};
      const word = encode(row, o);
      if (table.find(word >>> 0) !== row) continue;
      const before = isExclusiveStore(row.name) && next() & 1 ? unitsOf(set, claim(row, table, o)) : [];
      // The condition and its opposite are both taken, as the flags are random.
      const prefix = it ? [0xbf00 | (next() % 14) << 4 | 8] : [];
      return { units: [...before, ...prefix, ...unitsOf(set, word)], registers };
    }
    throw new Error(`no operands for ${row.name}`);
  };
  return { name: `${set} ${row.name}${it ? ' in IT' : ''}`, row: row.name, thumb: set !== 'A32', build };
}

/** `times` cases of each row that has some, some of them in IT blocks. */
export function rowCases([table, set]: readonly [DecodeTable, Set], next: Random, times: number): RowCase[] {
  return table.rows.filter((row) => !(row.name in without)).flatMap((row) =>
    Array.from({ length: times }, (_, i) => rowCase(row, table, set, next, set !== 'A32' && i % 3 === 2 && !outsideIt.test(row.name))));
}

/** Cases of what ARMv8 took away, and a processor of before. */
export const older = { cpu: 'cortex-a8', rows: ['swp', 'swpb'] } as const;
export function olderCases(next: Random, times: number): RowCase[] {
  const [table, set] = integerTables['A32 others']!;
  return table.rows.filter((row) => (older.rows as readonly string[]).includes(row.name)).flatMap((row) => Array.from({ length: times }, () => rowCase(row, table, set, next, false)));
}
