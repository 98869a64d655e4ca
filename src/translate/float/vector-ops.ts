// The IR's operations on vectors of singles that raise exceptions: as those in ops.ts, for the standard environment, whose
// denormals are zero. A vector passes the tests if all of its lanes do.
import type { Code, MemoryIndex } from '../wasm/code.ts';
import { CPU, FLOAT_CELLS, FLOAT_ENVIRONMENT } from '../state.ts';
import { CELL, expected } from './environment.ts';
import { VECTORS, vectorKinds, type VectorKind } from './kinds.ts';

type Arg = (i: number) => void;
type Push = () => void;
type Add = (name: string, signature: string, effect: 'flags', inOrder: boolean, emit: (code: Code, arg: Arg, imm: number, guest: MemoryIndex) => void) => void;

const splat = (code: Code, word: number): void => code.v128([word, word, word, word]);
const LEAST = 0x0080_0000, LARGEST = 0x7f7f_ffff, INFINITE = 0x7f80_0000;
/** Below it the error of a product may be too small for a single: 2^-100. */
const LEAST_EXACT = 27 << 23;

class Lanes {
  readonly code: Code;
  private readonly arg: Arg;
  private readonly state: MemoryIndex;
  private readonly helper: number;
  /** Bit i says that argument i is known to have no denormal lanes: from the operation's immediate. */
  private readonly known: number;
  constructor(code: Code, arg: Arg, known: number, guest: MemoryIndex, helper: number) {
    this.known = known;
    this.code = code;
    this.arg = arg;
    this.state = guest === 0 ? 1 : 0;
    this.helper = helper;
  }

  of(i: number): Push { return () => this.arg(i); }
  binary(op: string, x: Push, y: Push): Push { return () => { x(); y(); this.code.op(op); }; }
  all(word: number): Push { return () => splat(this.code, word); }
  magnitude(x: Push): Push { return this.binary('v128.and', x, this.all(0x7fffffff)); }
  or(...masks: readonly Push[]): Push { return masks.reduce((a, b) => this.binary('v128.or', a, b)); }
  /** Where x is at most the word, as an unsigned number. */
  atMost(x: Push, word: number): Push { return this.binary('i32x4.le_u', x, this.all(word)); }

  /** Where one of the numbers is denormal. */
  denormal(...numbers: readonly Push[]): Push {
    const less = numbers.map((x) => this.binary('i32x4.add', this.magnitude(x), this.all(-1)));
    return this.atMost(less.reduce((a, b) => this.binary('i32x4.min_u', a, b)), LEAST - 2);
  }
  /** Where a product is at most `limit` and no factor is zero. */
  small(product: Push, x: Push, y: Push, limit: number): Push {
    const zero = this.binary('i32x4.eq', this.binary('i32x4.min_u', this.magnitude(x), this.magnitude(y)), this.all(0));
    return this.binary('v128.andnot', this.atMost(this.magnitude(product), limit), zero);
  }
  /** Where a number is above `limit`. */
  large(x: Push, limit: number): Push { return this.binary('i32x4.gt_s', this.magnitude(x), this.all(limit)); }

  // The first tests: not zero where a lane passes. There are few constants in them, which V8 makes anew each time.
  private cell(at: number): Push { return () => { this.code.i32(0); this.code.access('v128.load', this.state, CPU + FLOAT_ENVIRONMENT + 4 * at); }; }
  private unsigned(x: Push): Push { return () => { x(); this.code.i32(1); this.code.op('i32x4.shl'); }; }
  /** Where none of these is denormal: shifted left and less one, only denormals have nothing in the upper byte. */
  regular(...numbers: readonly Push[]): Push | null {
    if (numbers.length === 0) return null;
    const less = numbers.map((x) => this.binary('i32x4.add', this.unsigned(x), this.all(-1)));
    return () => { less.reduce((a, b) => this.binary('i32x4.min_u', a, b))(); this.code.i32(24); this.code.op('i32x4.shr_u'); };
  }
  finite(x: Push): Push { return this.binary('i32x4.le_u', this.unsigned(x), this.cell(CELL.lanesAtMost)); }
  ordinary(x: Push): Push { return this.binary('i32x4.le_u', this.binary('i32x4.sub', this.unsigned(x), this.cell(CELL.lanesFrom)), this.cell(CELL.lanesSpan)); }
  number(x: Push): Push { return this.binary('f32x4.eq', x, x); }
  /** The operands, of those with these numbers, that are not known to be no denormals. */
  unknown(...operands: readonly number[]): Push[] { return operands.filter((i) => !(this.known >> i & 1)).map((i) => this.of(i)); }
  /** Not zero where x * y - z is not. */
  left(x: Push, y: Push, z: Push): Push { return () => { x(); y(); z(); this.code.relaxed(0x106); }; }
  /** Not zero where x + y (x - y) is not `sum`. */
  sumLeft(sum: Push, x: Push, y: Push, op: 'add' | 'sub'): Push {
    const back = op === 'add' ? 'f32x4.sub' : 'f32x4.add';
    return this.or(this.binary(back, this.binary('f32x4.sub', sum, x), y), this.binary('f32x4.sub', this.binary(back, sum, y), x));
  }

  ask(kind: VectorKind, from: number, count: number): void {
    const { code } = this;
    for (let i = 0; i < count; i++) { code.i32(0); this.arg(from + i); code.access('v128.store', this.state, FLOAT_CELLS + 16 * i); }
    code.i32(VECTORS + vectorKinds.indexOf(kind)); code.call(this.helper);
  }
  answer(): void { this.code.i32(0); this.code.access('v128.load', this.state, FLOAT_CELLS); }

