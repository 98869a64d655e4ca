// Cases for the rows of the floating-point and vector tables: random operands, of those that are defined.
import { vfpSemantics, vfpUnconditionalSemantics } from '../../src/guests/arm/semantics/vfp.ts';
import { neonMemorySemantics, neonSemantics } from '../../src/guests/arm/semantics/neon.ts';
import { halfSemantics, halfUnconditionalSemantics } from '../../src/guests/arm/semantics/half.ts';
import { neonHalfSemantics } from '../../src/guests/arm/semantics/neon-half.ts';
import { bf16Semantics, fcmaSemantics, fhmSemantics, jscvtSemantics, neonBF16Semantics, vfpBF16Semantics } from '../../src/guests/arm/semantics/neon-float-extensions.ts';
import { dotProductSemantics, i8mmSemantics, rdmSemantics } from '../../src/guests/arm/semantics/neon-integer-extensions.ts';
import { bf16, dotProduct, fcma, fhm, i8mm, jscvt, neonBF16, rdm, vfpBF16 } from '../../src/guests/arm/isa/extensions.ts';
import { half, halfUnconditional, neonHalf } from '../../src/guests/arm/isa/half.ts';
import { neon, neonMemory } from '../../src/guests/arm/isa/neon.ts';
import { vfp, vfpUnconditional } from '../../src/guests/arm/isa/vfp.ts';
import { models } from '../../src/guests/arm/models.ts';
import { Machine } from '../../src/guests/arm/semantics/machine.ts';
import { Builder } from '../../src/translate/builder.ts';
import { decodeTable, encode, type DecodeTable, type Row } from '../../src/translate/pattern.ts';
import { AL, type Built, type Place, type Random, type RowCase } from './program.ts';

type Run = (m: Machine, operands: any) => void;
export type VectorTable = { readonly table: DecodeTable; readonly semantics: Readonly<Record<string, Run>>; readonly conditional: boolean };

export const vectorTables: Readonly<Record<string, VectorTable>> = {
  VFP: { table: decodeTable(vfp, 32), semantics: vfpSemantics, conditional: true },
  'VFP, unconditional': { table: decodeTable(vfpUnconditional, 32), semantics: vfpUnconditionalSemantics, conditional: false },
  NEON: { table: decodeTable(neon, 32), semantics: neonSemantics, conditional: false },
  'VFP halves': { table: decodeTable(half, 32), semantics: halfSemantics, conditional: true },
  'VFP halves, unconditional': { table: decodeTable(halfUnconditional, 32), semantics: halfUnconditionalSemantics, conditional: false },
  'NEON halves': { table: decodeTable(neonHalf, 32), semantics: neonHalfSemantics, conditional: false },
  'VFP extensions': { table: decodeTable({ ...vfpBF16, ...jscvt }, 32), semantics: { ...vfpBF16Semantics, ...jscvtSemantics }, conditional: true },
  'NEON extensions': {
    table: decodeTable({ ...rdm, ...neonBF16, ...fcma, ...fhm, ...dotProduct, ...i8mm, ...bf16 }, 32),
    semantics: { ...rdmSemantics, ...neonBF16Semantics, ...fcmaSemantics, ...fhmSemantics, ...dotProductSemantics, ...i8mmSemantics, ...bf16Semantics },
    conditional: false,
  },
  'NEON loads and stores': { table: decodeTable(neonMemory, 32), semantics: neonMemorySemantics, conditional: false },
};

type Operands = Record<string, number>;
const general = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const FPSCR = 1;

/** Whether we take the instruction to be defined; what is UNPREDICTABLE we make undefined. */
function isDefined(run: Run, operands: Operands): boolean {
  const b = new Builder();
  const m = new Machine(b, models[0]!, { u16: () => 0, u32: () => 0 });
  b.start(0);
  run(m, operands);
  if (b.hasEnded) return false;
  b.end({ kind: 'goto', target: 0 });
  return true;
}

function randomOperands(next: Random, row: Row): Operands {
  const o: Operands = {};
  for (const f of row.fields) o[f.name] = next() % 2 ** Math.max(...f.pieces.map((p) => p.to + p.width));
  for (const name of ['Rt', 'Rt2', 'Rn']) if (name in o) o[name] = general[next() % general.length]!;
  if (row.name === 'vmrs' && next() & 1) o['Rt'] = 15;
  if ('reg' in o) o['reg'] = FPSCR;
  // The results of an instruction that writes both registers are unknown when they are the same.
  if (/^v(trn|uzp|zip)$/.test(row.name) && o['Vd'] === o['Vm'] && o['D'] === o['M']) o['Vm']! ^= 2;
  if ('Rm' in o) o['Rm'] = next() % 3 === 0 ? 15 : next() & 1 ? 13 : general[next() % general.length]!;
  return o;
}

/** Points a load or store into the scratch memory, aligned as the strictest of them asks. */
function aim(next: Random, row: Row, o: Operands, { scratch }: Place): Record<number, number> {
  if (!('Rn' in o)) return {};
  if (/^v(ldr|str|ldm|stm)/.test(row.name)) { o['imm'] = next() % 33; return { [o['Rn']!]: scratch & ~3 }; }
  return { [o['Rn']!]: ((scratch & ~31) - 96 + (next() % 6) * 32) >>> 0 };
}

/** The T32 form of an A32 word: ARM ARM (DDI 0406), A7.4 to A7.9. */
function t32Units(word: number): number[] {
  const top = word >>> 24;
  const t32 = top === 0xf4 ? 0xf9 : (top & 0xfe) === 0xf2 ? 0xef | (top & 1) << 4 : top;
  return [(t32 << 8) | (word >>> 16 & 0xff), word & 0xffff];
}

/** A case of a row in A32 or T32; `it`: with an IT instruction before it. */
export function vectorCase(row: Row, { table, semantics, conditional }: VectorTable, thumb: boolean, next: Random, it: boolean): RowCase {
  const build = (place: Place): Built => {
    for (let tries = 0; tries < 1000; tries++) {
      const o = randomOperands(next, row);
      if (conditional) o['cond'] = thumb || next() & 3 ? AL : next() % 14;
      const registers = aim(next, row, o, place);
      const word = encode(row, o) >>> 0;
      if (table.find(word) !== row || !isDefined(semantics[row.name]!, o)) continue;
      const units = thumb ? t32Units(word) : [word];
      // Flags, and every control that arithmetic goes by: AHP, DN, FZ, RMode, FZ16. Half of the cases have only exceptions of before.
      const fpscr = next() & (next() & 1 ? 0xf7c8_009f : 0xf000_009f);
      return { units: it ? [0xbf00 | (next() % 14) << 4 | 8, ...units] : units, registers, fpscr };
    }
    throw new Error(`no operands for ${row.name}`);
  };
  return { name: `${thumb ? 'T32' : 'A32'} ${row.name}${it ? ' in IT' : ''}`, row: row.name, thumb, build };
}

/** `times` cases of each row, some of them in IT blocks. */
export const vectorCases = (from: VectorTable, thumb: boolean, next: Random, times: number): RowCase[] =>
  from.table.rows.flatMap((row) => Array.from({ length: times }, (_, i) => vectorCase(row, from, thumb, next, thumb && from.conditional && i % 3 === 2)));
