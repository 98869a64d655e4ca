// Switch statements: jumps through a table whose size is known from the comparison before them become a tree of branches
// to known places, so that they stay inside translated code. Tables lie in code, which is taken not to change.
import { FetchFault } from '../../../translate/frontend.ts';
import type { Location } from '../../../translate/ir.ts';
import { r } from '../state.ts';
import { jump } from './branch.ts';
import { BIG_ENDIAN, type Machine } from './machine.ts';

/** With more targets than this a table is the better way. */
const MOST = 64;

/** Goes to targets[register]; the register is below their number. */
function choose(m: Machine, register: number, targets: readonly Location[], from = 0, to = targets.length): void {
  const { b } = m;
  const first = targets[from]!;
  let same = from + 1;
  while (same < to && targets[same] === first) same++;
  if (same === to) { b.end({ kind: 'goto', target: first }); return; }
  const middle = Math.max(same, (from + to) >> 1);
  const [low, high] = [b.newBlock(), b.newBlock()];
  b.end({ kind: 'branch', cond: b.op('i32.lt_u', b.get(r[register]!), b.i32(middle)), then: low, else: high });
  b.start(low);
  choose(m, register, targets, from, middle);
  b.start(high);
  choose(m, register, targets, middle, to);
}

/** How many targets there are when the condition that holds bounds the register; 0 if that is not known. */
function count(m: Machine, register: number): number {
  const most = register < 15 ? m.flags.atMost(register, m.holding) : -1;
  return most >= 0 && most < MOST ? most + 1 : 0;
}

/** A table's entries, or null where it cannot be read as a whole. */
function table(n: number, entry: (i: number) => Location): Location[] | null {
  try {
    return Array.from({ length: n }, (_, i) => entry(i));
  } catch (e) {
    if (e instanceof FetchFault) return null;
    throw e;
  }
}

/** `addls pc, pc, Rm, lsl #shift` after a comparison of Rm. Answers false when it is not that. */
export function branchOver(m: Machine, rm: number, shift: number): boolean {
  const n = m.thumb ? 0 : count(m, rm);
  if (n === 0 || shift < 2) return false;
  choose(m, rm, Array.from({ length: n }, (_, i) => (m.pcValue + (i << shift)) >>> 0));
  return true;
}

/** `ldrls pc, [pc, Rm, lsl #2]` after a comparison of Rm. */
export function loadTarget(m: Machine, rm: number): boolean {
  if (m.heeds(BIG_ENDIAN)) return false;
  const targets = table(count(m, rm), (i) => m.fetch.u32((m.pcValue + 4 * i) >>> 0) >>> 0);
  if (targets === null || targets.length === 0) return false;
  choose(m, rm, targets);
  return true;
}

/** The bound that `cmp Rm, #bound; bhi` right before the instruction sets, or -1. */
function boundBefore(m: Machine, rm: number): number {
  const half = (back: number): number => m.fetch.u16((m.pc - back) >>> 0);
  if (rm > 7 || (m.pc & 0xfff) < 4) return -1;
  const isCompare = half(4) >>> 8 === (0x28 | rm);
  const branchesIfHigher = half(2) >>> 8 === 0xd8;
  return isCompare && branchesIfHigher ? half(4) & 0xff : -1;
}

/** TBB and TBH: a table of forward distances in halfwords. */
export function tableBranch(m: Machine, o: { readonly Rn: number; readonly Rm: number; readonly H: number }): void {
  const { b } = m;
  const bound = o.Rn === 15 && !m.heeds(BIG_ENDIAN) ? boundBefore(m, o.Rm) : -1;
  const byte = (at: number): number => m.fetch.u16((at & ~1) >>> 0) >>> (8 * (at & 1)) & 0xff;
  const distanceAt = (i: number): number => (o.H ? m.fetch.u16((m.pcValue + 2 * i) >>> 0) : byte(m.pcValue + i));
  const targets = bound < MOST ? table(bound + 1, (i) => m.at((m.pcValue + 2 * distanceAt(i)) >>> 0)) : null;
  if (targets !== null && targets.length > 0) {
    // Somebody may come here by another way: then the register can be anything.
    const inside = b.newBlock();
    const outside = b.newBlock();
    b.end({ kind: 'branch', cond: b.op('i32.le_u', m.reg(o.Rm), b.i32(bound)), then: inside, else: outside });
    b.start(inside);
    choose(m, o.Rm, targets);
    b.start(outside);
    m.mark();
  }
  const index = m.reg(o.Rm);
  const at = b.op('i32.add', m.reg(o.Rn), o.H ? b.op('i32.shl', index, b.i32(1)) : index);
  const distance = m.load(o.H ? 'i32.load16_u' : 'i32.load8_u', at, o.H ? 2 : 1);
  jump(m, b.op('i32.add', b.op('i32.shl', distance, b.i32(1)), b.i32(m.pcValue)));
}
