// Every floating-point and vector instruction, with random operands, does under tsemu what it does under qemu-arm.
import { random } from './program.ts';
import { differences } from './run.ts';
import { vectorCase, vectorTables, type VectorTable } from './vectors.ts';

const seed = Number(process.env.TSEMU_TEST_SEED ?? 1);
const times = Number(process.env.TSEMU_TEST_TIMES ?? 6);
const only = process.env.TSEMU_TEST_ROW;

const casesOf = (from: VectorTable, thumb: boolean) => {
  const next = random(seed);
  return from.table.rows.filter((row) => only === undefined || row.name === only).flatMap((row) =>
    Array.from({ length: times }, (_, i) => vectorCase(row, from, thumb, next, thumb && from.conditional && i % 3 === 2)));
};

describe.each(['0', '1'])('in tier %s', (tier) => {
  describe.each([['A32', false], ['T32', true]] as const)('%s', (_set, thumb) => {
    test.each(Object.keys(vectorTables))('%s', (name) => {
      expect(differences(casesOf(vectorTables[name]!, thumb), seed, tier, true)).toEqual([]);
    });
  });
});
