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

describe('a region', () => {
  const translate = program({
    0: { kind: 'branch', cond: 0, then: 8, else: 4 }, 4: { kind: 'call', target: 100, ret: 8 }, 8: { kind: 'goto', target: 200 },
    100: { kind: 'return', target: 0 }, 200: { kind: 'goto', target: 0 },
  });
  const pcs = (options: Partial<Parameters<typeof discover>[2]>, entry = 0) => discover(entry, translate, { ...limits, ...options }).units.map((u) => u.pc);
  const inline = { instructions: 10, blocks: 10, total: 10, depth: 3 };

  test('holds what can be reached without a call', () => expect(pcs({})).toEqual([0, 8, 4, 200]));
  test('leaves for what is a region of its own, unless it begins there', () => {
    const apart = (l: Location) => l === 200;
    expect(pcs({ apart })).toEqual([0, 8, 4]);
    expect(pcs({ apart }, 200)).toContain(200);
  });
  test('holds the callees of its hot calls', () => {
    expect(pcs({ inline: { ...inline, hot: (unit) => unit === 4 } })).toContain(100);
    expect(pcs({ inline: { ...inline, hot: (unit) => unit === 0 } })).not.toContain(100);
  });
});
