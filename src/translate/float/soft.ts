// Exact IEEE 754 arithmetic on bit patterns, in any binary format, rounding mode and with exception flags. It is for what
// generated code does not do in line: other rounding modes, unusual operands, half precision. What IEEE 754 leaves open is
// in `rules`. Numbers are BigInts: correct first, quick second.

/** Exception flags: inexact, underflow, overflow, division by zero, invalid; and a denormal operand taken for zero. */
export const NX = 1, UF = 2, OF = 4, DZ = 8, NV = 16, ID = 32;

/** What processors do differently. As it stands here it is RISC-V's; who changes it puts it back (`resetRules`). */
export const rules = {
  /** Results that are NaNs are the default NaN; otherwise the first signalling operand, made quiet, or the first NaN. */
  defaultNaN: true,
  /** Results below the normal numbers are found before rounding. */
  tinyBefore: false,
  /** Denormal operands count as zero, denormal results become zero; not in half precision. */
  flush: false,
};
export function resetRules(): void { rules.defaultNaN = true; rules.tinyBefore = false; rules.flush = false; }

/** To nearest (ties to even), towards zero, down, up, to nearest (ties away from zero). */
export const RNE = 0, RTZ = 1, RDN = 2, RUP = 3, RMM = 4;

export type Format = {
  readonly bits: number;
  /** Fraction bits. */
  readonly fraction: number;
  readonly bias: number;
  /** The exponent field's value for infinities and NaNs: its highest, or one more where there are none. */
  readonly special: number;
};
const format = (bits: number, fraction: number): Format => {
  const special = 2 ** (bits - fraction - 1) - 1;
  return { bits, fraction, bias: special >> 1, special };
};
export const f16 = format(16, 10), bf16 = format(16, 7), f32 = format(32, 23), f64 = format(64, 52);

/** Exceptions of the operations since it was last cleared. */
export const raised = { flags: 0 };
const raise = (flags: number): void => { raised.flags |= flags; };

type Kind = 'zero' | 'finite' | 'infinite' | 'nan';
/** (-1)^sign * m * 2^e where it is finite. */
type Unpacked = { readonly kind: Kind; readonly sign: 0 | 1; readonly m: bigint; readonly e: number; readonly signalling: boolean; readonly fraction?: bigint };

export function unpack(f: Format, bits: bigint): Unpacked {
  const sign = Number((bits >> BigInt(f.bits - 1)) & 1n) as 0 | 1;
  const exponent = Number(bits >> BigInt(f.fraction)) & (2 ** (f.bits - f.fraction - 1) - 1);
  const fraction = bits & ((1n << BigInt(f.fraction)) - 1n);
  const none = { sign, m: 0n, e: 0, signalling: false };
  if (exponent === f.special) {
    if (fraction === 0n) return { kind: 'infinite', ...none };
    return { kind: 'nan', ...none, fraction, signalling: !((fraction >> BigInt(f.fraction - 1)) & 1n) };
  }
  if (exponent === 0 && fraction !== 0n && rules.flush && f.fraction !== f16.fraction) {
    raise(ID);
    return { kind: 'zero', ...none };
  }
  if (exponent === 0) return fraction === 0n ? { kind: 'zero', ...none } : { kind: 'finite', sign, m: fraction, e: 1 - f.bias - f.fraction, signalling: false };
  return { kind: 'finite', sign, m: fraction | (1n << BigInt(f.fraction)), e: exponent - f.bias - f.fraction, signalling: false };
}

const signed = (f: Format, sign: number, bits: bigint): bigint => (sign ? bits | (1n << BigInt(f.bits - 1)) : bits);
export const zero = (f: Format, sign: number): bigint => signed(f, sign, 0n);
export const infinity = (f: Format, sign: number): bigint => signed(f, sign, BigInt(f.special) << BigInt(f.fraction));
export const defaultNaN = (f: Format): bigint => (BigInt(f.special) << BigInt(f.fraction)) | (1n << BigInt(f.fraction - 1));
const largest = (f: Format, sign: number): bigint => infinity(f, sign) - 1n;

const bitLength = (m: bigint): number => m.toString(2).length;

/** m * 2^e cut off at 2^q: the multiple of 2^q that the mode chooses, and whether that is not exact. */
function cut(m: bigint, e: number, q: number, sign: number, mode: number): { m: bigint; inexact: boolean } {
  if (q <= e) return { m: m << BigInt(e - q), inexact: false };
  const shift = BigInt(q - e);
  const rest = m & ((1n << shift) - 1n);
  const kept = m >> shift;
  if (rest === 0n) return { m: kept, inexact: false };
  const half = 1n << (shift - 1n);
  const up = mode === RNE ? rest > half || (rest === half && (kept & 1n) === 1n)
    : mode === RMM ? rest >= half : mode === RDN ? sign === 1 : mode === RUP ? sign === 0 : false;
  return { m: up ? kept + 1n : kept, inexact: true };
}

