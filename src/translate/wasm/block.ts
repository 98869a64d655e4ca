// One block of a region as code: which values are computed where, and how slots are read and set. Control flow is region.ts's.
import { endReads, overlap, slotBytes, type Node, type Ref, type Slot } from '../ir.ts';
import { CONST, GET, SET, SHUFFLE } from '../ops.ts';
import { CPU } from '../state.ts';
import type { Code, ValueType } from './code.ts';
import type { GraphBlock } from './graph.ts';
import { isPart, mayFault } from './slots.ts';

/** The memories' numbers in a region's module. */
export const GUEST = 0, STATE = 1;
export const LOAD: Readonly<Record<ValueType, string>> = { i32: 'i32.load', i64: 'i64.load', f32: 'f32.load', f64: 'f64.load', v128: 'v128.load' };
export const STORE: Readonly<Record<ValueType, string>> = { i32: 'i32.store', i64: 'i64.store', f32: 'f32.store', f64: 'f64.store', v128: 'v128.store' };
/** For parts of vectors. */
const EXTRACT: Readonly<Record<ValueType, string>> = { i32: 'i32x4.extract_lane', i64: 'i64x2.extract_lane', f32: 'f32x4.extract_lane', f64: 'f64x2.extract_lane', v128: '' };
const REPLACE: Readonly<Record<ValueType, string>> = { i32: 'i32x4.replace_lane', i64: 'i64x2.replace_lane', f32: 'f32x4.replace_lane', f64: 'f64x2.replace_lane', v128: '' };
const laneOf = (part: Slot, whole: Slot): number => (part.offset - whole.offset) / slotBytes[part.type];

export type EmitHooks = {
  /** Write registers back before whatever may fault. */
  readonly precise: boolean;
  /** Compute what slots are set to only on the ways that need it. */
  readonly sink: boolean;
};

/**
 * Emits the nodes of one block. A value that is read once is computed where it is read, if nothing comes between. What slots
 * are set to last is computed on the ways out of the block that need it (`settle`): flags mostly are not.
 */
export class BlockEmitter {
  /** Sets that are left to `settle`, ascending. */
  private readonly sunk: number[] = [];
  private readonly waits: ReadonlySet<number>;
  /** Sets that another one follows before anybody could see them. */
  private readonly dead: Uint8Array;
  private readonly hooks: EmitHooks;
  private readonly deferred: Uint8Array;
  private readonly local: Int32Array;
  private readonly usesLeft: Int32Array;
  private readonly gb: GraphBlock;
  private readonly code: Code;
  private readonly numbers: Int32Array;
  private readonly slots: readonly Slot[];
  private readonly slotLocal: readonly number[];
  private readonly take: (t: ValueType) => number;
  private readonly give: (t: ValueType, local: number) => void;
  private readonly held: { type: ValueType; local: number }[] = [];

  constructor(gb: GraphBlock, code: Code, hooks: EmitHooks, numbers: Int32Array, slots: readonly Slot[], slotLocal: readonly number[], take: (t: ValueType) => number, give: (t: ValueType, local: number) => void) {
    this.gb = gb;
    this.code = code;
    this.hooks = hooks;
    this.numbers = numbers;
    this.slots = slots;
    this.slotLocal = slotLocal;
    this.take = take;
    this.give = give;
    const nodes = gb.block.nodes;
    const n = nodes.length;
    this.local = new Int32Array(n).fill(-1);
    this.usesLeft = new Int32Array(n);
    this.deferred = new Uint8Array(n);
    this.dead = new Uint8Array(n);
    this.sink();
    this.waits = new Set(this.sunk);
    this.decide();
  }

