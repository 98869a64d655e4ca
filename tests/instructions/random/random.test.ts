// Random programs do under tsemu what they do under qemu-arm: all registers after each block, all faults, all memory.
import { random } from '../program.ts';
import { tiersOr } from '../../support/guest.ts';
import { check } from './check.ts';
import { generate, hot, wide } from './generate.ts';
import { shrink } from './shrink.ts';
import { operations, type Tree } from './tree.ts';

const first = Number(process.env.TSEMU_TEST_SEED ?? 1);
const times = Number(process.env.TSEMU_TEST_TIMES ?? 24);
const SHRINKING_RUNS = 400;

/** Most programs run each instruction a few times, in every tier; one in four gets hot in auto mode. Half of all have faults and handlers for them. */
const treeOf = (seed: number): Tree => generate(random(seed), seed % 4 === 0 ? hot : wide, seed % 2 === 1 || seed % 16 === 0);
const tiersOf = (seed: number): readonly string[] => tiersOr(seed % 4 === 0 ? ['auto'] : ['0', '1']);

/** Shrinking keeps to a difference of the same sort: a program that qemu-arm does not end well, or not. */
const sort = (difference: string | null): string | undefined => difference?.split(' ', 1)[0];

let executed = 0, records = 0, instructions = 0;
afterAll(() => { console.log(`${times} random programs from seed ${first}: ${instructions} operations, about ${executed} instructions executed, ${records} states compared`); });

test.each(Array.from({ length: times }, (_, i) => first + i))('seed %i', (seed) => {
  const tree = treeOf(seed);
  const verdict = check(tree, tiersOf(seed));
  executed += verdict.executed;
  records += verdict.records;
  instructions += operations(tree).length;
  if (verdict.difference === null) return;
  const small = shrink(tree, (candidate) => sort(check(candidate, tiersOf(seed)).difference) === sort(verdict.difference), SHRINKING_RUNS);
  const error = new Error(`TSEMU_TEST_SEED=${seed} TSEMU_TEST_TIMES=1\n${check(small, tiersOf(seed)).difference}\nat first: ${verdict.difference.split('\n')[0]}\n${JSON.stringify(small.routines.map(({ thumb, body }) => ({ thumb, body })), null, 1)}`);
  error.stack = error.message; // where in the test code says nothing
  throw error;
}, 900_000);
