// Every integer instruction, with random operands, does under tsemu what it does under qemu-arm.
import { branchCases } from './branches.ts';
import { differences } from './run.ts';
import { random, type Case, type RowCase } from './program.ts';
import { integerTables, older, olderCases, rowCases } from './rows.ts';

const seed = Number(process.env.TSEMU_TEST_SEED ?? 1);
const times = Number(process.env.TSEMU_TEST_TIMES ?? 6);
const only = process.env.TSEMU_TEST_ROW;

/** The cases of the row that was asked for, or all. */
const chosen = (cases: readonly RowCase[]): readonly Case[] => cases.filter(({ row }) => only === undefined || row === only);

describe.each(['0', '1'])('in tier %s', (tier) => {
  test.each(Object.keys(integerTables))('%s', (name) => {
    expect(differences(chosen(rowCases(integerTables[name]!, random(seed), times)), seed, tier)).toEqual([]);
  });
  test('what ARMv8 took away', () => {
    expect(differences(chosen(olderCases(random(seed), times)), seed, tier, { cpu: older.cpu })).toEqual([]);
  });
  test('branches, calls and IT blocks', () => {
    if (only === undefined) expect(differences(branchCases(random(seed), 4 * times), seed, tier)).toEqual([]);
  });
});
