// Node's own calls into the C library, redirected: its relocations (ELF, read from the process's memory) tell where the
// addresses of imported functions are kept.
import type { HostAddress } from '../address.ts';
import { plainCall, readHost, writeHost } from './kernel.ts';
import { nodeSlots, type NodeSlots } from './node-slots.ts';
import { hostView, symbolAddress } from './native.ts';
import { SYS } from './abi.ts';
import { u64 } from './code-page.ts';

const AT_PHDR = 3;
const PT_DYNAMIC = 2, PT_PHDR = 6, PT_GNU_RELRO = 0x6474e552;
const DT_PLTRELSZ = 2, DT_STRTAB = 5, DT_SYMTAB = 6, DT_RELA = 7, DT_RELASZ = 8, DT_JMPREL = 23, DT_GNU_HASH = 0x6ffffef5;
const R_64 = 1, R_GLOB_DAT = 6, R_JUMP_SLOT = 7;
const PHDR_BYTES = 56, RELA_BYTES = 24, SYM_BYTES = 24;
const PAGE = 4096, PROT_READ = 1, PROT_WRITE = 2;
const DT_STRSZ = 10;

const view = (address: HostAddress, bytes: number): DataView => new DataView(hostView(address, bytes).buffer);
const word = (from: DataView, at: number): number => from.getUint32(at, true) + from.getUint32(at + 4, true) * 2 ** 32;

type Image = { readonly base: HostAddress; readonly dynamic: ReadonlyMap<number, number>; readonly relro: readonly [from: HostAddress, to: HostAddress] };

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

/** Symbol numbers of the named functions. What node imports comes first in its table, before what can be looked up in it. */
function findSymbols(symbols: HostAddress, count: number, names: HostAddress, bytes: number, wanted: ReadonlySet<string>): ReadonlyMap<number, string> {
  const entries = view(symbols, count * SYM_BYTES);
  const text = hostView(names, bytes);
  const initials = new Set([...wanted].map((name) => name.charCodeAt(0)));
  const found = new Map<number, string>();
  for (let i = 1; i < count; i++) {
    const at = entries.getUint32(i * SYM_BYTES, true);
    if (!initials.has(text[at]!)) continue;
    const name = String.fromCharCode(...text.subarray(at, text.indexOf(0, at)));
    if (wanted.has(name)) found.set(i, name);
  }
  return found;
}

/** The addresses where node keeps each of the named functions, from its own headers. */
export function searchSlots(names: readonly string[]): NodeSlots {
  const { base, dynamic, relro } = readImage();
  // The dynamic linker has made these absolute in place, except where the base is 0 anyway.
  const at = (tag: number): number => { const v = dynamic.get(tag) ?? 0; return v !== 0 && v < base ? v + base : v; };
  // Second word of DT_GNU_HASH: the first symbol that the hash table has.
  const imported = view(at(DT_GNU_HASH), 8).getUint32(4, true);
  const symbols = findSymbols(at(DT_SYMTAB), imported, at(DT_STRTAB), dynamic.get(DT_STRSZ) ?? 0, new Set(names));
  const slots: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (const [table, bytes] of [[at(DT_JMPREL), dynamic.get(DT_PLTRELSZ) ?? 0], [at(DT_RELA), dynamic.get(DT_RELASZ) ?? 0]] as const) {
    if (table === 0 || bytes === 0) continue;
    const relocations = view(table, bytes);
    for (let i = 0; i < bytes; i += RELA_BYTES) {
      const type = relocations.getUint32(i + 8, true);
      if (type !== R_JUMP_SLOT && type !== R_GLOB_DAT && type !== R_64) continue;
      const name = symbols.get(relocations.getUint32(i + 12, true));
      if (name !== undefined) slots[name]!.push(base + word(relocations, i));
    }
  }
  return { relro: [relro[0], relro[1] - (relro[1] % PAGE)], slots };
}

function pointerAt(address: HostAddress): number {
  const [low, high] = new Uint32Array(readHost(address, 8).buffer);
  return low! + high! * 2 ** 32;
}

/** What node-slots.ts has for this Node; null when a place does not hold what it should. */
function knownSlots(names: readonly string[]): NodeSlots | null {
  const known = nodeSlots[`${process.version} ${process.arch}`];
  const right = (name: string): boolean => {
    const address = symbolAddress(name);
    return known!.slots[name]?.every((slot) => pointerAt(slot) === address) ?? false;
  };
  return known !== undefined && names.every(right) ? known : null;
}

/** Makes node's calls of the named functions go to the given addresses instead. */
export function redirect(targets: Readonly<Record<string, number>>): void {
  const names = Object.keys(targets);
  const { relro, slots } = knownSlots(names) ?? searchSlots(names);
  const changes = names.flatMap((name) => slots[name]!.map((slot) => ({ name, slot }))).sort((a, b) => a.slot - b.slot);
  const firstPage = relro[0] - (relro[0] % PAGE);
  const protectedPages = new Set(changes.map(({ slot }) => slot - (slot % PAGE)).filter((page) => page >= firstPage && page < relro[1]));
  for (const page of protectedPages) plainCall(SYS.mprotect, page, PAGE, PROT_READ | PROT_WRITE);
  for (const { name, slot } of changes) writeHost(slot, Uint8Array.from(u64(targets[name]!)));
  for (const page of protectedPages) plainCall(SYS.mprotect, page, PAGE, PROT_READ);
}
