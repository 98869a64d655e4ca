// Node's own calls into the C library, redirected: its relocations (ELF, read from the process's memory) tell where the
// addresses of imported functions are kept.
import { plainCall, readHost, writeHost } from './kernel.ts';
import { SYS } from './abi.ts';
import { u64 } from './code-page.ts';

const AT_PHDR = 3;
const PT_DYNAMIC = 2, PT_PHDR = 6, PT_GNU_RELRO = 0x6474e552;
const DT_PLTRELSZ = 2, DT_STRTAB = 5, DT_SYMTAB = 6, DT_RELA = 7, DT_RELASZ = 8, DT_JMPREL = 23;
const R_64 = 1, R_GLOB_DAT = 6, R_JUMP_SLOT = 7;
const PHDR_BYTES = 56, RELA_BYTES = 24, SYM_BYTES = 24;
const PAGE = 4096;
const LONGEST_NAME = 32;

const view = (address: number, bytes: number): DataView => new DataView(readHost(address, bytes).buffer);
const word = (from: DataView, at: number): number => from.getUint32(at, true) + from.getUint32(at + 4, true) * 2 ** 32;

type Image = { readonly base: number; readonly dynamic: ReadonlyMap<number, number>; readonly relro: readonly [from: number, to: number] };

function readImage(): Image {
  const auxv = process.getBuiltinModule('node:fs').readFileSync('/proc/self/auxv');
  const aux = new DataView(auxv.buffer, auxv.byteOffset, auxv.length);
  let phdr = 0, count = 0;
  for (let i = 0; i + 16 <= auxv.length; i += 16) {
    if (word(aux, i) === AT_PHDR) phdr = word(aux, i + 8);
    if (word(aux, i) === 5 /* AT_PHNUM */) count = word(aux, i + 8);
  }
  const headers = view(phdr, count * PHDR_BYTES);
  const segments = Array.from({ length: count }, (_, i) => ({
    type: headers.getUint32(i * PHDR_BYTES, true), address: word(headers, i * PHDR_BYTES + 16), bytes: word(headers, i * PHDR_BYTES + 40),
  }));
  const find = (type: number) => segments.find((s) => s.type === type);
  const base = phdr - (find(PT_PHDR)?.address ?? phdr);
  const where = find(PT_DYNAMIC);
  if (where === undefined) throw new Error('node is linked statically: its calls cannot be redirected');
  const entries = view(base + where.address, where.bytes);
  const dynamic = new Map<number, number>();
  for (let i = 0; i < where.bytes; i += 16) dynamic.set(word(entries, i), word(entries, i + 8));
  const relro = find(PT_GNU_RELRO);
  return { base, dynamic, relro: relro ? [base + relro.address, base + relro.address + relro.bytes] : [0, 0] };
}

/** The addresses where node keeps each of the named functions. */
function findSlots(image: Image, names: ReadonlySet<string>): { name: string; slot: number }[] {
  const { base, dynamic } = image;
  // The dynamic linker has made these absolute in place, except where the base is 0 anyway.
  const at = (tag: number): number => { const v = dynamic.get(tag) ?? 0; return v !== 0 && v < base ? v + base : v; };
  const found: { name: string; slot: number }[] = [];
  const known = new Map<number, string>();
  for (const [table, bytes] of [[at(DT_JMPREL), dynamic.get(DT_PLTRELSZ) ?? 0], [at(DT_RELA), dynamic.get(DT_RELASZ) ?? 0]] as const) {
    if (table === 0 || bytes === 0) continue;
    const relocations = view(table, bytes);
    for (let i = 0; i < bytes; i += RELA_BYTES) {
      const type = relocations.getUint32(i + 8, true);
      if (type !== R_JUMP_SLOT && type !== R_GLOB_DAT && type !== R_64) continue;
      const symbol = relocations.getUint32(i + 12, true);
      let name = known.get(symbol);
      if (name === undefined) {
        const nameAt = view(at(DT_SYMTAB) + symbol * SYM_BYTES, 4).getUint32(0, true);
        const bytesOfName = readHost(at(DT_STRTAB) + nameAt, LONGEST_NAME);
        name = String.fromCharCode(...bytesOfName.subarray(0, bytesOfName.indexOf(0) < 0 ? LONGEST_NAME : bytesOfName.indexOf(0)));
        known.set(symbol, name);
      }
      if (names.has(name)) found.push({ name, slot: base + word(relocations, i) });
    }
  }
  return found;
}

/** Makes node's calls of the named functions go to the given addresses instead. Answers how many places were changed. */
export function redirect(targets: Readonly<Record<string, number>>): number {
  const image = readImage();
  const slots = findSlots(image, new Set(Object.keys(targets)));
  for (const { name, slot } of slots) {
    const page = slot - (slot % PAGE);
    const readOnly = slot >= image.relro[0] && slot < image.relro[1] - (image.relro[1] % PAGE);
    if (readOnly) plainCall(SYS.mprotect, page, PAGE, 3);
    writeHost(slot, Uint8Array.from(u64(targets[name]!)));
    if (readOnly) plainCall(SYS.mprotect, page, PAGE, 1);
  }
  return slots.length;
}
