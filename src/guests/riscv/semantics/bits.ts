// Zba, Zbb, Zbc and Zbs.
import type { Ref } from '../../../translate/ir.ts';
import type { Xlen } from '../state.ts';
import type { R, Shift } from './integer.ts';
import type { Machine } from './machine.ts';

type Unary = { readonly rd: number; readonly rs1: number };
const one = (run: (m: Machine, a: Ref) => Ref) => (m: Machine, o: Unary): void => { if (o.rd !== 0) m.setX(o.rd, run(m, m.x(o.rs1))); };
const oneW = (run: (m: Machine, a: Ref) => Ref) => (m: Machine, o: Unary): void => { if (o.rd !== 0) m.setW(o.rd, run(m, m.x32(o.rs1))); };
const two = (run: (m: Machine, a: Ref, b: Ref) => Ref) => (m: Machine, o: R): void => { if (o.rd !== 0) m.setX(o.rd, run(m, m.x(o.rs1), m.x(o.rs2))); };
const byConstant = (run: (m: Machine, a: Ref, b: Ref) => Ref) => (m: Machine, o: Shift): void => { if (o.rd !== 0) m.setX(o.rd, run(m, m.x(o.rs1), m.imm(o.shamt))); };

/** A constant of bytes that are all the same. */
const bytes = (m: Machine, byte: number): Ref => {
  const word = (byte | byte << 8 | byte << 16 | byte << 24) | 0;
  return m.X === 'i64' ? m.b.i64(word, word) : m.b.i32(word);
};

/** Bytes that are not zero become 0xff. */
function orCombine(m: Machine, a: Ref): Ref {
  const { b, X } = m;
  const carry = b.op(`${X}.add`, b.op(`${X}.and`, a, bytes(m, 0x7f)), bytes(m, 0x7f));
  const top = b.op(`${X}.and`, b.op(`${X}.or`, carry, a), bytes(m, 0x80));
  return b.op(`${X}.mul`, b.op(`${X}.shr_u`, top, m.imm(7)), m.imm(0xff));
}

/**
 * The product without carries, one bit of rs2 at a time; `reversed` takes the bits of rs1 from the top, and `shift` says
 * how far the product is moved down. A loop: code that is seldom run should be short.
 */
const carryless = (part: 'low' | 'high' | 'reversed') => (m: Machine, o: R): void => {
  const { b, X, xlen } = m;
  const [loop, done] = [b.newBlock(), b.newBlock()];
  const [product, moving, rest] = [b.temp(X), b.temp(X), b.temp(X)];
  b.set(product, m.imm(0));
  // clmul: sum of (rs2 >> i & 1) rs1 << i. clmulr: of rs1 >> (XLEN - 1 - i), so rs2 is taken from the top and rs1 moves down.
  b.set(moving, m.x(o.rs1));
  b.set(rest, m.x(o.rs2));
  b.end({ kind: 'goto', target: loop });
  b.start(loop);
  const [now, left] = [b.get(moving), b.get(rest)];
  const taken = part === 'low' ? b.op(`${X}.and`, left, m.imm(1)) : b.op(`${X}.shr_u`, left, m.imm(xlen - 1));
  b.set(product, b.op(`${X}.xor`, b.get(product), b.op(`${X}.and`, now, b.op(`${X}.sub`, m.imm(0), taken))));
  b.set(moving, b.op(`${X}.${part === 'low' ? 'shl' : 'shr_u'}`, now, m.imm(1)));
  const after = b.op(`${X}.${part === 'low' ? 'shr_u' : 'shl'}`, left, m.imm(1));
  b.set(rest, after);
  b.end({ kind: 'branch', cond: b.op(`${X}.eqz`, after), then: done, else: loop });
  b.start(done);
  m.mark();
  // clmulh is clmulr moved down by one: bit 2 XLEN - 1 of a product without carries is always 0.
  m.setX(o.rd, part === 'high' ? b.op(`${X}.shr_u`, b.get(product), m.imm(1)) : b.get(product));
};

