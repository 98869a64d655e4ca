import { decodeTable, overlaps } from '../../../translate/pattern.ts';
import { neon, neonMemory } from './neon.ts';

const data = decodeTable(neon, 32);
const memory = decodeTable(neonMemory, 32);

// What arm-linux-gnueabihf-as makes of the text.
const samples: readonly (readonly [text: string, word: number, row: string, operands: object])[] = [
  ['vadd.i32 q8, q8, q9', 0xf26008e2, 'vadd', { D: 1, Vd: 0, N: 1, Vn: 0, M: 1, Vm: 2, Q: 1, size: 2 }],
  ['vadd.f32 d0, d1, d2', 0xf2010d02, 'vaddFloat', { Vn: 1, Vm: 2, Q: 0 }],
  ['vpadd.f32 d0, d1, d2', 0xf3010d02, 'vpaddFloat', { Vn: 1, Vm: 2 }],
  ['vqdmull.s16 q0, d1, d2[1]', 0xf2910b4a, 'vqdmullScalar', { size: 1, Vm: 10, M: 0 }],
  ['vmov.i32 q0, #0', 0xf2800050, 'vmovImmediate', { cmode: 0, op: 0, imm: 0 }],
  ['vshr.s32 d0, d1, #5', 0xf2bb0011, 'vshrImmediate', { imm: 59, U: 0 }],
  ['vqrshrun.s16 d0, q1, #3', 0xf38d0852, 'vqshrun', { imm: 13, round: 1 }],
  ['vcvt.s32.f32 d0, d1, #7', 0xf2b90f11, 'vcvtFixed', { imm: 25, toFixed: 1, U: 0 }],
  ['vext.8 q0, q1, q2, #3', 0xf2b20344, 'vext', { imm: 3 }],
  ['vtbl.8 d0, {d1-d2}, d3', 0xf3b10903, 'vtbl', { len: 1, keep: 0 }],
  ['vdup.16 q0, d3[2]', 0xf3ba0c43, 'vdup', { imm: 10 }],
  ['vceq.i8 q0, q1, #0', 0xf3b10142, 'vceqZero', { F: 0, size: 0 }],
  ['vcvt.f32.s32 q0, q1', 0xf3bb0642, 'vcvtFromInt', { U: 0 }],
  ['vrsqrte.f32 d0, d1', 0xf3bb0581, 'vrsqrte', { F: 1 }],
  ['vmull.p64 q0, d1, d2', 0xf2a10e02, 'vmullPolynomial64', {}],
  ['aese.8 q0, q1', 0xf3b00302, 'aese', {}],
  ['sha256h.32 q0, q1, q2', 0xf3020c44, 'sha256h', {}],
  ['vld4.8 {d0, d2, d4, d6}, [r1]!', 0xf421010d, 'vldMultiple', { type: 1, size: 0, Rn: 1, Rm: 13 }],
  ['vst1.32 {d0[1]}, [r2 :32], r3', 0xf48208b3, 'vstLane', { size: 2, n: 0, index: 11, Rn: 2, Rm: 3 }],
  ['vld2.16 {d0[], d1[]}, [r4]', 0xf4a40d4f, 'vldAllLanes', { n: 1, size: 1, T: 0, Rn: 4, Rm: 15 }],
];

describe('NEON tables', () => {
  test('have no rows that overlap', () => {
    expect(overlaps(data.rows)).toEqual([]);
    expect(overlaps(memory.rows)).toEqual([]);
  });
  test.each(samples)('decode %s', (_text, word, row, operands) => {
    const found = (word >>> 24 === 0xf4 ? memory : data).find(word);
    expect(found?.name).toBe(row);
    expect(found?.operands(word)).toMatchObject(operands);
  });
});
