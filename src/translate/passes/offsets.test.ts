import { Builder } from '../builder.ts';
import { printBlock, verify, type Ref, type Slot } from '../ir.ts';
import { dropDead } from './dead.ts';
import { foldOffsets } from './offsets.ts';

const r0: Slot = { name: 'r0', offset: 0, type: 'i32' }, x0: Slot = { name: 'x0', offset: 0, type: 'i64' };

/** The accesses of a block after the pass, as text. */
function accesses(fill: (b: Builder) => void, addressType: 'i32' | 'i64' = 'i32'): string[] {
  const b = new Builder();
  b.start(0);
  fill(b);
  b.end({ kind: 'goto', target: 4 });
  const block = dropDead(foldOffsets(b.finish(0, 0, 4).blocks[0]!));
  verify(block, addressType);
  return printBlock(block).split('\n').map((l) => l.trim()).filter((l) => /load|store|add/.test(l));
}
const add = (b: Builder, x: Ref, by: number): Ref => b.op('i32.add', x, b.i32(by));

describe('foldOffsets', () => {
  test('takes a constant out of the address, and the addition goes', () => {
    expect(accesses((b) => { b.op('i32.load', add(b, b.get(r0), 8)); b.op('i32.store8', add(b, b.get(r0), 12), b.i32(1)); }))
      .toEqual(['%1 = i32.load %0, +8', 'i32.store8 %0, %2, +12']);
  });
  test('counts from the lowest sum where constants are negative', () => {
    expect(accesses((b) => { for (const by of [-8, -4]) b.op('i32.load', add(b, b.get(r0), by)); }))
      .toEqual(['%2 = i32.add %0, %1', '%3 = i32.load %2', '%4 = i32.load %2, +4']);
  });
  test('keeps an addition that could reach from one mapping around the address space to another', () => {
    expect(accesses((b) => { b.op('i32.load', add(b, b.get(r0), 0x8000)); })).toHaveLength(2);
  });
  test('does so in 64 bits, for constants of 32', () => {
    const load = (low: number, high: number) => accesses((b) => { b.op('i32.load', b.op('i64.add', b.get(x0), b.i64(low, high))); }, 'i64');
    expect(load(16, 0)).toEqual(['%1 = i32.load %0, +16']);
    expect(load(16, 1)).toHaveLength(2);
  });
  test('leaves atomic accesses alone: their offsets are not checked for alignment as a whole', () => {
    expect(accesses((b) => { b.op('i32.atomic.load', add(b, b.get(r0), 8)); })).toHaveLength(2);
  });
});
