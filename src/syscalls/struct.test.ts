import { readFileSync } from 'node:fs';
import { guests } from '../guests/index.ts';
import { converter, get, lp64, same, set, struct, type Layout, type Struct } from './struct.ts';
import * as structs from './structs.ts';

type Measured = { size: number; members: Record<string, number[]> };
const measured = JSON.parse(readFileSync(`${__dirname}/layouts.json`, 'utf8')) as Record<string, Record<string, Measured>>;
const declared = structs as unknown as Record<string, Struct>;

/** The first field that lies in the member, and where the last one ends. */
function member(layout: Layout, name: string): [offset: number, size: number] {
  const inside = layout.fields.filter((f) => f.name === name || f.name === `__${name}` || f.name.startsWith(`${name}.`));
  const exact = inside.find((f) => f.name === name) ?? inside[0];
  if (!exact) throw new Error(`${layout.name} lacks ${name}`);
  const last = inside.filter((f) => f.name.startsWith(`${name}.`)).at(-1) ?? exact;
  return [exact.offset, last.offset + last.size - exact.offset];
}

for (const [name, structsOf] of Object.entries(measured)) {
  const guest = guests.find((g) => g.name === name);
  if (!guest && name !== 'host') continue;
  describe(`as ${name}'s headers have it`, () => {
    for (const [type, { size, members }] of Object.entries(structsOf)) {
      test(type, () => {
        const own = declared[type]!;
        const layout = (guest?.structs?.[own.structName] ?? own)(guest?.data ?? lp64);
        for (const [field, where] of Object.entries(members)) expect([field, ...member(layout, field)]).toEqual([field, ...where]);
        // What follows the last member that is named here does not matter, as long as no more is written than there is.
        expect(layout.size).toBeLessThanOrEqual(size);
      });
    }
  });
}

const ilp32be = { pointer: 4, align64: 8, bigEndian: true } as const;
const i386 = { pointer: 4, align64: 4, bigEndian: false } as const;
const mixed = struct('mixed', { a: 'u8', b: 'i64', c: 'long', d: { bytes: 3 }, e: { array: 'u16', length: 2 } });

test('the alignment of 64-bit members follows the data model', () => {
  expect([mixed(lp64), mixed(ilp32be), mixed(i386)].map((layout) => [layout.byName['b']!.offset, layout.size])).toEqual([[8, 32], [8, 32], [4, 24]]);
});

test('numbers survive the way to another byte order and back', () => {
  const wide = new Uint8Array(mixed(lp64).size), narrow = new Uint8Array(mixed(ilp32be).size), back = new Uint8Array(wide.length);
  set(mixed(lp64), wide, 'b', -5e9);
  set(mixed(lp64), wide, 'c', -7);
  set(mixed(lp64), wide, 'e.1', 0x1234);
  wide.set([1, 2, 3], mixed(lp64).byName['d']!.offset);
  converter(mixed(lp64), mixed(ilp32be))(wide, narrow);
  expect(Array.from(narrow.subarray(16, 20))).toEqual([0xff, 0xff, 0xff, 0xf9]);
  expect(get(mixed(ilp32be), narrow, 'b')).toBe(-5e9);
  converter(mixed(ilp32be), mixed(lp64))(narrow, back);
  expect(back).toEqual(wide);
});

test('a struct is the same only when every member is', () => {
  expect(same(structs.timespec(lp64), structs.timespec(lp64))).toBe(true);
  expect(same(structs.timespec(lp64), structs.timespec(i386))).toBe(false);
});
