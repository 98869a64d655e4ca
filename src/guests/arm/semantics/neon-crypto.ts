// NEON: the instructions for AES, SHA-1, SHA-256 and GHASH.
import type { Builder } from '../../../translate/builder.ts';
import type { Ref } from '../../../translate/ir.ts';
import type { Machine } from './machine.ts';
import { and, dOf, getVector, lanes, mOf, nOf, or, setVector, xor, type ThreeRegisters, type TwoRegisters } from './vector.ts';

/** Product in AES's field of 256 elements. */
function fieldProduct(x: number, y: number): number {
  let product = 0;
  for (; y !== 0; y >>= 1) {
    if (y & 1) product ^= x;
    x = (x << 1) ^ (x & 0x80 ? 0x11b : 0);
  }
  return product;
}

/** The S-box by its definition (FIPS 197, 5.1.1): the inverse, then an affine map. */
function makeSbox(): Uint8Array {
  const box = new Uint8Array(256);
  for (let x = 0; x < 256; x++) {
    let inverse = 0;
    for (let y = 1; y < 256 && x !== 0; y++) if (fieldProduct(x, y) === 1) { inverse = y; break; }
    let mapped = 0x63;
    for (let k = 0; k < 5; k++) mapped ^= (inverse << k) | (inverse >> (8 - k));
    box[x] = mapped & 0xff;
  }
  return box;
}
const tables: { forward?: Uint8Array; inverse?: Uint8Array } = {};
function sbox(inverse: boolean): Uint8Array {
  const forward = tables.forward ??= makeSbox();
  if (!inverse) return forward;
  return tables.inverse ??= Uint8Array.from({ length: 256 }, (_, x) => forward.indexOf(x));
}

/** Every byte through a table of 256: sixteen small tables, each of which answers 0 for what is not its own. */
function substitute(b: Builder, x: Ref, table: Uint8Array): Ref {
  const words = new Int32Array(table.slice().buffer);
  let result: Ref | null = null;
  for (let k = 0; k < 16; k++) {
    const part = b.v128([words[4 * k]!, words[4 * k + 1]!, words[4 * k + 2]!, words[4 * k + 3]!]);
    const found = b.op('i8x16.swizzle', part, k === 0 ? x : b.op('i8x16.sub', x, lanes(b, 'i8x16', 16 * k)));
    result = result === null ? found : or(b, result, found);
  }
  return result!;
}

/** Row r of the state, bytes r, r + 4, ..., turned by r columns. */
const rows = (direction: 1 | -1): readonly number[] => Array.from({ length: 16 }, (_, i) => (i + direction * 4 * (i % 4) + 16) % 16);
/** Every column turned by n bytes. */
const turned = (b: Builder, x: Ref, n: number): Ref => b.shuffle(x, x, Array.from({ length: 16 }, (_, i) => (i & ~3) | ((i + n) & 3)));

const doubled = (b: Builder, x: Ref): Ref =>
  xor(b, b.op('i8x16.shl', x, b.i32(1)), and(b, b.op('i8x16.shr_s', x, b.i32(7)), lanes(b, 'i8x16', 0x1b)));

function mixColumns(b: Builder, x: Ref): Ref {
  const next = turned(b, x, 1);
  return xor(b, xor(b, doubled(b, xor(b, x, next)), next), xor(b, turned(b, x, 2), turned(b, x, 3)));
}
/** The inverse is the same after multiplying the state by 4 x^2 + 5. */
const unmixColumns = (b: Builder, x: Ref): Ref => mixColumns(b, xor(b, x, doubled(b, doubled(b, xor(b, x, turned(b, x, 2))))));

const quads = (f: (m: Machine, d: Ref, x: Ref) => Ref) => (m: Machine, o: TwoRegisters): void => {
  if ((o.Vd | o.Vm) & 1) m.undefined();
  else setVector(m, 1, dOf(o), f(m, getVector(m, 1, dOf(o)), getVector(m, 1, mOf(o))));
};
const round = (inverse: boolean) => quads(({ b }, d, x) => {
  const mixed = xor(b, d, x);
  return substitute(b, b.shuffle(mixed, mixed, rows(inverse ? -1 : 1)), sbox(inverse));
});