/** The number (-1)^sign * m * 2^e in a format. */
export function round(f: Format, sign: 0 | 1, m: bigint, e: number, mode: number): bigint {
  if (m === 0n) return zero(f, sign);
  const least = 1 - f.bias;
  const top = e + bitLength(m) - 1;
  if (top < least && rules.flush && f.fraction !== f16.fraction) { raise(UF); return zero(f, sign); }
  let q = Math.max(top, least) - f.fraction;
  const { m: kept, inexact } = cut(m, e, q, sign, mode);
  const hidden = 1n << BigInt(f.fraction);
  if (inexact) {
    raise(NX);
    if (top < least) {
      // After rounding it is tiny unless rounding with an unbounded exponent would come to the least normal number.
      if (rules.tinyBefore || top < least - 1 || cut(m, e, top - f.fraction, sign, mode).m < hidden << 1n) raise(UF);
    }
  }
  if (kept < hidden) return signed(f, sign, kept);
  let normal = kept;
  if (normal === hidden << 1n) { normal = hidden; q++; }
  const exponent = q + f.fraction + f.bias;
  if (exponent < f.special) return signed(f, sign, (BigInt(exponent) << BigInt(f.fraction)) | (normal - hidden));
  raise(OF | NX);
  const infinite = mode === RNE || mode === RMM || mode === (sign ? RDN : RUP);
  return infinite ? infinity(f, sign) : largest(f, sign);
}

function invalid(f: Format): bigint { raise(NV); return defaultNaN(f); }
/** The result of an operation one of whose operands is a NaN. */
function propagate(f: Format, ...operands: Unpacked[]): bigint {
  const signalling = operands.find((o) => o.signalling);
  if (signalling) raise(NV);
  const chosen = rules.defaultNaN ? undefined : signalling ?? operands.find((o) => o.kind === 'nan');
  return chosen === undefined ? defaultNaN(f) : signed(f, chosen.sign, defaultNaN(f) | chosen.fraction!);
}

function sum(f: Format, a: Unpacked, b: Unpacked, mode: number): bigint {
  if (a.kind === 'infinite') return b.kind === 'infinite' && a.sign !== b.sign ? invalid(f) : infinity(f, a.sign);
  if (b.kind === 'infinite') return infinity(f, b.sign);
  const e = a.m === 0n ? b.e : b.m === 0n ? a.e : Math.min(a.e, b.e);
  const term = (x: Unpacked): bigint => {
    const m = x.m === 0n ? 0n : x.m << BigInt(x.e - e);
    return x.sign ? -m : m;
  };
  const total = term(a) + term(b);
  if (total === 0n) return zero(f, a.m === 0n && b.m === 0n && a.sign === b.sign ? a.sign : mode === RDN ? 1 : 0);
  return total < 0n ? round(f, 1, -total, e, mode) : round(f, 0, total, e, mode);
}

export function add(f: Format, x: bigint, y: bigint, mode: number): bigint {
  const [a, b] = [unpack(f, x), unpack(f, y)];
  return a.kind === 'nan' || b.kind === 'nan' ? propagate(f, a, b) : sum(f, a, b, mode);
}

export const negate = (f: Format, x: bigint): bigint => x ^ (1n << BigInt(f.bits - 1));

export function sub(f: Format, x: bigint, y: bigint, mode: number): bigint {
  const [a, b] = [unpack(f, x), unpack(f, y)];
  return a.kind === 'nan' || b.kind === 'nan' ? propagate(f, a, b) : sum(f, a, { ...b, sign: b.sign ? 0 : 1 }, mode);
}

const sign = (a: Unpacked, b: Unpacked): 0 | 1 => (a.sign === b.sign ? 0 : 1);

export function mul(f: Format, x: bigint, y: bigint, mode: number): bigint {
  const [a, b] = [unpack(f, x), unpack(f, y)];
  if (a.kind === 'nan' || b.kind === 'nan') return propagate(f, a, b);
  if (a.kind === 'infinite' || b.kind === 'infinite') return a.kind === 'zero' || b.kind === 'zero' ? invalid(f) : infinity(f, sign(a, b));
  return round(f, sign(a, b), a.m * b.m, a.e + b.e, mode);
}

export function div(f: Format, x: bigint, y: bigint, mode: number): bigint {
  const [a, b] = [unpack(f, x), unpack(f, y)];
  if (a.kind === 'nan' || b.kind === 'nan') return propagate(f, a, b);
  if (a.kind === 'infinite') return b.kind === 'infinite' ? invalid(f) : infinity(f, sign(a, b));
  if (b.kind === 'infinite') return zero(f, sign(a, b));
  if (b.kind === 'zero') {
    if (a.kind === 'zero') return invalid(f);
    raise(DZ);
    return infinity(f, sign(a, b));
  }
  // Enough bits for rounding, and one that says whether anything is left.
  const more = BigInt(2 * f.fraction + 4);
  const quotient = (a.m << more) / b.m;
  const rest = (a.m << more) % b.m === 0n ? 0n : 1n;
  return round(f, sign(a, b), (quotient << 1n) | rest, a.e - b.e - Number(more) - 1, mode);
}