export const bits = (xlen: Xlen) => {
  const X = xlen === 64 ? 'i64' : 'i32';
  const shifted = (m: Machine, a: Ref, by: number): Ref => m.b.op(`${X}.shl`, a, m.imm(by));
  const not = (m: Machine, a: Ref): Ref => m.b.op(`${X}.xor`, a, m.imm(-1));
  const choose = (keep: string) => two((m, a, b) => m.b.op(`${X}.select`, a, b, m.b.op(`${X}.${keep}`, a, b)));
  const single = (m: Machine, n: Ref): Ref => m.b.op(`${X}.shl`, m.imm(1), n);
  const bit = {
    clr: (m: Machine, a: Ref, n: Ref): Ref => m.b.op(`${X}.and`, a, not(m, single(m, n))),
    ext: (m: Machine, a: Ref, n: Ref): Ref => m.b.op(`${X}.and`, m.b.op(`${X}.shr_u`, a, n), m.imm(1)),
    inv: (m: Machine, a: Ref, n: Ref): Ref => m.b.op(`${X}.xor`, a, single(m, n)),
    set: (m: Machine, a: Ref, n: Ref): Ref => m.b.op(`${X}.or`, a, single(m, n)),
  };
  return {
    sh1add: two((m, a, b) => m.b.op(`${X}.add`, shifted(m, a, 1), b)),
    sh2add: two((m, a, b) => m.b.op(`${X}.add`, shifted(m, a, 2), b)),
    sh3add: two((m, a, b) => m.b.op(`${X}.add`, shifted(m, a, 3), b)),
    andn: two((m, a, b) => m.b.op(`${X}.and`, a, not(m, b))),
    orn: two((m, a, b) => m.b.op(`${X}.or`, a, not(m, b))),
    xnor: two((m, a, b) => not(m, m.b.op(`${X}.xor`, a, b))),
    clz: one((m, a) => m.b.op(`${X}.clz`, a)), ctz: one((m, a) => m.b.op(`${X}.ctz`, a)), cpop: one((m, a) => m.b.op(`${X}.popcnt`, a)),
    sext_b: one((m, a) => m.b.op(`${X}.extend8_s`, a)), sext_h: one((m, a) => m.b.op(`${X}.extend16_s`, a)), zext_h: one((m, a) => m.b.op(`${X}.and`, a, m.imm(0xffff))),
    max: choose('gt_s'), maxu: choose('gt_u'), min: choose('lt_s'), minu: choose('lt_u'),
    rol: two((m, a, b) => m.b.op(`${X}.rotl`, a, b)), ror: two((m, a, b) => m.b.op(`${X}.rotr`, a, b)), rori: byConstant((m, a, b) => m.b.op(`${X}.rotr`, a, b)),
    orc_b: one((m, a) => orCombine(m, a)), rev8: one((m, a) => m.b.op(`${X}.bswap`, a)),
    clmul: carryless('low'), clmulh: carryless('high'), clmulr: carryless('reversed'),
    bclr: two(bit.clr), bext: two(bit.ext), binv: two(bit.inv), bset: two(bit.set),
    bclri: byConstant(bit.clr), bexti: byConstant(bit.ext), binvi: byConstant(bit.inv), bseti: byConstant(bit.set),
  };
};

const unsignedWord = (m: Machine, a: Ref): Ref => m.b.op('i64.and', a, m.b.i64(-1, 0));
const addUnsigned = (by: number) => two((m, a, b) => m.b.op('i64.add', m.b.op('i64.shl', unsignedWord(m, a), m.b.i64(by)), b));
export const bits64 = {
  add_uw: two((m, a, b) => m.b.op('i64.add', unsignedWord(m, a), b)),
  sh1add_uw: addUnsigned(1), sh2add_uw: addUnsigned(2), sh3add_uw: addUnsigned(3),
  slli_uw: byConstant((m, a, b) => m.b.op('i64.shl', unsignedWord(m, a), b)),
  clzw: oneW((m, a) => m.b.op('i32.clz', a)), ctzw: oneW((m, a) => m.b.op('i32.ctz', a)), cpopw: oneW((m, a) => m.b.op('i32.popcnt', a)),
  rolw: (m: Machine, o: R): void => m.setW(o.rd, m.b.op('i32.rotl', m.x32(o.rs1), m.x32(o.rs2))),
  rorw: (m: Machine, o: R): void => m.setW(o.rd, m.b.op('i32.rotr', m.x32(o.rs1), m.x32(o.rs2))),
  roriw: (m: Machine, o: Shift): void => m.setW(o.rd, m.b.op('i32.rotr', m.x32(o.rs1), m.b.i32(o.shamt))),
};
