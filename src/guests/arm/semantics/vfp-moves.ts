// Moves, loads and stores of VFP, and its status register.
import type { Operands } from '../../../translate/pattern.ts';
import type { Ref, Slot } from '../../../translate/ir.ts';
import type { Feature } from '../isa/features.ts';
import type { vfp } from '../isa/vfp.ts';
import { CONTROL, FZ16, SHORT_VECTOR } from '../fpscr.ts';
import { d, fpCF, fpControl, fpNF, fpQC, fpVF, fpZF, s } from '../state.ts';
import { bitsOf, fpSlot, fromBits } from './fp.ts';
import { SHORT_VECTORS, type Machine } from './machine.ts';
import { setVector } from './vector.ts';

/** VFPExpandImm: sign, three bits of exponent and four of fraction; the upper word of a double, a single, or a half. */
export function expandImmediate(imm: number, precision: 'half' | 'single' | 'double'): number {
  const [exponentBits, fractionAt, signBit] = { half: [5, 6, 15], single: [8, 19, 31], double: [11, 16, 31] }[precision] as [number, number, number];
  const high = imm & 0x40 ? 0 : 1 << (exponentBits - 1);
  const middle = imm & 0x40 ? ((1 << (exponentBits - 3)) - 1) << 2 : 0;
  return (imm >> 7) << signBit | ((high | middle | ((imm >> 4) & 3)) << (fractionAt + 4)) | ((imm & 15) << fractionAt);
}

type Lane = { readonly shape: 'i8x16' | 'i16x8' | 'i32x4'; readonly index: number };

/** Which part of a double opc1 and opc2 name; null for those that are undefined. */
function laneOf(opc1: number, opc2: number): Lane | null {
  const high = opc1 & 1;
  if (opc1 & 2) return { shape: 'i8x16', index: (high << 2) | opc2 };
  if (opc2 & 1) return { shape: 'i16x8', index: (high << 1) | (opc2 >> 1) };
  return opc2 === 0 ? { shape: 'i32x4', index: high } : null;
}

/** Words can be moved without Advanced SIMD. */
const featureOf = (lane: Lane): Feature => (lane.shape === 'i32x4' ? 'vfp' : 'neon');

function toScalar(m: Machine, o: Operands<typeof vfp.vmovToScalar>): void {
  const { b } = m;
  const lane = laneOf(o.opc1, o.opc2);
  if (lane === null || !m.has(featureOf(lane))) { m.undefined(); return; }
  const register = (o.D << 4) | o.Vd;
  const word = m.reg(o.Rt);
  if (lane.shape === 'i32x4' && register < 16) { b.set(s[2 * register + lane.index]!, fromBits(b, word)); return; }
  const vector = b.op('f64x2.splat', b.get(d[register]!));
  b.set(d[register]!, b.op('f64x2.extract_lane', b.op(`${lane.shape}.replace_lane`, vector, word, 0, lane.index)));
}

function fromScalar(m: Machine, o: Operands<typeof vfp.vmovFromScalar>): void {
  const { b } = m;
  const lane = laneOf(o.opc1, o.opc2);
  if (lane === null || !m.has(featureOf(lane)) || o.Rt === 15 || (lane.shape === 'i32x4' && o.U)) { m.undefined(); return; }
  const register = (o.N << 4) | o.Vn;
  if (lane.shape === 'i32x4' && register < 16) { m.setReg(o.Rt, bitsOf(b, b.get(s[2 * register + lane.index]!))); return; }
  const vector = b.op('f64x2.splat', b.get(d[register]!));
  const extension = lane.shape === 'i32x4' ? '' : o.U ? '_u' : '_s';
  m.setReg(o.Rt, b.op(`${lane.shape}.extract_lane${extension}`, vector, 0, 0, lane.index));
}

/** Exception flags between FPSCR's order and the translator's: the lowest five bits, reversed. */
const reversed = (b: Machine['b'], flags: Ref): Ref => b.op('i32.shr_u', b.op('i32.rbit', flags), b.i32(27));

/** FPSCR as one word. */
function readStatus(m: Machine): Ref {
  const { b } = m;
  const flags = b.op('float.flags');
  const parts = [
    b.op('i32.and', b.get(fpNF), b.i32(0x80000000)),
    b.op('i32.shl', b.op('i32.eqz', b.get(fpZF)), b.i32(30)),
    b.op('i32.shl', b.get(fpCF), b.i32(29)),
    b.op('i32.shl', b.get(fpVF), b.i32(28)),
    b.op('i32.shl', b.op('i32.ne', b.get(fpQC), b.i32(0)), b.i32(27)),
    b.get(fpControl), reversed(b, flags), b.op('i32.shl', b.op('i32.and', flags, b.i32(32)), b.i32(2)),
  ];
  return parts.reduce((all, part) => b.op('i32.or', all, part));
}

