// Every floating-point and vector instruction, with random operands, does under tsemu what it does under qemu-arm.
import { random } from './program.ts';
import { differences } from './run.ts';
import { vectorCases, vectorTables } from './vectors.ts';

const seed = Number(process.env.TSEMU_TEST_SEED ?? 1);
const times = Number(process.env.TSEMU_TEST_TIMES ?? 6);
const only = process.env.TSEMU_TEST_ROW;
const chosen = ({ row }: { readonly row: string }): boolean => only === undefined || row === only;

describe.each(['0', '1'])('in tier %s', (tier) => {
  describe.each([['A32', false], ['T32', true]] as const)('%s', (_set, thumb) => {
    test.each(Object.keys(vectorTables))('%s', (name) => {
      expect(differences(vectorCases(vectorTables[name]!, thumb, random(seed), times).filter(chosen), seed, tier, { vectors: true })).toEqual([]);
    });
  });
});
