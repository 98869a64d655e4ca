// Makes the single file: Node's ELF file with further segments for start.c's code, the dynamic linker, and all that is looked for
// by name: libraries, koffi, bundles. The linker's places that open files are led to start.c, which has no other files.
import type { HostAddress } from '../address.ts';
import { CONTENTS } from './embedded.ts';

/** Where the code of start.c lies; behind it, below CONTENTS, what the linker's places jump to. */
export const START = 0x1000_0000;
const PAGE = 4096;
const OPENED = START + 8;
const MAX_OPTIONS = 32;
/** Offsets of struct contents, in words. */
const OPTIONS = 6, PARTS = OPTIONS + MAX_OPTIONS;

const ET_DYN = 3;
const PT_LOAD = 1, PT_PHDR = 6, PT_GNU_STACK = 0x6474e551;
const R = 4, W = 2, X = 1;
const HEADER = 64, PHDR = 56;

type Segment = { readonly type: number; readonly flags: number; readonly offset: number; readonly address: HostAddress; readonly fileBytes: number; readonly bytes: number; readonly align: number };
type Elf = { readonly file: Buffer; readonly type: number; readonly entry: HostAddress; readonly headersAt: number; readonly segments: readonly Segment[] };

export type Ingredients = {
  readonly node: Buffer;
  /** The code of start.c. */
  readonly start: Buffer;
  readonly linker: Buffer;
  /** Node's and V8's options. */
  readonly options: readonly string[];
  /** The boot script. */
  readonly boot: Buffer;
  /** Everything else by name. */
  readonly parts: ReadonlyMap<string, Buffer>;
};

const number = (from: Buffer, at: number): number => Number(from.readBigUInt64LE(at));
const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

function parse(file: Buffer, what: string): Elf {
  // 64 bits, little-endian, x86-64.
  if (file.length < HEADER || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1 || file.readUInt16LE(18) !== 62) throw new Error(`${what} is not an x86-64 program`);
  const headersAt = number(file, 32), count = file.readUInt16LE(56);
  const segments = Array.from({ length: count }, (_, i): Segment => {
    const at = headersAt + i * PHDR;
    return {
      type: file.readUInt32LE(at), flags: file.readUInt32LE(at + 4), offset: number(file, at + 8), address: number(file, at + 16),
      fileBytes: number(file, at + 32), bytes: number(file, at + 40), align: number(file, at + 48),
    };
  });
  return { file, type: file.readUInt16LE(16), entry: number(file, 24), headersAt, segments };
}

const loads = (elf: Elf): Segment[] => elf.segments.filter(({ type }) => type === PT_LOAD);

const PT_DYNAMIC = 2, DT_STRTAB = 5, DT_SONAME = 14;

/** The name that programs ask for a library by. */
export function sonameOf(file: Buffer, what: string): string {
  const elf = parse(file, what);
  const offsetOf = (address: number): number => {
    const home = loads(elf).find((s) => s.address <= address && address < s.address + s.fileBytes);
    if (home === undefined) throw new Error(`${what} points outside itself`);
    return address - home.address + home.offset;
  };
  const dynamic = elf.segments.find(({ type }) => type === PT_DYNAMIC);
  const tags = new Map<number, number>();
  for (let at = dynamic?.offset ?? 0, end = at + (dynamic?.fileBytes ?? 0); at < end; at += 16) tags.set(number(file, at), number(file, at + 8));
  const name = tags.get(DT_SONAME), strings = tags.get(DT_STRTAB);
  if (name === undefined || strings === undefined) throw new Error(`${what} has no name`);
  const at = offsetOf(strings) + name;
  return file.toString('latin1', at, file.indexOf(0, at));
}

