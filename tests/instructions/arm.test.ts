// Every integer instruction, with random operands, does under tsemu what it does under qemu-arm.
import { a32Conditional, a32Data, a32Unconditional, coprocessor } from '../../src/guests/arm/isa/a32.ts';
import { t16 } from '../../src/guests/arm/isa/t16.ts';
import { t32 } from '../../src/guests/arm/isa/t32.ts';
import { decodeTable, type DecodeTable } from '../../src/translate/pattern.ts';
import { branchCases } from './branches.ts';
import { differences } from './run.ts';
import { random, type Case } from './program.ts';
import { rowCase, without, type Set } from './rows.ts';

const seed = Number(process.env.TSEMU_TEST_SEED ?? 1);
const times = Number(process.env.TSEMU_TEST_TIMES ?? 6);
const only = process.env.TSEMU_TEST_ROW;

const tables: Readonly<Record<string, readonly [DecodeTable, Set]>> = {
  'A32 data processing': [decodeTable(a32Data, 32), 'A32'],
  'A32 others': [decodeTable(a32Conditional, 32), 'A32'],
  'A32 unconditional': [decodeTable(a32Unconditional, 32), 'A32'],
  'coprocessor 15': [decodeTable(coprocessor, 32), 'A32'],
  T16: [decodeTable(t16, 16), 'T16'],
  T32: [decodeTable(t32, 32), 'T32'],
};
/** In an IT block these are not allowed. */
const outsideIt = /^(cps|setend|hint|ldr_lit|adr|cbn?z|b_cond)$/;

function casesOf([table, set]: readonly [DecodeTable, Set]): Case[] {
  const next = random(seed);
  return table.rows.filter((row) => !(row.name in without) && (only === undefined || row.name === only)).flatMap((row) =>
    Array.from({ length: times }, (_, i) => rowCase(row, table, set, next, set !== 'A32' && i % 3 === 2 && !outsideIt.test(row.name))));
}

describe.each(['0', '1'])('in tier %s', (tier) => {
  test.each(Object.keys(tables))('%s', (name) => {
    expect(differences(casesOf(tables[name]!), seed, tier)).toEqual([]);
  });
  test('branches, calls and IT blocks', () => {
    if (only === undefined) expect(differences(branchCases(random(seed), 4 * times), seed, tier)).toEqual([]);
  });
});
