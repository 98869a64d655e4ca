// What earlier runs of a program learnt about its code, by file: which units became regions, which ran at all, where indirect jumps led to. A
// later run need not count up to the same end again. One entry of the cache folder a program. docs/architecture.md, "Profile".
import type { CodeFile } from '../memory/guest-memory.ts';
import { checksum } from './cache.ts';
import { readEntry, writeEntry } from './cache-files.ts';
import type { Location } from './ir.ts';

/** How often a unit ran, in classes: hardly ever; enough to be part of regions; enough for callees in place; a region of its own. */
export const RARE = 0, SOME = 1, OFTEN = 2, HOT = 3;
export type Level = typeof RARE | typeof SOME | typeof OFTEN | typeof HOT;
/** A word of the profile: the location's distance from the file's start, whether an indirect jump led there, and the level. */
const LEVEL_BITS = 2, JUMPED = 1 << LEVEL_BITS, SHIFT = LEVEL_BITS + 1;
const MOST_BYTES = 2 ** (32 - SHIFT);

/** The header's words: MAGIC, the checksum of all that follows it, bytes of the names. */
const MAGIC = 0x31657374, HEADER = 3, CHECKED = 8;
/** A profile is written anew when it would name more regions by this part. */
const WORTH = 1 / 16;
/** Under this name, instead of a file's key: hashes of the command lines whose runs were short, the last of them. */
const SHORT_RUNS = 'short runs', MOST_SHORT_RUNS = 256;

/** Of one file, ascending. */
type Words = Uint32Array;

/** Files' words as the bytes of an entry. */
export function serialiseProfile(files: ReadonlyMap<string, Words>): Uint8Array {
  const json = JSON.stringify([...files].map(([key, { length }]) => [key, length]));
  const names = new TextEncoder().encode(json.padEnd(json.length + 3 & ~3));
  const words = [...files.values()];
  const out = new Uint8Array(HEADER * 4 + names.length + words.reduce((n, w) => n + w.byteLength, 0));
  out.set(names, HEADER * 4);
  let at = HEADER * 4 + names.length;
  for (const w of words) { out.set(new Uint8Array(w.buffer, w.byteOffset, w.byteLength), at); at += w.byteLength; }
  const header = new Int32Array(out.buffer, 0, HEADER);
  header[2] = names.length;
  header.set([MAGIC, checksum(out.subarray(CHECKED))]);
  return out;
}

/** What `serialiseProfile` wrote; nothing when the bytes are not whole and intact. */
export function parseProfile(bytes: Uint8Array): Map<string, Words> {
  const files = new Map<string, Words>();
  if (bytes.length < HEADER * 4 || bytes.length % 4 !== 0) return files;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const [magic, sum, nameBytes] = new Int32Array(aligned.buffer, aligned.byteOffset, HEADER) as unknown as [number, number, number];
  if (magic !== MAGIC || checksum(aligned.subarray(CHECKED)) !== sum) return files;
  const names = JSON.parse(new TextDecoder().decode(aligned.subarray(HEADER * 4, HEADER * 4 + nameBytes))) as [string, number][];
  let at = aligned.byteOffset + HEADER * 4 + nameBytes;
  for (const [key, length] of names) { files.set(key, new Uint32Array(aligned.buffer, at, length)); at += length * 4; }
  return files;
}

/** What the profile asks of the engine. */
export type ProfileEngine = {
  /** The program's command line. */
  command(): string;
  /** Whether the program has only just started, in processor time. */
  young(): boolean;
  /** The cache key of a file. */
  key(file: CodeFile): string;
  /** The locations of a file's units, each with its level; of those that became regions the profile knows. */
  levels(file: CodeFile): Iterable<readonly [Location, Level]>;
  /** The locations in a file that indirect jumps have led to. */
  jumpTargets(file: CodeFile): Iterable<Location>;
  /** A region is worth making here as soon as the unit runs again. */
  knownHot(location: Location): void;
  /** An indirect jump once led here. */
  jumped(location: Location): void;
};

export class Profile {
  private readonly engine: ProfileEngine;
  private readonly folder: string | null;
  /** The cache key of the program's own file; '' before it is mapped. */
  private program = '';
  /** What there is in the folder, by cache key, and what of it is mapped. */
  private known = new Map<string, Words>();
  private active: { readonly file: CodeFile; readonly words: Words }[] = [];
  private knownRegions = 0;
  /** The command line's hash; whether its last run was short: then regions do not pay any earlier than in a first run. */
  private command = 0;
  private short = false;
  private child = false;
  /** Where regions were asked for that the profile does not know. */
  private readonly fresh = new Set<Location>();