const threeQuads = (f: (m: Machine, d: Ref, x: Ref, y: Ref) => Ref) => (m: Machine, o: ThreeRegisters): void => {
  if ((o.Vd | o.Vn | o.Vm) & 1) m.undefined();
  else setVector(m, 1, dOf(o), f(m, getVector(m, 1, dOf(o)), getVector(m, 1, nOf(o)), getVector(m, 1, mOf(o))));
};

const word = (b: Builder, x: Ref, lane: number): Ref => b.op('i32x4.extract_lane', x, 0, 0, lane);
const words = (b: Builder, values: readonly Ref[]): Ref =>
  values.slice(1).reduce((vector, value, k) => b.op('i32x4.replace_lane', vector, value, 0, k + 1), b.op('i32x4.splat', values[0]!));
const add = (b: Builder, ...values: readonly Ref[]): Ref => values.reduce((x, y) => b.op('i32.add', x, y));
const mix = (b: Builder, ...values: readonly Ref[]): Ref => values.reduce((x, y) => b.op('i32.xor', x, y));
const rotl = (b: Builder, x: Ref, n: number): Ref => b.op('i32.rotl', x, b.i32(n));
const rotr = (b: Builder, x: Ref, n: number): Ref => b.op('i32.rotr', x, b.i32(n));
const shr = (b: Builder, x: Ref, n: number): Ref => b.op('i32.shr_u', x, b.i32(n));

type WordFunction = (b: Builder, x: Ref, y: Ref, z: Ref) => Ref;
const choose: WordFunction = (b, x, y, z) => b.op('i32.xor', b.op('i32.and', b.op('i32.xor', y, z), x), z);
const parity: WordFunction = (b, x, y, z) => mix(b, x, y, z);
const majority: WordFunction = (b, x, y, z) => b.op('i32.or', b.op('i32.and', x, y), b.op('i32.and', b.op('i32.or', x, y), z));

/** Four rounds of SHA-1: a to d in the destination, e in n, the scheduled words with their constant in m. */
const sha1 = (f: WordFunction) => threeQuads(({ b }, abcd, other, schedule) => {
  let [a, bb, c, d] = [0, 1, 2, 3].map((k) => word(b, abcd, k)) as [Ref, Ref, Ref, Ref];
  let e = word(b, other, 0);
  for (let k = 0; k < 4; k++) {
    const sum = add(b, e, rotl(b, a, 5), f(b, bb, c, d), word(b, schedule, k));
    [a, bb, c, d, e] = [sum, a, rotl(b, bb, 30), c, d];
  }
  return words(b, [a, bb, c, d]);
});

/** Four rounds of SHA-256; answers a to d, or e to h. */
function sha256(b: Builder, abcd: Ref, efgh: Ref, schedule: Ref, second: boolean): Ref {
  let x = [0, 1, 2, 3].map((k) => word(b, abcd, k));
  let y = [0, 1, 2, 3].map((k) => word(b, efgh, k));
  for (let k = 0; k < 4; k++) {
    const s1 = mix(b, rotr(b, y[0]!, 6), rotr(b, y[0]!, 11), rotr(b, y[0]!, 25));
    const s0 = mix(b, rotr(b, x[0]!, 2), rotr(b, x[0]!, 13), rotr(b, x[0]!, 22));
    const t = add(b, y[3]!, choose(b, y[0]!, y[1]!, y[2]!), s1, word(b, schedule, k));
    const a = add(b, t, majority(b, x[0]!, x[1]!, x[2]!), s0);
    y = [add(b, x[3]!, t), ...y.slice(0, 3)];
    x = [a, ...x.slice(0, 3)];
  }
  return words(b, second ? y : x);
}

/** Lanes 1 to 3 of x and lane 0 of y. */
const shiftedIn = (b: Builder, x: Ref, y: Ref): Ref => b.shuffle(x, y, Array.from({ length: 16 }, (_, i) => i + 4));

/** Reverses the 64 bits: within bytes by swapping neighbours at distance 1, 2 and 4, then the bytes. */
function reversedBits(b: Builder, x: Ref): Ref {
  let v = b.op('i64x2.splat', x);
  for (const [n, mask] of [[1, 0x55], [2, 0x33], [4, 0x0f]] as const) {
    const m = lanes(b, 'i8x16', mask);
    v = or(b, b.op('i8x16.shl', and(b, v, m), b.i32(n)), and(b, b.op('i8x16.shr_u', v, b.i32(n)), m));
  }
  return b.op('i64x2.extract_lane', b.shuffle(v, v, Array.from({ length: 16 }, (_, i) => 7 - (i & 7))));
}