/** Collects what follows Node's segments in the file. */
class Writer {
  readonly chunks: Buffer[] = [];
  readonly segments: Segment[] = [];
  #size: number;
  constructor(size: number) { this.#size = size; }

  /** Bytes that the kernel maps at an address; all of them are in the file, since old kernels clear memory behind the last segment alone. */
  add(address: HostAddress, bytes: Buffer, flags: number): void {
    const offset = roundUp(this.#size, PAGE) + (address % PAGE);
    this.chunks.push(Buffer.alloc(offset - this.#size), bytes);
    this.#size = offset + bytes.length;
    this.segments.push({ type: PT_LOAD, flags, offset, address, fileBytes: bytes.length, bytes: bytes.length, align: PAGE });
  }
}

/** `mov eax, openat`, up to 13 bytes that set up arguments, `syscall`: where the linker opens files. */
function findOpens(code: Buffer): { at: number; between: Buffer; end: number }[] {
  const load = Buffer.from([0xb8, 0x01, 0x01, 0, 0]);
  const found = [];
  for (let at = code.indexOf(load); at >= 0; at = code.indexOf(load, at + 1)) {
    const call = code.indexOf(Buffer.from([0x0f, 0x05]), at + load.length);
    if (call < 0 || call > at + load.length + 13) continue;
    found.push({ at, between: code.subarray(at + load.length, call), end: call + 2 });
  }
  return found;
}

/** Leads the linker's openings of files to start.c. Answers the code that goes between. */
function redirectOpens(code: Buffer, address: HostAddress, thunksAt: HostAddress): Buffer {
  const opens = findOpens(code);
  if (opens.length === 0) throw new Error('the place where the dynamic linker opens files is not found: this C library is not known');
  const jump = (from: HostAddress, to: HostAddress): Buffer => {
    const bytes = Buffer.from([0xe9, 0, 0, 0, 0]);
    bytes.writeInt32LE(to - (from + 5), 1);
    return bytes;
  };
  let thunks = Buffer.alloc(0);
  for (const { at, between, end } of opens) {
    const here = thunksAt + thunks.length;
    const back = Buffer.alloc(8);
    back.writeBigUInt64LE(BigInt(address + end));
    // lea rsp, [rsp-256] (below what the function keeps there); mov rax, back; push rax; jmp opened
    const body = Buffer.concat([between, Buffer.from([0x48, 0x8d, 0xa4, 0x24, 0x00, 0xff, 0xff, 0xff, 0x48, 0xb8]), back, Buffer.from([0x50])]);
    thunks = Buffer.concat([thunks, body, jump(here + body.length, OPENED)]);
    jump(address + at, here).copy(code, at);
  }
  return thunks;
}

/** The linker's segments at a fixed address; the last page of what can be written is filled up, since the linker uses it. */
function placeLinker(linker: Elf, base: HostAddress, thunksAt: HostAddress): { segments: { address: HostAddress; bytes: Buffer; flags: number }[]; thunks: Buffer } {
  if (linker.type !== ET_DYN) throw new Error('the dynamic linker has an address of its own');
  let thunks = Buffer.alloc(0);
  const segments = loads(linker).map((segment) => {
    const address = base + segment.address;
    const bytes = Buffer.alloc(segment.flags & W ? roundUp(address + segment.bytes, PAGE) - address : segment.bytes);
    linker.file.copy(bytes, 0, segment.offset, segment.offset + segment.fileBytes);
    if (segment.flags & X) thunks = Buffer.concat([thunks, redirectOpens(bytes, address, thunksAt + thunks.length)]);
    return { address, bytes, flags: segment.flags };
  });
  return { segments, thunks };
}

/** struct contents, and behind it what it points to. */
function layContents(node: Elf, linker: { base: HostAddress; entry: HostAddress }, { options, boot, parts }: Ingredients): Buffer {
  if (options.length + 2 > MAX_OPTIONS) throw new Error('too many options');
  const table = Buffer.alloc((PARTS + 1 + (parts.size + 1) * 3) * 8);
  const chunks = [table];
  let size = table.length;
  const append = (bytes: Buffer): HostAddress => {
    const at = CONTENTS + size;
    const padded = Buffer.alloc(roundUp(bytes.length + 1, 64));
    bytes.copy(padded);
    chunks.push(padded);
    size += padded.length;
    return at;
  };
  const set = (word: number, value: number): void => { table.writeBigUInt64LE(BigInt(value), word * 8); };
  const text = append(boot);
  // The table that Node and the linker are to see is Node's own.
  [node.entry, loads(node)[0]!.address + node.headersAt, node.segments.length, linker.base, linker.entry, options.length + 2].forEach((value, i) => set(i, value));
  [...options.map((option) => append(Buffer.from(option))), append(Buffer.from('-e')), text].forEach((at, i) => set(OPTIONS + i, at));
  set(PARTS, parts.size + 1);
  [['boot', boot] as const, ...parts].forEach(([name, bytes], i) => {
    const at = PARTS + 1 + i * 3;
    set(at, append(Buffer.from(name)));
    set(at + 1, name === 'boot' ? text : append(bytes));
    set(at + 2, bytes.length);
  });
  return Buffer.concat(chunks);
}

function headerTable(segments: readonly Segment[]): Buffer {
  const table = Buffer.alloc(segments.length * PHDR);
  segments.forEach(({ type, flags, offset, address, fileBytes, bytes, align }, i) => {
    const at = i * PHDR;
    table.writeUInt32LE(type, at);
    table.writeUInt32LE(flags, at + 4);
    [offset, address, address, fileBytes, bytes, align].forEach((value, field) => table.writeBigUInt64LE(BigInt(value), at + 8 + field * 8));
  });
  return table;
}

/** The bytes of the single file. */
export function makeSingleFile(ingredients: Ingredients): Buffer {
  const node = parse(ingredients.node, 'Node');
  const linker = parse(ingredients.linker, 'the dynamic linker');
  const own = loads(node);
  const last = own.at(-1)!;
  if (last.address + last.bytes > START) throw new Error('Node is larger than the room that there is for it');
  // What follows is for debuggers.
  const end = Math.max(...own.map(({ offset, fileBytes }) => offset + fileBytes));
  const head = Buffer.from(ingredients.node.subarray(0, end));

  const sizes = [...ingredients.parts.values()].reduce((sum, part) => sum + part.length + 256, ingredients.boot.length);
  const base = roundUp(CONTENTS + sizes + (1 << 20), 1 << 20);
  const thunksAt = START + roundUp(ingredients.start.length, 16);
  const { segments, thunks } = placeLinker(linker, base, thunksAt);
  const code = Buffer.concat([ingredients.start, Buffer.alloc(thunksAt - START - ingredients.start.length), thunks]);
  if (START + code.length > CONTENTS) throw new Error('the code of start.c is larger than the room that there is for it');
  const contents = layContents(node, { base, entry: base + linker.entry }, ingredients);

  const writer = new Writer(end);
  writer.add(START, code, R | X);
  const count = 1 + own.length + 2 + segments.length + 1;
  const tableAt = CONTENTS + contents.length;
  writer.add(CONTENTS, Buffer.concat([contents, Buffer.alloc(count * PHDR)]), R);
  for (const { address, bytes, flags } of segments) writer.add(address, bytes, flags);
  const offset = writer.segments[1]!.offset + contents.length;
  const table = headerTable([
    { type: PT_PHDR, flags: R, offset, address: tableAt, fileBytes: count * PHDR, bytes: count * PHDR, align: 8 },
    ...own, ...writer.segments, { type: PT_GNU_STACK, flags: R | W, offset: 0, address: 0, fileBytes: 0, bytes: 0, align: 16 },
  ]);
  head.writeBigUInt64LE(BigInt(START), 24);
  head.writeBigUInt64LE(BigInt(offset), 32);
  head.writeBigUInt64LE(0n, 40); // no sections
  head.writeUInt16LE(count, 56);
  head.writeUInt32LE(0, 60);
  const file = Buffer.concat([head, ...writer.chunks]);
  table.copy(file, offset);
  return file;
}