  /** `folder` is null for a run without a cache. */
  constructor(engine: ProfileEngine, folder: string | null) {
    this.engine = engine;
    this.folder = folder;
  }

  private get entry(): string { return `profile-${this.program}`; }

  /** Files have been mapped. The first that holds code is the program's own. */
  mapped(files: readonly CodeFile[]): void {
    if (this.folder === null || files.length === 0) return;
    if (this.program === '') {
      this.program = this.engine.key(files[0]!);
      const bytes = readEntry(this.folder, this.entry);
      this.known = bytes === null ? new Map<string, Words>() : parseProfile(bytes);
      this.command = checksum(new TextEncoder().encode(this.engine.command())) >>> 0;
      this.short = this.known.get(SHORT_RUNS)?.includes(this.command) ?? false;
    }
    for (const file of files) {
      if (this.active.some((a) => a.file === file)) continue;
      const words = this.known.get(this.engine.key(file));
      if (words === undefined) continue;
      this.active.push({ file, words });
      for (const w of words) {
        if ((w & HOT) === HOT) this.knownRegions++;
        if (this.short) continue;
        const location = file.from + (w >>> SHIFT);
        if (w & JUMPED) this.engine.jumped(location);
        if ((w & HOT) === HOT) this.engine.knownHot(location);
      }
    }
  }

  /** All mappings are about to go. */
  leaveProgram(): void {
    this.program = '';
    this.known.clear();
    this.active = [];
    this.knownRegions = 0;
    this.fresh.clear();
  }

  /** What earlier runs say of a location; nothing in a run that is likely to be short. */
  level(location: Location): Level { return this.short ? RARE : this.recorded(location); }

  private recorded(location: Location): Level {
    for (const { file, words } of this.active) {
      if (location < file.from || location >= file.to) continue;
      const offset = location - file.from;
      let low = 0, high = words.length;
      while (low < high) { const mid = (low + high) >> 1; if (words[mid]! >>> SHIFT < offset) low = mid + 1; else high = mid; }
      if (low < words.length && words[low]! >>> SHIFT === offset) return (words[low]! & HOT) as Level;
    }
    return RARE;
  }

  /** A region is made at a location. */
  made(location: Location): void { if (this.folder !== null && this.recorded(location) < HOT) this.fresh.add(location); }

  /** In a forked child: what it has from its parent is the parent's to write down. */
  afterFork(): void {
    this.fresh.clear();
    this.child = true;
  }

  /** Writes down what there is to know of the files that are mapped, when it is more than there was. */
  save(files: readonly CodeFile[]): void {
    if (this.folder === null || this.program === '') return;
    const more = this.fresh.size > WORTH * this.knownRegions;
    const runs = this.shortRuns();
    if (!more && runs === null) return;
    const all = new Map(this.known);
    if (runs !== null) all.set(SHORT_RUNS, runs);
    for (const file of more ? files : []) {
      const words = this.merged(file);
      if (words.length > 0) all.set(this.engine.key(file), words);
    }
    writeEntry(this.folder, this.entry, serialiseProfile(all));
    this.fresh.clear();
  }

  /** The list of short runs, if this one changes it. */
  private shortRuns(): Words | null {
    const short = this.engine.young();
    if (this.child || short === this.short || this.known.size + this.fresh.size === 0) return null;
    const others = [...this.known.get(SHORT_RUNS) ?? []].filter((h) => h !== this.command);
    return Uint32Array.from(short ? [...others, this.command].slice(-MOST_SHORT_RUNS) : others);
  }

  /** What is known of a file, with what this run adds. */
  private merged(file: CodeFile): Words {
    const bits = new Map<number, number>();
    for (const w of this.known.get(this.engine.key(file)) ?? []) bits.set(w >>> SHIFT, w & (JUMPED | HOT));
    const add = (location: Location, level: Level, jumped: number): void => {
      const offset = location - file.from;
      const old = bits.get(offset) ?? RARE;
      if (offset < MOST_BYTES) bits.set(offset, (old | jumped) & JUMPED | Math.max(old & HOT, level));
    };
    for (const [location, level] of this.engine.levels(file)) if (level > RARE) add(location, level, 0);
    for (const location of this.fresh) if (location >= file.from && location < file.to) add(location, HOT, 0);
    for (const location of this.engine.jumpTargets(file)) add(location, RARE, JUMPED);
    return Uint32Array.from(bits, ([offset, b]) => (offset << SHIFT | b) >>> 0).sort();
  }
}
