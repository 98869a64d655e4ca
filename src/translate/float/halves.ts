// Arithmetic in half precision, on doubles: sums, products and what a half is converted from are exact in them, quotients and
// roots have more bits than a half's rounding can tell from the exact ones, and of a fused operation the error is known. So
// everything is computed by the host and rounded once, here. What IEEE 754 leaves open is as on ARM (environment.ts).
import { CPU, FLOAT_CELLS, FLOAT_FLAGS } from '../state.ts';
import { CONTROL_WORD, DEFAULT_NAN, FLUSH_HALVES, keep, MODE } from './environment.ts';
import { sumError } from './errors.ts';
import { CURRENT, halfKinds, HALVES, type HalfKind } from './kinds.ts';
import { DZ, NV, NX, OF, RDN, RMM, RNE, RTZ, RUP, UF } from './soft.ts';

const SIGN = 0x8000, INFINITE = 0x7c00, LARGEST = 0x7bff, QUIET = 0x200, NAN = 0x7e00, ONES = 0xffff;
const LEAST = 2 ** -14;

/** How operations round, and what they have raised: set for each call. */
let mode = RNE, flush = false, defaultNaN = true, flags = 0;

const isNaN = (x: number): boolean => (x & 0x7fff) > INFINITE;
const signals = (x: number): boolean => isNaN(x) && (x & QUIET) === 0;

