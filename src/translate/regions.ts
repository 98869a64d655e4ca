// Tier 1 of one guest thread: makes regions, keeps them by the locations that they are entered at, and drops them. When a region is
// worth making, and what leads to it from tier 0, is the engine's.
import type { GuestMemory } from '../memory/guest-memory.ts';
import { CODE, SWITCHES, type ThreadState } from './state.ts';
import type { EngineOptions, EngineTrace } from './engine.ts';
import { FIRST_SLOT, type Core } from './interp/core.ts';
import type { End, Location, Unit } from './ir.ts';
import { isAtomic } from './ops.ts';
import { optimise } from './optimise.ts';
import { foldOffsets } from './passes/offsets.ts';
import { Stats } from './stats.ts';
import type { MemoryImport } from './wasm/code.ts';
import { discover, loopsBack, type DiscoverLimits, type Graph, type Translate } from './wasm/graph.ts';
import { RegionCompiler, regionModule, type FaultMark } from './wasm/region.ts';

/** Guest instructions and units in a region. */
const REGION_LIMITS = { instructions: 2000, blocks: 600 };
/** Callees that become part of a region, and all of them together. */
const INLINE_LIMITS = { instructions: 40, blocks: 12, total: 300, depth: 3 };
/** What leads to a region of more guest instructions than this leaves for it, instead of holding its code once more. */
const LARGE = 64;
/** Locations that a region can be entered at; and how many more of them make it worth making again. */
const MAX_ENTRIES = 256, MORE_ENTRIES = 1.5;
/** Targets of indirect jumps that are remembered. */
const MAX_JUMP_TARGETS = 1 << 16;

const hasAtomics = ({ units }: Graph): boolean => units.some((unit) => unit.blocks.some((block) => block.nodes.some(({ op }) => isAtomic(op.name))));

/** A compiled region as one of its entries sees it: its slot in the table, the guest ranges it came from, and how many entries and guest instructions its code has. */
export type Region = { readonly slot: number; readonly ranges: readonly (readonly [number, number])[]; readonly entries: number; readonly instructions: number; optimised: boolean };

/** A region that is not in the table at present. */
export type SetAside = { readonly entry: Location; readonly region: Region; readonly code: unknown };

export type RegionHooks = {
  /** The code at a location; null where it cannot be fetched. */
  translate(pc: Location, leaders?: ReadonlySet<Location>): Unit | null;
  /** Whether the unit at a location hardly ever ran and shall stay out; `now`: in this run, whatever it did in earlier ones. */
  cold(location: Location, now: boolean): boolean;
  /** Whether the unit at a location ran so often that callees are worth having in place. */
  hot(location: Location): boolean;
  /** A number for an end that leaves for TypeScript. */
  site(end: End): number;
  /** From now on, `location` is executed by the region in `slot`. */
  entered(location: Location, slot: number): void;
  /** V8's optimising compiler was asked for a region. */
  optimised(): void;
  /** A loop at `location` ran long in a region that is not optimised. */
  warm(location: Location): void;
};

export class Regions {
  /** By slot: regions, and the dispatcher where there is none. */
  readonly table = new WebAssembly.Table({ element: 'anyfunc', initial: 1024 });
  readonly stats = new Stats();
  /** Locations that indirect jumps have led to. */
  private readonly jumps = new Set<Location>();
  private core!: Core;
  private imports!: Record<string, WebAssembly.ImportValue>;
  private readonly slots = new Map<Location, number>();
  /** By slot. */
  private readonly locations: Location[] = [];
  private nextSlot = FIRST_SLOT;
  private readonly compiled = new Map<Location, Region>();
  /** By module. */
  private readonly marks = new Map<string, readonly FaultMark[]>();
  private switchesEnd = SWITCHES;
  private readonly memory: GuestMemory;
  private readonly state: ThreadState;
  private readonly limits: MemoryImport;
  private readonly options: EngineOptions;
  private readonly hooks: RegionHooks;
  private readonly trace: EngineTrace;
  /** V8's own tier-up works in the background, where nothing may happen: what is worth it is optimised when it is made. */
  private readonly optimises: boolean;

