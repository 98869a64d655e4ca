// The translator of one guest thread: finds or makes code for a location, decides between the tiers, links, drops what
// became stale. The run loop starts it; generated code calls back into it.
import type { CpuModel, Fetch, Guest } from '../guests/guest.ts';
import type { CodeFile, GuestMemory } from '../memory/guest-memory.ts';
import { SYS } from '../host/abi.ts';
import { addressOf, plainCall } from '../host/kernel.ts';
import { floatHelper } from './float/helper.ts';
import { Builder } from './builder.ts';
import { CodeReader } from './code-reader.ts';
import { collect, install, serialise, type CacheEntry, type EncodedUnit } from './cache.ts';
import { cacheFolder } from './cache-files.ts';
import { FetchFault, translate } from './frontend.ts';
import { commonHandlers, createCore, entryOf, EXIT_LOCATION, HEAD_BYTES, SLOT_DISPATCH, SLOT_TIER0, type Core } from './interp/core.ts';
import { Heads, type FileHeads } from './heads.ts';
import { Heat } from './heat.ts';
import { encodedBound, Encoder, type CodeBuffer, type InsnMark } from './interp/encode.ts';
import type { End, Location, Unit } from './ir.ts';
import { accessBytes } from './ops.ts';
import { CODE, CODE_END, FAULT_IP, LOOKUP, LOOKUP_SIZE, PENDING, type ThreadState } from './state.ts';
import { optimise } from './optimise.ts';
import { Regions, type SetAside } from './regions.ts';
import type { Stats } from './stats.ts';
import { CodeStore } from './store.ts';
import { guestLimits, type MemoryImport } from './wasm/code.ts';
import type { Graph } from './wasm/graph.ts';
import type { FaultMark } from './wasm/region.ts';

export type EngineOptions = {
  readonly tier: 'auto' | '0' | '1';
  readonly oneInsnPerTb: boolean;
  /** Each unit that is entered is told to `trace.enter`. In tier 0: there is no such place in regions. */
  readonly watch?: boolean;
  /** Optimisations turned off, by name: fold, imprecise (off: registers are written back before accesses also while
   * the guest could not see them), sink (off: slots are always computed where they are set), lanes
   * (off: slots that overlap stay in memory), prune (off: regions hold code
   * that never ran), offsets (off: constants are added to addresses before accesses), inline (off: callees are no part of their callers' regions), switches
   * (off: indirect jumps always leave their region), tierup (off: code stays as V8's baseline compiler makes it). */
  readonly without: ReadonlySet<string>;
  /** The folder for encodings, instead of the user's. */
  readonly cache?: string;
};

/** What generated code asks of the rest. */
export type EngineHooks = {
  /** An end that leaves: answers true when execution goes on at its `next` in place, false when the run loop has to look. */
  leave(end: End): boolean;
  /** There is no code at this location: raise SIGSEGV. */
  fetchFault(location: Location, address: number): void;
  /** Whether the instruction at an address is a breakpoint of a debugger's: code traps there (`breakpoint`) instead of running it. */
  stopsAt?(address: number): boolean;
  /** The command line of the program, where runs of it are to be told apart. */
  command?(): string;
};

/** What can be watched: each called only if set. */
export type EngineTrace = {
  unit?(unit: Unit): void;
  enter?(location: Location): void;
  region?(entry: Location, graph: Graph, wasm: Uint8Array, marks: readonly FaultMark[]): void;
};

const MADV_DONTNEED = 4;
/** The bit of the pending cell that says that code was dropped; signals have another. */
const STALE = 4;
/** The bit that is set while one instruction is to run. */
const STEP = 8;
/** Names the build whose encodings the cache holds; replaced in the bundle, and without it there is no cache. */
const BUILD = '__TSEMU_BUILD__';
/** A process that forks this often goes on doing so. */
const FORKS_BEFORE_OPTIMISING = 2;
/** Handlers optimised along with each region. */
const HANDLERS_AT_ONCE = 4;
/** Guest instructions in a tier 0 unit; and bytes of code that one may depend on, a table of jumps behind it included. */
const UNIT_LIMIT = 64, UNIT_BYTES = 4096;
/** What was made from a file that is not mapped at present. */
type Dormant = { readonly heads: FileHeads; readonly regions: readonly SetAside[] };

export type FaultLocation = { readonly pc: Location; readonly context: number };