/** A half that is no NaN. */
function valueOf(x: number): number {
  const exponent = (x >> 10) & 31, fraction = x & 0x3ff;
  const m = exponent === 31 ? Infinity : exponent === 0 ? (flush ? 0 : fraction * 2 ** -24) : (0x400 + fraction) * 2 ** (exponent - 25);
  return x & SIGN ? -m : m;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
function exponentOf(m: number): number {
  double[0] = m;
  return (words[1]! >>> 20) - 1023;
}

/** The half that x and a `rest` come to, of which only the sign counts: it is less than x's last place. */
function round(x: number, rest: number, how: number): number {
  const negative = x < 0 || Object.is(x, -0);
  const sign = negative ? SIGN : 0;
  const m = Math.abs(x), more = negative ? -rest : rest;
  if (m === 0) return sign;
  if (m === Infinity) return sign | INFINITE;
  const isTiny = m < LEAST || (m === LEAST && more < 0);
  if (isTiny && flush) { flags |= UF; return sign; }
  let exponent = exponentOf(m);
  // Just below a power of two places are half as wide.
  if (more < 0 && m === 2 ** exponent) exponent--;
  exponent = Math.max(exponent, -14);
  const scaled = m * 2 ** (10 - exponent);
  let kept = Math.floor(scaled), part = scaled - kept;
  if (part === 0 && more < 0) { kept--; part = 1; }
  const inexact = part !== 0 || more !== 0;
  const half = part - 0.5 || more;
  const up = how === RNE ? half > 0 || (half === 0 && (kept & 1) === 1) : how === RMM ? half >= 0 : how === RDN ? negative : how === RUP ? !negative : false;
  const bits = ((exponent + 14) << 10) + kept + (inexact && up ? 1 : 0);
  if (inexact) flags |= isTiny ? NX | UF : NX;
  if (bits < INFINITE) return sign | bits;
  flags |= OF | NX;
  return sign | (how === RTZ || how === (negative ? RUP : RDN) ? LARGEST : INFINITE);
}

function invalid(): number { flags |= NV; return NAN; }

/** The result of an operation one of whose operands is a NaN: the first that signals, else the first. */
function propagate(...operands: readonly number[]): number {
  const signalling = operands.find(signals);
  if (signalling !== undefined) flags |= NV;
  return defaultNaN ? NAN : (signalling ?? operands.find(isNaN)!) | QUIET;
}

/** x + y, rounded. */
function sum(a: number, b: number): number {
  const s = a + b;
  if (s !== s) return invalid();
  return s === 0 && !(a === 0 && Object.is(a, b)) ? (mode === RDN ? SIGN : 0) : round(s, 0, mode);
}

function binary(kind: 'add' | 'sub' | 'mul' | 'div' | 'step', x: number, y: number): number {
  if (isNaN(x) || isNaN(y)) return propagate(x, y);
  const a = valueOf(x), b = valueOf(y);
  if (kind === 'add') return sum(a, b);
  if (kind === 'sub') return sum(a, -b);
  const r = kind === 'div' ? a / b : a * b;
  // A step of an iteration takes infinity times zero for zero.
  if (r !== r) return kind === 'step' ? 0 : invalid();
  if (kind === 'div' && b === 0 && Math.abs(a) < Infinity) flags |= DZ;
  return round(r, 0, mode);
}

/** x * y + z, rounded once. */
function fused(x: number, y: number, z: number): number {
  const noProduct = !isNaN(x) && !isNaN(y) && Number.isNaN(valueOf(x) * valueOf(y));
  if (noProduct) return signals(z) ? propagate(z) : invalid();
  if (isNaN(x) || isNaN(y) || isNaN(z)) return propagate(z, x, y);
  const p = valueOf(x) * valueOf(y), c = valueOf(z);
  const s = p + c;
  if (s === 0 || Math.abs(s) === Infinity || s !== s) return sum(p, c);
  return round(s, sumError(p, c, s), mode);
}

function root(x: number): number {
  if (isNaN(x)) return propagate(x);
  const a = valueOf(x);
  return a < 0 ? invalid() : round(Math.sqrt(a), 0, mode);
}

/** A half as operations take it that do not compute. */
const taken = (x: number): number => (flush && (x & INFINITE) === 0 ? x & SIGN : x);

/** FPMax and FPMin; with `number` FPMaxNum and FPMinNum, where a number goes before a quiet NaN. */
function extreme(x: number, y: number, max: boolean, number: boolean): number {
  if (number && !signals(x) && !signals(y) && isNaN(x) !== isNaN(y)) return taken(isNaN(x) ? y : x);
  if (isNaN(x) || isNaN(y)) return propagate(x, y);
  const a = valueOf(x), b = valueOf(y);
  const xIsMore = a > b || (a === b && (x & SIGN) === 0);
  return taken(xIsMore === max ? x : y);
}

function compares(kind: 'eq' | 'ge' | 'gt', x: number, y: number): number {
  if (isNaN(x) || isNaN(y)) { if (kind !== 'eq' || signals(x) || signals(y)) flags |= NV; return 0; }
  const a = valueOf(x), b = valueOf(y);
  return (kind === 'eq' ? a === b : kind === 'ge' ? a >= b : a > b) ? ONES : 0;
}

/** FPRecipEstimate. */
function reciprocalEstimate(x: number): number {
  if (isNaN(x)) return propagate(x);
  const a = valueOf(x), sign = x & SIGN;
  if (Math.abs(a) === Infinity) return sign;
  if (a === 0) { flags |= DZ; return sign | INFINITE; }
  if (Math.abs(a) < 2 ** -16) { flags |= OF | NX; return sign | INFINITE; }
  if (flush && Math.abs(a) >= 2 ** 14) { flags |= UF; return sign; }
  const exponent = exponentOf(Math.abs(a));
  const scaled = Math.floor(Math.abs(a) * 2 ** (8 - exponent));
  const estimate = (Math.floor(2 ** 19 / (scaled * 2 + 1)) + 1) >> 1;
  // Exact but where it is denormal: then what does not fit is cut off.
  const field = 14 - exponent;
  return sign | (field > 0 ? field << 10 | (estimate & 0xff) << 2 : (estimate << 2) >> (1 - field));
}

/** FPRSqrtEstimate. */
function reciprocalRootEstimate(x: number): number {
  if (isNaN(x)) return propagate(x);
  const a = valueOf(x);
  if (a === 0) { flags |= DZ; return (x & SIGN) | INFINITE; }
  if (a < 0) return invalid();
  if (a === Infinity) return 0;
  const exponent = exponentOf(a);
  const odd = (exponent & 1) !== 0;
  const scaled = Math.floor(a * 2 ** ((odd ? 8 : 7) - exponent));
  const n = scaled < 256 ? scaled * 2 + 1 : (scaled | 1) * 2;
  let b = 512;
  while (n * (b + 1) * (b + 1) < 2 ** 28) b++;
  return ((29 - exponent) >> 1) << 10 | (((b + 1) >> 1) & 0xff) << 2;
}

/** A number rounded to an integral one. */
function integral(x: number, how: number): number {
  const below = Math.floor(x), part = x - below;
  const up = how === RNE ? part > 0.5 || (part === 0.5 && below % 2 !== 0) : how === RMM ? part > 0.5 || (part === 0.5 && x > 0)
    : how === RUP ? part > 0 : how === RTZ ? x < 0 && part > 0 : false;
  return up ? below + 1 : below;
}

const roundingOf = (how: number): number => ((how & 7) === CURRENT ? mode : how & 7);

/** To an integral value; `exact` says so when that changes the value. */
function toIntegral(x: number, how: number, exact: boolean): number {
  if (isNaN(x)) return propagate(x);
  const a = valueOf(x);
  if (a === 0 || Math.abs(a) === Infinity) return taken(x);
  const whole = integral(a, roundingOf(how));
  if (exact && whole !== a) flags |= NX;
  return whole === 0 ? x & SIGN : round(whole, 0, RNE);
}

/** `how`, of conversions to and from integers, has a rounding mode, 8 for unsigned, 16 for 32 bits, and from bit 8 on the bits of fraction. */
function toInteger(x: number, how: number): number {
  if (isNaN(x)) { flags |= NV; return 0; }
  const a = valueOf(x) * 2 ** (how >> 8);
  const bits = how & 16 ? 32 : 16;
  const [least, most] = how & 8 ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  const whole = Math.abs(a) === Infinity ? a : integral(a, roundingOf(how));
  if (whole < least || whole > most) { flags |= NV; return whole < least ? least : most; }
  if (whole !== a) flags |= NX;
  return whole;
}

function fromInteger(x: number, how: number): number {
  const value = how & 16 ? (how & 8 ? x >>> 0 : x | 0) : how & 8 ? x & 0xffff : (x << 16) >> 16;
  return round(value * 2 ** -(how >> 8), 0, roundingOf(how));
}

function compute(kind: HalfKind, x: number, y: number, z: number): number {
  switch (kind) {
    case 'add': case 'sub': case 'mul': case 'div': case 'step': return binary(kind, x, y);
    case 'fma': return fused(x, y, z);
    case 'sqrt': return root(x);
    case 'max': case 'min': return extreme(x, y, kind === 'max', false);
    case 'maxnm': case 'minnm': return extreme(x, y, kind === 'maxnm', true);
    case 'eq': case 'ge': case 'gt': return compares(kind, x, y);
    case 'recpe': return reciprocalEstimate(x);
    case 'rsqrte': return reciprocalRootEstimate(x);
    case 'rint': return toIntegral(x, y, false);
    case 'rintx': return toIntegral(x, y, true);
    case 'toInteger': return toInteger(x, y);
    case 'fromInteger': return fromInteger(x, y);
  }
}

/** Makes the function for operations from HALVES on. `buffer` is the state memory. */
export function halfHelper(buffer: SharedArrayBuffer): (operation: number) => void {
  const cpu = new Uint32Array(buffer, CPU, (FLOAT_FLAGS >> 2) + 1);
  const cells = new Int32Array(buffer, FLOAT_CELLS, 12);
  const lanes = new Uint16Array(buffer, FLOAT_CELLS, 24);
  return (operation) => {
    const n = operation - HALVES;
    const kind = halfKinds[n >> 1]!;
    const control = cpu[CONTROL_WORD]!;
    flush = (control & FLUSH_HALVES) !== 0;
    flags = 0;
    if (n & 1) {
      // Vectors go by the standard environment.
      mode = RNE;
      defaultNaN = true;
      const how = cells[4]!;
      const second = kind === 'rint' || kind === 'rintx' || kind === 'toInteger' || kind === 'fromInteger' ? () => how : (i: number) => lanes[8 + i]!;
      for (let i = 0; i < 8; i++) lanes[i] = compute(kind, lanes[i]!, second(i), lanes[16 + i]!);
    } else {
      mode = control & MODE;
      defaultNaN = (control & DEFAULT_NAN) !== 0;
      cells[0] = kind === 'fromInteger' ? fromInteger(cells[0]!, cells[2]!) : compute(kind, lanes[0]!, lanes[4]!, lanes[8]!);
    }
    keep(cpu, flags);
  };
}