function writeStatus(m: Machine, value: Ref): void {
  const { b } = m;
  const bit = (n: number): Ref => b.op('i32.and', b.op('i32.shr_u', value, b.i32(n)), b.i32(1));
  b.set(fpNF, value);
  b.set(fpZF, b.op('i32.xor', bit(30), b.i32(1)));
  b.set(fpCF, bit(29));
  b.set(fpVF, bit(28));
  b.set(fpQC, bit(27));
  const there = m.has('fphp') ? value : b.op('i32.and', value, b.i32(~FZ16));
  b.set(fpControl, b.op('i32.and', there, b.i32(CONTROL)));
  b.op('float.set_flags', b.op('i32.or', reversed(b, value), b.op('i32.and', b.op('i32.shr_u', value, b.i32(2)), b.i32(32))));
  // As controlOf in fpscr.ts
  const control = b.op('i32.shr_u', value, b.i32(22));
  const mode = b.op('i32.and', b.op('i32.sub', b.i32(0), control), b.i32(3));
  const flushHalves = b.op('i32.and', b.op('i32.shr_u', there, b.i32(14)), b.i32(0x20));
  b.op('float.set_environment', b.op('i32.or', mode, b.op('i32.or', b.op('i32.and', control, b.i32(0x1c)), flushHalves)));
  m.flags.forgetFloats();
  m.enter(SHORT_VECTORS, b.op('i32.and', value, b.i32(SHORT_VECTOR)));
}

const FPSCR = 1;

function vmrs(m: Machine, o: Operands<typeof vfp.vmrs>): void {
  if (o.reg !== FPSCR) m.undefined();
  else if (o.Rt === 15) m.flags.setFromFloats();
  else m.setReg(o.Rt, readStatus(m));
}

function vmsr(m: Machine, o: Operands<typeof vfp.vmsr>): void {
  if (o.reg !== FPSCR || o.Rt === 15) m.undefined();
  else writeStatus(m, m.reg(o.Rt));
}

/** Two singles or a double to or from two core registers. */
type Pair = Operands<typeof vfp.vmovToDouble>;
const singles = (o: Pair): readonly [Slot, Slot] | null => {
  const first = (o.Vm << 1) | o.M;
  return first < 31 ? [s[first]!, s[first + 1]!] : null;
};

function toSingles(m: Machine, o: Pair): void {
  const pair = singles(o);
  if (pair === null || o.Rt === 15 || o.Rt2 === 15) { m.undefined(); return; }
  m.b.set(pair[0], fromBits(m.b, m.reg(o.Rt)));
  m.b.set(pair[1], fromBits(m.b, m.reg(o.Rt2)));
}

function fromSingles(m: Machine, o: Pair): void {
  const pair = singles(o);
  if (pair === null || o.Rt === 15 || o.Rt2 === 15 || o.Rt === o.Rt2) { m.undefined(); return; }
  m.setReg(o.Rt, bitsOf(m.b, m.b.get(pair[0])));
  m.setReg(o.Rt2, bitsOf(m.b, m.b.get(pair[1])));
}

function fromDouble(m: Machine, o: Pair): void {
  if (o.Rt === 15 || o.Rt2 === 15 || o.Rt === o.Rt2) { m.undefined(); return; }
  const bits = m.b.op('i64.reinterpret_f64', m.b.get(fpSlot(1, o.Vm, o.M)));
  m.setReg(o.Rt, m.b.op('i32.wrap_i64', bits));
  m.setReg(o.Rt2, m.b.op('i32.high', bits));
}

/** `unit`: what the offset counts in, and the address has to be a multiple of. */
export function offsetAddress(m: Machine, o: Pick<Operands<typeof vfp.vldr>, 'U' | 'imm' | 'Rn'>, unit = 4): Ref {
  const { b } = m;
  m.checkAligned(o.Rn, unit);
  const offset = o.U ? o.imm * unit : o.imm * -unit;
  return o.Rn === 15 ? b.i32((m.pcValue & ~3) + offset) : b.op('i32.add', m.reg(o.Rn), b.i32(offset));
}

type Multiple = Operands<typeof vfp.vstmdb>;

/**
 * The registers of a load or store multiple and the addresses of the first and past the last. An odd number of words of
 * doubles is FLDMX and FSTMX, which skip the last. Null where the instruction is unpredictable.
 */
