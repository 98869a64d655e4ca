// What generated code asks for vectors of four singles, which ARM's Advanced SIMD computes with the standard environment
// whatever the thread's is: to nearest, denormals flushed to zero, default NaNs. Their exceptions are the thread's.
import { CPU, FLOAT_CELLS, FLOAT_FLAGS } from '../state.ts';
import { alternativeFormat, CONTROL_WORD, ALTERNATIVE_HALF, extreme, flushed, keep, toHalf } from './environment.ts';
import { VECTORS, vectorKinds, type VectorKind } from './kinds.ts';
import * as soft from './soft.ts';
import { dot } from './bf16.ts';
import { bf16, DZ, f16, f32, NV, NX, raised, resetRules, RNE, rules, UF } from './soft.ts';

const LEAST = 2 ** -126, LARGEST = 3.4028234663852886e38;
const ordinary = (x: number): boolean => { const m = Math.abs(x); return m === 0 || (m >= LEAST && m <= LARGEST); };

/** The quick way of a sum or product of two numbers; NaN where it is not that easy. */
function quick(kind: 'add' | 'sub' | 'mul', x: number, y: number): number {
  if (!ordinary(x) || !ordinary(y)) return NaN;
  const z = kind === 'sub' ? -y : y;
  const exact = kind === 'mul' ? x * y : x + z;
  const r = Math.fround(exact);
  const m = Math.abs(r);
  if (m > LARGEST || (m <= LEAST && !(kind === 'mul' ? x === 0 || y === 0 : m === 0 || m === LEAST))) return NaN;
  // The error of the sum in doubles: Knuth's TwoSum.
  const rest = exact - x;
  if (exact !== r || (kind !== 'mul' && (x - (exact - rest)) + (z - rest) !== 0)) raised.flags |= NX;
  return r;
}

/** FPRecipEstimate and FPRSqrtEstimate: only what they raise. */
function estimateFlags(x: bigint, root: boolean): void {
  const a = soft.unpack(f32, x);
  if (a.kind === 'nan') { if (a.signalling) raised.flags |= NV; return; }
  if (a.kind === 'zero') raised.flags |= DZ;
  else if (root) { if (a.sign) raised.flags |= NV; } else if (a.kind === 'finite' && (x & 0x7fffffffn) >= 0x7e800000n) raised.flags |= UF;
}

/** A product whose infinity times zero is zero, and no exception. */
function step(x: bigint, y: bigint): bigint {
  const [a, b] = [soft.unpack(f32, x), soft.unpack(f32, y)];
  const kinds = [a.kind, b.kind];
  return kinds.includes('infinite') && kinds.includes('zero') ? 0n : soft.mul(f32, x, y, RNE);
}

function lane(kind: VectorKind, x: bigint, y: bigint, z: bigint, alternative: boolean): bigint {
  const all = (holds: boolean): bigint => (holds ? 0xffffffffn : 0n);
  switch (kind) {
    case 'add': return soft.add(f32, x, y, RNE);
    case 'sub': return soft.sub(f32, x, y, RNE);
    case 'mul': return soft.mul(f32, x, y, RNE);
    case 'step': return step(x, y);
    case 'fma': return soft.fma(f32, x, y, z, RNE);
    case 'max': case 'min':
      return soft.unpack(f32, x).kind === 'nan' || soft.unpack(f32, y).kind === 'nan' ? soft.add(f32, x, y, RNE) : soft.extreme(f32, flushed(f32, x), flushed(f32, y), kind, true);
    case 'maxnm': return extreme(f32, x, y, 'max', RNE);
    case 'minnm': return extreme(f32, x, y, 'min', RNE);
    case 'eq': return all(soft.compare(f32, flushed(f32, x), flushed(f32, y), false) === 0);
    case 'ge': return all((soft.compare(f32, flushed(f32, x), flushed(f32, y), true) ?? -1) >= 0);
    case 'gt': return all((soft.compare(f32, flushed(f32, x), flushed(f32, y), true) ?? -1) > 0);
    case 'operand': return soft.convert(f32, f32, x, RNE);
    case 'recpe': estimateFlags(x, false); return 0n;
    case 'rsqrte': estimateFlags(x, true); return 0n;
    case 'toHalf': return toHalf(f32, x, RNE, alternative);
    case 'toBF16': return soft.convert(f32, bf16, x, RNE);
    case 'dotBF16': return BigInt(dot(Number(x), Number(y), Number(z)));
    case 'fromHalf': return soft.convert(alternative ? alternativeFormat : f16, f32, x, RNE);
  }
}

/** Makes the function for operations from VECTORS on. */
export function vectorHelper(buffer: SharedArrayBuffer): (operation: number) => void {
  const words = new Uint32Array(buffer, FLOAT_CELLS, 12);
  const singles = new Float32Array(buffer, FLOAT_CELLS, 12);
  const cpu = new Uint32Array(buffer, CPU, (FLOAT_FLAGS >> 2) + 1);
  const at = (i: number): bigint => BigInt(words[i]!);
  return (operation) => {
    const kind = vectorKinds[operation - VECTORS]!;
    const alternative = (cpu[CONTROL_WORD]! & ALTERNATIVE_HALF) !== 0;
    const isQuick = kind === 'add' || kind === 'sub' || kind === 'mul';
    rules.flush = rules.tinyBefore = true;
    raised.flags = 0;
    for (let i = 0; i < 4; i++) {
      const easy = isQuick ? quick(kind, singles[i]!, singles[4 + i]!) : NaN;
      if (easy === easy) { singles[i] = easy; continue; }
      const x = at(i), y = at(4 + i);
      if (kind === 'eq' || kind === 'ge' || kind === 'gt') { soft.unpack(f32, x); soft.unpack(f32, y); }
      words[i] = Number(lane(kind, x, y, at(8 + i), alternative));
    }
    resetRules();
    keep(cpu, raised.flags);
  };
}