  constructor(memory: GuestMemory, state: ThreadState, limits: MemoryImport, options: EngineOptions, trace: EngineTrace, optimises: boolean, hooks: RegionHooks) {
    this.memory = memory;
    this.state = state;
    this.limits = limits;
    this.options = options;
    this.trace = trace;
    this.optimises = optimises;
    this.hooks = hooks;
  }

  /** Before the first region: what generated code imports. The core has this object's table. */
  connect(core: Core, leave: (site: number) => number, float: (operation: number) => void): void {
    this.core = core;
    this.imports = {
      guest: this.memory.memory, state: this.state.memory, regions: this.table, dispatch: core.dispatch, jump: core.jump, leave, float,
      warm: (slot: number): void => this.hooks.warm(this.locations[slot]!),
    };
  }

  /** An indirect jump led to a location for the first time, or again. */
  jumped(location: Location): void {
    // A program that makes code for ever has new ones for ever.
    if (this.jumps.size === MAX_JUMP_TARGETS) this.jumps.clear();
    this.jumps.add(location);
  }

  /** The locations in a range that indirect jumps have led to. */
  jumpTargets(from: number, to: number): Location[] { return [...this.jumps].filter((l) => l >= from && l < to); }

  /** The slot of the region that is entered at a location; undefined when there is none. */
  at(location: Location): number | undefined { return this.compiled.get(location)?.slot; }

  /** A location's slot in the table, whatever is in it. */
  private slotFor(location: Location): number {
    let slot = this.slots.get(location);
    if (slot === undefined) {
      slot = this.nextSlot++;
      if (slot >= this.table.length) this.table.grow(this.table.length);
      this.table.set(slot, this.core.dispatch);
      this.slots.set(location, slot);
      this.locations[slot] = location;
    }
    return slot;
  }

