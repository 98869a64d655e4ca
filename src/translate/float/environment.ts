// Arithmetic as a floating-point environment says that can change at any time: rounding mode, denormals flushed to zero,
// default NaNs; and the exceptions that it raises. Generated code (ops.ts) does what is common itself; it tells that by
// comparing the result with cells of the environment that are kept here, and asks here for the rest. What IEEE 754 leaves
// open is as on ARM unless the control says otherwise: tininess before rounding, the first signalling NaN, else the first NaN, goes on.
import { CPU, FLOAT_CELLS, FLOAT_ENVIRONMENT, FLOAT_FLAGS } from '../state.ts';
import { environmentKinds } from './kinds.ts';
import { Quick } from './quick.ts';
import * as soft from './soft.ts';
import { bf16, f16, f32, f64, NV, NX, OF, raised, resetRules, RNE, rules, type Format } from './soft.ts';

/** The control cell: the rounding mode as soft.ts numbers it (0 to 3), and flags. */
export const MODE = 3, FLUSH = 4, DEFAULT_NAN = 8, ALTERNATIVE_HALF = 16, FLUSH_HALVES = 32, TINY_AFTER = 64;

/**
 * The environment's cells, in words from FLOAT_ENVIRONMENT. Numbers are compared by the upper 32 bits of their magnitude
 * (all of a single's). `below`: results below it (with `span`: in a span of this size, from the least normal number on)
 * are what the host computed, and raise nothing new. `exact`: the same for results that are exact.
 * `flushed` is for `span` while denormals are flushed: then operands have to be looked at too. `rest` is 64 bits, and what is left over of a sum has to be below it. Those of
 * vectors are four words each, compared with lanes whose sign is shifted out: results at most `lanesAtMost`, and results
 * that `lanesFrom` is taken off and that are at most `lanesSpan` then, are as the host computed them.
 */
export const CELL = { control: 0, plain: 1, below64: 2, span64: 3, exact64: 4, below32: 5, span32: 6, operands: 7, compared64: 8, compared32: 9, rest: 10, lanesAtMost: 12, lanesFrom: 16, lanesSpan: 20, flushed64: 24, flushed32: 25 } as const;

/** The control cell's index in the words of the CPU state. */
export const CONTROL_WORD = (FLOAT_ENVIRONMENT >> 2) + CELL.control;

/** The upper bits of a double's magnitude (with the sign shifted out) are its exponent and 21 bits of the fraction. */
export const top64 = (exponent: number): number => (exponent + 1023) * 2 ** 21;
/** Below it the error of a product may be too small for a double. */
export const LEAST_EXACT = top64(-960);
export const LEAST64 = top64(-1022) + 1, LEAST32 = 0x0100_0002;
const INFINITE64 = top64(1024), INFINITE32 = 0xff00_0000, LARGEST32 = INFINITE32 - 2;

/** Whether an operation has already been inexact: then the way of exact results is the rare one. A thread's. */
export const expected = { inexact: false };

