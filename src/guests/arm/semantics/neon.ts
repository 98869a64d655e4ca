// What each NEON instruction does.
import type { Semantics } from '../../../translate/pattern.ts';
import type { neon } from '../isa/neon.ts';
import type { Machine } from './machine.ts';
import { neonCrypto } from './neon-crypto.ts';
import { neonFloat } from './neon-float.ts';
import { neonInteger } from './neon-integer.ts';
import { neonLong } from './neon-long.ts';
import { neonMisc } from './neon-misc.ts';
import { neonPermute } from './neon-permute.ts';
import { neonShift } from './neon-shift.ts';

export { neonMemorySemantics } from './neon-memory.ts';
export const neonSemantics: Semantics<typeof neon, Machine> = {
  ...neonInteger, ...neonFloat, ...neonLong, ...neonShift, ...neonMisc, ...neonPermute, ...neonCrypto,
};