function rootOf(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((bitLength(n) + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

export function sqrt(f: Format, x: bigint, mode: number): bigint {
  const a = unpack(f, x);
  if (a.kind === 'nan') return propagate(f, a);
  if (a.kind === 'zero') return zero(f, a.sign);
  if (a.sign) return invalid(f);
  if (a.kind === 'infinite') return x;
  let more = 2 * f.fraction + 6;
  if ((a.e - more) & 1) more++;
  const n = a.m << BigInt(more);
  const root = rootOf(n);
  return round(f, 0, (root << 1n) | (root * root === n ? 0n : 1n), (a.e - more) / 2 - 1, mode);
}

/** x * y + z, rounded once. Of the NaNs among the operands z's is the first. */
export function fma(f: Format, x: bigint, y: bigint, z: bigint, mode: number): bigint {
  const [a, b, c] = [unpack(f, x), unpack(f, y), unpack(f, z)];
  const noProduct = (a.kind === 'infinite' && b.kind === 'zero') || (a.kind === 'zero' && b.kind === 'infinite');
  if (noProduct) return c.signalling ? propagate(f, c) : invalid(f);
  if (a.kind === 'nan' || b.kind === 'nan' || c.kind === 'nan') return propagate(f, c, a, b);
  const kind = a.kind === 'infinite' || b.kind === 'infinite' ? 'infinite' : a.m === 0n || b.m === 0n ? 'zero' : 'finite';
  return sum(f, { kind, sign: sign(a, b), m: a.m * b.m, e: a.e + b.e, signalling: false }, c, mode);
}

/** An integer of any size in a format. */
export function fromInteger(f: Format, value: bigint, mode: number): bigint {
  return value < 0n ? round(f, 1, -value, 0, mode) : round(f, 0, value, 0, mode);
}

/** The integer that a number is rounded to, clamped to [least, most]; what does not fit is invalid, and NaNs give `nan`. */
export function toInteger(f: Format, x: bigint, least: bigint, most: bigint, nan: bigint, mode: number): bigint {
  const a = unpack(f, x);
  if (a.kind === 'nan') { raise(NV); return nan; }
  if (a.kind === 'infinite') { raise(NV); return a.sign ? least : most; }
  const { m, inexact } = cut(a.m, a.e, 0, a.sign, mode);
  const value = a.sign ? -m : m;
  if (value < least || value > most) { raise(NV); return value < least ? least : most; }
  if (inexact) raise(NX);
  return value;
}

export function convert(from: Format, to: Format, x: bigint, mode: number): bigint {
  const a = unpack(from, x);
  if (a.kind === 'nan') {
    const shift = BigInt(to.fraction - from.fraction);
    return propagate(to, { ...a, fraction: shift >= 0n ? a.fraction! << shift : a.fraction! >> -shift });
  }
  return a.kind === 'infinite' ? infinity(to, a.sign) : round(to, a.sign, a.m, a.e, mode);
}

/** To an integral value in the same format; `exact`: says so when that changes the value. */
export function roundToIntegral(f: Format, x: bigint, mode: number, exact: boolean): bigint {
  const a = unpack(f, x);
  if (a.kind === 'nan') return propagate(f, a);
  if (a.kind === 'zero') return zero(f, a.sign);
  if (a.kind === 'infinite' || a.e >= 0) return x;
  const { m, inexact } = cut(a.m, a.e, 0, a.sign, mode);
  if (inexact && exact) raise(NX);
  return m === 0n ? zero(f, a.sign) : round(f, a.sign, m, 0, mode);
}

/** -1, 0 or 1; null when they are not ordered. Invalid for signalling NaNs, or for any if `signal`. */
export function compare(f: Format, x: bigint, y: bigint, signal: boolean): number | null {
  const [a, b] = [unpack(f, x), unpack(f, y)];
  if (a.kind === 'nan' || b.kind === 'nan') {
    if (signal || a.signalling || b.signalling) raise(NV);
    return null;
  }
  return ordered(f, x, y);
}

/** Compares bit patterns that are no NaNs; `zeros`: whether the zeros differ. */
function ordered(f: Format, x: bigint, y: bigint, zeros = false): number {
  const key = (bits: bigint): bigint => {
    const magnitude = bits & ((1n << BigInt(f.bits - 1)) - 1n);
    return bits >> BigInt(f.bits - 1) ? (zeros ? -magnitude - 1n : -magnitude) : magnitude;
  };
  const [a, b] = [key(x), key(y)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** minimumNumber and maximumNumber of IEEE 754-2019; with `strict`, minimum and maximum: any NaN gives NaN. */
export function extreme(f: Format, x: bigint, y: bigint, which: 'min' | 'max', strict: boolean): bigint {
  const [a, b] = [unpack(f, x), unpack(f, y)];
  if (a.signalling || b.signalling) raise(NV);
  if (a.kind === 'nan' || b.kind === 'nan') return strict || a.kind === b.kind ? defaultNaN(f) : a.kind === 'nan' ? y : x;
  return (ordered(f, x, y, true) <= 0) === (which === 'min') ? x : y;
}
