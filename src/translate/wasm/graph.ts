// The control-flow graph of a region: discovery from an entry, reverse postorder, dominators. It knows blocks and
// edges only, neither instructions nor Wasm.
import { successors, type Block, type Location, type Unit } from '../ir.ts';

/** A block of a region. Edges to locations outside the region are not in `next`. */
export type GraphBlock = {
  readonly block: Block;
  /** Distinguishes the temporaries of one unit from another's. */
  readonly unit: number;
  /** The numbers of the blocks that its end goes on to, by target location. */
  readonly next: ReadonlyMap<Location, number>;
  /** In an inlined callee, for a block that ends in a return: where it is expected to go, in this region. */
  readonly returnsTo?: Location;
};

export type Graph = {
  /** In reverse postorder; 0 is the entry. */
  readonly blocks: readonly GraphBlock[];
  readonly preds: readonly (readonly number[])[];
  /** Immediate dominators; the entry's is itself. */
  readonly idom: Int32Array;
  readonly units: readonly Unit[];
  readonly instructions: number;
};

export type DiscoverLimits = {
  readonly instructions: number;
  readonly blocks: number;
  /** Callees of up to `instructions` and `blocks` become part of the region, `total` instructions of them, calls in callees up to `depth`. */
  readonly inline?: { readonly instructions: number; readonly blocks: number; readonly total: number; readonly depth: number };
};

/** Answers null where code cannot be fetched, or shall stay out of the region. */
type Translate = (pc: Location, leaders?: ReadonlySet<Location>) => Unit | null;
type Units = ReadonlyMap<Location, Unit>;

/** The region's own code, or one call of a callee that is part of it. */
type Frame = { readonly entry: Location; readonly units: Units; readonly caller: Frame | null; readonly ret: Location };

/**
 * Collects what can be reached from `entry` without leaving the guest function: jumps and fall-throughs, past calls, up
 * to the limits; and small callees.
 */
export function discover(entry: Location, translate: Translate, limits: DiscoverLimits): Graph {
  const frames: Frame[] = [{ entry, units: reachable(entry, translate, limits).units, caller: null, ret: -1 }];
  /** The callee's frame, by a block that ends in a call of it. */
  const callees = new Map<Block, Frame>();
  if (limits.inline) inlineCallees(frames, callees, translate, limits.inline);
  return number(frames, callees);
}

function inlineCallees(frames: Frame[], callees: Map<Block, Frame>, translate: Translate, limits: NonNullable<DiscoverLimits['inline']>): void {
  let left = limits.total;
  for (let i = 0; i < frames.length; i++) {
    const caller = frames[i]!;
    const above = new Set<Location>();
    for (let f: Frame | null = caller; f; f = f.caller) above.add(f.entry);
    if (above.size > limits.depth) continue;
    for (const unit of caller.units.values()) {
      for (const block of unit.blocks) {
        if (block.end.kind !== 'call' || above.has(block.end.target)) continue;
        const { units, instructions } = reachable(block.end.target, translate, limits);
        if (!units.has(block.end.target) || instructions > Math.min(limits.instructions, left)) continue;
        left -= instructions;
        const frame = { entry: block.end.target, units, caller, ret: block.end.ret };
        callees.set(block, frame);
        frames.push(frame);
      }
    }
  }
}

function reachable(entry: Location, translate: Translate, limits: { readonly instructions: number; readonly blocks: number }): { units: Units; instructions: number } {
  const units = new Map<Location, Unit>();
  let instructions = 0;
  const work = [entry];
  for (let i = 0; i < work.length && instructions <= limits.instructions && units.size < limits.blocks; i++) {
    const pc = work[i]!;
    if (units.has(pc)) continue;
    const unit = translate(pc);
    if (unit === null) continue;
    units.set(pc, unit);
    for (const b of unit.blocks) {
      instructions += b.instructions;
      for (const s of successors(b.end)) if (s >= 0) work.push(s);
    }
  }
  splitAtLeaders(units, translate);
  return { units, instructions };
}

/** Where a unit runs into the start of another, translates it again so that it ends there: no code is in two units. */
function splitAtLeaders(units: Map<Location, Unit>, translate: Translate): void {
  const starts = [...units.values()].map((u) => u.from).sort((a, b) => a - b);
  const leaders = new Set(units.keys());
  for (const [pc, unit] of units) {
    let low = 0, high = starts.length;
    while (low < high) { const mid = (low + high) >> 1; if (starts[mid]! <= unit.from) low = mid + 1; else high = mid; }
    if (low < starts.length && starts[low]! < unit.to) {
      const again = translate(pc, leaders);
      if (again !== null) units.set(pc, again);
    }
  }
}