export class Engine {
  readonly guest: Guest;
  private readonly memory: GuestMemory;
  private readonly state: ThreadState;
  private readonly options: EngineOptions;
  private readonly hooks: EngineHooks;
  private readonly model: CpuModel;
  readonly trace: EngineTrace = {};
  private readonly core: Core;
  private readonly builder: Builder;
  private readonly encoder: Encoder;
  private readonly regions: Regions;
  private readonly limits: MemoryImport;
  /** What translating needs to know of a debugger's breakpoints, if there is one. */
  private readonly stops: { readonly stopsAt?: (address: number) => boolean };

  private readonly code: CodeBuffer;
  private readonly heads = new Heads();
  /** Encoded units in ascending order of address: for faults. */
  private readonly encoded: EncodedUnit[] = [];
  private readonly store: CodeStore;
  private readonly heat: Heat;
  private forks = 0;
  private readonly lookupAddress: number;
  /** Code of files that were mapped before the last exec, by cache key. */
  private readonly dormant = new Map<string, Dormant>();
  /** Set from an exec until the run loop is reached: nothing of the old program may go on. */
  private leftProgram = false;

  private readonly sites: End[] = [];
  /** The unit that `step` made last. */
  private stepped = -1;
  /** At the run loop all code of tier 0 is dropped. */
  private stale = false;
  /** Code was dropped, maybe the one that runs: it must come to the run loop. */
  private changed = false;
  private readonly reader: CodeReader;
  /** The memory's code epoch that this thread has seen: another thread may have changed code. */
  private epoch: number;

  /** V8's own tier-up works in the background, where nothing may happen: what is worth it is optimised when it is made. */
  private readonly optimises: boolean;
  private handlersOptimised = 0;

  private readonly leaveImport = (site: number): number => {
    const goOn = this.hooks.leave(this.sites[site]!);
    if (this.memory.codeEpoch !== this.epoch) this.catchUp();
    return goOn && !this.stale && !this.changed && !this.leftProgram ? 0 : 1;
  };

  constructor(guest: Guest, model: CpuModel, memory: GuestMemory, state: ThreadState, options: EngineOptions, hooks: EngineHooks) {
    this.guest = guest;
    this.model = model;
    this.memory = memory;
    this.state = state;
    this.options = options;
    this.hooks = hooks;
    this.stops = hooks.stopsAt ? { stopsAt: (address) => hooks.stopsAt!(address) } : {};
    this.epoch = memory.codeEpoch;
    this.lookupAddress = addressOf(state.i32) + LOOKUP;
    // Where tier 1 runs everything, cold code too, optimising it all would take longer than running it.
    this.optimises = options.tier !== '1' && !options.without.has('tierup');
    this.builder = new Builder({ fold: !options.without.has('fold') });
    this.limits = guestLimits(guest.addressType, guest.memoryPages);
    this.regions = new Regions(memory, state, this.limits, options, this.trace, this.optimises, {
      translate: (pc, leaders) => this.forRegion(pc, leaders),
      cold: (location, now) => options.tier === 'auto' && !options.without.has('prune') && this.heat.cold(location, now),
      hot: (location) => this.options.tier === '1' || this.heat.hot(location),
      site: (end) => this.site(end),
      entered: (location, slot) => this.entered(location, slot),
      optimised: () => this.regionOptimised(),
      warm: (location) => { if (this.compile(location) !== 0) this.regions.optimise(location); },
    });
    const float = floatHelper(state.memory.buffer as unknown as SharedArrayBuffer);
    this.core = createCore({
      link: (link, location) => this.link(link, location),
      hot: (ip) => this.hot(ip),
      miss: (low, high, jumped) => this.miss((low >>> 0) + (high >>> 0) * 4294967296, jumped === 1),
      leave: this.leaveImport,
      float,
    }, memory.memory, this.limits, state.memory, this.regions.table);
    this.regions.connect(this.core, this.leaveImport, float);
    const folder = options.tier === '1' || options.oneInsnPerTb || options.watch || options.without.size > 0 ? null : options.cache ?? (BUILD.startsWith('__') ? null : cacheFolder(BUILD));
    this.heat = new Heat({
      heads: this.heads, words: state.i32,
      leadsToRegion: (head) => state.i32[head >> 2] !== this.core.controlOf('enter'),
      hasRegion: (location) => this.regions.at(location) !== undefined,
      jumped: (location) => this.regions.jumped(location),
      jumpTargets: (from, to) => this.regions.jumpTargets(from, to),
      key: (file) => this.store.key(file),
      command: () => hooks.command?.() ?? '',
    }, memory, options.tier === 'auto' ? folder : null, options.watch ? 1 : options.oneInsnPerTb ? 0 : null);
    this.store = new CodeStore({
      put: (entries) => this.put(entries),
      adopt: (key, units) => this.adopt(key, units),
      keep: (key, units) => this.keep(key, units),
      keeps: (key) => this.dormant.has(key),
      revive: (key) => this.revive(key, this.dormant.get(key)!),
      inUse: (file, units = this.encoded) => this.inUse(units, file),
      serialise: (units) => serialise(collect(this.core, state.i32, units, this.heat.initial, this.sites)),
    }, memory, folder, { guest: guest.name, model: model.name, heat: this.heat.initial });
    this.encoder = new Encoder(this.core, { site: (end) => this.site(end) });
    this.code = { i32: state.i32, at: CODE };
    this.reader = new CodeReader(memory, !guest.elf.bigEndian);
    memory.onInvalidate = (from, to) => {
      if (memory.codeEpoch === this.epoch + 1) this.epoch++;
      this.invalidate(from, to);
    };
    memory.onClear = () => this.setAside();
  }

