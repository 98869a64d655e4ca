// Tier 1: a region (the blocks of a guest function) becomes one Wasm function. Control flow is made structured as in
// Ramsey, "Beyond Relooper" (ICFP 2022): a block is emitted where it is immediately dominated, merges are Wasm blocks,
// loop heads Wasm loops. Guest registers live in locals; the state memory is exact wherever somebody may look.
import { overlap, slotBytes, type End, type Location, type Node, type Ref, type Slot } from '../ir.ts';
import { CONST, GET, INSN, SET, SHUFFLE } from '../ops.ts';
import { CPU, DEPTH, PENDING, STATE_PAGES } from '../state.ts';
import { LEAVE } from '../interp/core.ts';
import { Code, ModuleBuilder, type MemoryImport, type ValueType } from './code.ts';
import { dominates, type Graph, type GraphBlock } from './graph.ts';
import { isPart, mayFault, planSlots, type SlotPlan } from './slots.ts';

const GUEST = 0, STATE = 1;
const LOAD: Readonly<Record<ValueType, string>> = { i32: 'i32.load', i64: 'i64.load', f32: 'f32.load', f64: 'f64.load', v128: 'v128.load' };
const STORE: Readonly<Record<ValueType, string>> = { i32: 'i32.store', i64: 'i64.store', f32: 'f32.store', f64: 'f64.store', v128: 'v128.store' };
/** For parts of vectors. */
const EXTRACT: Readonly<Record<ValueType, string>> = { i32: 'i32x4.extract_lane', i64: 'i64x2.extract_lane', f32: 'f32x4.extract_lane', f64: 'f64x2.extract_lane', v128: '' };
const REPLACE: Readonly<Record<ValueType, string>> = { i32: 'i32x4.replace_lane', i64: 'i64x2.replace_lane', f32: 'f32x4.replace_lane', f64: 'f64x2.replace_lane', v128: '' };
const laneOf = (part: Slot, whole: Slot): number => (part.offset - whole.offset) / slotBytes[part.type];

export type RegionHooks = {
  /** The region table's slot for a location. */
  slotFor(target: Location): number;
  /** A number for an end that leaves for TypeScript. */
  site(end: End): number;
  /** Write registers back before whatever may fault. */
  readonly precise: boolean;
  /** Compute what slots are set to only on the ways that need it. */
  readonly sink: boolean;
  /** Keep slots that overlap in locals. */
  readonly lanes: boolean;
  /** Leave long loops from time to time, so that better code can take over: V8 does not replace a running function. */
  readonly leaveLoops: boolean;
};

/** Iterations of a region's loops before it is left for better code. */
const LOOP_FUEL = 20_000;

/** Where in a region's code a guest instruction that may fault begins: bytes from the code's start, ascending. */
export type FaultMark = { readonly offset: number; readonly pc: Location; readonly context: number };

export type CompiledRegion = { readonly entry: Location; readonly locals: readonly ValueType[]; readonly code: Code; readonly marks: readonly FaultMark[] };

/** Function and type numbers that a region's module gives its code. */
export type RegionImports = { readonly dispatch: number; readonly leave: number; readonly warm: number; readonly type: number; readonly table: number };

/** A Wasm label that is open, by what a branch to it means. */
type Label = { readonly loop: number } | { readonly before: number } | null;