function multiple(m: Machine, o: Multiple, down: boolean): { slots: Slot[]; start: Ref; after: Ref } | null {
  const { b } = m;
  const first = o.sz ? (o.D << 4) | o.Vd : (o.Vd << 1) | o.D;
  const count = o.sz ? o.imm >> 1 : o.imm;
  const bank = o.sz ? d : s;
  if (count === 0 || first + count > 32 || (o.sz === 1 && count > 16)) return null;
  m.checkAligned(o.Rn, 4);
  const base = m.reg(o.Rn);
  const start = down ? b.op('i32.sub', base, b.i32(o.imm * 4)) : base;
  return { slots: bank.slice(first, first + count), start, after: down ? start : b.op('i32.add', base, b.i32(o.imm * 4)) };
}

const loadMultiple = (down: boolean) => (m: Machine, o: Multiple & { readonly W?: number }): void => {
  const { b } = m;
  const writeBack = down || o.W === 1;
  const all = writeBack && o.Rn === 15 ? null : multiple(m, o, down);
  if (all === null) { m.undefined(); return; }
  const bytes = o.sz ? 8 : 4;
  const values = all.slots.map((slot, i) => m.load(`${slot.type}.load`, b.op('i32.add', all.start, b.i32(i * bytes)), bytes));
  all.slots.forEach((slot, i) => b.set(slot, values[i]!));
  if (writeBack) m.setReg(o.Rn, all.after);
};

const storeMultiple = (down: boolean) => (m: Machine, o: Multiple & { readonly W?: number }): void => {
  const { b } = m;
  const writeBack = down || o.W === 1;
  const all = writeBack && o.Rn === 15 ? null : multiple(m, o, down);
  if (all === null) { m.undefined(); return; }
  const bytes = o.sz ? 8 : 4;
  all.slots.forEach((slot, i) => { m.store(`${slot.type}.store`, b.op('i32.add', all.start, b.i32(i * bytes)), b.get(slot), bytes); });
  if (writeBack) m.setReg(o.Rn, all.after);
};

export const vfpMoves = {
  vmov: ({ b }: Machine, o: Operands<typeof vfp.vmov>): void => {
    const [to, from] = [fpSlot(o.sz, o.Vd, o.D), fpSlot(o.sz, o.Vm, o.M)];
    // glibc's memcpy begins with a move of s0 to itself: the register is not to look as if it were used by halves there.
    if (to !== from) b.set(to, b.get(from));
  },
  vmovImmediate: ({ b }: Machine, o: Operands<typeof vfp.vmovImmediate>): void => {
    const bits = expandImmediate(o.imm, o.sz ? 'double' : 'single');
    b.set(fpSlot(o.sz, o.Vd, o.D), o.sz ? b.f64bits(0, bits) : b.f32bits(bits));
  },
  vmovToSingle: (m: Machine, o: Operands<typeof vfp.vmovToSingle>): void => m.b.set(fpSlot(0, o.Vn, o.N), fromBits(m.b, m.reg(o.Rt))),
  vmovFromSingle: (m: Machine, o: Operands<typeof vfp.vmovFromSingle>): void => {
    if (o.Rt === 15) m.undefined();
    else m.setReg(o.Rt, bitsOf(m.b, m.b.get(fpSlot(0, o.Vn, o.N))));
  },
  vmovToSingles: toSingles,
  vmovFromSingles: fromSingles,
  vmovToDouble: (m: Machine, o: Pair): void =>
    m.b.set(fpSlot(1, o.Vm, o.M), m.b.op('f64.reinterpret_i64', m.b.op('i64.pair', m.reg(o.Rt), m.reg(o.Rt2)))),
  vmovFromDouble: fromDouble,
  vmovToScalar: toScalar,
  vmovFromScalar: fromScalar,
  vdupCore: (m: Machine, o: Operands<typeof vfp.vdupCore>): void => {
    const shape = (['i32x4', 'i16x8', 'i8x16', null] as const)[(o.b << 1) | o.e]!;
    if (shape === null || (o.Q && o.Vd & 1)) { m.undefined(); return; }
    setVector(m, o.Q, (o.D << 4) | o.Vd, m.b.op(`${shape}.splat`, m.reg(o.Rt)));
  },
  vmrs,
  vmsr,
  vldr: (m: Machine, o: Operands<typeof vfp.vldr>): void => {
    const slot = fpSlot(o.sz, o.Vd, o.D);
    m.b.set(slot, m.load(`${slot.type}.load`, offsetAddress(m, o), o.sz ? 8 : 4));
  },
  vstr: (m: Machine, o: Operands<typeof vfp.vstr>): void => {
    const slot = fpSlot(o.sz, o.Vd, o.D);
    m.store(`${slot.type}.store`, offsetAddress(m, o), m.b.get(slot), o.sz ? 8 : 4);
  },
  vldmia: loadMultiple(false),
  vldmdb: loadMultiple(true),
  vstmia: storeMultiple(false),
  vstmdb: storeMultiple(true),
};