  get stats(): Stats { return this.regions.stats; }

  /** Reads instructions, as `-d in_asm` and the debugger do too. */
  get fetcher(): Fetch { return this.reader; }

  /**
   * Runs guest code from `location`. `context` is not 0 when the state is in the middle of something (Guest.context).
   * Answers where to go on, or null when a hook has set the state's location. Traps come out as WebAssembly.RuntimeError.
   */
  run(location: Location, context: number): Location | null {
    this.catchUpAll();
    let first = 0;
    if (context !== 0) {
      const unit = this.translateOrFault(location, context);
      if (unit === null) return null;
      first = this.encode(unit, this.options.watch ? 1 : 0, context);
    }
    return this.enter(first, location);
  }

  /** Runs one instruction, breakpoint or not; of ARM's IT blocks what is left of the block. Answers as `run` does. */
  step(location: Location, context: number): Location | null {
    this.catchUpAll();
    const unit = this.one(location, context);
    if (unit === null) return null;
    if (this.code.at + encodedBound(unit) > CODE_END) this.dropAll();
    const head = this.stepped = this.encode(unit, 0, context);
    Atomics.or(this.state.i32, PENDING >> 2, STEP);
    // Behind the head, which would leave at once: the heads that follow do.
    try { return this.enter(head + HEAD_BYTES, location); } finally { Atomics.and(this.state.i32, PENDING >> 2, ~STEP); }
  }

  /** Bytes that the instruction at a location loads and stores, all its accesses together. */
  accessBytes(location: Location, context: number): number {
    const nodes = this.one(location, context)?.blocks.flatMap(({ nodes: all }) => all) ?? [];
    return nodes.reduce((sum, { op }) => sum + (op.effect === 'read' || op.effect === 'write' ? accessBytes(op.name) : 0), 0);
  }

  private one(location: Location, context: number): Unit | null {
    try {
      return translate(this.builder, this.guest, location, this.reader, { model: this.model, limit: 1, context, modes: this.memory.modes });
    } catch (e) {
      if (!(e instanceof FetchFault)) throw e;
      this.hooks.fetchFault(location, e.address);
      return null;
    }
  }

  private catchUpAll(): void {
    if (this.memory.codeEpoch !== this.epoch) this.catchUp();
    if (this.stale) this.dropAll();
    if (this.leftProgram || this.changed) {
      this.leftProgram = this.changed = false;
      Atomics.and(this.state.i32, PENDING >> 2, ~STALE);
    }
  }

  private enter(first: number, location: Location): Location | null {
    const at = EXIT_LOCATION >> 2;
    this.state.i32[at] = location | 0;
    this.state.i32[at + 1] = Math.floor(location / 4294967296);
    return this.core.run(first) ? null : this.state.u32[at]! + (this.limits.address === 'i64' ? this.state.i32[at + 1]! * 4294967296 : 0);
  }

  // Translating.

  private translate(pc: Location, context: number, leaders?: ReadonlySet<Location>): Unit {
    return translate(this.builder, this.guest, pc, this.reader, {
      model: this.model, limit: this.options.oneInsnPerTb ? 1 : UNIT_LIMIT, context, modes: this.memory.modes, ...(leaders ? { leaders } : {}), ...this.stops,
    });
  }