/** Makes the cells what control word and flags ask for. `words` is the CPU state. */
export function refresh(words: Uint32Array): void {
  const at = FLOAT_ENVIRONMENT >> 2;
  const control = words[at + CELL.control]!;
  const plain = (control & (MODE | FLUSH)) === 0;
  const inexact = (words[FLOAT_FLAGS >> 2]! & NX) !== 0;
  if (inexact) expected.inexact = true;
  const quick = plain && inexact;
  words[at + CELL.plain] = plain ? 1 : 0;
  words[at + CELL.rest] = plain ? 1 : 0;
  words[at + CELL.rest + 1] = 0;
  words[at + CELL.exact64] = plain ? INFINITE64 - LEAST_EXACT : 0;
  words[at + CELL.below64] = quick ? INFINITE64 : 0;
  words[at + CELL.span64] = quick ? INFINITE64 - LEAST64 : 0;
  words[at + CELL.below32] = quick ? INFINITE32 : 0;
  words[at + CELL.span32] = quick ? INFINITE32 - LEAST32 : 0;
  const flushing = inexact && (control & (MODE | FLUSH)) === FLUSH;
  words[at + CELL.flushed64] = flushing ? INFINITE64 - LEAST64 : 0;
  words[at + CELL.flushed32] = flushing ? INFINITE32 - LEAST32 : 0;
  // Any operand is taken as it is unless denormals are flushed.
  words[at + CELL.operands] = control & FLUSH ? 0 : 0xffff_ffff;
  words[at + CELL.compared64] = control & FLUSH ? 0 : INFINITE64 + 1;
  words[at + CELL.compared32] = control & FLUSH ? 0 : INFINITE32 + 1;
  const vector = (cell: number, word: number): void => { for (let i = at + cell; i < at + cell + 4; i++) words[i] = word; };
  // While exact results are to be told from others, no result comes to zero when 1 is taken off.
  vector(CELL.lanesAtMost, inexact ? LARGEST32 : 0);
  vector(CELL.lanesFrom, inexact ? LEAST32 : 1);
  vector(CELL.lanesSpan, inexact ? LARGEST32 - LEAST32 : 0);
}

/** Adds flags to the thread's. While inexact is new to the cells they have to be told. */
export function keep(words: Uint32Array, flags: number): void {
  words[FLOAT_FLAGS >> 2]! |= flags;
  if (flags & NX && words[(FLOAT_ENVIRONMENT >> 2) + CELL.lanesAtMost] === 0) refresh(words);
}

/** Changes the environment. `words` is the CPU state; its flags are already what they shall be. */
export function setEnvironment(words: Uint32Array, control: number): void {
  words[(FLOAT_ENVIRONMENT >> 2) + CELL.control] = control;
  refresh(words);
}

/** A conversion to half precision, in either format of it. */
export function toHalf(from: Format, x: bigint, mode: number, alternative: boolean): bigint {
  if (!alternative) return soft.convert(from, f16, x, mode);
  // There are neither infinities nor NaNs: what does not fit is the largest number, and a NaN zero.
  const a = soft.unpack(from, x);
  const before = raised.flags;
  if (a.kind === 'finite' || a.kind === 'zero') {
    const half = soft.round(alternativeFormat, a.sign, a.m, a.e, mode);
    if (!(raised.flags & OF)) return half;
  }
  raised.flags = before | NV;
  return (a.sign ? 0x8000n : 0n) | (a.kind === 'nan' ? 0n : 0x7fffn);
}
export const alternativeFormat: Format = { ...f16, special: 32 };

const bitsOfNaN = (f: Format, x: bigint): boolean => soft.unpack(f, x).kind === 'nan';
/** An operand with zero in the place of what the rules flush; exceptions are raised where it is unpacked again. */
export function flushed(f: Format, x: bigint): bigint {
  const before = raised.flags;
  const a = soft.unpack(f, x);
  raised.flags = before;
  return a.kind === 'zero' ? soft.zero(f, a.sign) : x;
}

/** FPMaxNum, FPMinNum: a number goes before a quiet NaN. */
export function extreme(f: Format, x: bigint, y: bigint, which: 'max' | 'min', mode: number): bigint {
  const [a, b] = [soft.unpack(f, x), soft.unpack(f, y)];
  if (!a.signalling && !b.signalling && (a.kind === 'nan') !== (b.kind === 'nan')) return flushed(f, a.kind === 'nan' ? y : x);
  return bitsOfNaN(f, x) || bitsOfNaN(f, y) ? soft.add(f, x, y, mode) : soft.extreme(f, flushed(f, x), flushed(f, y), which, false);
}

/** Raises what a comparison does, and answers what compares with y as x does where denormals may count as zero. */
function comparable(f: Format, x: bigint, y: bigint, signal: boolean): bigint {
  const order = soft.compare(f, flushed(f, x), flushed(f, y), signal);
  soft.unpack(f, x);
  soft.unpack(f, y);
  if (order === null) return soft.defaultNaN(f);
  return order === 0 ? y : soft.infinity(f, order < 0 ? 1 : 0);
}

