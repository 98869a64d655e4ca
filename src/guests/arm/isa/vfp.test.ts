import { decodeTable, overlaps } from '../../../translate/pattern.ts';
import { vfp, vfpUnconditional } from './vfp.ts';

const conditional = decodeTable(vfp, 32);
const unconditional = decodeTable(vfpUnconditional, 32);

// What arm-linux-gnueabihf-as makes of the text.
const samples: readonly (readonly [text: string, word: number, row: keyof typeof vfp])[] = [
  ['vadd.f64 d16, d1, d18', 0xee710b22, 'vadd'],
  ['vsub.f32 s1, s2, s3', 0xee710a61, 'vsub'],
  ['vnmul.f64 d0, d1, d2', 0xee210b42, 'vnmul'],
  ['vmov.f64 d0, #1.5', 0xeeb70b08, 'vmovImmediate'],
  ['vmov.f64 d0, d1', 0xeeb00b41, 'vmov'],
  ['vcmpe.f64 d0, #0', 0xeeb50bc0, 'vcmpZero'],
  ['vcvt.f64.s32 d7, s15', 0xeeb87be7, 'vcvtFromInt'],
  ['vcvt.s32.f64 s15, d7', 0xeefd7bc7, 'vcvtToInt'],
  ['vcvt.f64.f32 d7, s15', 0xeeb77ae7, 'vcvtPrecision'],
  ['vmrs APSR_nzcv, fpscr', 0xeef1fa10, 'vmrs'],
  ['vmov r2, r3, d7', 0xec532b17, 'vmovFromDouble'],
  ['vmov.32 r0, d1[1]', 0xee310b10, 'vmovFromScalar'],
  ['vpush {d8-d15}', 0xed2d8b10, 'vstmdb'],
  ['vpop {d8-d15}', 0xecbd8b10, 'vldmia'],
  ['vldr d7, [pc, #16]', 0xed9f7b04, 'vldr'],
];

describe('VFP table', () => {
  test('has no rows that overlap', () => {
    expect(overlaps(conditional.rows)).toEqual([]);
    expect(overlaps(unconditional.rows)).toEqual([]);
  });
  test.each(samples)('decodes %s', (_text, word, row) => expect(conditional.find(word)?.name).toBe(row));
  test('decodes what has no condition', () => {
    expect(unconditional.find(0xfe311b02)?.name).toBe('vsel');
    expect(unconditional.find(0xfeb90b41)?.name).toBe('vrintTo');
  });
});