/** A block on its way into the graph; targets are the numbers of such blocks. */
type Flat = { readonly block: Block; readonly unit: number; readonly targets: readonly (readonly [Location, number])[]; readonly returnsTo?: Location };

/** All blocks of all frames, with the edges between them; the entry is the first. */
function flatten(frames: readonly Frame[], callees: ReadonlyMap<Block, Frame>): { flat: Flat[]; units: Unit[] } {
  const units: Unit[] = [];
  const blocks: { block: Block; unit: number; frame: Frame }[] = [];
  const starts = new Map<Frame, Map<Location, number>>();
  const internal: Map<Location, number>[] = [];
  for (const frame of frames) {
    const heads = new Map<Location, number>();
    starts.set(frame, heads);
    for (const unit of frame.units.values()) {
      const own = new Map<Location, number>();
      for (const block of unit.blocks) {
        (block.id >= 0 ? heads : own).set(block.id, blocks.length);
        blocks.push({ block, unit: units.length, frame });
      }
      internal.push(own);
      units.push(unit);
    }
  }
  const flat = blocks.map(({ block, unit, frame }): Flat => {
    const { end } = block;
    const callee = callees.get(block);
    if (callee && end.kind === 'call') {
      return { block: { ...block, end: { kind: 'goto', target: end.target } }, unit, targets: [[end.target, starts.get(callee)!.get(callee.entry)!]] };
    }
    const edges = (of: Frame, to: readonly Location[]) => to.map((t) => [t, t >= 0 ? starts.get(of)!.get(t) : internal[unit]!.get(t)] as const)
      .filter((edge): edge is readonly [Location, number] => edge[1] !== undefined);
    if (frame.caller && end.kind === 'return') return { block, unit, targets: edges(frame.caller, [frame.ret]), returnsTo: frame.ret };
    // What a callee jumps to returns in its stead.
    const called = frame.caller && end.kind === 'indirect' ? { ...block, end: { kind: 'callIndirect', target: end.target, ret: frame.ret } as const } : null;
    return called ? { block: called, unit, targets: edges(frame.caller!, [frame.ret]) } : { block, unit, targets: edges(frame, successors(end)) };
  });
  return { flat, units };
}

function number(frames: readonly Frame[], callees: ReadonlyMap<Block, Frame>): Graph {
  const { flat, units } = flatten(frames, callees);
  // Postorder without recursion.
  const order: number[] = [];
  const seen = new Uint8Array(flat.length);
  const stack: [number, number][] = [[flat.findIndex((f) => f.block.id === frames[0]!.entry), 0]];
  seen[stack[0]![0]] = 1;
  while (stack.length) {
    const top = stack[stack.length - 1]!;
    const t = flat[top[0]]!.targets[top[1]++];
    if (t === undefined) { order.push(top[0]); stack.pop(); } else if (!seen[t[1]]) { seen[t[1]] = 1; stack.push([t[1], 0]); }
  }
  order.reverse();
  const rank = new Int32Array(flat.length).fill(-1);
  order.forEach((f, r) => { rank[f] = r; });
  const blocks = order.map((f): GraphBlock => {
    const { block, unit, targets, returnsTo } = flat[f]!;
    return { block, unit, next: new Map(targets.map(([s, t]) => [s, rank[t]!])), ...(returnsTo === undefined ? {} : { returnsTo }) };
  });
  const preds: number[][] = blocks.map(() => []);
  blocks.forEach((b, i) => { for (const t of new Set(b.next.values())) preds[t]!.push(i); });
  const used = new Set(blocks.map((b) => b.unit));
  return {
    blocks, preds, idom: dominators(preds), units: units.filter((_, n) => used.has(n)),
    instructions: blocks.reduce((n, b) => n + b.block.instructions, 0),
  };
}

/** Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm"; blocks are in reverse postorder. */
function dominators(preds: readonly (readonly number[])[]): Int32Array {
  const idom = new Int32Array(preds.length).fill(-1);
  idom[0] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 1; i < preds.length; i++) {
      let d = -1;
      for (const p of preds[i]!) {
        if (idom[p] === -1) continue;
        if (d === -1) { d = p; continue; }
        let a = p;
        while (a !== d) { while (a > d) a = idom[a]!; while (d > a) d = idom[d]!; }
      }
      if (d !== idom[i]) { idom[i] = d; changed = true; }
    }
  }
  return idom;
}

/** True when each way to `b` goes through `a`. */
export function dominates(idom: Int32Array, a: number, b: number): boolean {
  while (b > a) b = idom[b]!;
  return a === b;
}
