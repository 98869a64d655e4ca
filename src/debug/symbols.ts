// Names of functions for addresses, from the symbol tables of ELF files. For reports: a file that cannot be read, or is not what it says, has no names.
import * as fs from 'node:fs';

export type Found = { readonly name: string; readonly offset: number };

const SHT_SYMTAB = 2, SHT_DYNSYM = 11, STT_FUNC = 2, STT_NOTYPE = 0;
/** What a file may have of each: anything above is not a program's. */
const MOST_SECTIONS = 4096, MOST_BYTES = 256 << 20;

type Reader = { word(at: number): number; long(at: number): number; half(at: number): number; readonly wide: boolean; readonly bytes: Buffer };

function reader(bytes: Buffer): Reader | null {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46) return null;
  const wide = bytes[4] === 2, little = bytes[5] === 1;
  const word = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const half = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const long = (at: number): number => (wide ? Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)) : word(at));
  return { wide, word, half, long, bytes };
}

type Symbols = { readonly at: Float64Array; readonly size: Float64Array; readonly name: readonly string[]; readonly loads: readonly { readonly offset: number; readonly address: number; readonly size: number }[] };

/** The functions of a file, ascending, from its fuller table; null where there is none. Throws RangeError when the file is cut short. */
function parse(bytes: Buffer): Symbols | null {
  const r = reader(bytes);
  if (r === null) return null;
  const { wide, word, half, long } = r;
  const pointer = wide ? 8 : 4;
  const sections = long(wide ? 40 : 32), sectionSize = half(wide ? 58 : 46), count = Math.min(half(wide ? 60 : 48), MOST_SECTIONS);
  const section = (i: number) => {
    const at = sections + i * sectionSize;
    return { type: word(at + 4), offset: long(at + 8 + 2 * pointer), size: long(at + 8 + 3 * pointer), link: word(at + 8 + 4 * pointer) };
  };
  const all = Array.from({ length: count }, (_, i) => section(i));
  const table = all.find(({ type }) => type === SHT_SYMTAB) ?? all.find(({ type }) => type === SHT_DYNSYM);
  const names = table === undefined ? undefined : all[table.link];
  if (table === undefined || names === undefined) return null;
  const found: { at: number; size: number; name: number }[] = [];
  const entry = wide ? 24 : 16;
  for (let at = table.offset; at + entry <= table.offset + table.size; at += entry) {
    const value = long(at + (wide ? 8 : 4)), info = bytes.readUInt8(at + (wide ? 4 : 12)) & 15, home = half(at + (wide ? 6 : 14));
    if (value === 0 || home === 0 || (info !== STT_FUNC && info !== STT_NOTYPE)) continue;
    // Bit 0 of a function says Thumb on ARM, and is 0 elsewhere. Mapping symbols ($a, $x) are no names.
    if (bytes[names.offset + word(at)] === 0x24) continue;
    found.push({ at: value - (value % 2), size: long(at + (wide ? 16 : 8)), name: names.offset + word(at) });
  }
  found.sort((a, b) => a.at - b.at);
  const text = (at: number): string => bytes.toString('latin1', at, bytes.indexOf(0, at));
  const headers = long(wide ? 32 : 28), headerSize = half(wide ? 54 : 42);
  const loads = Array.from({ length: half(wide ? 56 : 44) }, (_, i) => headers + i * headerSize).filter((at) => word(at) === 1)
    .map((at) => (wide ? { offset: long(at + 8), address: long(at + 16), size: long(at + 32) } : { offset: word(at + 4), address: word(at + 8), size: word(at + 16) }));
  return { at: Float64Array.from(found, (f) => f.at), size: Float64Array.from(found, (f) => f.size), name: found.map((f) => text(f.name)), loads };
}

const files = new Map<string, Symbols | null>();

function symbolsOf(file: string): Symbols | null {
  const known = files.get(file);
  if (known !== undefined) return known;
  let symbols: Symbols | null = null;
  try {
    if (fs.statSync(file).size <= MOST_BYTES) symbols = parse(fs.readFileSync(file));
  } catch (e) {
    if (!(e instanceof RangeError) && (e as NodeJS.ErrnoException).errno === undefined) throw e;
  }
  files.set(file, symbols);
  return symbols;
}

/** The function at a place of a file (bytes from its start) and how far into it that is; null when none is known. */
export function functionAt(file: string, offset: number): Found | null {
  const symbols = symbolsOf(file);
  const load = symbols?.loads.find((one) => offset >= one.offset && offset < one.offset + one.size);
  if (!symbols || load === undefined) return null;
  const address = offset - load.offset + load.address;
  let low = 0, high = symbols.at.length;
  while (low < high) { const middle = (low + high) >> 1; if (symbols.at[middle]! <= address) low = middle + 1; else high = middle; }
  if (low === 0) return null;
  const size = symbols.size[low - 1]!, into = address - symbols.at[low - 1]!;
  return size !== 0 && into >= size ? null : { name: symbols.name[low - 1]!, offset: into };
}
