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

export type DiscoverLimits = { readonly instructions: number; readonly blocks: number };

/**
 * Collects what can be reached from `entry` without leaving the guest function: jumps and fall-throughs, past calls, up
 * to the limits. `translate` answers null where code cannot be fetched.
 */
export function discover(entry: Location, translate: (pc: Location, leaders?: ReadonlySet<Location>) => Unit | null, limits: DiscoverLimits): Graph {
  const units = new Map<Location, Unit>();
  let instructions = 0;
  const work = [entry];
  for (let i = 0; i < work.length && instructions < limits.instructions && units.size < limits.blocks; i++) {
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
  return number(entry, units);
}

/** Where a unit runs into the start of another, translates it again so that it ends there: no code is in two units. */
function splitAtLeaders(units: Map<Location, Unit>, translate: (pc: Location, leaders?: ReadonlySet<Location>) => Unit | null): void {
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

function number(entry: Location, units: ReadonlyMap<Location, Unit>): Graph {
  const flat: { block: Block; unit: number; key: string }[] = [];
  const index = new Map<string, number>();
  const list = [...units.values()];
  const key = (unit: number, target: Location) => (target >= 0 ? `${target}` : `${unit}:${target}`);
  list.forEach((u, n) => u.blocks.forEach((block) => {
    const k = key(n, block.id);
    index.set(k, flat.length);
    flat.push({ block, unit: n, key: k });
  }));
  const targets = flat.map((f) => successors(f.block.end).map((s) => [s, index.get(key(f.unit, s))] as const).filter((t): t is readonly [number, number] => t[1] !== undefined));

  // Postorder without recursion.
  const order: number[] = [];
  const seen = new Uint8Array(flat.length);
  const stack: [number, number][] = [[index.get(`${entry}`)!, 0]];
  seen[stack[0]![0]] = 1;
  while (stack.length) {
    const top = stack[stack.length - 1]!;
    const t = targets[top[0]]![top[1]++];
    if (t === undefined) { order.push(top[0]); stack.pop(); } else if (!seen[t[1]]) { seen[t[1]] = 1; stack.push([t[1], 0]); }
  }
  order.reverse();
  const rank = new Int32Array(flat.length).fill(-1);
  order.forEach((f, r) => { rank[f] = r; });
  const blocks = order.map((f) => ({ block: flat[f]!.block, unit: flat[f]!.unit, next: new Map(targets[f]!.map(([s, t]) => [s, rank[t]!])) }));
  const preds: number[][] = blocks.map(() => []);
  blocks.forEach((b, i) => { for (const t of new Set(b.next.values())) preds[t]!.push(i); });
  const used = new Set(blocks.map((b) => b.unit));
  return {
    blocks, preds, idom: dominators(preds), units: list.filter((_, n) => used.has(n)),
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
