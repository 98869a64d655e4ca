import { CPU, FLOAT_CELLS, FLOAT_ENVIRONMENT, FLOAT_FLAGS } from '../state.ts';
import { CELL, DEFAULT_NAN, environmentHelper, FLUSH, setEnvironment } from './environment.ts';
import { environmentNumber } from './kinds.ts';
import { Quick } from './quick.ts';
import * as soft from './soft.ts';
import { DZ, f32, f64, ID, NV, NX, OF, raised, resetRules, rules, UF, type Format } from './soft.ts';

const view = new DataView(new ArrayBuffer(8));
const bits = (x: number): bigint => { view.setFloat64(0, x); return view.getBigUint64(0); };
const value = (b: bigint): number => { view.setBigUint64(0, b); return view.getFloat64(0); };

/** A thread's cells, as generated code has them. */
function thread(control: number) {
  const buffer = new SharedArrayBuffer(0x1400);
  const cpu = new Uint32Array(buffer, CPU);
  setEnvironment(cpu, control);
  const helper = environmentHelper(buffer);
  const words = new BigUint64Array(buffer, FLOAT_CELLS, 3);
  const run = (kind: Parameters<typeof environmentNumber>[1], ...operands: readonly bigint[]): bigint => {
    operands.forEach((x, i) => { words[i] = x; });
    helper(environmentNumber('f64', kind));
    return words[0]!;
  };
  return { cpu, run, flags: () => cpu[FLOAT_FLAGS >> 2]!, cell: (name: keyof typeof CELL) => cpu[(FLOAT_ENVIRONMENT >> 2) + CELL[name]]! };
}

test('only an inexact result opens the quick way of generated code', () => {
  const t = thread(0);
  expect(value(t.run('add', bits(1), bits(2)))).toBe(3);
  expect([t.flags(), t.cell('below64'), t.cell('plain')]).toEqual([0, 0, 1]);
  t.run('div', bits(1), bits(3));
  expect(t.flags()).toBe(NX);
  expect(t.cell('below64')).not.toBe(0);
});

test('no result is quick in another rounding mode', () => {
  const t = thread(soft.RUP);
  expect(value(t.run('add', bits(1), bits(1e-30)))).toBe(1 + 2 ** -52);
  expect([t.cell('below64'), t.cell('span64'), t.cell('plain')]).toEqual([0, 0, 0]);
});

test('flushed denormals raise what ARM says', () => {
  const operand = thread(FLUSH);
  expect(operand.run('mul', bits(5e-324), bits(-1))).toBe(bits(-0));
  expect(operand.flags()).toBe(ID);
  const result = thread(FLUSH);
  expect(result.run('mul', bits(2 ** -1022), bits(0.5))).toBe(bits(0));
  expect(result.flags()).toBe(UF);
});

test('the first signalling NaN goes on, unless NaNs are the default one', () => {
  const [quiet, signalling] = [0x7ff8000000000001n, 0xfff0000000000002n];
  expect(thread(0).run('add', quiet, signalling)).toBe(0xfff8000000000002n);
  expect(thread(0).run('fma', bits(1), quiet, signalling)).toBe(0xfff8000000000002n);
  expect(thread(DEFAULT_NAN).run('add', quiet, signalling)).toBe(0x7ff8000000000000n);
  const t = thread(0);
  t.run('compare', quiet, bits(1));
  expect(t.flags()).toBe(0);
  t.run('compareAll', quiet, bits(1));
  expect(t.flags()).toBe(NV);
});

test('exceptions add up', () => {
  const t = thread(0);
  t.run('div', bits(1), bits(0));
  t.run('mul', bits(1e308), bits(10));
  expect(t.flags()).toBe(DZ | OF | NX);
});

const edges = [0, -0, 1, -1, 3, 0.1, 1 + 2 ** -52, 1 - 2 ** -53, 5e-324, 2.2250738585072014e-308, 2.2250738585072024e-308, 1.7976931348623157e308, Infinity, -Infinity, NaN, 2 ** -149, 2 ** -126, 3.4028234663852886e38, 2 ** 60, 1e-160, -7];

test.each([['single', f32], ['double', f64]] as const)('the quick way of %ss is that of soft.ts in every mode', (_name, f: Format) => {
  const buffer = new SharedArrayBuffer(24);
  const quick = new Quick(new Uint32Array(buffer));
  const words = new BigUint64Array(buffer), [floats, low] = [new Float64Array(buffer), new Float32Array(buffer)];
  let seed = 1;
  const next = (): number => { seed = (Math.imul(seed, 1664525) + 1013904223) | 0; return seed / 2 ** 31; };
  const numbers = [...edges, ...Array.from({ length: 20 }, () => next() * 2 ** Math.round(next() * 30))];
  const put = (i: number, x: number): bigint => {
    if (f === f64) { floats[i] = x; return words[i]!; }
    words[i] = 0n;
    low[2 * i] = x;
    return words[i]!;
  };
  const wrong: unknown[] = [];
  let easy = 0;
  for (const kind of ['add', 'sub', 'mul', 'div', 'sqrt'] as const) for (const control of [0, 1, 2, 3, FLUSH, FLUSH | soft.RUP, DEFAULT_NAN]) for (const x of numbers) for (const y of numbers) {
    const [a, b] = [put(0, x), put(1, y)];
    if (!quick.run(kind, f === f64, control)) continue;
    easy++;
    const got = f === f64 ? words[0]! : words[0]! & 0xffffffffn;
    rules.defaultNaN = (control & DEFAULT_NAN) !== 0;
    rules.flush = (control & FLUSH) !== 0;
    rules.tinyBefore = true;
    raised.flags = 0;
    const wanted = kind === 'sqrt' ? soft.sqrt(f, a, control & 3) : soft[kind](f, a, b, control & 3);
    if (got !== wanted || quick.raised !== raised.flags) wrong.push([kind, control, x, y, got, wanted, quick.raised, raised.flags]);
    resetRules();
  }
  expect(wrong).toEqual([]);
  expect(easy).toBeGreaterThan(20_000);
});
