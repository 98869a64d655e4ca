// Which state slots of a region live in Wasm locals, which of them are live where, and which are newer in their local
// than in the state memory (dirty).
import type { Node, Slot } from '../ir.ts';
import { SET as SET_KIND } from '../ops.ts';
import { slotBytes } from '../ir.ts';
import { SWITCH, type Graph } from './graph.ts';

export type SlotPlan = {
  /** For each node of a block the number of its slot's local, when it lives in one; -1 else. */
  numbers(block: number): Int32Array;
  readonly slots: readonly Slot[];
  /** Slots (by number) whose locals must be loaded before the block may start. */
  liveIn(block: number): readonly number[];
  /** Whether what a slot (by number) holds at the start of a block matters; also for temporaries. */
  live(block: number, slot: number): boolean;
  /** Slots that may be dirty when the block starts. */
  dirtyIn(block: number): readonly number[];
};

/** Whether a node may fault and so needs the state exact in memory. */
export const mayFault = (n: Node): boolean => n.op.effect === 'read' || n.op.effect === 'write';

/** Sets of small numbers, one row a block. */
class Rows {
  readonly words: number;
  private readonly bits: Int32Array;
  constructor(rows: number, members: number) { this.words = (members + 31) >> 5; this.bits = new Int32Array(rows * this.words); }
  row(i: number): Int32Array { return this.bits.subarray(i * this.words, (i + 1) * this.words); }
}
const add = (row: Int32Array, n: number): void => { row[n >> 5]! |= 1 << (n & 31); };
const remove = (row: Int32Array, n: number): void => { row[n >> 5]! &= ~(1 << (n & 31)); };
const members = (row: Int32Array): number[] => {
  const out: number[] = [];
  row.forEach((w, i) => { for (let m = w; m !== 0; m &= m - 1) out.push(i * 32 + 31 - Math.clz32(m & -m)); });
  return out;
};

const GET = 0, SET = 1, SYNC = 2;

/** True when a slot is only a part of what its local holds. */
export const isPart = (slot: Slot, whole: Slot): boolean => slot.type !== whole.type || slot.offset !== whole.offset;

/**
 * Gives a local's number to each slot of the region. Slots that overlap (ARM's s14, s15, d7 and q3) are parts of one: a vector of
 * the 16 bytes around them, with all other slots there; without `lanes` they have none and are always accessed in memory.
 * Temporaries are slot objects of their own unit.
 */
function numberSlots(graph: Graph, lanes: boolean): { slots: readonly Slot[]; numbers: readonly Int32Array[] } {
  const ids = new Map<Slot, number>();
  const found: Slot[] = [];
  /** By state word: 1 + the slot that lies there. */
  const owner: number[] = [];
  const aliased: boolean[] = [];
  const idOf = (slot: Slot): number => {
    const known = ids.get(slot);
    if (known !== undefined) return known;
    let id = slot.offset < 0 ? -1 : found.findIndex((o) => o.offset === slot.offset && o.type === slot.type);
    if (id < 0) {
      id = found.push(slot) - 1;
      aliased[id] = false;
      if (slot.offset >= 0) {
        for (let w = slot.offset >> 2, end = w + Math.max(1, slotBytes[slot.type] >> 2); w < end; w++) {
          const other = owner[w];
          if (other !== undefined && other > 0) aliased[other - 1] = aliased[id] = true;
          owner[w] = id + 1;
        }
      }
    }
    ids.set(slot, id);
    return id;
  };
  const numbers = graph.blocks.map(({ block: { nodes } }) => {
    const own = new Int32Array(nodes.length).fill(-1);
    for (let i = 0; i < nodes.length; i++) { const { slot } = nodes[i]!; if (slot) own[i] = idOf(slot); }
    return own;
  });
  const slots: Slot[] = [];
  const vectors = new Map<number, number>();
  if (lanes) found.forEach((slot, id) => { if (aliased[id]) vectors.set(slot.offset >> 4, -1); });
  const final = found.map((slot, id) => {
    const cell = slot.offset >> 4;
    const vector = slot.offset < 0 ? undefined : vectors.get(cell);
    if (vector === undefined) return aliased[id] ? -1 : slots.push(slot) - 1;
    if (vector < 0) vectors.set(cell, slots.push({ name: `v${cell}`, offset: cell << 4, type: 'v128' }) - 1);
    return vectors.get(cell)!;
  });
  for (const own of numbers) for (let i = 0; i < own.length; i++) if (own[i]! >= 0) own[i] = final[own[i]!]!;
  return { slots, numbers };
}

