// Tier 0 code that outlives its process: entries in the cache folder, and lessons that children leave to the processes that
// forked them. The engine tells what it encoded and uses what is found here. docs/architecture.md, "Cache" and "Lessons".
import { sha256 } from '../host/native.ts';
import type { CodeFile, GuestMemory } from '../memory/guest-memory.ts';
import { MemoryFault } from '../threads/task.ts';
import { parseEntries, type CacheEntry, type EncodedUnit } from './cache.ts';
import { appendEntry, linkEntry, readEntry, writeEntry } from './cache-files.ts';
import { Lessons, READ, SAVED_UNITS, UNITS, type Lesson } from './lessons.ts';

/** After this many times that all code was dropped, entries are no longer read: the program makes code as it runs. */
const RESTORES = 8;
/** How often an entry is added to before it is written anew. */
const MOST_PARTS = 16;

/** What the store asks of the engine. */
export type StoreEngine = {
  /** Puts entries behind the code that there is, as far as there is room. */
  put(entries: readonly CacheEntry[]): EncodedUnit[];
  /** Units of a file that is mapped are in use from now on, where there are none. */
  adopt(key: string, units: readonly EncodedUnit[]): void;
  /** Units of a file that is not mapped are kept until it is. */
  keep(key: string, units: readonly EncodedUnit[]): void;
  /** True when there are such, or what was set aside at an exec. */
  keeps(key: string): boolean;
  /** Puts to use what is kept. */
  revive(key: string): void;
  /** Those of some units that belong to a file and have not been replaced, ascending. Default: of all. */
  inUse(file: CodeFile, units?: readonly EncodedUnit[]): EncodedUnit[];
  /** Units as the bytes of an entry. */
  serialise(units: readonly EncodedUnit[]): Uint8Array;
};

export class CodeStore {
  private readonly engine: StoreEngine;
  private readonly memory: GuestMemory;
  private readonly folder: string | null;
  private readonly place: (range: Pick<CodeFile, 'from' | 'to'>) => string;
  /** The memory's code files as they were when entries were last looked for, and of how many parts each entry then was. */
  private restored: readonly CodeFile[] = [];
  private readonly parts = new Map<string, number>();
  /** What files held when their entries were looked for in vain: the keys of entries for their copies. */
  private readonly contentKeys = new Map<string, string>();
  private drops = 0;
  /** Units that this process encoded and has not told of, and units that the cache folder does not have. */
  private fresh: EncodedUnit[] = [];
  private unsaved: EncodedUnit[] = [];
  /** What children told, from the first fork on; `child`: this process is one, and tells too. */
  private lessons: Lessons | null = null;
  private child = false;

  /** `folder` is null for a run without a cache. `what` tells encodings apart: the guest, its model, the heat of heads; so do the modes that code asks for. */
  constructor(engine: StoreEngine, memory: GuestMemory, folder: string | null, what: { readonly guest: string; readonly model: string; readonly heat: number }) {
    this.engine = engine;
    this.memory = memory;
    this.folder = folder;
    this.place = ({ from, to }) => `${what.guest}-${what.model}-${from.toString(36)}-${to.toString(36)}-${what.heat}${memory.modes === 0 ? '' : `-m${memory.modes}`}`;
  }

  key(file: CodeFile): string { return `${this.place(file)}-${file.identity}`; }

  /** True when files have been mapped since `restore`. */
  get outdated(): boolean { return this.memory.codeFiles !== this.restored; }

  private get usable(): boolean { return this.folder !== null && this.drops <= RESTORES; }

  /** Installs what other runs encoded from the files that have been mapped since the last time. */
  restore(): void {
    const before = this.restored;
    this.restored = this.memory.codeFiles;
    for (const file of this.restored) {
      if (before.includes(file)) continue;
      const key = this.key(file);
      if (this.engine.keeps(key)) {
        this.engine.revive(key);
        this.memory.markCode(file.from, file.to);
        continue;
      }
      const units = this.load(key) ?? this.loadCopy(file, key);
      if (units === null) continue;
      this.engine.adopt(key, units);
      this.memory.markCode(file.from, file.to);
      if (this.child) this.lessons!.tell(READ, key);
    }
  }