/** The lower half of a carry-less product: ordinary products of every fourth bit, whose carries fall between. */
function polynomialLow(b: Builder, x: Ref, y: Ref): Ref {
  const mask = (k: number): Ref => b.i64(0x11111111 << k, 0x11111111 << k);
  const parts = (z: Ref): Ref[] => [0, 1, 2, 3].map((k) => b.op('i64.and', z, mask(k)));
  const xs = parts(x);
  const ys = parts(y);
  const sums = [0, 1, 2, 3].map((k) => {
    const sum = [0, 1, 2, 3].map((i) => b.op('i64.mul', xs[i]!, ys[(k - i) & 3]!)).reduce((p, q) => b.op('i64.xor', p, q));
    return b.op('i64.and', sum, mask(k));
  });
  return sums.reduce((p, q) => b.op('i64.or', p, q));
}

function polynomialLong(m: Machine, o: ThreeRegisters): void {
  if (o.Vd & 1) { m.undefined(); return; }
  const { b } = m;
  const x = b.op('i64x2.extract_lane', getVector(m, 0, nOf(o)));
  const y = b.op('i64x2.extract_lane', getVector(m, 0, mOf(o)));
  // The upper half is the lower half of the product of the reversed operands, reversed; it has one bit less.
  const upper = b.op('i64.shr_u', reversedBits(b, polynomialLow(b, reversedBits(b, x), reversedBits(b, y))), b.i64(1));
  setVector(m, 1, dOf(o), b.op('i64x2.replace_lane', b.op('i64x2.splat', polynomialLow(b, x, y)), upper, 0, 1));
}

export const neonCrypto = {
  aese: round(false),
  aesd: round(true),
  aesmc: quads(({ b }, _d, x) => mixColumns(b, x)),
  aesimc: quads(({ b }, _d, x) => unmixColumns(b, x)),
  sha1h: quads(({ b }, _d, x) => words(b, [rotl(b, word(b, x, 0), 30), b.i32(0), b.i32(0), b.i32(0)])),
  sha1c: sha1(choose),
  sha1p: sha1(parity),
  sha1m: sha1(majority),
  sha1su0: threeQuads(({ b }, d, x, y) =>
    xor(b, xor(b, d, y), b.shuffle(d, x, [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]))),
  sha1su1: quads(({ b }, d, x) => {
    const t = xor(b, d, b.shuffle(x, b.v128([0, 0, 0, 0]), Array.from({ length: 16 }, (_, i) => i + 4)));
    const r = [0, 1, 2, 3].map((k) => rotl(b, word(b, t, k), 1));
    return words(b, [r[0]!, r[1]!, r[2]!, mix(b, r[3]!, rotl(b, word(b, t, 0), 2))]);
  }),
  sha256h: threeQuads(({ b }, d, x, y) => sha256(b, d, x, y, false)),
  sha256h2: threeQuads(({ b }, d, x, y) => sha256(b, x, d, y, true)),
  sha256su0: quads(({ b }, d, x) => {
    const next = shiftedIn(b, d, x);
    return words(b, [0, 1, 2, 3].map((k) => {
      const w = word(b, next, k);
      return add(b, word(b, d, k), mix(b, rotr(b, w, 7), rotr(b, w, 18), shr(b, w, 3)));
    }));
  }),
  sha256su1: threeQuads(({ b }, d, x, y) => {
    const sigma = (w: Ref): Ref => mix(b, rotr(b, w, 17), rotr(b, w, 19), shr(b, w, 10));
    const base = [0, 1, 2, 3].map((k) => add(b, word(b, d, k), word(b, shiftedIn(b, x, y), k)));
    const low = [0, 1].map((k) => add(b, base[k]!, sigma(word(b, y, k + 2))));
    return words(b, [...low, ...[0, 1].map((k) => add(b, base[k + 2]!, sigma(low[k]!)))]);
  }),
  vmullPolynomial64: polynomialLong,
};
