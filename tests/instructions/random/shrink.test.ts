// The shrinker finds the one operation that matters, and the generator makes the same program of the same seed.
import { random } from '../program.ts';
import { generate, wide } from './generate.ts';
import { layOut } from './layout.ts';
import { shrink } from './shrink.ts';
import { operations } from './tree.ts';

test('a failing program shrinks to the operations that make it fail', () => {
  const tree = generate(random(5), wide, true);
  const culprits = [operations(tree)[40]!, operations(tree)[300]!];
  const small = shrink(tree, (candidate) => culprits.every((culprit) => operations(candidate).includes(culprit)), 5000);
  expect(operations(small)).toEqual(culprits);
  expect([small.repeats, small.period, small.handles]).toEqual([1, 1, false]);
});

test('a seed stands for one program', () => {
  const file = (seed: number): Uint8Array => layOut(generate(random(seed), wide, true)).bytes;
  expect(Buffer.from(file(9)).equals(file(9))).toBe(true);
  expect(Buffer.from(file(9)).equals(file(10))).toBe(false);
});
