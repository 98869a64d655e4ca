// The control-flow graph of a region: discovery from an entry, reverse postorder, dominators. It knows blocks and
// edges only, neither instructions nor Wasm.
import { successors, type Block, type Location, type Unit } from '../ir.ts';

/**
 * Names the region's switch: a block before all others that goes where a location in hand says. Indirect jumps of a region with
 * several entries lead to it (interpreters, switch tables in memory, computed jumps).
 */
export const SWITCH: Location = Number.NEGATIVE_INFINITY;
const switchBlock: Block = { id: SWITCH, nodes: [], end: { kind: 'goto', target: SWITCH }, instructions: 0 };

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
  /** Where the region can be entered, its entry first. With more than one, block 0 is its switch. */
  readonly entries: readonly Location[];
};

export type DiscoverLimits = {
  readonly instructions: number;
  readonly blocks: number;
  /**
   * Callees of up to `instructions` and `blocks` become part of the region, `total` instructions of them, calls in callees up to
   * `depth`; those that the region's own code calls in units that are `hot`.
   */
  readonly inline?: { readonly instructions: number; readonly blocks: number; readonly total: number; readonly depth: number; readonly hot: (unit: Location) => boolean };
  /** Whether what begins at a location is left to a region of its own; never the region's own entries. */
  readonly apart?: (location: Location) => boolean;
};

/** The locations in a range of addresses that indirect jumps have led to. */
export type JumpTargets = (from: number, to: number) => readonly Location[];

/** Answers null where code cannot be fetched, or shall stay out of the region. */
export type Translate = (pc: Location, leaders?: ReadonlySet<Location>) => Unit | null;
type Units = ReadonlyMap<Location, Unit>;

/** The region's own code, or one call of a callee that is part of it. */
type Frame = {
  readonly entry: Location;
  readonly units: Units;
  readonly caller: Frame | null;
  readonly ret: Location;
  /** The callees that are part of the region, by the block that calls them. */
  readonly callees: Map<Block, Frame>;
};

/**
 * Collects what can be reached from `entry` without leaving the guest function: jumps and fall-throughs, past calls, up
 * to the limits; what its indirect jumps may lead to; and small callees.
 */
export function discover(entry: Location, translate: Translate, limits: DiscoverLimits, jumpTargets: JumpTargets = () => []): Graph {
  const { entries, units } = withJumpTargets(entry, translate, limits, jumpTargets);
  const frames: Frame[] = [{ entry, units, caller: null, ret: -1, callees: new Map() }];
  if (limits.inline) inlineCallees(frames, translate, limits.inline);
  return number(entries, frames);
}

/** A function's code, for the purpose of what belongs to an indirect jump, is not further than this from the entry. */
const NEAR = 0x10000;

/** What `entry` reaches; if there are indirect jumps in it, with all that they have led to between the first and the last address of it. */
function withJumpTargets(entry: Location, translate: Translate, limits: DiscoverLimits, jumpTargets: JumpTargets): { entries: readonly Location[]; units: Units } {
  const alone = reachable([entry], translate, limits);
  const jumps = (units: Units) => [...units.values()].some((u) => u.blocks.some((b) => b.end.kind === 'indirect'));
  if (!jumps(alone.units)) return { entries: [entry], units: alone.units };
  let { units } = alone;
  let entries = [entry];
  for (;;) {
    const near = [...units.values()].filter((u) => Math.abs(u.from - entry) < NEAR);
    const found = jumpTargets(Math.min(...near.map((u) => u.from)), Math.max(...near.map((u) => u.to)));
    if (found.length === 0) return { entries: [entry], units: alone.units }; // of the wider range, maybe too many
    // The switch's table has a place for every second address: locations of one mode.
    const all = [...new Set([...entries, ...found.filter((l) => (l - entry) % 2 === 0)])];
    if (all.length === entries.length) break;
    const more = reachable(all, translate, limits);
    entries = all.filter((e) => more.units.has(e));
    ({ units } = more);
    if (entries.length < all.length || more.instructions > limits.instructions) break;
  }
  return entries.length > 2 ? { entries, units } : { entries: [entry], units: alone.units };
}

/** Calls that a frame is inside of. */
function depthOf(frame: Frame): number {
  let depth = 0;
  for (let f = frame.caller; f; f = f.caller) depth++;
  return depth;
}

