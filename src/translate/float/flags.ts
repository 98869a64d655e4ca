// The flags of operations rounded to nearest, where generated code cannot tell: it computes the result itself, and asks
// here only when that is not an ordinary number, or when the inexact flag is not set yet. Operands are in cells of the
// state memory. What is common is told by error-free transformations; the rest is computed exactly.
import { CPU, FLOAT_CELLS, FLOAT_FLAGS } from '../state.ts';
import { environmentHelper } from './environment.ts';
import { productError, sumError } from './errors.ts';
import { halfHelper } from './halves.ts';
import { ENVIRONMENT, flagKinds, HALVES, VECTORS, type FlagKind } from './kinds.ts';
import { vectorHelper } from './vectors.ts';
import { add, convert, div, f32, f64, fma, mul, NX, raised, RNE, sqrt, sub, type Format } from './soft.ts';

/** Below this and above its inverse, products and their errors are exact in doubles. */
const SMALL = 2 ** -400, LARGE = 2 ** 400;
const plain = (x: number): boolean => { const m = Math.abs(x); return m > SMALL && m < LARGE; };

/** Whether the operation is inexact; undefined when that is not easy to say. */
function isInexact(kind: FlagKind, single: boolean, a: number, b: number): boolean | undefined {
  switch (kind) {
    case 'add': case 'sub': {
      const c = kind === 'add' ? b : -b;
      const s = a + c;
      if (s === 0) return a !== -c ? undefined : false;
      if (!plain(s) || Math.abs(a) > LARGE || Math.abs(c) > LARGE) return undefined;
      if (single && Math.abs(s) > 3e38) return undefined;
      return sumError(a, c, s) !== 0 || (single && Math.fround(s) !== s);
    }
    case 'mul': {
      if ((a === 0 && Math.abs(b) < Infinity) || (b === 0 && Math.abs(a) < Infinity)) return false;
      const p = a * b;
      if (single) return Math.abs(p) > 1e-37 && Math.abs(p) < 3e38 ? Math.fround(p) !== p : undefined;
      return plain(a) && plain(b) && plain(p) ? productError(a, b, p) !== 0 : undefined;
    }
    case 'div': {
      if (a === 0 && b !== 0 && b === b) return false;
      const q = single ? Math.fround(a / b) : a / b;
      if (single) return Math.abs(q) > 1e-37 && Math.abs(q) < 3e38 ? q * b !== a : undefined;
      return plain(a) && plain(b) && plain(q) ? q * b !== a || productError(q, b, a) !== 0 : undefined;
    }
    case 'sqrt': {
      if (a === 0) return false;
      if (!(a > 0) || !plain(a)) return undefined;
      const r = single ? Math.fround(Math.sqrt(a)) : Math.sqrt(a);
      return r * r !== a || (!single && productError(r, r, a) !== 0);
    }
    case 'demote': {
      const r = Math.fround(a);
      return a === 0 ? false : Math.abs(r) > 1e-37 && Math.abs(r) < 3e38 ? r !== a : undefined;
    }
    case 'fma': return undefined;
  }
}

/** Makes the function that generated code calls with an operation's number. `buffer` is the state memory. */
export function flagHelper(buffer: SharedArrayBuffer): (operation: number) => void {
  const at = FLOAT_CELLS;
  const doubles = new Float64Array(buffer, at, 3);
  const singles = new Float32Array(buffer, at, 6);
  const words = new Uint32Array(buffer, at, 6);
  const flags = new Int32Array(buffer, CPU + FLOAT_FLAGS, 1);
  const bits = (f: Format, i: number): bigint => (f === f64 ? (BigInt(words[2 * i + 1]!) << 32n) | BigInt(words[2 * i]!) : BigInt(words[2 * i]!));
  const environment = environmentHelper(buffer), vectors = vectorHelper(buffer), halves = halfHelper(buffer);
  return (operation) => {
    if (operation >= HALVES) { halves(operation); return; }
    if (operation >= VECTORS) { vectors(operation); return; }
    if (operation >= ENVIRONMENT) { environment(operation); return; }
    const kind = flagKinds[operation >> 1]!;
    const f = operation & 1 ? f64 : f32;
    const value = (i: number): number => (f === f64 || kind === 'demote' ? doubles[i]! : singles[2 * i]!);
    const inexact = isInexact(kind, f === f32, value(0), value(1));
    if (inexact !== undefined) {
      if (inexact) flags[0]! |= NX;
      return;
    }
    const saved = raised.flags;
    raised.flags = 0;
    const x = kind === 'demote' ? bits(f64, 0) : bits(f, 0);
    switch (kind) {
      case 'add': add(f, x, bits(f, 1), RNE); break;
      case 'sub': sub(f, x, bits(f, 1), RNE); break;
      case 'mul': mul(f, x, bits(f, 1), RNE); break;
      case 'div': div(f, x, bits(f, 1), RNE); break;
      case 'sqrt': sqrt(f, x, RNE); break;
      case 'fma': fma(f, x, bits(f, 1), bits(f, 2), RNE); break;
      case 'demote': convert(f64, f32, x, RNE); break;
    }
    flags[0]! |= raised.flags;
    raised.flags = saved;
  };
}
