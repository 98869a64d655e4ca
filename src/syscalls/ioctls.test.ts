import { readFileSync } from 'node:fs';
import type { DataModel } from '../guests/guest.ts';
import { guests } from '../guests/index.ts';
import { catalogued, catalogueNumbers, catalogueStruct, catalogueStructs } from './ioctl-types.ts';
import { requests } from './ioctl-table.ts';
import { lp64 } from './struct.ts';
import { createBench } from './testing.ts';

/** What scripts/ioctl-catalogue.mjs measured with the cross compilers: for 32 bits and for 64 bits. */
const measured = JSON.parse(readFileSync(`${__dirname}/ioctl-layouts.json`, 'utf8')) as {
  numbers: Record<string, [number, number]>; structs: Record<string, { size: [number, number]; offsets: [number[], number[]] }>;
};
const models: readonly (readonly [string, DataModel, 0 | 1])[] = [['32 bits', { pointer: 4, align64: 8, bigEndian: false }, 0], ['64 bits', lp64, 1]];
const sizeIn = (number: number): number => (number >>> 16) & 0x3fff;

for (const [name, model, index] of models) describe(name, () => {
  test('the structs of the catalogue lie as the headers have them', () => {
    for (const type of catalogueStructs()) {
      const { size, offsets } = measured.structs[type]!;
      const layout = catalogueStruct(type)(model);
      // A member at the end is an array whose length the struct does not say.
      const wanted = new Set(offsets[index].filter((offset) => offset < size[index]));
      // Bit fields are bytes here, with what is among them.
      const found = [...wanted].filter((at) => layout.fields.some(({ offset, size: bytes, name: field }) => at === offset || (field.endsWith('bits') && at > offset && at < offset + bytes)));
      expect([type, layout.size, found]).toEqual([type, size[index], [...wanted]]);
    }
  });

  test('the numbers of rows by hand are those of the headers', () => {
    const rows = new Map([...requests(model)].map(([number, row]) => [row.name, number]));
    expect(Object.keys(measured.numbers).length).toBeGreaterThan(300);
    const hand = (pick: (name: string) => number | undefined) => Object.fromEntries(Object.keys(measured.numbers).map((name) => [name, pick(name)?.toString(16)]));
    const own = new Map(Object.entries(guests.find(({ data }) => data.pointer === model.pointer)!.ioctls ?? {}).map(([number, generic]) => [generic, Number(number)]));
    expect(hand((request) => own.get(rows.get(request) ?? 0) ?? rows.get(request))).toEqual(hand((name) => measured.numbers[name]![index]));
  });

  test('a converted struct is as large as its request says', () => {
    let converted = 0;
    for (const number of catalogueNumbers(model)) {
      const { form, host, name: request } = catalogued(number, model)!;
      if (form === null || typeof form !== 'object') continue;
      converted++;
      expect([request, form.struct(model).size, form.struct(lp64).size]).toEqual([request, sizeIn(number), sizeIn(host)]);
    }
    expect(converted).toBeGreaterThan(50);
  });
});

for (const guest of guests) {
  test(`${guest.name}: every request answers when its argument is wild`, () => {
    const { task, call, room, text } = createBench({ guest: guest.name });
    const readOnly = task.memory.map({ address: 0, length: 4096, prot: 1, flags: 0x22, fd: -1, offset: 0 });
    const full = room(16384);
    task.memory.write(full, new Uint8Array(16384).fill(0xff));
    const device = call('openat', -100, text('/dev/null'), 0) as number;
    const numbers = new Set([...requests(guest.data).keys(), ...catalogueNumbers(guest.data)]);
    for (const number of numbers) {
      for (const argument of [0, 16, -1, full, room(8192), readOnly, readOnly + 4092, task.memory.size - 4]) {
        for (const descriptor of [device, 901]) expect([number, typeof call('ioctl', descriptor, number, argument)]).toEqual([number, 'number']);
      }
    }
    call('close', device);
  });
}
