// Where tier 0's code for each location is. What came from a file is kept together, so that an exec takes the files of one
// program away and brings those of the next without touching each location.
import type { Location } from './ir.ts';

export type FileHeads = Map<Location, number>;

export class Heads {
  /** Locations that were translated since the last exec. */
  private readonly own: FileHeads = new Map();
  /** Those of files that are mapped now, by cache key. */
  private readonly files = new Map<string, FileHeads>();

  get(location: Location): number | undefined {
    const head = this.own.get(location);
    if (head !== undefined) return head;
    for (const heads of this.files.values()) {
      const known = heads.get(location);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  has(location: Location): boolean { return this.get(location) !== undefined; }
  set(location: Location, head: number): void { this.own.set(location, head); }

  /** The heads of a file that is mapped. */
  file(key: string): FileHeads {
    let heads = this.files.get(key);
    if (heads === undefined) this.files.set(key, heads = new Map());
    return heads;
  }

  /** A file is mapped again. */
  bring(key: string, heads: FileHeads): void { this.files.set(key, heads); }

  /** All heads of a file at [from, to), which is about to be unmapped: to be brought again. */
  take(key: string, from: number, to: number): FileHeads {
    const heads = this.file(key);
    for (const [location, head] of this.own) if (location >= from && location < to) heads.set(location, head);
    return heads;
  }

  /** All that start in [from, to). */
  *within(from: number, to: number): Iterable<readonly [Location, number]> {
    for (const heads of [this.own, ...this.files.values()]) for (const entry of heads) if (entry[0] >= from && entry[0] < to) yield entry;
  }

  /** Takes out what starts in [from, to) and answers its code; null, with nothing taken out, when some of it came from a file: files are kept whole. */
  remove(from: number, to: number): number[] | null {
    const within = (location: Location) => location >= from && location < to;
    for (const heads of this.files.values()) for (const location of heads.keys()) if (within(location)) return null;
    const removed: number[] = [];
    for (const [location, head] of this.own) {
      if (!within(location)) continue;
      this.own.delete(location);
      removed.push(head);
    }
    return removed;
  }

  clear(): void {
    this.own.clear();
    this.files.clear();
  }
}
