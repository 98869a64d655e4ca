// Tier 1: a region (the blocks of a guest function) becomes one Wasm function. Control flow is made structured as in
// Ramsey, "Beyond Relooper" (ICFP 2022): a block is emitted where it is immediately dominated, merges are Wasm blocks,
// loop heads Wasm loops. Guest registers live in locals; the state memory is exact wherever somebody may look.
import type { End, Location, Ref } from '../ir.ts';
import { INSN, SET } from '../ops.ts';
import { CPU, PENDING, STACK_LEFT, STATE_PAGES } from '../state.ts';
import { LEAVE } from '../interp/core.ts';
import { BlockEmitter, LOAD, STATE, STORE, type EmitHooks } from './block.ts';
import { Code, ModuleBuilder, type MemoryImport, type ValueType } from './code.ts';
import { dominates, SWITCH, type Graph, type GraphBlock } from './graph.ts';
import { mayFault, planSlots, type SlotPlan } from './slots.ts';

export type RegionHooks = EmitHooks & {
  /** The region table's slot for a location. */
  slotFor(target: Location): number;
  /** A number for an end that leaves for TypeScript. */
  site(end: End): number;
  /**
   * Reserves a table of `count` half-words in the state memory and answers its address: at each index in `indices` its place there,
   * counted from 1; 0 elsewhere.
   */
  switchTable(indices: readonly number[], count: number): number;
  /** Keep slots that overlap in locals. */
  readonly lanes: boolean;
  /** Leave long loops from time to time, so that better code can take over: V8 does not replace a running function. */
  readonly leaveLoops: boolean;
};

/** The parameter of a region's function: the location that it is entered at. */
const LOCATION = 0;
/** Iterations of a region's loops before it is left for better code. */
const LOOP_FUEL = 20_000;

/** Where in a region's code a guest instruction that may fault begins: bytes from the code's start, ascending. */
export type FaultMark = { readonly offset: number; readonly pc: Location; readonly context: number };

export type CompiledRegion = { readonly entry: Location; readonly locals: readonly ValueType[]; readonly code: Code; readonly marks: readonly FaultMark[] };

/** Function and type numbers that a region's module gives its code. */
export type RegionImports = { readonly dispatch: number; readonly jump: number; readonly leave: number; readonly warm: number; readonly type: number; readonly table: number };

/** Bytes of stack that a function takes at most while it calls another, in V8's baseline code: what locals need, and what is computed. */
const frameBytes = (locals: readonly ValueType[]): number => locals.reduce((sum, type) => sum + (type === 'v128' ? 16 : 8), 512);

/** A Wasm label that is open, by what a branch to it means. */
type Label = { readonly loop: number } | { readonly before: number } | null;

export class RegionCompiler {
  private readonly code = new Code();
  private readonly locals: ValueType[] = [];
  private readonly free: Record<ValueType, number[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  private readonly marks: FaultMark[] = [];
  /** Where the code has the size of its own frame, which is known at the end. */
  private readonly frameSizes: number[] = [];
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
  private readonly switches: boolean;

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
    this.switches = graph.entries.length > 1;
    // What the switch leads to is reached by a label.
    this.isMerge = graph.preds.map((p, i) => p.filter((from) => from < i).length > (this.switches && p.includes(0) ? 0 : 1));
    this.fuel = hooks.leaveLoops && this.isLoop.includes(true) ? this.newLocal('i32') : -1;
  }