export function planSlots(graph: Graph, precise: boolean, lanes: boolean): SlotPlan {
  const { slots, numbers } = numberSlots(graph, lanes);

  // What each block does to the locals, in order.
  const events = graph.blocks.map(({ block: { nodes } }, b) => {
    const list: number[] = [];
    const own = numbers[b]!;
    for (let i = 0; i < nodes.length; i++) {
      const n = nodes[i]!;
      if (n.slot) {
        const s = own[i]!;
        if (s < 0) continue;
        if (n.op.kind !== SET_KIND || isPart(n.slot, slots[s]!)) list.push(s << 2 | GET);
        if (n.op.kind === SET_KIND) list.push(s << 2 | SET);
      } else if (precise && mayFault(n)) list.push(SYNC);
    }
    return list;
  });
  const leaves = graph.blocks.map(({ block, next, returnsTo }) => !(block.end.kind === 'goto' || block.end.kind === 'branch' || returnsTo !== undefined || next.has(SWITCH)));
  const exits = graph.blocks.map(({ block, next, returnsTo }, i) => leaves[i]! || returnsTo !== undefined || block.id === SWITCH || (block.end.kind === 'goto' ? !next.has(block.end.target) : block.end.kind === 'branch' && (!next.has(block.end.then) || !next.has(block.end.else)))
    || [...next.values()].some((t) => t <= i));
  const isTemp = slots.map((s) => s.offset < 0);
  const count = graph.blocks.length;

  const dirty = new Rows(count, slots.length);
  const after = (i: number, seen?: (event: number, dirty: Int32Array) => void): Int32Array => {
    const row = dirty.row(i).slice();
    for (const e of events[i]!) {
      seen?.(e, row);
      if (e === SYNC) row.fill(0); else if ((e & 3) === SET && !isTemp[e >> 2]) add(row, e >> 2);
    }
    return row;
  };
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 0; i < count; i++) {
      if (leaves[i]) continue;
      const out = after(i);
      for (const t of graph.blocks[i]!.next.values()) {
        const row = dirty.row(t);
        for (let w = 0; w < row.length; w++) { const merged = row[w]! | out[w]!; if (merged !== row[w]) { row[w] = merged; changed = true; } }
      }
    }
  }

  const live = new Rows(count, slots.length);
  // The dirty sets at each sync are fixed now: list each block's reads and writes backwards once.
  const backwards = graph.blocks.map((_, i) => {
    const list: { kind: number; slots: readonly number[] }[] = [];
    const end = after(i, (e, row) => { list.push(e === SYNC ? { kind: GET, slots: members(row) } : { kind: e & 3, slots: [e >> 2] }); });
    if (exits[i]) list.push({ kind: GET, slots: members(end) });
    return list.reverse();
  });
  for (let changed = true; changed;) {
    changed = false;
    for (let i = count - 1; i >= 0; i--) {
      const row = new Int32Array(live.words);
      if (!leaves[i]) for (const t of graph.blocks[i]!.next.values()) live.row(t).forEach((w, k) => { row[k]! |= w; });
      for (const { kind, slots: touched } of backwards[i]!) for (const s of touched) if (kind === SET) remove(row, s); else add(row, s);
      const old = live.row(i);
      for (let w = 0; w < row.length; w++) if (old[w] !== row[w]) { changed = true; old[w] = row[w]!; }
    }
  }
  const liveLists = graph.blocks.map((_, i) => members(live.row(i)).filter((s) => !isTemp[s]));
  return { numbers: (b) => numbers[b]!, slots, liveIn: (b) => liveLists[b]!, live: (b, s) => (live.row(b)[s >> 5]! >>> (s & 31) & 1) === 1, dirtyIn: (b) => members(dirty.row(b)) };
}

