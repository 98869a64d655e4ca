// Every integer instruction, with random operands, does under tsemu what it does under qemu-arm.
import type { DecodeTable } from '../../src/translate/pattern.ts';
import { branchCases } from './branches.ts';
import { differences } from './run.ts';
import { random, type Case } from './program.ts';
import { integerTables, outsideIt, rowCase, without, type Set } from './rows.ts';

const seed = Number(process.env.TSEMU_TEST_SEED ?? 1);
const times = Number(process.env.TSEMU_TEST_TIMES ?? 6);
const only = process.env.TSEMU_TEST_ROW;

function casesOf([table, set]: readonly [DecodeTable, Set]): Case[] {
  const next = random(seed);
  return table.rows.filter((row) => !(row.name in without) && (only === undefined || row.name === only)).flatMap((row) =>
    Array.from({ length: times }, (_, i) => rowCase(row, table, set, next, set !== 'A32' && i % 3 === 2 && !outsideIt.test(row.name))));
}

describe.each(['0', '1'])('in tier %s', (tier) => {
  test.each(Object.keys(integerTables))('%s', (name) => {
    expect(differences(casesOf(integerTables[name]!), seed, tier)).toEqual([]);
  });
  test('branches, calls and IT blocks', () => {
    if (only === undefined) expect(differences(branchCases(random(seed), 4 * times), seed, tier)).toEqual([]);
  });
});
