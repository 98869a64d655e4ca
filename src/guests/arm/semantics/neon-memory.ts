// NEON: loads and stores of elements and structures. All is read before anything is written.
import type { Builder } from '../../../translate/builder.ts';
import type { Ref } from '../../../translate/ir.ts';
import { d, q } from '../state.ts';
import type { Machine } from './machine.ts';
import { getVector, setVector, shapeOf } from './vector.ts';

type Access = { readonly D: number; readonly Vd: number; readonly Rn: number; readonly Rm: number };
type Multiple = Access & { readonly type: number; readonly size: number; readonly align: number };
type OneLane = Access & { readonly size: number; readonly n: number; readonly index: number };
type AllLanes = Access & { readonly size: number; readonly n: number; readonly T: number; readonly a: number };

const first = (o: Access): number => (o.D << 4) | o.Vd;

/** The base, which has to be a multiple of `align` bytes if the instruction says so. */
function baseOf(m: Machine, o: Access, align: number): Ref {
  if (align > 1) m.checkAligned(o.Rn, align);
  return m.reg(o.Rn);
}

const at = (b: Builder, base: Ref, offset: number): Ref => b.op('i32.add', base, b.i32(offset));

/** Rm: 15 leaves Rn alone, 13 moves it past the access, another register is added. */
function writeBack(m: Machine, o: Access, base: Ref, bytes: number): void {
  if (o.Rm !== 15) m.setReg(o.Rn, m.b.op('i32.add', base, o.Rm === 13 ? m.b.i32(bytes) : m.reg(o.Rm)));
}

/** Structures of `members` elements in `registers` doublewords; member k of every second register if `step` is 2. */
type Layout = { readonly members: number; readonly registers: number; readonly step: number; readonly badAlign: readonly number[] };
const layouts: Readonly<Record<number, Layout>> = {
  0b0111: { members: 1, registers: 1, step: 1, badAlign: [2, 3] },
  0b1010: { members: 1, registers: 2, step: 1, badAlign: [3] },
  0b0110: { members: 1, registers: 3, step: 1, badAlign: [2, 3] },
  0b0010: { members: 1, registers: 4, step: 1, badAlign: [] },
  0b1000: { members: 2, registers: 2, step: 1, badAlign: [3] },
  0b1001: { members: 2, registers: 2, step: 2, badAlign: [3] },
  0b0011: { members: 2, registers: 4, step: 2, badAlign: [] },
  0b0100: { members: 3, registers: 3, step: 1, badAlign: [2, 3] },
  0b0101: { members: 3, registers: 3, step: 2, badAlign: [2, 3] },
  0b0000: { members: 4, registers: 4, step: 1, badAlign: [] },
  0b0001: { members: 4, registers: 4, step: 2, badAlign: [] },
};

/** The layout of a load or store of multiple structures and its registers; null for what is undefined or unpredictable. */
function multiple(o: Multiple): { layout: Layout; numbers: readonly number[] } | null {
  const layout = layouts[o.type];
  if (layout === undefined || layout.badAlign.includes(o.align) || (layout.members > 1 && o.size === 3) || o.Rn === 15) return null;
  // Of the form with four registers for pairs, the halves are (d, d+1) and (d+2, d+3): in memory order d, d+2, d+1, d+3.
  const numbers = o.type === 0b0011
    ? [0, 2, 1, 3].map((k) => first(o) + k)
    : Array.from({ length: layout.registers }, (_, k) => first(o) + k * (layout.members > 1 ? layout.step : 1));
  return Math.max(...numbers) < 32 ? { layout, numbers } : null;
}

/** Byte i of member k of a run of structures, for one doubleword a member: its place in memory. */
const place = (members: number, bytes: number, k: number, i: number): number => (Math.floor(i / bytes) * members + k) * bytes + (i % bytes);

