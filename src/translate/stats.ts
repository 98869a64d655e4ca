// What the translator of one thread did, in numbers: `-d stats` prints them when the program ends.

type Stage = 'discover' | 'generate' | 'compile' | 'optimise';

export class Stats {
  /** Tier 0: units encoded, and units that came from the cache. */
  units = 0;
  restored = 0;
  /** Tier 1: regions, their guest instructions, and bytes of Wasm. */
  regions = 0;
  instructions = 0;
  wasm = 0;
  entries = 0;
  /** Changes of code, and how often all of tier 0 was dropped. */
  changes = 0;
  drops = 0;
  /** Guest instructions by the unit that they are in, if somebody wants to know how often code is in several regions. */
  private distinct: Map<number, number> | null = null;
  /** Milliseconds of wall time. */
  private readonly times: Record<Stage, number> = { discover: 0, generate: 0, compile: 0, optimise: 0 };

  /** Runs a stage of making a region, and adds what it took. */
  time<T>(stage: Stage, run: () => T): T {
    const from = performance.now();
    try { return run(); } finally { this.times[stage] += performance.now() - from; }
  }

  region(instructions: number, wasm: number, entries: number, units: readonly { readonly from: number; readonly blocks: readonly { readonly instructions: number }[] }[]): void {
    this.regions++;
    this.instructions += instructions;
    this.wasm += wasm;
    this.entries += entries;
    for (const u of this.distinct ? units : []) this.distinct!.set(u.from, u.blocks.reduce((n, b) => n + b.instructions, 0));
  }

  /** From now on it is remembered which code was in regions, for `text`. */
  watch(): void { this.distinct = new Map(); }

  /** One line per tier, and one of times. */
  text(): string {
    let distinct = 0;
    for (const n of this.distinct?.values() ?? []) distinct += n;
    const ms = (stage: Stage) => `${stage} ${Math.round(this.times[stage])} ms`;
    return `tier 0: ${this.units} units encoded, ${this.restored} from the cache; ${this.changes} changes of code, all dropped ${this.drops} times\n`
      + `tier 1: ${this.regions} regions with ${this.entries} entries, ${this.instructions} guest instructions (${distinct} different ones), ${this.wasm} bytes of WebAssembly\n`
      + `time: ${ms('discover')}, ${ms('generate')}, ${ms('compile')}, ${ms('optimise')}\n`;
  }
}
