import { decodeTable, encode, overlaps, type Rows } from '../../../translate/pattern.ts';
import { a32Conditional, a32Data, a32Unconditional, coprocessor } from './a32.ts';
import { t16 } from './t16.ts';
import { t32 } from './t32.ts';

const tables: readonly [string, Rows, 16 | 32][] = [
  ['A32', { ...a32Data, ...a32Conditional }, 32], ['coprocessor', coprocessor, 32], ['A32 unconditional', a32Unconditional, 32], ['T16', t16, 16], ['T32', t32, 32],
];

describe.each(tables)('%s', (_, rows, width) => {
  const table = decodeTable(rows, width);
  test('has no two rows for one word', () => { expect(overlaps(table.rows)).toEqual([]); });
  test('finds each row by its own sample', () => {
    for (const row of table.rows) {
      const sample = encode(row, Object.fromEntries(row.fields.map((f) => [f.name, 1])));
      expect(table.find(sample)?.name).toBe(row.name);
    }
  });
});