  private translateOrFault(pc: Location, context: number): Unit | null {
    try {
      return this.translate(pc, context);
    } catch (e) {
      if (!(e instanceof FetchFault)) throw e;
      this.hooks.fetchFault(pc, e.address);
      return null;
    }
  }

  // Tier 0.

  private encode(unit: Unit, heat: number, context: number): number {
    if (this.code.at + encodedBound(unit) > CODE_END) throw new CodeFull();
    this.trace.unit?.(unit);
    this.stats.units++;
    const head = this.encoder.unit(unit, heat, this.code);
    const encoded = { ip: head, code: this.encoder.literalsAt, end: this.code.at, pc: unit.pc, context };
    this.encoded.push(encoded);
    if (context === 0) this.store.made(encoded);
    return head;
  }

  /** Tier 0's code for a location; 0 when there is nothing to execute there (the signal has been raised). */
  private codeFor(location: Location): number {
    let known = this.heads.get(location);
    if (known === undefined && this.store.outdated) {
      this.store.restore();
      this.heat.mapped();
      known = this.heads.get(location);
    }
    if (known !== undefined) return known;
    const unit = this.translateOrFault(location, 0);
    if (unit === null) return 0;
    const head = this.encode(unit, this.heat.first(location), 0);
    this.heads.set(location, head);
    const region = this.regions.at(location);
    if (region !== undefined) this.toRegion(head, region);
    return head;
  }

  /** Puts entries behind the code that there is, as far as there is room. */
  private put(entries: readonly CacheEntry[]): EncodedUnit[] {
    const all: EncodedUnit[] = [];
    for (const entry of entries) {
      if (this.code.at + entry.words.byteLength > CODE_END) break;
      const units = install(entry, this.state.i32, this.code.at, (end) => this.site(end));
      this.code.at += entry.words.byteLength;
      for (const u of units) { this.encoded.push(u); all.push(u); }
      this.stats.restored += units.length;
    }
    return all;
  }

  /** Units of a file that is mapped are in use from now on, where there are none. */
  private adopt(key: string, units: readonly EncodedUnit[]): void {
    const heads = this.heads.file(key);
    for (const u of units) {
      if (this.heads.has(u.pc)) continue;
      heads.set(u.pc, u.ip);
      const region = this.regions.at(u.pc);
      if (region !== undefined) this.toRegion(u.ip, region);
    }
  }

  /** Units of a file that is not mapped: for the time when it is. */
  private keep(key: string, units: readonly EncodedUnit[]): void {
    const { heads, regions } = this.dormant.get(key) ?? { heads: new Map<Location, number>(), regions: [] };
    for (const u of units) if (!heads.has(u.pc)) heads.set(u.pc, u.ip);
    this.dormant.set(key, { heads, regions });
  }

  /** Those of some units that belong to a file and have not been replaced. */
  private inUse(units: readonly EncodedUnit[], { from, to }: CodeFile): EncodedUnit[] {
    const found: EncodedUnit[] = [];
    for (const u of units) if (u.pc >= from && u.pc < to && this.heads.get(u.pc) === u.ip) found.push(u);
    return found;
  }

  /** In the parent, before it forks. */
  beforeFork(): void {
    // Each child would run in what V8's baseline compiler made of tier 0, and be gone before that gets better.
    if (++this.forks === FORKS_BEFORE_OPTIMISING && this.optimises) this.optimiseHandlers(commonHandlers.length);
    this.store.beforeFork();
  }

  /** In the child. */
  afterFork(): void {
    this.store.afterFork();
    this.heat.afterFork();
  }

  /** Before the program is gone: what this process encoded is told to its parent, and written to the cache. */
  teach(): void { this.store.teach(); }
  save(): void {
    this.store.save();
    this.heat.save();
  }

  private toRegion(head: number, slot: number): void {
    this.state.i32[head >> 2] = this.core.controlOf('enterRegion');
    this.state.i32[(head >> 2) + 1] = slot;
  }

  /** Undoes toRegion. */
  private fromRegion(head: number): void {
    this.state.i32[head >> 2] = this.core.controlOf('enter');
    this.state.i32[(head >> 2) + 1] = this.heat.initial;
  }

  private locationAt(address: number): Location {
    return this.state.u32[address >> 2]! + this.state.u32[(address >> 2) + 1]! * 4294967296;
  }

  private link(link: number, location: number): number {
    const code = this.roomOrLeave(() => this.codeFor(this.locationAt(location)), this.locationAt(location));
    if (code !== 0) this.state.i32[link >> 2] = code;
    return code;
  }