export class RegionCompiler {
  private readonly code = new Code();
  private readonly locals: ValueType[] = [];
  private readonly free: Record<ValueType, number[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  private readonly marks: FaultMark[] = [];
  private readonly labels: Label[] = [];
  private readonly plan: SlotPlan;
  private readonly slotLocal: number[];
  private readonly children: number[][];
  private readonly isLoop: boolean[];
  private readonly isMerge: boolean[];
  private readonly graph: Graph;
  private readonly entry: Location;
  private readonly P: 'i32' | 'i64';
  private readonly imports: RegionImports;
  private readonly hooks: RegionHooks;
  /** The local that counts loop iterations down; -1 when loops are not left. */
  private readonly fuel: number;

  constructor(graph: Graph, entry: Location, addressType: 'i32' | 'i64', imports: RegionImports, hooks: RegionHooks) {
    this.graph = graph;
    this.entry = entry;
    this.P = addressType;
    this.imports = imports;
    this.hooks = hooks;
    this.plan = planSlots(graph, hooks.precise, hooks.lanes);
    this.slotLocal = this.plan.slots.map((s) => this.newLocal(s.type));
    this.children = graph.blocks.map(() => []);
    graph.idom.forEach((d, i) => { if (i > 0) this.children[d]!.push(i); });
    this.isLoop = graph.preds.map((p, i) => p.some((from) => from >= i && dominates(graph.idom, i, from)));
    this.isMerge = graph.preds.map((p, i) => p.filter((from) => from < i).length > 1);
    this.fuel = hooks.leaveLoops && this.isLoop.includes(true) ? this.newLocal('i32') : -1;
  }

  compile(): CompiledRegion {
    const c = this.code;
    c.i32(0); c.access('i32.load', STATE, PENDING); c.if(); c.get(0); c.return(); c.end();
    this.loadSlots(this.plan.liveIn(0));
    if (this.fuel >= 0) { c.i32(LOOP_FUEL); c.set(this.fuel); }
    this.tree(0);
    c.unreachable();
    c.end();
    return { entry: this.entry, locals: this.locals, code: c, marks: this.marks };
  }

  private newLocal(type: ValueType): number { return this.locals.push(type); }
  private takeLocal(type: ValueType): number { return this.free[type].pop() ?? this.newLocal(type); }

  // Structure.

  /** Emits block `x` and all that it dominates. */
  private tree(x: number): void {
    const merges = this.children[x]!.filter((k) => this.isMerge[k]).sort((a, b) => b - a);
    if (this.isLoop[x]) { this.code.loop(); this.labels.push({ loop: x }); }
    for (const m of merges) { this.code.block(); this.labels.push({ before: m }); }
    this.block(x);
    for (const m of merges.reverse()) { this.labels.pop(); this.code.end(); this.tree(m); }
    if (this.isLoop[x]) { this.labels.pop(); this.code.end(); }
  }

  /** Transfers control from block `x` to a location, with `dirty` slots not yet in memory and `sunk` not yet computed. */
  private jump(x: number, target: Location, dirty: ReadonlySet<number>, sunk: BlockEmitter | null): void {
    const to = this.graph.blocks[x]!.next.get(target);
    if (to === undefined || to <= x && !dominates(this.graph.idom, to, x)) { sunk?.settle(); this.exit(target, dirty); return; }
    if (to <= x && target >= 0) {
      const c = this.code;
      c.i32(0); c.access('i32.load', STATE, PENDING); c.if();
      sunk?.settle(); this.storeSlots(dirty); this.location(target); c.return();
      c.end();
      if (this.fuel >= 0) {
        c.get(this.fuel); c.i32(1); c.op('i32.sub'); c.tee(this.fuel); c.op('i32.eqz'); c.if();
        c.i32(this.hooks.slotFor(target)); c.call(this.imports.warm);
        sunk?.settle(); this.exit(target, dirty);
        c.end();
      }
    }
    sunk?.settle((s) => this.plan.live(to, s));
    if (to <= x) {
      this.branchTo((l) => l !== null && 'loop' in l && l.loop === to);
    } else if (this.isMerge[to]) this.branchTo((l) => l !== null && 'before' in l && l.before === to);
    else this.tree(to);
  }

  private branchTo(is: (l: Label) => boolean): void {
    for (let i = this.labels.length - 1; i >= 0; i--) if (is(this.labels[i]!)) { this.code.br(this.labels.length - 1 - i); return; }
    throw new Error(`region ${this.entry.toString(16)}: no label to branch to`);
  }

  /** Leaves the region for another one. */
  private exit(target: Location, dirty: ReadonlySet<number>): void {
    this.storeSlots(dirty);
    this.location(target);
    this.code.i32(this.hooks.slotFor(target));
    this.code.returnCallIndirect(this.imports.type, this.imports.table);
  }

  private location(l: Location): void {
    if (this.P === 'i64') this.code.i64(l | 0, Math.floor(l / 4294967296)); else this.code.i32(l | 0);
  }

  private loadSlots(slots: readonly number[]): void {
    for (const s of slots) {
      const slot = this.plan.slots[s]!;
      this.code.i32(0); this.code.access(LOAD[slot.type], STATE, CPU + slot.offset); this.code.set(this.slotLocal[s]!);
    }
  }

  private storeSlots(slots: Iterable<number>): void {
    for (const s of slots) {
      const slot = this.plan.slots[s]!;
      this.code.i32(0); this.code.get(this.slotLocal[s]!); this.code.access(STORE[slot.type], STATE, CPU + slot.offset);
    }
  }

  // One block.

  private block(x: number): void {
    const gb = this.graph.blocks[x]!;
    const dirty = new Set(this.plan.dirtyIn(x));
    const emitter = new BlockEmitter(gb, this.code, this.hooks, this.plan.numbers(x), this.plan.slots, this.slotLocal, (t) => this.takeLocal(t), (t, l) => this.free[t].push(l));
    let pc = 0, context = 0, marked = true;
    const { nodes } = gb.block;
    const numbers = this.plan.numbers(x);
    for (let i = 0; i < nodes.length; i++) {
      const n = nodes[i]!;
      if (n.op.kind === INSN) { pc = n.imm; context = n.imm2; marked = false; continue; }
      if (mayFault(n)) {
        if (!marked) { this.marks.push({ offset: this.code.length, pc, context }); marked = true; }
        if (this.hooks.precise) { this.storeSlots(dirty); dirty.clear(); }
      }
      emitter.node(n, i);
      if (n.op.kind === SET && n.slot!.offset >= 0 && numbers[i]! >= 0 && !emitter.isDead(i)) dirty.add(numbers[i]!);
    }
    this.end(x, gb, emitter, dirty);
    emitter.release();
  }

  private end(x: number, gb: GraphBlock, emitter: BlockEmitter, dirty: Set<number>): void {
    const c = this.code;
    const e = gb.block.end;
    switch (e.kind) {
      case 'goto': this.jump(x, e.target, dirty, emitter); return;
      case 'branch':
        emitter.value(e.cond);
        c.if(); this.labels.push(null);
        this.jump(x, e.then, dirty, emitter);
        c.else();
        this.jump(x, e.else, dirty, emitter);
        this.labels.pop(); c.end();
        c.unreachable();
        return;
    }
    emitter.settle();
    switch (e.kind) {
      case 'call': case 'callIndirect': this.call(x, e, emitter, dirty); return;
      case 'return': this.storeSlots(dirty); emitter.value(e.target); c.return(); return;
      case 'indirect': this.storeSlots(dirty); emitter.value(e.target); c.returnCall(this.imports.dispatch); return;
      case 'syscall': case 'callout': case 'trap':
        this.storeSlots(dirty);
        c.i32(this.hooks.site(e)); c.call(this.imports.leave);
        c.if(); this.leaveValue(); c.return(); c.end();
        if (e.kind === 'trap') { this.exit(e.pc, new Set()); return; }
        this.resume(x, e.next);
    }
  }

  /** Goes on at `target` after something that left all state in memory. */
  private resume(x: number, target: Location): void {
    const to = this.graph.blocks[x]!.next.get(target);
    if (to !== undefined) this.loadSlots(this.plan.liveIn(to));
    this.jump(x, target, new Set(), null);
  }

  private leaveValue(): void { if (this.P === 'i64') this.code.i64(-1, -1); else this.code.i32(LEAVE); }

  private call(x: number, e: End & { kind: 'call' | 'callIndirect' }, emitter: BlockEmitter, dirty: Set<number>): void {
    const c = this.code;
    const target = () => { if (e.kind === 'call') this.location(e.target); else c.get(pcLocal); };
    const pcLocal = this.takeLocal(this.P);
    this.storeSlots(dirty);
    if (e.kind === 'callIndirect') { emitter.value(e.target); c.set(pcLocal); }
    const depth = this.takeLocal('i32');
    c.i32(0); c.access('i32.load', STATE, DEPTH); c.tee(depth); c.op('i32.eqz'); c.if(); target(); c.return(); c.end();
    c.i32(0); c.get(depth); c.i32(1); c.op('i32.sub'); c.access('i32.store', STATE, DEPTH);
    target();
    if (e.kind === 'call') { c.i32(this.hooks.slotFor(e.target)); c.callIndirect(this.imports.type, this.imports.table); } else c.call(this.imports.dispatch);
    c.set(pcLocal);
    c.i32(0); c.get(depth); c.access('i32.store', STATE, DEPTH);
    c.get(pcLocal); this.location(e.ret); c.op(`${this.P}.ne`); c.if(); c.get(pcLocal); c.return(); c.end();
    this.free[this.P].push(pcLocal);
    this.free.i32.push(depth);
    this.resume(x, e.ret);
  }
}

/**
 * Emits the nodes of one block. A value that is read once is computed where it is read, if nothing comes between. What slots
 * are set to last is computed on the ways out of the block that need it (`settle`): flags mostly are not.
 */
class BlockEmitter {
  /** Sets that are left to `settle`, ascending. */
  private readonly sunk: number[] = [];
  private readonly waits: ReadonlySet<number>;
  /** Sets that another one follows before anybody could see them. */
  private readonly dead: Uint8Array;
  private readonly hooks: RegionHooks;
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