  /** Argument 0 if all lanes are in each of the `first` masks, or none in `second`; otherwise what TypeScript answers for the arguments after it. */
  result(kind: VectorKind, from: number, count: number, first: readonly (Push | null)[], second?: Push): void {
    const { code } = this;
    first.filter((mask) => mask !== null).reduce((a, b) => this.binary('v128.and', a, b))();
    code.op('i32x4.all_true');
    if (second === undefined || expected.inexact) code.likely();
    code.if('v128'); this.arg(0); code.else();
    if (second !== undefined) { second(); code.op('v128.any_true'); code.op('i32.eqz'); code.if('v128'); this.arg(0); code.else(); }
    this.ask(kind, from, count);
    this.answer();
    if (second !== undefined) code.end();
    code.end();
  }
}

export function vectorOps(add: Add, helper: number): void {
  const define = (name: string, signature: string, emit: (lanes: Lanes) => void): void =>
    add(`f32x4.${name}`, signature, 'flags', false, (code, arg, imm, guest) => emit(new Lanes(code, arg, imm, guest, helper)));
  const three = 'v128 v128 v128 -> v128', two = 'v128 v128 -> v128';

  // (what the host computed, operands)
  for (const kind of ['add', 'sub'] as const) {
    define(`${kind}_env`, three, (l) => {
      const [r, x, y] = [l.of(0), l.of(1), l.of(2)];
      l.result(kind, 1, 2, [l.finite(r), l.regular(r, ...l.unknown(1, 2))], l.or(l.denormal(r, x, y), l.large(r, LARGEST), l.sumLeft(r, x, y, kind)));
    });
  }
  /** A step is a product in which infinity times zero is zero. */
  for (const kind of ['mul', 'step'] as const) {
    define(`${kind}_env`, three, (l) => {
      const [r, x, y] = [l.of(0), l.of(1), l.of(2)];
      l.result(kind, 1, 2, [l.ordinary(r), l.regular(...l.unknown(1, 2))],
        l.or(l.denormal(x, y), l.small(r, x, y, LEAST_EXACT), l.large(r, LARGEST), l.left(x, y, r)));
    });
  }
  /** (x, y, addend): the result is computed here. */
  add('f32x4.fma_env', three, 'flags', false, (code, arg, imm, guest) => {
    const l = new Lanes(code, (i) => { if (i > 0) arg(i - 1); else { arg(0); arg(1); arg(2); code.relaxed(0x105); } }, imm, guest, helper);
    const [r, x, y, z] = [l.of(0), l.of(1), l.of(2), l.of(3)];
    const p = l.binary('f32x4.mul', x, y);
    l.result('fma', 1, 3, [l.ordinary(r), l.regular(...l.unknown(1, 2, 3))],
      l.or(l.denormal(x, y, z), l.small(r, x, y, LEAST), l.small(p, x, y, LEAST_EXACT), l.large(r, LARGEST), l.left(x, y, p), l.sumLeft(r, p, z, 'add')));
  });
  for (const kind of ['max', 'min', 'maxnm', 'minnm', 'eq', 'ge', 'gt'] as const) {
    define(`${kind}_env`, three, (l) => l.result(kind, 1, 2, [l.number(l.of(1)), l.number(l.of(2)), l.regular(...l.unknown(1, 2))]));
  }
  /** A vector as operations take it that do not compute: without denormals, and with default NaNs. */
  define('operand_env', 'v128 -> v128', (l) => l.result('operand', 0, 1, [l.number(l.of(0)), l.regular(l.of(0))]));
  /** (what was computed, halves): signalling NaNs are what raises something. */
  define('from_half_env', two, (l) => l.result('fromHalf', 1, 1, [l.number(l.of(0))]));

  /** Singles as BFloat16 numbers in the lower halves of the words; (sum, x, y): dot products of those in pairs (bf16.ts). */
  define('to_bf16', 'v128 -> v128', (l) => { l.ask('toBF16', 0, 1); l.answer(); });
  define('bf16_dot', three, (l) => { l.ask('dotBF16', 0, 3); l.answer(); });

  // Flags only: of values computed otherwise.
  const flags = (name: string, kind: VectorKind, odd: (l: Lanes) => Push): void => define(name, 'v128 ->', (l) => {
    odd(l)(); l.code.op('v128.any_true'); l.code.unlikely(); l.code.if();
    l.ask(kind, 0, 1);
    l.code.end();
  });
  const outside = (l: Lanes, x: Push, least: number, past: number): Push =>
    l.binary('i32x4.ge_u', l.binary('i32x4.sub', x, l.all(least)), l.all(past - least));
  flags('recpe_flags', 'recpe', (l) => outside(l, l.magnitude(l.of(0)), LEAST, 0x7e800000));
  flags('rsqrte_flags', 'rsqrte', (l) => outside(l, l.of(0), LEAST, INFINITE));
  /** Of numbers that become halves: those that are normal ones raise nothing but inexact. */
  flags('to_half_flags', 'toHalf', (l) => {
    const inexact = l.binary('v128.andnot', l.all(-1), l.finite(l.all(0x3f800000)));
    return l.binary('v128.andnot', l.or(outside(l, l.magnitude(l.of(0)), 0x38800000, 0x477fe000), inexact), l.binary('i32x4.eq', l.magnitude(l.of(0)), l.all(0)));
  });
}
