import { isValid, runFilter } from './cbpf.ts';

const BYTES = 64;
type Instruction = readonly [code: number, k?: number, jt?: number, jf?: number];
const program = (...list: readonly Instruction[]): Int32Array => Int32Array.from(list.flatMap(([code, k = 0, jt = 0, jf = 0]) => [code | (jt << 16) | (jf << 24), k]));
const data = Uint32Array.from({ length: BYTES / 4 }, (_, i) => i * 0x11111111);

test('loads, arithmetic, jumps and memory work on unsigned words', () => {
  const result = (...list: readonly Instruction[]): number => runFilter(program(...list), data);
  expect(result([0x20, 8], [0x16])).toBe(0x22222222);
  expect(result([0x80], [0x16])).toBe(64);
  expect(result([0x00, 5], [0x14, 6], [0x16])).toBe(0xffffffff);
  expect(result([0x00, 7], [0x02, 3], [0x01, 2], [0x34, 2], [0x60, 3], [0x1c], [0x16])).toBe(5);
  expect(result([0x00, 0x80000000], [0x25, 0x7fffffff, 0, 1], [0x06, 1], [0x06, 2])).toBe(1);
  expect(result([0x05, 1], [0x06, 9], [0x06, 3])).toBe(3);
  expect(result([0x3c], [0x06, 9])).toBe(0);
  expect(result([0x00, 0x10001], [0x24, 0x10001], [0x84], [0x16])).toBe(-0x20001 >>> 0);
});

test('programs that the kernel refuses are refused', () => {
  const valid = (...list: readonly Instruction[]): boolean => isValid(program(...list), BYTES);
  expect(valid([0x20, 60], [0x06])).toBe(true);
  expect([valid(), valid([0x00]), valid([0x20, 64], [0x06]), valid([0x20, 2], [0x06]), valid([0x28, 0], [0x06])]).toEqual([false, false, false, false, false]);
  expect([valid([0x05, 1], [0x06]), valid([0x15, 0, 1, 0], [0x06]), valid([0x34, 0], [0x06]), valid([0x64, 32], [0x06]), valid([0x02, 16], [0x06])]).toEqual([false, false, false, false, false]);
});
