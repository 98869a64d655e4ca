// How often tier 0 runs each unit, and what that is worth: when a unit becomes a region, and which code is part of one. A head counts down
// from its heat; what earlier runs of the program found out counts as well (profile.ts).
import type { CodeFile, GuestMemory } from '../memory/guest-memory.ts';
import type { Heads } from './heads.ts';
import type { Location } from './ir.ts';
import { HOT as KNOWN, OFTEN, Profile, RARE, SOME, type Level } from './profile.ts';

/** Executions of a unit's head before its region is compiled; the same where earlier runs of the program made one. */
const HOT = 2000, KNOWN_HOT = 300;
/** The part of them that makes a call worth having its callee in place. */
const HOT_CALL = 3 / 4;
/** While a program is young a unit has to be hotter by this many: most programs end before compiled code pays. */
const YOUNG_HOT = 10000;
/** Milliseconds of processor time until a program is no longer young. */
const YOUTH = 1000;
/** A young program with so many hot heads runs long enough for tier 0 itself to be optimised. */
const BUSY = 8;
/** Units that were executed less often stay out of regions. */
const COLD = 20;
/** By level of the profile. */
const EXECUTIONS = [0, COLD, HOT * HOT_CALL, HOT] as const;

const cpuTime = (): number => process.cpuUsage().user;

/** What this asks of the engine. */
export type HeatEngine = {
  readonly heads: Heads;
  /** The state memory: the second word of a head is its counter, while it leads to no region. */
  readonly words: Int32Array;
  leadsToRegion(head: number): boolean;
  /** Whether a region is entered at a location. */
  hasRegion(location: Location): boolean;
  /** An indirect jump once led here; and where they have led to in a range. */
  jumped(location: Location): void;
  jumpTargets(from: number, to: number): Iterable<Location>;
  /** The cache key of a file. */
  key(file: CodeFile): string;
  command(): string;
};

export class Heat {
  private readonly engine: HeatEngine;
  private readonly memory: GuestMemory;
  private readonly profile: Profile;
  /** When the program started: this process's processor time then, in microseconds. */
  private born = cpuTime();
  /** Heads that were hot while the program was young, and shall be hotter. */
  private readonly postponed = new Set<number>();
  /** What heads start with. */
  readonly initial: number;

  /** `fixed`: what heads start with, where they do not tell when a region is worth making; `folder` is null for a run without a cache. */
  constructor(engine: HeatEngine, memory: GuestMemory, folder: string | null, fixed: number | null) {
    this.engine = engine;
    this.memory = memory;
    this.initial = fixed ?? HOT;
    this.profile = new Profile({
      command: () => engine.command(),
      young: () => this.young,
      key: (file) => engine.key(file),
      levels: ({ from, to }) => this.levels(from, to),
      jumpTargets: ({ from, to }) => engine.jumpTargets(from, to),
      knownHot: (location) => this.knownHot(location),
      jumped: (location) => engine.jumped(location),
    }, folder);
  }

  private get young(): boolean { return cpuTime() - this.born < YOUTH * 1000; }

  /** What the head of a new unit starts with. */
  first(location: Location): number { return this.profile.level(location) === KNOWN ? KNOWN_HOT : this.initial; }

  /** Whether a hot unit shall be hotter yet. */
  postpone(head: number, location: Location): boolean {
    if (this.initial !== HOT || !this.young || this.postponed.has(head) || this.profile.level(location) === KNOWN) return false;
    this.postponed.add(head);
    this.engine.words[(head >> 2) + 1] = YOUNG_HOT;
    return true;
  }

  /** True once: with the head that makes a young program a busy one. */
  get busy(): boolean { return this.postponed.size === BUSY; }

  /** Whether the unit at a location ran so often that callees are worth having in place. */
  hot(location: Location): boolean { return this.executions(location) >= HOT * HOT_CALL; }

  /** Whether it hardly ever ran; `now`: in this run. */
  cold(location: Location, now: boolean): boolean { return (now ? this.executionsNow(location) : this.executions(location)) < COLD; }

  /** How often the unit at a location was executed, up to HOT: by tier 0, or in an earlier run. */
  private executions(location: Location): number {
    return Math.max(this.executionsNow(location), EXECUTIONS[this.profile.level(location)]);
  }

  private executionsNow(location: Location): number {
    const { heads, words } = this.engine;
    const head = heads.get(location);
    if (head === undefined) return 0;
    if (this.engine.hasRegion(location) || this.postponed.has(head)) return HOT;
    return this.first(location) - words[(head >> 2) + 1]!;
  }

  /** How often this run executed the units in a range. */
  private *levels(from: number, to: number): Iterable<readonly [Location, Level]> {
    for (const [location] of this.engine.heads.within(from, to)) {
      const n = this.executionsNow(location);
      yield [location, n >= EXECUTIONS[OFTEN] ? OFTEN : n >= EXECUTIONS[SOME] ? SOME : RARE];
    }
  }

  private knownHot(location: Location): void {
    const { heads, words } = this.engine;
    const head = heads.get(location);
    if (head !== undefined && !this.engine.leadsToRegion(head)) words[(head >> 2) + 1] = KNOWN_HOT;
  }

  /** A region is made at a location. */
  made(location: Location): void { this.profile.made(location); }

  /** Files have been mapped, and the code that other runs made of them is installed. */
  mapped(): void { this.profile.mapped(this.memory.codeFiles); }

  /** The program is about to end, or to be replaced. */
  save(): void { this.profile.save(this.memory.codeFiles); }

  /** Another program comes in place of this one. */
  leaveProgram(): void {
    this.profile.leaveProgram();
    this.born = cpuTime();
  }

  /** In a forked child. */
  afterFork(): void {
    this.born = cpuTime();
    this.profile.afterFork();
  }

  /** All code was dropped. */
  dropped(): void { this.postponed.clear(); }
}