  /** Which sets are dead, and which can wait until the block is left. */
  private sink(): void {
    const { nodes } = this.gb.block;
    const setLater = new Set<number>(), got = new Set<number>();
    let exact = false;
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i]!;
      if (this.hooks.precise && mayFault(node)) { exact = true; setLater.clear(); }
      const s = this.numbers[i]!;
      if (s < 0) continue;
      if (node.op.kind === GET || this.partOf(i)) { got.add(s); setLater.delete(s); continue; }
      if (setLater.has(s)) this.dead[i] = 1;
      else if (this.hooks.sink && !exact && !got.has(s)) this.sunk.push(i);
      setLater.add(s);
    }
    this.sunk.reverse();
  }

  /** The slot that the local of node i's slot stands for, if node i's is a part of it. */
  private partOf(i: number): Slot | undefined {
    const s = this.numbers[i]!;
    if (s < 0) return undefined;
    const whole = this.slots[s]!;
    return isPart(this.gb.block.nodes[i]!.slot!, whole) ? whole : undefined;
  }

  /** True for a set that needs no code. */
  isDead(i: number): boolean { return this.dead[i] === 1; }

  /** Computes what was left for the block's end into the slots that `wanted` (a slot's number) asks for. */
  settle(wanted?: (slot: number) => boolean): void {
    for (const i of this.sunk) {
      const node = this.gb.block.nodes[i]!;
      const s = this.numbers[i]!;
      if (wanted && !wanted(s)) continue;
      this.value(node.a);
      this.code.set(this.slotLocal[s]!);
    }
  }

  /** Which nodes are computed at their only use: those without effect whose slots are not written before that use. */
  private decide(): void {
    const { nodes, end } = this.gb.block;
    const n = nodes.length;
    const consumer = new Int32Array(n).fill(-1);
    const uses = this.usesLeft;
    const use = (ref: Ref, at: number) => { uses[ref]!++; consumer[ref] = at; };
    for (const ref of endReads(end)) use(ref, n);
    for (let i = n - 1; i >= 0; i--) {
      const node = nodes[i]!;
      if (this.dead[i] || node.op.effect === 'none' && uses[i] === 0) continue;
      const k = node.op.arity;
      if (k > 0) use(node.a, i);
      if (k > 1) use(node.b, i);
      if (k > 2) use(node.c, i);
    }
    /** Sets of slots in memory, and by slot the first set that comes after the node at hand. */
    const stores: number[] = [];
    for (let i = 0; i < n; i++) if (nodes[i]!.op.kind === SET && this.numbers[i]! < 0) stores.push(i);
    const nextSet = new Map<number, number>();
    const emittedAt = new Int32Array(n + 1);
    emittedAt[n] = n;
    for (let i = n - 1; i >= 0; i--) {
      const node = nodes[i]!;
      emittedAt[i] = this.waits.has(i) ? n : i;
      if (node.op.kind === SET) { if (this.numbers[i]! >= 0 && !this.dead[i]) nextSet.set(this.numbers[i]!, i); continue; }
      if (node.op.effect !== 'none' || uses[i] === 0) continue;
      if (node.op.kind === CONST) { this.deferred[i] = 1; continue; }
      if (uses[i] !== 1) continue;
      const to = consumer[i]!;
      const at = emittedAt[to]!;
      const isGet = node.op.kind === GET;
      if (to < n && !nodes[to]!.op.inOrder && !isGet) continue;
      // A tree moves as a whole: its own gets are checked against the final place when their turn comes.
      if (isGet && (this.numbers[i]! >= 0 ? nextSet.get(this.numbers[i]!)! < at : stores.some((s) => s > i && s < at && overlap(nodes[s]!.slot!, node.slot!)))) continue;
      this.deferred[i] = 1;
      emittedAt[i] = at;
    }
  }

  /** Emits node i, if it is one that is not computed elsewhere. */
  node(node: Node, i: number): void {
    const c = this.code;
    if (node.op.effect === 'none') {
      if (this.deferred[i] || this.usesLeft[i] === 0) return;
      this.compute(node, i);
      this.keep(i, node.op.out!);
      return;
    }
    if (node.op.effect === 'state') {
      if (this.dead[i] || this.waits.has(i)) return;
      const s = this.numbers[i]!;
      if (s >= 0) {
        const whole = this.partOf(i);
        if (whole) c.get(this.slotLocal[s]!);
        this.value(node.a);
        if (whole) c.op(REPLACE[node.slot!.type], laneOf(node.slot!, whole));
        c.set(this.slotLocal[s]!);
      } else {
        c.i32(0); this.value(node.a); c.access(STORE[node.slot!.type], STATE, CPU + node.slot!.offset);
      }
      return;
    }
    this.compute(node, i);
    if (node.op.out) { if (this.usesLeft[i] === 0) c.drop(); else this.keep(i, node.op.out); }
  }

  private keep(i: number, type: ValueType): void {
    const local = this.take(type);
    this.local[i] = local;
    this.held.push({ type, local });
    this.code.set(local);
  }

  private compute(node: Node, i: number): void {
    const c = this.code;
    if (node.op.kind === CONST) switch (node.op.name) {
      case 'i32.const': c.i32(node.imm); return;
      case 'i64.const': c.i64(node.imm, node.imm2); return;
      case 'f32.const': c.f32bits(node.imm); return;
      case 'f64.const': c.f64bits(node.imm, node.imm2); return;
      case 'v128.const': c.v128(node.data!); return;
    }
    if (node.op.kind === GET) {
      const s = this.numbers[i]!;
      const whole = this.partOf(i);
      if (s >= 0) {
        c.get(this.slotLocal[s]!);
        if (whole) c.op(EXTRACT[node.slot!.type], laneOf(node.slot!, whole));
      } else { c.i32(0); c.access(LOAD[node.slot!.type], STATE, CPU + node.slot!.offset); }
      return;
    }
    if (node.op.kind === SHUFFLE) { this.value(node.a); this.value(node.b); c.shuffle(node.data!); return; }
    node.op.emit(c, (k) => this.value(k === 0 ? node.a : k === 1 ? node.b : node.c), node.imm, GUEST);
  }

  /** Pushes the value of a node. */
  value(ref: Ref): void {
    if (this.deferred[ref]) this.compute(this.gb.block.nodes[ref]!, ref);
    else this.code.get(this.local[ref]!);
  }

  /** Gives the block's temporaries back: values do not cross blocks. */
  release(): void { for (const h of this.held) this.give(h.type, h.local); }
}
