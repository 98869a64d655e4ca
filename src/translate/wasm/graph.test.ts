import type { Block, End, Location, Unit } from '../ir.ts';
import { discover } from './graph.ts';

/** A program as a map: what each location's one block ends in. */
const program = (ends: Readonly<Record<Location, End>>) => (pc: Location): Unit | null => {
  const end = ends[pc];
  if (end === undefined) return null;
  const block: Block = { id: pc, nodes: [], end, instructions: 1 };
  return { pc, blocks: [block], from: pc, to: pc + 4 };
};
const limits = { instructions: 100, blocks: 100 };
const indirect: End = { kind: 'indirect', target: 0 };

describe('a region with an indirect jump', () => {
  const translate = program({ 0: { kind: 'goto', target: 16 }, 8: { kind: 'goto', target: 64 }, 16: indirect, 40: indirect, 64: indirect });

  test('is entered at all that jumps have led to in its range, which what they lead to widens', () => {
    const { entries } = discover(0, translate, limits, (from, to) => [8, 16, 40, 1000].filter((l) => l >= from && l < to));
    expect(entries).toEqual([0, 8, 16, 40]);
  });

  test('is alone where its range comes to hold more targets than it can be entered at', () => {
    let asked = 0;
    const { entries } = discover(0, translate, limits, (_from, to) => {
      if (++asked > 10) throw new Error('asks for ever');
      return to > 64 ? [] : [8, 16];
    });
    expect(entries).toEqual([0]);
  });
});
