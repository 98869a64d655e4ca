import { add, convert, div, f16, f32, f64, fma, fromInteger, mul, NV, NX, OF, raised, RDN, RMM, RNE, round, RTZ, RUP, sqrt, sub, toInteger, UF, DZ } from './soft.ts';

const view = new DataView(new ArrayBuffer(8));
const bits = (x: number): bigint => { view.setFloat64(0, x); return view.getBigUint64(0); };
const value = (b: bigint): number => { view.setBigUint64(0, b); return view.getFloat64(0); };
const single = (x: number): bigint => { view.setFloat32(0, x); return BigInt(view.getUint32(0)); };

/** Numbers over the whole range, with many near each other. */
const numbers = (() => {
  let x = 88172645463325252n;
  const next = (): bigint => { x ^= BigInt.asUintN(64, x << 13n); x ^= x >> 7n; x ^= BigInt.asUintN(64, x << 17n); return x; };
  const edges = [0, -0, 1, -1, 3, 0.1, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, Infinity, -Infinity, 2 ** 53, 1 + 2 ** -52];
  return [...edges, ...Array.from({ length: 60 }, () => value(next())), ...Array.from({ length: 30 }, () => Number(next() >> 12n) * 2 ** -52)].filter((n) => n === n);
})();
const flagsOf = (run: () => void): number => { raised.flags = 0; run(); return raised.flags; };

test.each([
  ['add', add, (a: number, b: number) => a + b], ['sub', sub, (a: number, b: number) => a - b],
  ['mul', mul, (a: number, b: number) => a * b], ['div', div, (a: number, b: number) => a / b],
] as const)('%s to nearest is what the host computes', (_name, soft, host) => {
  const wrong: unknown[] = [];
  for (const a of numbers) for (const b of numbers) {
    const wanted = host(a, b);
    const got = value(soft(f64, bits(a), bits(b), RNE));
    if (wanted === wanted && !Object.is(got, wanted)) wrong.push([a, b, got, wanted]);
  }
  expect(wrong).toEqual([]);
});

test('square roots are what the host computes', () => {
  for (const a of numbers) if (a >= 0) expect([a, value(sqrt(f64, bits(a), RNE))]).toEqual([a, Math.sqrt(a)]);
});

test('conversion to single is what the host computes', () => {
  for (const a of numbers) expect([a, convert(f64, f32, bits(a), RNE)]).toEqual([a, single(a)]);
});

test('a fused multiply-add rounds once', () => {
  const x = 1 + 2 ** -52;
  expect(value(fma(f64, bits(x), bits(x), bits(-(1 + 2 ** -51)), RNE))).toBe(2 ** -104);
});

test('each rounding mode goes its way', () => {
  const third = (mode: number, sign = 1): number => value(div(f64, bits(sign), bits(3), mode));
  expect(third(RDN)).toBe(third(RTZ));
  expect(third(RUP)).toBeGreaterThan(third(RDN));
  expect(third(RUP, -1)).toBe(third(RTZ, -1));
  expect(toInteger(f64, bits(2.5), -9n, 9n, 9n, RNE)).toBe(2n);
  expect(toInteger(f64, bits(2.5), -9n, 9n, 9n, RMM)).toBe(3n);
  expect(toInteger(f64, bits(-2.5), -9n, 9n, 9n, RUP)).toBe(-2n);
});

test('exceptions are told', () => {
  expect(flagsOf(() => add(f64, bits(1), bits(2), RNE))).toBe(0);
  expect(flagsOf(() => add(f64, bits(1), bits(1e-30), RNE))).toBe(NX);
  expect(flagsOf(() => div(f64, bits(1), bits(0), RNE))).toBe(DZ);
  expect(flagsOf(() => div(f64, bits(0), bits(0), RNE))).toBe(NV);
  expect(flagsOf(() => mul(f64, bits(1e308), bits(10), RNE))).toBe(OF | NX);
  expect(flagsOf(() => mul(f64, bits(1e-308), bits(0.3), RNE))).toBe(UF | NX);
  expect(flagsOf(() => mul(f64, bits(2 ** -1022), bits(0.5), RNE))).toBe(0);
  expect(flagsOf(() => add(f64, 0x7ff0000000000001n, bits(1), RNE))).toBe(NV);
  expect(flagsOf(() => toInteger(f64, bits(1e10), -(2n ** 31n), 2n ** 31n - 1n, 0n, RTZ))).toBe(NV);
});

test('what rounds up to the least normal number is not tiny', () => {
  // 2^-1022 less a quarter of the last place of normal numbers there.
  expect(flagsOf(() => round(f64, 0, (1n << 55n) - 1n, -1077, RNE))).toBe(NX);
  expect(flagsOf(() => round(f64, 0, (1n << 54n) - 3n, -1076, RNE))).toBe(NX | UF);
});

test('half precision has its own range', () => {
  expect(fromInteger(f16, 65504n, RNE)).toBe(0x7bffn);
  expect(fromInteger(f16, 65536n, RNE)).toBe(0x7c00n);
  expect(fromInteger(f16, 65536n, RTZ)).toBe(0x7bffn);
});
