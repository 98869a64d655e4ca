// Vector registers as NEON instructions name them: a doubleword in the lowest half of a v128, or a quadword.
import type { Ref } from '../../../translate/ir.ts';
import { d, q } from '../state.ts';
import type { Machine } from './machine.ts';

/** Register `n` in doublewords; a quadword if Q (then `n` is even). The upper half of a doubleword is unspecified. */
export function getVector(m: Machine, Q: number, n: number): Ref {
  return Q ? m.b.get(q[n >> 1]!) : m.b.op('f64x2.splat', m.b.get(d[n]!));
}

export function setVector(m: Machine, Q: number, n: number, value: Ref): void {
  if (Q) m.b.set(q[n >> 1]!, value);
  else m.b.set(d[n]!, m.b.op('f64x2.extract_lane', value));
}