  /** Makes the region at `entry`, whose unit is `first`. */
  make(entry: Location, first: Unit): void {
    const graph = this.stats.time('discover', () => this.discover(entry, first));
    const name = `tsemu-r${this.marks.size}`;
    const { bytes, marks } = this.stats.time('generate', () => this.compile(name, graph, entry));
    this.stats.region(graph.instructions, bytes.length, graph.entries.length, graph.units);
    this.trace.region?.(entry, graph, bytes, marks);
    const code = this.stats.time('compile', () => new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: this.imports }).exports['f0']);
    if (this.optimises) {
      this.stats.time('optimise', () => optimise(code));
      this.hooks.optimised();
    } else if (hasAtomics(graph)) optimise(code); // or their faults are the process's end: ops.ts
    this.marks.set(name, marks);
    const ranges = graph.units.map((u) => [u.from, u.to] as const);
    for (const location of graph.entries) {
      this.put(location, { slot: this.slotFor(location), ranges, entries: graph.entries.length, instructions: graph.instructions, optimised: this.optimises }, code);
      this.hooks.entered(location, this.slotFor(location));
    }
  }

  private put(location: Location, region: Region, code: unknown): void {
    this.table.set(region.slot, code);
    this.compiled.set(location, region);
  }

  private discover(entry: Location, first: Unit): Graph {
    const { without, oneInsnPerTb } = this.options;
    const apart = (l: Location): boolean => (this.compiled.get(l)?.instructions ?? 0) > LARGE;
    const limits: DiscoverLimits = oneInsnPerTb ? { instructions: 1, blocks: 1 }
      : { ...REGION_LIMITS, apart, ...(without.has('inline') ? {} : { inline: { ...INLINE_LIMITS, hot: this.hooks.hot } }) };
    const made = new Map<Location, Unit | null>();
    const passes = (unit: Unit | null): Unit | null => (unit === null || without.has('offsets') ? unit : { ...unit, blocks: unit.blocks.map(foldOffsets) });
    const translate = (now: boolean): Translate => (pc, leaders) => {
      if (pc !== entry && this.hooks.cold(pc, now)) return null;
      if (leaders) return passes(this.hooks.translate(pc, leaders));
      let unit = made.get(pc);
      if (unit === undefined) made.set(pc, unit = passes(pc === entry ? first : this.hooks.translate(pc)));
      return unit;
    };
    // What earlier runs executed around a loop stays out as in a first run: code of a loop is worse with other loops around it.
    const now = loopsBack(entry, translate(true), limits);
    return discover(entry, translate(now), limits, oneInsnPerTb || without.has('switches') ? undefined : (from, to) => this.switchTargets(from, to));
  }

  private compile(name: string, graph: Graph, entry: Location): { bytes: Uint8Array<ArrayBuffer>; marks: readonly FaultMark[] } {
    const { without } = this.options;
    const { bytes, marks } = regionModule(name, this.limits, (imports) => [new RegionCompiler(graph, entry, this.limits.address, imports, {
      slotFor: (l) => this.slotFor(l), site: this.hooks.site, switchTable: (indices, count) => this.switchTable(indices, count),
      precise: without.has('imprecise') || this.memory.precise, sink: !without.has('sink'), lanes: !without.has('lanes'),
      leaveLoops: !this.optimises && !without.has('tierup'),
    }).compile()]);
    return { bytes, marks: marks[0]! };
  }

  /**
   * What indirect jumps have led to in a range of addresses. Where a region switches between most of it already, none: what is
   * new does not pay for making that region again.
   */
  private switchTargets(from: number, to: number): readonly Location[] {
    const found = this.jumpTargets(from, to);
    const known = Math.max(...found.map((l) => this.compiled.get(l)?.entries ?? 0));
    const room = this.switchesEnd + (to - from) <= CODE;
    return room && found.length <= MAX_ENTRIES && (known <= 1 || found.length >= known * MORE_ENTRIES) ? found : [];
  }

  private switchTable(indices: readonly number[], count: number): number {
    const table = this.switchesEnd;
    const halves = new Uint16Array(this.state.u8.buffer, table, count);
    indices.forEach((index, i) => { halves[index] = i + 1; });
    this.switchesEnd += (2 * count + 3) & ~3;
    return table;
  }

  /** Optimises the region at a location, if there is one that is not. */
  optimise(location: Location): void {
    const region = this.compiled.get(location);
    if (!region || region.optimised) return;
    region.optimised = true;
    optimise(this.table.get(region.slot));
  }

  /** Drops the regions that came from code in [from, to). */
  drop(from: number, to: number): void {
    for (const [location, { slot, ranges }] of this.compiled) {
      if (!ranges.some(([a, b]) => a < to && from < b)) continue;
      this.table.set(slot, this.core.dispatch);
      this.compiled.delete(location);
    }
  }

  /** The regions that came from nowhere but [from, to). */
  within(from: number, to: number): readonly SetAside[] {
    return [...this.compiled].filter(([, { ranges }]) => ranges.every(([a, b]) => a >= from && b <= to))
      .map(([entry, region]) => ({ entry, region, code: this.table.get(region.slot) as unknown }));
  }

  /** Takes all regions out of the table; answers where they were entered. */
  clear(): readonly Location[] {
    const entries = [...this.compiled.keys()];
    for (const { slot } of this.compiled.values()) this.table.set(slot, this.core.dispatch);
    this.compiled.clear();
    return entries;
  }

  /** Puts regions back that `within` answered. */
  bring(regions: readonly SetAside[]): void {
    for (const { entry, region, code } of regions) this.put(entry, region, code);
  }

  /** The last mark at or before a place in a module's code, in bytes from the module's start. */
  markAt(module: string, offset: number): FaultMark | null {
    let found: FaultMark | null = null;
    for (const m of this.marks.get(module) ?? []) if (m.offset <= offset && (!found || m.offset > found.offset)) found = m;
    return found;
  }
}
