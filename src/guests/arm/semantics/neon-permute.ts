// NEON: instructions that only move elements.
import type { Ref } from '../../../translate/ir.ts';
import type { Machine } from './machine.ts';
import {
  choose, dOf, getVector, lanes, mOf, nOf, or, setVector, zero, type Destination, type ThreeRegisters, type TwoRegisters,
} from './vector.ts';

type Sized = TwoRegisters & { readonly size: number; readonly Q: number };

/** An element: of the first register (0) or the second (1), by its number. */
type Source = readonly [register: 0 | 1, element: number];

/** Both registers get elements of both: `pick` says for element i of the first (or second) where it comes from. */
const exchange = (pick: (into: 0 | 1, i: number, count: number) => Source) => (m: Machine, o: Sized): void => {
  if (o.Q && (o.Vd | o.Vm) & 1) { m.undefined(); return; }
  const bytes = 1 << o.size;
  const count = (o.Q ? 16 : 8) / bytes;
  const x = getVector(m, o.Q, dOf(o));
  const y = getVector(m, o.Q, mOf(o));
  const result = (into: 0 | 1): Ref => m.b.shuffle(x, y, Array.from({ length: 16 }, (_, at) => {
    const [register, element] = pick(into, Math.floor(at / bytes) % count, count);
    return 16 * register + element * bytes + (at % bytes);
  }));
  const first = result(0);
  const second = result(1);
  setVector(m, o.Q, dOf(o), first);
  setVector(m, o.Q, mOf(o), second);
};

/** With two words in a doubleword, unzipping and zipping are no encodings of their own. */
const notOfWordPairs = (f: (m: Machine, o: Sized) => void) => (m: Machine, o: Sized): void => {
  if (!o.Q && o.size === 2) m.undefined();
  else f(m, o);
};

const of = (register: number, element: number): Source => [register as 0 | 1, element];

function swap(m: Machine, o: Omit<Sized, 'size'>): void {
  exchange((into, i) => of(into ^ 1, i))(m, { ...o, size: 0 });
}

function extract(m: Machine, o: ThreeRegisters & { readonly Q: number; readonly imm: number }): void {
  if (o.Q ? (o.Vd | o.Vn | o.Vm) & 1 : o.imm & 8) { m.undefined(); return; }
  const at = (i: number): number => (o.Q || i < 8 ? i : i + 8);
  const pattern = Array.from({ length: 16 }, (_, i) => at(o.imm + (o.Q ? i : i & 7)));
  setVector(m, o.Q, dOf(o), m.b.shuffle(getVector(m, o.Q, nOf(o)), getVector(m, o.Q, mOf(o)), pattern));
}

/** Looks bytes up in a table of one to four doublewords. Numbers past its end give 0, or keep the byte there is. */
function lookUp(m: Machine, o: ThreeRegisters & { readonly len: number; readonly keep: number }): void {
  const { b } = m;
  const first = nOf(o);
  const length = o.len + 1;
  if (first + length > 32) { m.undefined(); return; }
  const index = getVector(m, 0, mOf(o));
  const pair = (n: number): Ref => {
    const low = getVector(m, 0, first + n);
    return b.shuffle(low, n + 1 < length ? getVector(m, 0, first + n + 1) : zero(b), [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
  };
  let result = b.op('i8x16.swizzle', pair(0), index);
  if (length > 2) result = or(b, result, b.op('i8x16.swizzle', pair(2), b.op('i8x16.sub', index, lanes(b, 'i8x16', 16))));
  if (o.keep) result = choose(b, b.op('i8x16.lt_u', index, lanes(b, 'i8x16', 8 * length)), result, getVector(m, 0, dOf(o)));
  setVector(m, 0, dOf(o), result);
}

/** The lowest one in the immediate says the size, what is above it the element. */
function duplicate(m: Machine, o: Destination & { readonly Q: number; readonly imm: number; readonly M: number; readonly Vm: number }): void {
  const size = o.imm & 1 ? 0 : o.imm & 2 ? 1 : o.imm & 4 ? 2 : null;
  if (size === null || (o.Q && o.Vd & 1)) { m.undefined(); return; }
  const bytes = 1 << size;
  const element = o.imm >> (size + 1);
  const x = getVector(m, 0, mOf(o));
  setVector(m, o.Q, dOf(o), m.b.shuffle(x, x, Array.from({ length: 16 }, (_, i) => element * bytes + (i % bytes))));
}

export const neonPermute = {
  vswp: swap,
  vtrn: exchange((into, i) => of(i & 1, (i & ~1) | into)),
  vuzp: notOfWordPairs(exchange((into, i, count) => of(2 * i >= count ? 1 : 0, ((2 * i) % count) + into))),
  vzip: notOfWordPairs(exchange((into, i, count) => of(i & 1, (i >> 1) + (into * count) / 2))),
  vext: extract,
  vtbl: lookUp,
  vdup: duplicate,
};
