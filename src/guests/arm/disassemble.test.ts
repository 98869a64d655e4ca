import { disassemble } from './disassemble.ts';

/** What objdump says of the same bytes, but for spacing. */
const arm: readonly (readonly [number, string])[] = [
  [0xe0812003, 'add r2, r1, r3'], [0xe0812183, 'add r2, r1, r3, lsl #3'], [0xe0912413, 'adds r2, r1, r3, lsl r4'], [0x03a00001, 'moveq r0, #1'],
  [0xe3510c01, 'cmp r1, #256'], [0xe5910004, 'ldr r0, [r1, #4]'], [0xe5310004, 'ldr r0, [r1, #-4]!'], [0xe4910004, 'ldr r0, [r1], #4'],
  [0xe7910102, 'ldr r0, [r1, r2, lsl #2]'], [0xe1d100b2, 'ldrh r0, [r1, #2]'], [0xe8bd8010, 'ldm sp!, {r4, pc}'], [0xe92d40f0, 'stm sp!, {r4-r7, lr}'],
  [0xea000002, 'b 0x10010'], [0x1afffffe, 'bne 0x10000'], [0xeb000000, 'bl 0x10008'], [0xe12fff1e, 'bx lr'], [0xef000000, 'svc #0'],
  [0xe0020391, 'mul r2, r1, r3'], [0xe0843291, 'umull r3, r4, r1, r2'], [0xe7e00251, 'ubfx r0, r1, #4, #1'], [0xe7c7001f, 'bfc r0, #0, #8'],
  [0xe6ef0071, 'uxtb r0, r1'], [0xe1921f9f, 'ldrex r1, [r2]'], [0xe1821f90, 'strex r1, r0, [r2]'], [0xf57ff05b, 'dmb ish'], [0xee1d0f70, 'mrc p15, 0, r0, c13, c0, 3'],
  [0xe6521f93, 'uadd8 r1, r2, r3'], [0xe320f000, 'nop'], [0xe6a10012, 'ssat r0, #2, r2'], [0xffffffff, '.word 0xffffffff'],
];
const thumb: readonly (readonly [number, number, string])[] = [
  [0x1889, 0, 'add r1, r1, r2'], [0x3005, 0, 'add r0, #5'], [0x4770, 0, 'bx lr'], [0xbd10, 0, 'pop {r4, pc}'], [0xb510, 0, 'push {r4, lr}'],
  [0xd0fe, 0, 'beq 0x10000'], [0xe7fe, 0, 'b 0x10000'], [0xbf14, 0, 'ite ne'], [0xbf0a, 0, 'itet eq'], [0x4801, 0, 'ldr r0, [pc, #4] @ 0x10008'],
  [0xb108, 0, 'cbz r0, 0x10006'], [0xf000, 0xf801, 'bl 0x10006'], [0xf7ff, 0xfffe, 'bl 0x10000'], [0xf241, 0x2034, 'movw r0, #4660'],
  [0xe8df, 0xf001, 'tbb [pc, r1]'], [0xfa01, 0xf002, 'lsl r0, r1, r2'], [0xf851, 0x0b04, 'ldr r0, [r1], #4'],
];

const at = (halves: readonly number[]) => ({ u16: (a: number) => halves[(a - 0x10000) >> 1]!, u32: () => (halves[0]! | halves[1]! << 16) >>> 0 });
const plain = (text: string): string => text.replace(/ +/g, ' ');

test.each(arm)('A32 %s', (word, text) => {
  expect(plain(disassemble(0x10000, at([word & 0xffff, word >>> 16])).text)).toBe(text);
});

test.each(thumb)('Thumb %s %s', (first, second, text) => {
  expect(plain(disassemble(0x10001, at([first, second])).text)).toBe(text);
});

test('tells the length', () => {
  expect([disassemble(0x10001, at([0x1889])).bytes, disassemble(0x10001, at([0xf000, 0xf801])).bytes]).toEqual([2, 4]);
});