/** One run: 8 bytes of every member, from memory. Up to 32 bytes in two vectors, from which every register is a choice. */
function loadRun(m: Machine, base: Ref, offset: number, members: number, bytes: number): readonly Ref[] {
  const { b } = m;
  const low = m.load('v128.load', at(b, base, offset), bytes);
  const high = members === 2 ? low : m.load(members === 3 ? 'v128.load64_zero' : 'v128.load', at(b, base, offset + 16), bytes);
  return Array.from({ length: members }, (_, k) => b.shuffle(low, high, Array.from({ length: 16 }, (_, i) => place(members, bytes, k, i & 7))));
}

/** The inverse: 16-byte pieces of memory from the members' doublewords. */
function storeRun(m: Machine, base: Ref, offset: number, values: readonly Ref[], bytes: number): void {
  const { b } = m;
  const members = values.length;
  const firstEight = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  const low = members === 2 ? null : b.shuffle(values[0]!, values[1]!, firstEight);
  const high = members === 4 ? b.shuffle(values[2]!, values[3]!, firstEight) : members === 3 ? values[2]! : null;
  const source = (position: number): number => {
    const element = Math.floor(position / bytes);
    const byte = Math.floor(element / members) * bytes + (position % bytes);
    const member = element % members;
    return (members === 2 ? 16 : 8) * member + byte;
  };
  const piece = (from: number): Ref => b.shuffle(low ?? values[0]!, high ?? values[1]!, Array.from({ length: 16 }, (_, i) => source(Math.min(from + i, members * 8 - 1))));
  m.store('v128.store', at(b, base, offset), piece(0), bytes);
  if (members === 3) m.store('f64.store', at(b, base, offset + 16), b.op('f64x2.extract_lane', piece(16)), bytes);
  if (members === 4) m.store('v128.store', at(b, base, offset + 16), piece(16), bytes);
}

/** Pairs of neighbouring doublewords that are quadwords move as such. */
function loadMultiple(m: Machine, o: Multiple): void {
  const what = multiple(o);
  if (what === null) { m.undefined(); return; }
  const { b } = m;
  const { layout: { members, registers }, numbers } = what;
  const base = baseOf(m, o, o.align === 0 ? 1 : 4 << o.align);
  const sets: (() => void)[] = [];
  if (members === 1) {
    for (let k = 0; k < registers;) {
      const number = numbers[k]!;
      const quad = number % 2 === 0 && k + 1 < registers ? 1 : 0;
      const slot = quad ? q[number >> 1]! : d[number]!;
      const value = m.load(`${slot.type}.load`, at(b, base, 8 * k), 1 << o.size);
      sets.push(() => b.set(slot, value));
      k += 1 + quad;
    }
  } else {
    for (let run = 0; run < registers / members; run++) {
      const values = loadRun(m, base, run * members * 8, members, 1 << o.size);
      values.forEach((value, k) => sets.push(() => setVector(m, 0, numbers[run * members + k]!, value)));
    }
  }
  for (const set of sets) set();
  writeBack(m, o, base, 8 * registers);
}

function storeMultiple(m: Machine, o: Multiple): void {
  const what = multiple(o);
  if (what === null) { m.undefined(); return; }
  const { b } = m;
  const { layout: { members, registers }, numbers } = what;
  const base = baseOf(m, o, o.align === 0 ? 1 : 4 << o.align);
  if (members === 1) {
    for (let k = 0; k < registers;) {
      const number = numbers[k]!;
      const quad = number % 2 === 0 && k + 1 < registers ? 1 : 0;
      const slot = quad ? q[number >> 1]! : d[number]!;
      m.store(`${slot.type}.store`, at(b, base, 8 * k), b.get(slot), 1 << o.size);
      k += 1 + quad;
    }
  } else {
    for (let run = 0; run < registers / members; run++) {
      const values = numbers.slice(run * members, (run + 1) * members).map((n) => getVector(m, 0, n));
      storeRun(m, base, run * members * 8, values, 1 << o.size);
    }
  }
  writeBack(m, o, base, 8 * registers);
}

const loads = ['i32.load8_u', 'i32.load16_u', 'i32.load'] as const;
const stores = ['i32.store8', 'i32.store16', 'i32.store'] as const;