  private hot(ip: number): number {
    if (this.options.watch) {
      this.state.i32[(ip >> 2) + 1] = 1; // the next time too
      this.trace.enter?.(this.locationAt(ip + 8));
      return 0;
    }
    if (this.options.tier === '0') {
      if (this.optimises) this.optimiseHandlers(commonHandlers.length);
      return 0;
    }
    const location = this.locationAt(ip + 8);
    if (this.heat.postpone(ip, location)) {
      if (this.heat.busy && this.optimises) this.optimiseHandlers(commonHandlers.length);
      return 0;
    }
    const slot = this.compile(location);
    if (slot !== 0) this.toRegion(ip, slot);
    return slot;
  }

  private miss(location: Location, jumped: boolean): number {
    if (jumped) this.regions.jumped(location);
    return this.roomOrLeave(() => {
      let slot = this.regions.at(location) ?? 0;
      let code = 0;
      if (slot === 0 && this.options.tier === '1') slot = this.compile(location);
      else if (slot === 0) {
        code = this.codeFor(location);
        if (code !== 0) slot = SLOT_TIER0;
      }
      if (slot === 0) return 0;
      const entry = entryOf(location) >> 2;
      const words = this.state.i32;
      words[entry] = location | 0;
      words[entry + 1] = Math.floor(location / 4294967296);
      words[entry + 2] = slot;
      words[entry + 3] = code;
      return slot;
    }, location);
  }

  /** When tier 0's buffer is full, everything is dropped at the run loop and execution goes on at `location`. */
  private roomOrLeave(run: () => number, location: Location): number {
    try { return run(); } catch (e) {
      if (!(e instanceof CodeFull)) throw e;
      this.stale = true;
      this.guest.setLocation(this.state.cpu, location);
      return 0;
    }
  }

  private site(end: End): number { return this.sites.push(end) - 1; }

  // Tier 1.

  /** Compiles the region at `entry`; its slot, or 0 when there is nothing to execute there (the signal has been raised). */
  private compile(entry: Location): number {
    // What this thread wrote since it left the run loop goes first, or it would take the new region along.
    if (this.memory.codeEpoch !== this.epoch) this.catchUp();
    const known = this.regions.at(entry);
    if (known !== undefined) return known;
    const first = this.translateOrFault(entry, 0);
    if (first === null) return 0;
    this.heat.made(entry);
    this.regions.make(entry, first);
    // Another thread may have changed the code meanwhile, or asked for exact registers: then the region is gone again.
    if (this.memory.codeEpoch !== this.epoch) this.catchUp();
    const slot = this.regions.at(entry);
    if (slot !== undefined) return slot;
    this.guest.setLocation(this.state.cpu, entry);
    return 0;
  }

  /** A unit for a region. */
  private forRegion(pc: Location, leaders?: ReadonlySet<Location>): Unit | null {
    try { return this.translate(pc, 0, leaders); } catch (e) {
      if (e instanceof FetchFault) return null;
      throw e;
    }
  }

  /** What tier 0 has for a location leads to its region from now on. */
  private entered(location: Location, slot: number): void {
    const head = this.heads.get(location);
    if (head !== undefined) this.toRegion(head, slot);
    const cell = entryOf(location) >> 2;
    if (this.locationAt(cell << 2) === location) this.state.i32[cell + 2] = slot;
  }

  private regionOptimised(): void {
    this.optimiseHandlers(HANDLERS_AT_ONCE);
  }

  /** A program that has hot code runs for a while: with each region a few of tier 0's commonest handlers get faster too. */
  private optimiseHandlers(count: number): void {
    const { handlers, paths } = this.core;
    if (this.handlersOptimised === 0) for (const f of paths) optimise(f);
    for (let n = 0; n < count && this.handlersOptimised < commonHandlers.length; n++) {
      optimise(handlers.get(this.core.names.indexOf(commonHandlers[this.handlersOptimised++]!)));
    }
  }

  // Dropping code.

  /** Code changed that this thread did not change itself, or that was written to while it ran. */
  private catchUp(): void {
    const now = this.memory.codeEpoch;
    const oldest = Math.max(this.epoch + 1, now - 15);
    if (oldest > this.epoch + 1) this.invalidate(0, this.memory.size);
    for (let epoch = oldest; epoch <= now; epoch++) {
      const [from, to] = this.memory.changeAt(epoch) ?? [0, this.memory.size];
      this.invalidate(from, to);
    }
    this.epoch = now;
  }

