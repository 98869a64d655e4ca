// Tier 0 code on disk: what was encoded from one executable mapping of a file, found again by the file's identity, the
// mapping's place and the emulator's build. An entry that does not check is as good as none. docs/architecture.md, "Cache".
import type { End, Location } from './ir.ts';
import { handlerShapes, type Core, type Shape } from './interp/core.ts';
import { CODE } from './state.ts';

/** Encoded units in the order of their addresses. `code` ends where the literals start, `end` where the unit does. */
export type EncodedUnit = { readonly ip: number; readonly code: number; readonly end: number; readonly pc: Location; readonly context: number };

/** A cacheable range of guest addresses: an executable mapping of a file. */
export type CodeMapping = { readonly key: string; readonly from: number; readonly to: number };

const MAGIC = 0x30657374, HEADER = 8;

/** What an entry gives back: words for the code buffer, and what the engine has to know of them. Offsets are in words. */
export type CacheEntry = {
  readonly words: Int32Array;
  /** Words that hold an address in the code, relative to its start. */
  readonly relocations: Int32Array;
  /** Per unit: location (low, high), start, end of code, end. */
  readonly units: Int32Array;
  /** Words that hold the number of a site, and the sites. */
  readonly siteWords: Int32Array;
  readonly sites: readonly End[];
};

/** Collects the units of a mapping into an entry. Links to other mappings' code are left to be made again. */
export function collect(core: Core, state: Int32Array, units: readonly EncodedUnit[], heat: number, sites: readonly End[]): CacheEntry {
  const shapes = handlerShapes(core.names);
  const starts = new Map<number, number>();
  let size = 0;
  for (const u of units) { starts.set(u.ip, size); size += (u.end - u.ip) >> 2; }
  const words = new Int32Array(size);
  const relocations: number[] = [];
  const siteWords: number[] = [];
  const siteList: End[] = [];
  const table = new Int32Array(units.length * 5);
  const leave = core.controlOf('leave'), enter = core.controlOf('enter'), enterRegion = core.controlOf('enterRegion');
  units.forEach((u, n) => {
    const to = starts.get(u.ip)!;
    const from = u.ip >> 2;
    words.set(state.subarray(from, u.end >> 2), to);
    table.set([u.pc | 0, Math.floor(u.pc / 4294967296), to, to + ((u.code - u.ip) >> 2), to + ((u.end - u.ip) >> 2)], n * 5);
    const length = (u.code - u.ip) >> 2;
    for (let at = 0; at < length;) {
      const w = to + at;
      const handler = words[w]!;
      const shape: Shape = shapes[handler]!;
      if (handler === enter || handler === enterRegion) { words[w] = enter; words[w + 1] = heat; }
      if (handler === leave) { siteWords.push(w + 1); siteList.push(sites[words[w + 1]!]!); }
      for (const o of shape.operands) {
        const cell = words[w + o]!;
        if (cell >= CODE) { words[w + o] = cell - u.ip + to * 4; relocations.push(w + o); }
      }
      for (const l of shape.links) {
        const link = words[w + l]!;
        if (link === 0) continue;
        // A link leads into this unit, to the head of another of the mapping, or out of it.
        const target = link >= u.ip && link < u.end ? link - u.ip + to * 4 : starts.has(link) ? starts.get(link)! * 4 : -1;
        words[w + l] = target < 0 ? 0 : target;
        if (target >= 0) relocations.push(w + l);
      }
      at += shape.size;
    }
  });
  return { words, relocations: Int32Array.from(relocations), units: table, siteWords: Int32Array.from(siteWords), sites: siteList };
}

/** FNV-1a over words (the last ones may be bytes). Node's crc32 is faster, but to load zlib takes 10 ms. */
export function checksum(bytes: Uint8Array): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  for (let i = words.length * 4; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash | 0;
}

export function serialise(entry: CacheEntry): Uint8Array {
  const json = JSON.stringify(entry.sites);
  // A multiple of four bytes, since entries follow each other in a file.
  const sites = new TextEncoder().encode(json.padEnd(json.length + 3 & ~3));
  const parts = [entry.words, entry.relocations, entry.units, entry.siteWords];
  const header = new Int32Array(HEADER);
  header.set([MAGIC, 0, sites.length, ...parts.map((p) => p.length)]);
  const out = new Uint8Array(header.byteLength + parts.reduce((n, p) => n + p.byteLength, 0) + sites.length);
  let at = header.byteLength;
  for (const p of parts) { out.set(new Uint8Array(p.buffer, p.byteOffset, p.byteLength), at); at += p.byteLength; }
  out.set(sites, at);
  header[1] = checksum(out.subarray(header.byteLength));
  out.set(new Uint8Array(header.buffer));
  return out;
}

/** The entries in these bytes, one after the other, up to the first that is not whole and intact. */
export function parseEntries(file: Uint8Array): { readonly entries: readonly CacheEntry[]; readonly whole: boolean } {
  const aligned = file.byteOffset % 4 === 0 ? file : file.slice();
  const entries: CacheEntry[] = [];
  let at = 0;
  while (at < aligned.length) {
    const found = parseEntry(aligned.subarray(at));
    if (found === null) return { entries, whole: false };
    entries.push(found.entry);
    at += found.bytes;
  }
  return { entries, whole: true };
}

function parseEntry(bytes: Uint8Array): { readonly entry: CacheEntry; readonly bytes: number } | null {
  if (bytes.length < HEADER * 4) return null;
  const header = new Int32Array(bytes.buffer, bytes.byteOffset, HEADER);
  const [magic, sum, siteBytes, ...lengths] = header as unknown as [number, number, number, ...number[]];
  const counts = lengths.slice(0, 4);
  if (magic !== MAGIC || counts.some((n) => n < 0) || siteBytes < 0) return null;
  const size = HEADER * 4 + counts.reduce((n, c) => n + c * 4, 0) + siteBytes;
  if (size > bytes.length || checksum(bytes.subarray(HEADER * 4, size)) !== sum) return null;
  let at = bytes.byteOffset + HEADER * 4;
  const [words, relocations, units, siteWords] = counts.map((n) => {
    const part = new Int32Array(bytes.buffer, at, n);
    at += n * 4;
    return part;
  }) as [Int32Array, Int32Array, Int32Array, Int32Array];
  const sites = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes.buffer, at, siteBytes))) as End[];
  return { entry: { words, relocations, units, siteWords, sites }, bytes: size };
}

/** Puts an entry at byte offset `at` of the state memory. `addSite` gives a site its number in this process. */
export function install(entry: CacheEntry, state: Int32Array, at: number, addSite: (end: End) => number): EncodedUnit[] {
  const base = at >> 2;
  state.set(entry.words, base);
  const { relocations, units, siteWords, sites } = entry;
  for (let i = 0; i < relocations.length; i++) state[base + relocations[i]!]! += at;
  for (let i = 0; i < siteWords.length; i++) state[base + siteWords[i]!] = addSite(sites[i]!);
  const out: EncodedUnit[] = new Array(units.length / 5);
  for (let i = 0, u = 0; u < units.length; i++, u += 5) {
    out[i] = {
      pc: (units[u]! >>> 0) + units[u + 1]! * 4294967296, context: 0,
      ip: at + units[u + 2]! * 4, code: at + units[u + 3]! * 4, end: at + units[u + 4]! * 4,
    };
  }
  return out;
}