/** Adds the frames of small callees, those of the region's own code first. A function that calls itself is unrolled a few calls deep. */
function inlineCallees(frames: Frame[], translate: Translate, limits: NonNullable<DiscoverLimits['inline']>): void {
  let left = limits.total;
  for (let i = 0; i < frames.length; i++) {
    const caller = frames[i]!;
    const depth = depthOf(caller);
    if (depth >= limits.depth) continue;
    for (const unit of caller.units.values()) {
      if (depth === 0 && !limits.hot(unit.pc)) continue;
      for (const block of unit.blocks) {
        if (block.end.kind !== 'call') continue;
        const { units, instructions } = reachable([block.end.target], translate, limits);
        if (!units.has(block.end.target) || instructions > Math.min(limits.instructions, left)) continue;
        left -= instructions;
        const frame: Frame = { entry: block.end.target, units, caller, ret: block.end.ret, callees: new Map() };
        caller.callees.set(block, frame);
        frames.push(frame);
      }
    }
  }
}

/** Whether jumps and fall-throughs lead from `entry` back to it. */
export function loopsBack(entry: Location, translate: Translate, limits: DiscoverLimits): boolean {
  const { units } = walk([entry], translate, limits);
  return [...units.values()].some(({ blocks }) => blocks.some(({ end }) => successors(end).includes(entry)));
}

type WalkLimits = Pick<DiscoverLimits, 'instructions' | 'blocks' | 'apart'>;

function reachable(entries: readonly Location[], translate: Translate, limits: WalkLimits): { units: Units; instructions: number } {
  const found = walk(entries, translate, limits);
  splitAtLeaders(found.units, translate);
  return found;
}

/** The same, but for code that may be in two units. */
function walk(entries: readonly Location[], translate: Translate, limits: WalkLimits): { units: Map<Location, Unit>; instructions: number } {
  const units = new Map<Location, Unit>();
  let instructions = 0;
  const work = [...entries];
  for (let i = 0; i < work.length && instructions <= limits.instructions && units.size < limits.blocks; i++) {
    const pc = work[i]!;
    if (units.has(pc) || i >= entries.length && limits.apart?.(pc)) continue;
    const unit = translate(pc);
    if (unit === null) continue;
    units.set(pc, unit);
    for (const b of unit.blocks) {
      instructions += b.instructions;
      for (const s of successors(b.end)) if (s >= 0) work.push(s);
    }
  }
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

/** All blocks of all frames, with the edges between them. The first is the entry, or the switch between several. */
function flatten(frames: readonly Frame[], entries: readonly Location[]): { flat: Flat[]; units: Unit[] } {
  const own = frames[0]!;
  const switches = entries.length > 1;
  const units: Unit[] = [];
  const blocks: { block: Block; unit: number; frame: Frame }[] = [];
  if (switches) blocks.push({ block: switchBlock, unit: -1, frame: own });
  /** By frame, and by unit for the blocks inside an instruction: where their blocks are. */
  const heads = new Map<Frame, Map<Location, number>>();
  const internal: Map<Location, number>[] = [];
  for (const frame of frames) {
    const starts = new Map<Location, number>();
    heads.set(frame, starts);
    for (const unit of frame.units.values()) {
      const inside = new Map<Location, number>();
      for (const block of unit.blocks) {
        (block.id >= 0 ? starts : inside).set(block.id, blocks.length);
        blocks.push({ block, unit: units.length, frame });
      }
      internal.push(inside);
      units.push(unit);
    }
  }
  const flat = blocks.map(({ block, unit, frame }): Flat => {
    const edges = (of: Frame, to: readonly Location[]) => to.map((t) => [t, t >= 0 ? heads.get(of)!.get(t) : internal[unit]!.get(t)] as const)
      .filter((edge): edge is readonly [Location, number] => edge[1] !== undefined);
    if (block === switchBlock) return { block, unit, targets: edges(own, entries) };
    const { end } = block;
    const callee = frame.callees.get(block);
    if (callee && end.kind === 'call') {
      return { block: { ...block, end: { kind: 'goto', target: end.target } }, unit, targets: edges(callee, [callee.entry]) };
    }
    if (frame.caller) {
      if (end.kind === 'return') return { block, unit, targets: edges(frame.caller, [frame.ret]), returnsTo: frame.ret };
      // What a callee jumps to returns in its stead.
      if (end.kind === 'indirect') return { block: { ...block, end: { kind: 'callIndirect', target: end.target, ret: frame.ret } }, unit, targets: edges(frame.caller, [frame.ret]) };
    } else if (end.kind === 'indirect' && switches) return { block, unit, targets: [[SWITCH, 0]] };
    return { block, unit, targets: edges(frame, successors(end)) };
  });
  return { flat, units };
}

function number(entries: readonly Location[], frames: readonly Frame[]): Graph {
  const { flat, units } = flatten(frames, entries);
  // Postorder without recursion.
  const order: number[] = [];
  const seen = new Uint8Array(flat.length);
  const stack: [number, number][] = [[0, 0]];
  seen[0] = 1;
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
    instructions: blocks.reduce((n, b) => n + b.block.instructions, 0), entries,
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