  compile(): CompiledRegion {
    const c = this.code;
    if (!this.switches) { c.i32(0); c.access('i32.load', STATE, PENDING); c.unlikely(); c.if(); c.get(LOCATION); c.return(); c.end(); }
    this.loadSlots(this.plan.liveIn(0));
    if (this.fuel >= 0) { c.i32(LOOP_FUEL); c.set(this.fuel); }
    this.tree(0);
    c.unreachable();
    c.end();
    const frame = frameBytes(this.locals);
    for (const at of this.frameSizes) c.setI32(at, frame);
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
    if (gb.block.id === SWITCH) { this.switch(x, gb); return; }
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
      case 'return':
        if (gb.returnsTo === undefined) break;
        this.returnInside(x, e.target, gb.returnsTo, emitter, dirty);
        return;
    }
    emitter.settle();
    switch (e.kind) {
      case 'call': case 'callIndirect': this.call(x, e, emitter, dirty); return;
      case 'return': this.storeSlots(dirty); emitter.value(e.target); c.return(); return;
      case 'indirect':
        if (gb.next.has(SWITCH)) {
          emitter.value(e.target); c.set(LOCATION);
          this.branchTo((l) => l !== null && 'loop' in l && l.loop === 0);
          return;
        }
        this.storeSlots(dirty); emitter.value(e.target); c.returnCall(this.imports.jump);
        return;
      case 'syscall': case 'callout': case 'trap':
        this.storeSlots(dirty);
        c.i32(this.hooks.site(e)); c.call(this.imports.leave);
        c.if(); this.leaveValue(); c.return(); c.end();
        if (e.kind === 'trap') { this.exit(e.pc, new Set()); return; }
        this.resume(x, e.next);
    }
  }

  /** Goes on at the location in LOCATION: in the region, if it is one of its entries. Locations lie two bytes apart at least. */
  private switch(x: number, gb: GraphBlock): void {
    const c = this.code;
    const dirty = this.plan.dirtyIn(x);
    const { entries } = this.graph;
    const first = Math.min(...entries), last = Math.max(...entries);
    const table = this.hooks.switchTable(entries.map((e) => (e - first) / 2), (last - first) / 2 + 1);
    c.i32(0); c.access('i32.load', STATE, PENDING); c.unlikely(); c.if(); this.storeSlots(dirty); c.get(LOCATION); c.return(); c.end();
    const distance = this.takeLocal('i32');
    c.block(); this.labels.push(null);
    // The lowest bit comes out on top, and makes the distance too large.
    c.get(LOCATION); this.location(first); c.op(`${this.P}.sub`);
    if (this.P === 'i64') { c.i64(1, 0); c.op('i64.rotr'); c.i64((last - first) / 2, 0); c.op('i64.gt_u'); } else { c.i32(1); c.op('i32.rotr'); c.tee(distance); c.i32((last - first) / 2); c.op('i32.gt_u'); }
    c.brIf(0);
    if (this.P === 'i64') { c.get(LOCATION); this.location(first); c.op('i64.sub'); c.op('i32.wrap_i64'); } else { c.get(distance); c.i32(1); c.op('i32.shl'); }
    c.access('i32.load16_u', STATE, table);
    const label = (target: Location): number => {
      const to = gb.next.get(target)!;
      for (let i = this.labels.length - 1; i >= 0; i--) { const l = this.labels[i]!; if (l !== null && 'before' in l && l.before === to) return this.labels.length - 1 - i; }
      throw new Error(`region ${this.entry.toString(16)}: no label for entry ${target.toString(16)}`);
    };
    c.brTable([0, ...entries.map(label)], 0);
    this.labels.pop(); c.end();
    this.free.i32.push(distance);
    this.storeSlots(dirty); c.get(LOCATION); c.returnCall(this.imports.jump);
  }

  /** The return of a callee that is part of the region: usually to where the call expects it. */
  private returnInside(x: number, target: Ref, expected: Location, emitter: BlockEmitter, dirty: ReadonlySet<number>): void {
    const c = this.code;
    const pcLocal = this.takeLocal(this.P);
    emitter.value(target);
    c.tee(pcLocal); this.location(expected); c.op(`${this.P}.ne`); c.unlikely(); c.if();
    emitter.settle(); this.storeSlots(dirty); c.get(pcLocal); c.return();
    c.end();
    this.free[this.P].push(pcLocal);
    this.jump(x, expected, dirty, emitter);
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
    const left = this.takeLocal('i32');
    const frame = () => { this.frameSizes.push(c.unknownI32()); };
    c.i32(0); c.access('i32.load', STATE, STACK_LEFT); c.tee(left); frame(); c.op('i32.lt_u'); c.unlikely(); c.if(); target(); c.return(); c.end();
    c.i32(0); c.get(left); frame(); c.op('i32.sub'); c.access('i32.store', STATE, STACK_LEFT);
    target();
    if (e.kind === 'call') { c.i32(this.hooks.slotFor(e.target)); c.callIndirect(this.imports.type, this.imports.table); } else c.call(this.imports.dispatch);
    c.set(pcLocal);
    c.i32(0); c.get(left); c.access('i32.store', STATE, STACK_LEFT);
    c.get(pcLocal); this.location(e.ret); c.op(`${this.P}.ne`); c.if(); c.get(pcLocal); c.return(); c.end();
    this.free[this.P].push(pcLocal);
    this.free.i32.push(left);
    this.resume(x, e.ret);
  }
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
  const jump = m.importFunction('env', 'jump', type);
  const leave = m.importFunction('env', 'leave', m.type(['i32'], ['i32']));
  const warm = m.importFunction('env', 'warm', m.type(['i32'], []));
  const regions = compile({ dispatch, jump, leave, warm, type, table });
  regions.forEach((r, i) => m.export(`f${i}`, m.function(type, r.locals, r.code)));
  const bytes = m.encode();
  const marks = regions.map((r, i) => r.marks.map((k) => ({ ...k, offset: k.offset + m.codeOffsets[i]! })));
  return { bytes, regions, marks };
}