/** Which lane index_align names, how far registers are apart, and the alignment; null for what is undefined or unpredictable. */
function oneLane(o: OneLane): { lane: number; numbers: readonly number[]; bytes: number } | null {
  const lane = o.index >> (o.size + 1);
  const step = o.size === 0 ? 1 : (o.index >> o.size) & 1 ? 2 : 1;
  const align = o.index & ((1 << Math.max(o.size, 1)) - 1);
  const bad = o.n === 0 ? (o.size === 0 ? (o.index & 1) !== 0 : o.size === 1 ? (o.index & 2) !== 0 : (o.index & 4) !== 0 || (o.index & 3) === 1 || (o.index & 3) === 2)
    : o.n === 1 ? o.size === 2 && (o.index & 2) !== 0
      : o.n === 2 ? (o.size === 2 ? (o.index & 3) !== 0 : (o.index & 1) !== 0)
        : o.size === 2 && align === 3;
  const numbers = Array.from({ length: o.n + 1 }, (_, k) => first(o) + k * step);
  return bad || Math.max(...numbers) >= 32 || o.Rn === 15 ? null : { lane, numbers, bytes: align === 0 ? 1 : o.n === 3 && o.size === 2 ? 4 << align : (o.n + 1) << o.size };
}

function loadLane(m: Machine, o: OneLane): void {
  const what = oneLane(o);
  if (what === null) { m.undefined(); return; }
  const { b } = m;
  const base = baseOf(m, o, what.bytes);
  const values = what.numbers.map((_, k) => m.load(loads[o.size]!, at(b, base, k << o.size), 1 << o.size));
  what.numbers.forEach((n, k) => setVector(m, 0, n, b.op(`${shapeOf(o.size)}.replace_lane`, getVector(m, 0, n), values[k]!, 0, what.lane)));
  writeBack(m, o, base, what.numbers.length << o.size);
}

function storeLane(m: Machine, o: OneLane): void {
  const what = oneLane(o);
  if (what === null) { m.undefined(); return; }
  const { b } = m;
  const base = baseOf(m, o, what.bytes);
  what.numbers.forEach((n, k) => {
    const value = b.op(`${shapeOf(o.size)}.extract_lane${o.size < 2 ? '_u' : ''}`, getVector(m, 0, n), 0, 0, what.lane);
    m.store(stores[o.size]!, at(b, base, k << o.size), value, 1 << o.size);
  });
  writeBack(m, o, base, what.numbers.length << o.size);
}

/** Loads one structure and fills whole registers with its members. */
function loadAllLanes(m: Machine, o: AllLanes): void {
  const { b } = m;
  // size 3 is words with the stricter alignment, in structures of four only.
  const size = o.size === 3 ? 2 : o.size;
  const step = o.n > 0 && o.T ? 2 : 1;
  const numbers = o.n === 0 ? [first(o), first(o) + o.T].slice(0, 1 + o.T) : Array.from({ length: o.n + 1 }, (_, k) => first(o) + k * step);
  const bad = o.size === 3 ? o.n !== 3 || o.a === 0 : o.n === 2 ? o.a === 1 : o.n === 0 && o.size === 0 && o.a === 1;
  if (bad || Math.max(...numbers) >= 32 || o.Rn === 15) { m.undefined(); return; }
  const base = baseOf(m, o, o.a === 0 ? 1 : o.size === 3 ? 16 : o.n === 3 && o.size === 2 ? 8 : (o.n + 1) << size);
  const values = Array.from({ length: o.n + 1 }, (_, k) => m.load(loads[size]!, at(b, base, k << size), 1 << size));
  numbers.forEach((n, k) => setVector(m, 0, n, b.op(`${shapeOf(size)}.splat`, values[o.n === 0 ? 0 : k]!)));
  writeBack(m, o, base, (o.n + 1) << size);
}

export const neonMemorySemantics = {
  vldMultiple: loadMultiple,
  vstMultiple: storeMultiple,
  vldLane: loadLane,
  vstLane: storeLane,
  vldAllLanes: loadAllLanes,
};