  /** Guest code in [from, to) changed or went away: what was made from it is not entered again, and what runs comes to the run loop. */
  private invalidate(from: number, to: number): void {
    this.stats.changes++;
    this.reader.forget(from, to);
    this.regions.drop(from, to);
    const heads = this.heads.remove(from - UNIT_BYTES, to);
    // Files' code goes with all the rest, at the run loop.
    if (heads === null) this.stale = true;
    else {
      // Other code is linked to it.
      for (const head of heads) this.toRegion(head, SLOT_DISPATCH);
      this.forgetLookups();
    }
    this.changed = true;
    Atomics.or(this.state.i32, PENDING >> 2, STALE);
  }

  /**
   * All mappings are about to go (exec). What was made from files is kept aside: the next program will map most of them at
   * the same places.
   */
  private setAside(): void {
    this.store.leaveFiles();
    for (const file of this.memory.codeFiles) {
      const key = this.store.key(file);
      this.dormant.set(key, { heads: this.heads.take(key, file.from, file.to), regions: this.regions.within(file.from, file.to) });
    }
    const kept = new Set([...this.dormant.values()].flatMap((d) => d.regions.map((r) => r.entry)));
    for (const entry of this.regions.clear()) {
      // Its head in tier 0 must not lead to a region that never comes back.
      const head = this.heads.get(entry);
      if (head !== undefined && !kept.has(entry)) this.fromRegion(head);
    }
    this.heads.clear();
    this.reader.forgetAll();
    this.forgetLookups();
    // With little room left everything goes.
    if (this.code.at > (CODE + CODE_END) / 2) this.stale = true;
    this.heat.leaveProgram();
    this.leftProgram = true;
    Atomics.or(this.state.i32, PENDING >> 2, STALE);
  }

  /** Empties the lookup table, by giving its pages back: in a forked child, writing them would copy them first. */
  private forgetLookups(): void { plainCall(SYS.madvise, this.lookupAddress, LOOKUP_SIZE * 16, MADV_DONTNEED); }

  private revive(key: string, { heads, regions }: Dormant): void {
    this.heads.bring(key, heads);
    this.regions.bring(regions);
  }

  private dropAll(): void {
    this.stats.drops++;
    this.stale = false;
    Atomics.and(this.state.i32, PENDING >> 2, ~STALE);
    this.forgetLookups();
    this.code.at = CODE;
    this.heads.clear();
    this.encoded.length = 0;
    this.heat.dropped();
    this.dormant.clear();
    this.store.dropped();
  }

  // Faults.

  /** The guest instruction that a trap out of generated code belongs to; null when the trap is not one of guest code. */
  faultLocation(error: Error): FaultLocation | null {
    // V8's own form of a frame, or line and column where something else formats stack traces (source maps).
    const frame = /wasm:\/+wasm\/(tsemu-[a-z0-9]+)-[0-9a-f]+:(?:wasm-function\[\d+\]:0x([0-9a-f]+)|1:(\d+))/.exec(error.stack ?? '');
    if (!frame) return null;
    if (frame[1] === 'tsemu-core') return this.tier0Fault(this.state.u32[FAULT_IP >> 2]!);
    const found = this.regions.markAt(frame[1]!, frame[2] !== undefined ? parseInt(frame[2], 16) : Number(frame[3]) - 1);
    return found ? { pc: found.pc, context: found.context } : null;
  }

  /** Encodes the unit around `ip` once more, into nothing, to see which instruction is there. */
  private tier0Fault(ip: number): FaultLocation | null {
    let low = 0, high = this.encoded.length;
    while (low < high) { const mid = (low + high) >> 1; if (this.encoded[mid]!.ip <= ip) low = mid + 1; else high = mid; }
    const unit = this.encoded[low - 1];
    if (!unit) return null;
    const marks: InsnMark[] = [];
    const again = unit.ip === this.stepped ? this.one(unit.pc, unit.context)! : this.translate(unit.pc, unit.context);
    const words = new Int32Array(encodedBound(again) >> 2);
    new Encoder(this.core, { site: () => 0 }).unit(again, 0, { i32: words, at: 0 }, marks);
    let found: InsnMark | undefined;
    for (const m of marks) if (m.ip <= ip - unit.ip) found = m;
    return found ? { pc: found.pc, context: found.context } : null;
  }
}

/** Tier 0's buffer has no room. */
class CodeFull extends Error {}
