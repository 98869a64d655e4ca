import { decodeTable, overlaps, type Rows } from '../../../translate/pattern.ts';
import { a32Conditional, a32Data, a32Unconditional } from './a32.ts';
import { bf16, dotProduct, fcma, fhm, i8mm, jscvt, neonBF16, rdm, vfpBF16 } from './extensions.ts';
import { a32Groups, neonGroups, t16Groups, t32Always, t32Groups, vfpGroups, type Groups } from './features.ts';
import { half, halfUnconditional, neonHalf } from './half.ts';
import { neon } from './neon.ts';
import { t16 } from './t16.ts';
import { t32 } from './t32.ts';
import { vfp, vfpUnconditional } from './vfp.ts';

const grouped: readonly (readonly [string, Groups, Rows])[] = [
  ['A32', a32Groups, { ...a32Data, ...a32Conditional, ...a32Unconditional }], ['T16', t16Groups, t16], ['T32', t32Groups, t32], ['VFP', vfpGroups, vfp], ['NEON', neonGroups, neon],
];

test.each(grouped)('groups of %s name rows that there are, each once', (_, groups, rows) => {
  const names = Object.values(groups).flat();
  expect(names.filter((name) => !(name in rows))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
test('what all processors have is there', () => { for (const name of t32Always) expect(name in t32).toBe(true); });

const spaces: readonly (readonly [string, Rows])[] = [
  ['with a condition', { ...vfp, ...half, ...vfpBF16, ...jscvt }], ['of Advanced SIMD', { ...neon, ...neonHalf, ...rdm, ...neonBF16 }],
  ['without a condition', { ...vfpUnconditional, ...halfUnconditional, ...fcma, ...fhm, ...dotProduct, ...i8mm, ...bf16 }],
];
test.each(spaces)('floating point %s has no two rows for one word', (_, rows) => expect(overlaps(decodeTable(rows, 32).rows)).toEqual([]));