  /** Installs the entry that the cache folder has for `key`, if it has one. */
  private load(key: string): EncodedUnit[] | null {
    if (!this.usable) return null;
    const bytes = readEntry(this.folder!, key);
    if (bytes === null) return null;
    const { entries, whole } = parseEntries(bytes);
    this.parts.set(key, whole ? entries.length : MOST_PARTS);
    return this.engine.put(entries);
  }

  /** The key of all files that hold the same code at the same place; null when it cannot be told. */
  private contentKey({ from, to }: CodeFile): string | null {
    let code;
    try { code = this.memory.read(from, to - from); } catch (e) {
      if (!(e instanceof MemoryFault)) throw e;
      return null; // the file ends before its mapping does
    }
    const hash = sha256(code);
    return hash && `${this.place({ from, to })}-${Buffer.from(hash).toString('hex')}`;
  }

  /** Installs the entry of a file that holds the same, and makes it this one's too. */
  private loadCopy(file: CodeFile, key: string): EncodedUnit[] | null {
    if (!this.usable) return null;
    const content = this.contentKey(file);
    if (content === null) return null;
    this.contentKeys.set(key, content);
    const units = this.load(content);
    if (units === null) return null;
    linkEntry(this.folder!, content, key);
    this.parts.set(key, this.parts.get(content)!);
    return units;
  }

  /** The engine encoded a unit. */
  made(unit: EncodedUnit): void {
    this.fresh.push(unit);
    this.unsaved.push(unit);
  }

  /** Writes what was encoded and is not in the cache folder yet. Called before the program is gone. */
  save(): void {
    if (!this.usable || this.unsaved.length === 0) return;
    const folder = this.folder!;
    for (const file of this.memory.codeFiles) {
      const units = this.engine.inUse(file, this.unsaved);
      if (units.length === 0) continue;
      const key = this.key(file), parts = this.parts.get(key) ?? 0;
      if (parts > 0 && parts < MOST_PARTS) {
        appendEntry(folder, key, this.engine.serialise(units));
        this.parts.set(key, parts + 1);
      } else {
        writeEntry(folder, key, this.engine.serialise(this.engine.inUse(file)));
        this.parts.set(key, 1);
        // Only if it still is what it was before anything was translated: files may be written to while they are mapped.
        const content = this.contentKey(file);
        if (content !== null && content === this.contentKeys.get(key)) linkEntry(folder, key, content);
      }
    }
    this.unsaved = [];
  }

  /** All mappings are about to go: what was encoded from them is the engine's to keep. */
  leaveFiles(): void {
    this.unsaved = [];
    this.restored = [];
  }

  /** All code was dropped. */
  dropped(): void {
    this.restored = [];
    this.parts.clear();
    this.fresh = [];
    this.unsaved = [];
    this.drops++;
  }

  // Lessons: what children translated is not lost with them.

  /** In the parent, before it forks: takes over what its children have told, so that the next one need not find it out again. */
  beforeFork(): void {
    if (!this.usable) return;
    this.lessons ??= Lessons.create();
    for (const lesson of this.lessons?.unseen() ?? []) this.learn(lesson);
  }

  /** In the child: what it encodes is told when it ends, or executes another program. */
  afterFork(): void {
    this.child = this.lessons !== null;
    this.fresh = [];
    this.unsaved = [];
  }

  private learn({ kind, key, entry }: Lesson): void {
    const file = this.memory.codeFiles.find((f) => this.key(f) === key);
    if (kind === READ && (file || this.engine.keeps(key))) return;
    const units = kind === READ ? this.load(key) : this.engine.put(parseEntries(entry).entries);
    if (units === null) return;
    if (!file) { this.engine.keep(key, units); return; }
    if (!this.restored.includes(file)) this.restore();
    if (kind === UNITS) this.unsaved.push(...units);
    this.engine.adopt(key, units);
    this.memory.markCode(file.from, file.to);
  }

  /** In a child, before it goes: tells what it encoded itself. */
  teach(): void {
    if (!this.child || this.drops > RESTORES) return;
    for (const file of this.fresh.length > 0 ? this.memory.codeFiles : []) {
      const units = this.engine.inUse(file, this.fresh);
      if (units.length > 0) this.lessons!.tell(this.unsaved.length > 0 ? UNITS : SAVED_UNITS, this.key(file), this.engine.serialise(units));
    }
    this.fresh = [];
  }
}
