// A: load-reserved, store-conditional and atomic memory operations. LR remembers the address and what it read, SC is a
// compare-and-swap of that. Wasm's atomic accesses trap when unaligned, as these do; all are sequentially consistent,
// which is as strong as aq and rl together.
import type { Ref } from '../../../translate/ir.ts';
import { reservedValue, type Xlen } from '../state.ts';
import type { R } from './integer.ts';
import { CALLOUT, type Machine } from './machine.ts';

type Width = 'i32' | 'i64';

/** A register as the value of an access, and back: words are sign-extended in registers. */
const value = (m: Machine, t: Width, n: number): Ref => (t === 'i32' ? m.x32(n) : m.x(n));
const setValue = (m: Machine, t: Width, rd: number, v: Ref): void => { if (t === 'i32') m.setW(rd, v); else m.setX(rd, v); };

const loadReserved = (t: Width) => (m: Machine, o: { readonly rd: number; readonly rs1: number }): void => {
  const { b } = m;
  const at = m.x(o.rs1);
  const read = b.op(`${t}.atomic.load`, at);
  b.set(m.registers.reserved, at);
  b.set(reservedValue, t === 'i32' ? b.op('i64.extend_i32_u', read) : read);
  setValue(m, t, o.rd, read);
};

const storeConditional = (t: Width) => (m: Machine, o: R): void => {
  const { b, X } = m;
  const [attempt, refuse, join] = [b.newBlock(), b.newBlock(), b.newBlock()];
  const failed = b.temp('i32');
  b.end({ kind: 'branch', cond: b.op(`${X}.eq`, b.get(m.registers.reserved), m.x(o.rs1)), then: attempt, else: refuse });
  b.start(attempt);
  m.mark();
  const expected = t === 'i32' ? b.op('i32.wrap_i64', b.get(reservedValue)) : b.get(reservedValue);
  b.set(failed, b.op(`${t}.ne`, b.op(`${t}.atomic.rmw.cmpxchg`, m.x(o.rs1), expected, value(m, t, o.rs2)), expected));
  b.end({ kind: 'goto', target: join });
  b.start(refuse);
  b.set(failed, b.i32(1));
  b.end({ kind: 'goto', target: join });
  b.start(join);
  b.set(m.registers.reserved, m.imm(-1));
  m.setX(o.rd, m.extend(b.get(failed), 'u'));
};

const amo = (t: Width, op: string) => (m: Machine, o: R): void => {
  setValue(m, t, o.rd, m.b.op(`${t}.atomic.rmw.${op}`, m.x(o.rs1), value(m, t, o.rs2)));
};

/** Wasm has no atomic minimum and maximum: swaps until nobody came in between. */
const amoMinMax = (t: Width, keep: string) => (m: Machine, o: R): void => {
  const { b } = m;
  const [again, done] = [b.newBlock(), b.newBlock()];
  const seen = b.temp(t);
  b.set(seen, b.op(`${t}.atomic.load`, m.x(o.rs1)));
  b.end({ kind: 'goto', target: again });
  b.start(again);
  m.mark();
  const old = b.get(seen);
  const other = value(m, t, o.rs2);
  const found = b.op(`${t}.atomic.rmw.cmpxchg`, m.x(o.rs1), old, b.op(`${t}.select`, old, other, b.op(`${t}.${keep}`, old, other)));
  b.set(seen, found);
  b.end({ kind: 'branch', cond: b.op(`${t}.eq`, found, old), then: done, else: again });
  b.start(done);
  setValue(m, t, o.rd, b.get(seen));
};

/** Zacas: rd is what is compared with, and what was found. */
const compareAndSwap = (t: Width) => (m: Machine, o: R): void => {
  setValue(m, t, o.rd, m.b.op(`${t}.atomic.rmw.cmpxchg`, m.x(o.rs1), value(m, t, o.rd), value(m, t, o.rs2)));
};

/** On RV32 the doubleword is in an even pair of registers. */
function compareAndSwapPair(m: Machine, o: R): void {
  const { b } = m;
  if ((o.rd | o.rs2) & 1) { m.illegal(); return; }
  const pair = (n: number): Ref => (n === 0 ? b.i64(0) : b.op('i64.pair', m.x(n), m.x(n + 1)));
  const found = b.op('i64.atomic.rmw.cmpxchg', m.x(o.rs1), pair(o.rd), pair(o.rs2));
  if (o.rd === 0) return;
  m.setX(o.rd, b.op('i32.wrap_i64', found));
  m.setX(o.rd + 1, b.op('i32.high', found));
}

/** On RV64 the quadword is in an even pair of registers. Wasm's atomics end at doublewords: TypeScript does it. */
function compareAndSwapQuad(m: Machine, o: R): void {
  const { b } = m;
  if ((o.rd | o.rs2) & 1) { m.illegal(); return; }
  // An atomic access traps when it is not aligned: this one to 8 bytes, so 8 too many are made 4 too many.
  const at = m.x(o.rs1);
  b.op('i64.atomic.load', b.op('i64.or', at, b.op('i64.shr_u', b.op('i64.and', at, b.i64(8)), b.i64(1))));
  m.rare(CALLOUT.exchange);
}

const words = {
  lr_w: loadReserved('i32'), sc_w: storeConditional('i32'),
  amoswap_w: amo('i32', 'xchg'), amoadd_w: amo('i32', 'add'), amoxor_w: amo('i32', 'xor'), amoand_w: amo('i32', 'and'), amoor_w: amo('i32', 'or'),
  amomin_w: amoMinMax('i32', 'lt_s'), amomax_w: amoMinMax('i32', 'gt_s'), amominu_w: amoMinMax('i32', 'lt_u'), amomaxu_w: amoMinMax('i32', 'gt_u'),
  amocas_w: compareAndSwap('i32'),
};
export const atomic = (xlen: Xlen) => ({ ...words, amocas_d: xlen === 64 ? compareAndSwap('i64') : compareAndSwapPair });
export const atomic64 = {
  lr_d: loadReserved('i64'), sc_d: storeConditional('i64'),
  amoswap_d: amo('i64', 'xchg'), amoadd_d: amo('i64', 'add'), amoxor_d: amo('i64', 'xor'), amoand_d: amo('i64', 'and'), amoor_d: amo('i64', 'or'),
  amomin_d: amoMinMax('i64', 'lt_s'), amomax_d: amoMinMax('i64', 'gt_s'), amominu_d: amoMinMax('i64', 'lt_u'), amomaxu_d: amoMinMax('i64', 'gt_u'), amocas_q: compareAndSwapQuad,
};
