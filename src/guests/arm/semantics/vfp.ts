// What each VFP instruction does.
import type { Semantics } from '../../../translate/pattern.ts';
import type { vfp } from '../isa/vfp.ts';
import type { Machine } from './machine.ts';
import { withShortVectors } from './short-vectors.ts';
import { vfpArithmetic } from './vfp-arithmetic.ts';
import { vfpMoves } from './vfp-moves.ts';

export { vfpUnconditionalSemantics } from './vfp-arithmetic.ts';
export const vfpSemantics: Semantics<typeof vfp, Machine> = withShortVectors({ ...vfpArithmetic, ...vfpMoves });