  constructor(gb: GraphBlock, code: Code, hooks: RegionHooks, numbers: Int32Array, slots: readonly Slot[], slotLocal: readonly number[], take: (t: ValueType) => number, give: (t: ValueType, local: number) => void) {
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
    for (let i = 0; i < n; i++) {
      if (this.dead[i]) continue;
      const node = nodes[i]!;
      const k = node.op.arity;
      if (k > 0) use(node.a, i);
      if (k > 1) use(node.b, i);
      if (k > 2) use(node.c, i);
    }
    if (end.kind === 'branch') use(end.cond, n);
    if (end.kind === 'callIndirect' || end.kind === 'indirect' || end.kind === 'return') use(end.target, n);
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


/** One module of regions; `marks` come back with offsets from the module's start, as stack traces have them. */
export function regionModule(name: string, limits: MemoryImport, compile: (imports: RegionImports) => readonly CompiledRegion[]): { bytes: Uint8Array<ArrayBuffer>; regions: readonly CompiledRegion[]; marks: readonly (readonly FaultMark[])[] } {
  const m = new ModuleBuilder(name);
  const P = limits.address;
  m.importMemory('env', 'guest', limits);
  m.importMemory('env', 'state', { pages: STATE_PAGES, maximum: STATE_PAGES, address: 'i32' });
  const table = m.importTable('env', 'regions');
  const type = m.type([P], [P]);
  m.importFunction('env', 'float', m.type(['i32'], []));
  const dispatch = m.importFunction('env', 'dispatch', type);
  const leave = m.importFunction('env', 'leave', m.type(['i32'], ['i32']));
  const warm = m.importFunction('env', 'warm', m.type(['i32'], []));
  const regions = compile({ dispatch, leave, warm, type, table });
  regions.forEach((r, i) => m.export(`f${i}`, m.function(type, r.locals, r.code)));
  const bytes = m.encode();
  const marks = regions.map((r, i) => r.marks.map((k) => ({ ...k, offset: k.offset + m.codeOffsets[i]! })));
  return { bytes, regions, marks };
}
