import { searchSlots } from './got.ts';
import { nodeSlots } from './node-slots.ts';

const known = nodeSlots[`${process.version} ${process.arch}`];

test('what is known of the pinned Node is what a search finds', () => {
  expect(known).toBeDefined();
  const found = searchSlots(Object.keys(known!.slots));
  expect(found.relro).toEqual(known!.relro);
  for (const [name, slots] of Object.entries(known!.slots)) expect([name, ...[...found.slots[name]!].sort((a, b) => a - b)]).toEqual([name, ...slots]);
});
