// Dot products of BFloat16 numbers, whose arithmetic is ARM's own: denormals are zero, NaNs the default one, nothing is raised,
// and every step is rounded to odd: what is inexact is cut off and has its last bit set.
import { sumError } from './errors.ts';

const LEAST = 2 ** -126;
const DEFAULT_NAN = 0x7fc00000;
const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** Zero for a denormal. */
const flushed = (x: number): number => (Math.abs(x) < LEAST ? x * 0 : x);

/** x + rest as a single, of the rest only the sign. */
function toOdd(x: number, rest: number): number {
  const m = Math.abs(x), more = x < 0 ? -rest : rest;
  if (m === Infinity || m !== m) return x;
  if (m < LEAST || (m === LEAST && more < 0)) return x * 0;
  if (m >= 2 ** 128) return x > 0 ? Infinity : -Infinity;
  single[0] = m;
  const rounded = single[0]!;
  if (rounded !== m || more !== 0) {
    if (rounded > m || (rounded === m && more < 0)) bits[0]!--;
    bits[0]! |= 1;
  }
  return x < 0 ? -single[0]! : single[0]!;
}

function add(x: number, y: number): number {
  const s = x + y;
  return s === 0 || Math.abs(s) === Infinity || s !== s ? s : toOdd(s, sumError(x, y, s));
}

/** The word of a single plus the products of the lower and of the upper numbers of two words. */
export function dot(sum: number, x: number, y: number): number {
  const part = (word: number): number => { bits[0] = word; return flushed(single[0]!); };
  const product = (a: number, b: number): number => toOdd(part(a) * part(b), 0);
  const result = add(part(sum), add(product(x << 16, y << 16), product(x & 0xffff0000, y & 0xffff0000)));
  if (result !== result) return DEFAULT_NAN;
  single[0] = result;
  return bits[0]! >>> 0;
}
