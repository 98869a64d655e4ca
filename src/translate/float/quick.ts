// The common cases of what environment.ts is asked for, without BigInts: ordinary numbers in other rounding modes or with
// denormals flushed, infinities, NaNs. The result to nearest is the host's; its error, found by error-free transformations,
// says which way the others are. What is not easy is left to soft.ts.
import { productError, sumError } from './errors.ts';
import { DEFAULT_NAN, FLUSH, MODE } from './environment.ts';
import { NV, NX, RDN, RNE, RTZ, RUP } from './soft.ts';

type Kind = 'add' | 'sub' | 'mul' | 'div' | 'sqrt' | 'convert';
/** The least normal and the largest number by precision: single, double. */
const LEAST = [2 ** -126, 2 ** -1022], LARGEST = [2 ** 128 - 2 ** 104, Number.MAX_VALUE];
/** Between these bounds errors of products of doubles are exact. */
const SMALL = 2 ** -400, LARGE = 2 ** 400;
const plain = (x: number): boolean => { const m = Math.abs(x); return m > SMALL && m < LARGE; };

/** What makes the quick way of a thread. It works on the operation's cells: `doubles` and `singles` lie over `words`. */
export class Quick {
  private readonly words: Uint32Array;
  private readonly doubles: Float64Array;
  private readonly singles: Float32Array;
  /** What the last operation raised. */
  raised = 0;

  constructor(words: Uint32Array) {
    this.words = words;
    this.doubles = new Float64Array(words.buffer, words.byteOffset, 3);
    this.singles = new Float32Array(words.buffer, words.byteOffset, 6);
  }

  /** Puts the result in the place of the first operand; false when it is not easy. `double`: the operands' precision. */
  run(kind: Kind, double: boolean, control: number): boolean {
    this.raised = 0;
    const one = kind === 'sqrt' || kind === 'convert';
    const x = double ? this.doubles[0]! : this.singles[0]!;
    const y = one ? 1 : double ? this.doubles[1]! : this.singles[2]!;
    if (kind === 'convert' && !double) return false;
    if (x !== x || y !== y) return kind !== 'convert' && this.nan(x, y, double, control);
    const least = LEAST[+double]!;
    if (control & FLUSH && ((x !== 0 && Math.abs(x) < least) || (y !== 0 && Math.abs(y) < least))) return false;
    return this.number(kind, x, kind === 'sub' ? -y : y, double, control & MODE);
  }

  private number(kind: Kind, x: number, y: number, double: boolean, mode: number): boolean {
    const wide = kind === 'add' || kind === 'sub' ? x + y : kind === 'mul' ? x * y : kind === 'div' ? x / y : kind === 'sqrt' ? Math.sqrt(x) : x;
    const narrow = kind === 'convert' || !double;
    const r = narrow ? Math.fround(wide) : wide;
    if (r !== r) return false;
    const m = Math.abs(r);
    if (!(Math.abs(x) < Infinity && Math.abs(y) < Infinity)) return this.store(r, narrow);
    if (r === 0) return this.zero(kind, x, y, r, narrow, mode);
    if (m <= LEAST[+!narrow]! || m >= LARGEST[+!narrow]!) return false;
    const error = narrow ? singleError(kind, x, y, wide, r) : doubleError(kind, x, y, r);
    if (error !== error) return false;
    this.store(r, narrow);
    if (error === 0) return true;
    this.raised = NX;
    if (mode === RNE) return true;
    const up = error > 0;
    if (mode === RTZ ? up !== r > 0 : up === (mode === RUP)) this.step(narrow, up === r > 0 ? 1 : -1);
    return true;
  }

  /** Zeros that are exact. */
  private zero(kind: Kind, x: number, y: number, r: number, narrow: boolean, mode: number): boolean {
    if (kind === 'add' || kind === 'sub') return this.store(mode === RDN && !(x === 0 && Object.is(x, y)) ? -0 : r, narrow);
    return (x === 0 || (kind === 'mul' && y === 0)) && this.store(r, narrow);
  }

  private store(r: number, narrow: boolean): boolean {
    if (narrow) this.singles[0] = r; else this.doubles[0] = r;
    return true;
  }

  /** Moves the magnitude of the result by one in its last place. */
  private step(narrow: boolean, by: 1 | -1): void {
    const { words } = this;
    const low = words[0]!;
    words[0] = low + by;
    if (!narrow && low === (by > 0 ? 0xffffffff : 0)) words[1]! += by;
  }

  /** One or both are NaNs. */
  private nan(x: number, y: number, double: boolean, control: number): boolean {
    const { words } = this;
    const least = LEAST[+double]!;
    if (control & FLUSH && ((x !== 0 && Math.abs(x) < least) || (y !== 0 && Math.abs(y) < least))) return false;
    const quiet = double ? 0x0008_0000 : 0x0040_0000;
    const first = double ? 1 : 0, second = double ? 3 : 2;
    const signals = (i: number, z: number): boolean => z !== z && (words[i]! & quiet) === 0;
    const [a, b] = [signals(first, x), signals(second, y)];
    if (a || b) this.raised = NV;
    if (control & DEFAULT_NAN) {
      words[first] = double ? 0x7ff8_0000 : 0x7fc0_0000;
      if (double) words[0] = 0;
      return true;
    }
    if (a ? false : b || x === x) { words[first] = words[second]!; if (double) words[0] = words[2]!; }
    words[first]! |= quiet;
    return true;
  }
}

/** A number with the sign of the error of a single's operation, computed in doubles; NaN when that is not told. */
function singleError(kind: Kind, x: number, y: number, wide: number, r: number): number {
  switch (kind) {
    case 'add': case 'sub': return wide !== r ? wide - r : sumError(x, y, wide);
    case 'mul': case 'convert': return wide - r;
    case 'div': return y < 0 ? r * y - x : x - r * y;
    case 'sqrt': return x - r * r;
  }
}

/** The same of a double's. */
function doubleError(kind: Kind, x: number, y: number, r: number): number {
  switch (kind) {
    case 'add': case 'sub': return Math.abs(x) < LARGE && Math.abs(y) < LARGE ? sumError(x, y, r) : NaN;
    case 'mul': return plain(x) && plain(y) && plain(r) ? productError(x, y, r) : NaN;
    case 'div': case 'sqrt': {
      const by = kind === 'sqrt' ? r : y;
      if (!plain(x) || !plain(by) || !plain(r)) return NaN;
      const product = r * by;
      const rest = (x - product) - productError(r, by, product);
      return by < 0 ? -rest : rest;
    }
    case 'convert': return NaN;
  }
}
