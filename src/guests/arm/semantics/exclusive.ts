// Load-acquire, store-release and exclusives. A load-exclusive remembers the address and what it read; the store is a
// compare-and-swap of that. Wasm's atomic accesses trap when unaligned, as these do. ARM ARM (DDI 0406), A3.4.
import type { Ref } from '../../../translate/ir.ts';
import { exclusiveAddress, exclusiveValue, exclusiveValue64 } from '../state.ts';
import type { Machine } from './machine.ts';

const none = -1;
const sizes = {
  b: { bytes: 1, load: 'i32.atomic.load8_u', store: 'i32.atomic.store8', swap: 'i32.atomic.rmw8.cmpxchg_u' },
  h: { bytes: 2, load: 'i32.atomic.load16_u', store: 'i32.atomic.store16', swap: 'i32.atomic.rmw16.cmpxchg_u' },
  w: { bytes: 4, load: 'i32.atomic.load', store: 'i32.atomic.store', swap: 'i32.atomic.rmw.cmpxchg' },
} as const;
export type Size = keyof typeof sizes;

type Load = { readonly Rt: number; readonly Rn: number; readonly imm?: number };
type Store = Load & { readonly Rd: number };
type Pair = { readonly Rt2?: number };

const address = (m: Machine, o: { readonly Rn: number; readonly imm?: number }): Ref => m.b.op('i32.add', m.reg(o.Rn), m.b.i32(o.imm ?? 0));
/** The narrow values of a register, as cmpxchg wants what it compares with: zero-extended. */
const narrow = (m: Machine, size: Size, value: Ref): Ref => (size === 'w' ? value : m.b.op('i32.and', value, m.b.i32(size === 'b' ? 0xff : 0xffff)));

export const loadAcquire = (size: Size) => (m: Machine, o: Load): void => {
  m.setReg(o.Rt, m.load(sizes[size].load, m.reg(o.Rn), sizes[size].bytes));
};

export const storeRelease = (size: Size) => (m: Machine, o: Load): void => {
  m.store(sizes[size].store, m.reg(o.Rn), m.reg(o.Rt), sizes[size].bytes);
};

export const loadExclusive = (size: Size) => (m: Machine, o: Load): void => {
  const at = address(m, o);
  const value = m.b.op(sizes[size].load, at);
  m.b.set(exclusiveAddress, at);
  m.b.set(exclusiveValue, value);
  m.setReg(o.Rt, m.inOrder('i32', value, sizes[size].bytes));
};

/** A32 names one register of an even pair, T32 both. */
export function loadExclusiveDual(m: Machine, o: Load & Pair): void {
  const rt2 = o.Rt2 ?? o.Rt + 1;
  if (rt2 > 14) { m.undefined(); return; }
  const at = m.reg(o.Rn);
  const value = m.b.op('i64.atomic.load', at);
  m.b.set(exclusiveAddress, at);
  m.b.set(exclusiveValue64, value);
  const data = m.inOrder('i64', value, 4);
  m.setReg(o.Rt, m.b.op('i32.wrap_i64', data));
  m.setReg(rt2, m.b.op('i32.high', data));
}

/** Rd is 0 if `swap` stored, else 1; it is not tried when another address, or none, is claimed. */
function storeIfClaimed(m: Machine, at: () => Ref, rd: number, failed: () => Ref): void {
  const { b } = m;
  const attempt = b.newBlock();
  const refuse = b.newBlock();
  const join = b.newBlock();
  b.end({ kind: 'branch', cond: b.op('i32.eq', b.get(exclusiveAddress), at()), then: attempt, else: refuse });
  b.start(attempt);
  m.mark();
  m.setReg(rd, failed());
  b.end({ kind: 'goto', target: join });
  b.start(refuse);
  m.setReg(rd, b.i32(1));
  b.end({ kind: 'goto', target: join });
  b.start(join);
  b.set(exclusiveAddress, b.i32(none));
}

export const storeExclusive = (size: Size) => (m: Machine, o: Store): void => {
  const { b } = m;
  storeIfClaimed(m, () => address(m, o), o.Rd, () => {
    const expected = b.get(exclusiveValue);
    return b.op('i32.ne', b.op(sizes[size].swap, address(m, o), expected, narrow(m, size, m.inOrder('i32', m.reg(o.Rt), sizes[size].bytes))), expected);
  });
};

export function storeExclusiveDual(m: Machine, o: Store & Pair): void {
  const rt2 = o.Rt2 ?? o.Rt + 1;
  if (rt2 > 14) { m.undefined(); return; }
  const { b } = m;
  storeIfClaimed(m, () => m.reg(o.Rn), o.Rd, () => {
    const expected = b.get(exclusiveValue64);
    return b.op('i64.ne', b.op('i64.atomic.rmw.cmpxchg', m.reg(o.Rn), expected, m.inOrder('i64', b.op('i64.pair', m.reg(o.Rt), m.reg(rt2)), 4)), expected);
  });
}

export function clrex(m: Machine): void { m.b.set(exclusiveAddress, m.b.i32(none)); }

/** SWP and SWPB: gone from ARMv8, kept up by Linux. */
export const swap = (byte: boolean) => (m: Machine, o: { readonly Rn: number; readonly Rt: number; readonly Rt2: number }): void => {
  const swapped = (value: Ref): Ref => m.inOrder('i32', value, byte ? 1 : 4);
  m.setReg(o.Rt, swapped(m.b.op(byte ? 'i32.atomic.rmw8.xchg_u' : 'i32.atomic.rmw.xchg', m.reg(o.Rn), narrow(m, byte ? 'b' : 'w', swapped(m.reg(o.Rt2))))));
};