/** A double as JavaScript makes integers of 32 bits of it, and above that 1 unless it is that number. */
function toJavaScript(x: bigint): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, x);
  const number = view.getFloat64(0), word = number | 0;
  const isFlushed = soft.unpack(f64, x).kind === 'zero';
  if (!isFlushed && word !== number) raised.flags |= Math.abs(number) < 2 ** 31 || Math.trunc(number) === -(2 ** 31) ? NX : NV;
  const isSame = Object.is(isFlushed ? number * 0 : number, word);
  return BigInt(word >>> 0) | (isSame ? 0n : 1n << 32n);
}

/** Makes the function that generated code calls with an operation's number. `buffer` is the state memory. */
export function environmentHelper(buffer: SharedArrayBuffer): (operation: number) => void {
  const words = new Uint32Array(buffer, FLOAT_CELLS, 6);
  const cpu = new Uint32Array(buffer, CPU, (FLOAT_FLAGS >> 2) + 1);
  const quick = new Quick(words);
  const operand = (f: Format, i: number): bigint => (f === f64 ? (BigInt(words[2 * i + 1]!) << 32n) | BigInt(words[2 * i]!) : BigInt(words[2 * i]!));
  return (operation) => {
    const kind = environmentKinds[operation >> 1]!;
    if (kind === 'update') { refresh(cpu); return; }
    const control = cpu[CONTROL_WORD]!;
    const mode = control & MODE;
    const f = operation & 1 ? f64 : f32;
    if ((kind === 'add' || kind === 'sub' || kind === 'mul' || kind === 'div' || kind === 'sqrt' || kind === 'convert') && quick.run(kind, f === f64, control)) {
      keep(cpu, quick.raised);
      return;
    }
    const alternative = (control & ALTERNATIVE_HALF) !== 0;
    rules.defaultNaN = (control & DEFAULT_NAN) !== 0;
    rules.flush = (control & FLUSH) !== 0;
    rules.tinyBefore = (control & TINY_AFTER) === 0;
    raised.flags = 0;
    const x = operand(f, 0);
    const y = (): bigint => operand(f, 1);
    let result = 0n;
    switch (kind) {
      case 'add': result = soft.add(f, x, y(), mode); break;
      case 'sub': result = soft.sub(f, x, y(), mode); break;
      case 'mul': result = soft.mul(f, x, y(), mode); break;
      case 'div': result = soft.div(f, x, y(), mode); break;
      case 'sqrt': result = soft.sqrt(f, x, mode); break;
      case 'fma': result = soft.fma(f, x, y(), operand(f, 2), mode); break;
      case 'maxnm': result = extreme(f, x, y(), 'max', mode); break;
      case 'minnm': result = extreme(f, x, y(), 'min', mode); break;
      case 'quiet': result = soft.convert(f, f, x, RNE); break;
      case 'operand': { const a = soft.unpack(f, x); result = a.kind === 'zero' ? soft.zero(f, a.sign) : x; break; }
      case 'compare': result = comparable(f, x, y(), false); break;
      case 'compareAll': result = comparable(f, x, y(), true); break;
      case 'convert': result = soft.convert(f, f === f64 ? f32 : f64, x, mode); break;
      case 'fromHalf': result = soft.convert(alternative ? alternativeFormat : f16, f, BigInt(words[0]! & 0xffff), mode); break;
      case 'toHalf': result = toHalf(f, x, mode, alternative); break;
      case 'toBF16': result = soft.convert(f32, bf16, x, mode); break;
      case 'toJavaScript': result = toJavaScript(x); break;
    }
    words[0] = Number(result & 0xffffffffn);
    words[1] = Number(result >> 32n);
    resetRules();
    keep(cpu, raised.flags);
  };
}
