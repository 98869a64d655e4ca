// The headers of an ELF file, read by elfy behind checks of our own: elfy believes every count and offset, and does not
// know newer machines. What comes out is numbers that are safe to map, or a LoadError. Rules: elf(5), fs/binfmt_elf.c's behaviour.
import type { FileOffset, GuestAddress } from '../address.ts';
import elfy from 'elfy';
import { E } from '../host/abi.ts';
import { LoadError } from './errors.ts';

const PAGE = 4096;
const ET_EXEC = 2, ET_DYN = 3;
const PT_INTERP = 3, PT_PHDR = 6, PT_GNU_STACK = 0x6474e551;
/** The kernel takes no more bytes of program headers than this. */
const MAX_PROGRAM_HEADERS = 65536;
const MAX_PATH = 4096;

/** What the first 20 bytes of any ELF file say. */
export type ElfIdentity = { readonly bits: 32 | 64; readonly bigEndian: boolean; readonly machine: number };

/** A PT_LOAD: addresses as in the file, without the load bias. */
export type Segment = {
  readonly address: GuestAddress;
  readonly offset: FileOffset;
  readonly fileSize: number;
  readonly memorySize: number;
  /** PROT_ bits. */
  readonly prot: number;
};

export type ElfImage = {
  readonly positionIndependent: boolean;
  readonly entry: GuestAddress;
  readonly segments: readonly Segment[];
  /** [low, high): what the segments span, low rounded down to a page. */
  readonly low: GuestAddress;
  readonly high: GuestAddress;
  /** Largest p_align that is a power of two, at least a page. */
  readonly align: number;
  /** For the auxiliary vector: where the program headers are in memory (0 when they are not), and how many of what size. */
  readonly headers: { readonly address: GuestAddress; readonly count: number; readonly size: number };
  /** Where in the file the interpreter's path is, with its NUL. */
  readonly interpreter: { readonly offset: FileOffset; readonly bytes: number } | null;
  /** False only when PT_GNU_STACK says so. */
  readonly executableStack: boolean;
};

/** What an image must be for this guest. */
export type Wanted = {
  readonly machine: number;
  readonly bits: 32 | 64;
  readonly bigEndian: boolean;
  /** Why the guest's kernel does not take a file with these e_flags and this entry; null when it does. */
  readonly refuses?: (flags: number, entry: GuestAddress) => string | null;
};

/** Reads a range of the file; may answer fewer bytes than asked for. */
export type ReadAt = (offset: FileOffset, bytes: number) => Buffer;

const machineNames: Readonly<Record<number, string>> = {
  2: 'sparc', 3: 'i386', 4: 'm68k', 8: 'mips', 15: 'hppa', 20: 'powerpc', 21: 'powerpc64', 22: 's390x', 40: 'arm', 42: 'sh4', 43: 'sparc64', 50: 'ia64',
  62: 'x86_64', 92: 'openrisc', 94: 'xtensa', 164: 'hexagon', 183: 'aarch64', 189: 'microblaze', 243: 'riscv', 258: 'loongarch64', 0x9026: 'alpha',
};

/** The usual name of a file's machine. */
export function machineName(id: ElfIdentity): string {
  const name = machineNames[id.machine] ?? `machine ${id.machine}`;
  return `${id.bigEndian && id.machine === 40 ? 'big-endian ' : ''}${name}${id.machine === 243 ? id.bits : ''}`;
}

/** Null when the bytes do not start an ELF file. */
export function identify(head: Uint8Array): ElfIdentity | null {
  if (head.length < 20 || head[0] !== 0x7f || head[1] !== 0x45 || head[2] !== 0x4c || head[3] !== 0x46) return null;
  const bigEndian = head[5] === 2;
  if ((head[4] !== 1 && head[4] !== 2) || (head[5] !== 1 && !bigEndian)) return null;
  return { bits: head[4] === 1 ? 32 : 64, bigEndian, machine: bigEndian ? head[18]! << 8 | head[19]! : head[18]! | head[19]! << 8 };
}

const bad = (why: string): LoadError => new LoadError(E.ENOEXEC, why);

/** Reads and checks the headers of a file that `identify` knows to be for `wanted`. */
export function readImage(head: Buffer, readAt: ReadAt, fileSize: number, wanted: Wanted, taskSize: GuestAddress): ElfImage {
  const parser = new elfy.Parser();
  const headerSize = wanted.bits === 32 ? 52 : 64;
  if (head.length < headerSize) throw bad('the file ends within its ELF header');
  // elfy looks names up by these two bytes and throws at what it does not know; they have been checked.
  const header = parser.parseHeader(head);
  const type = wanted.bigEndian ? head.readUInt16BE(16) : head.readUInt16LE(16);
  if (type !== ET_EXEC && type !== ET_DYN) throw bad('it is not an executable (an object file or a core dump)');
  const flagsAt = wanted.bits === 32 ? 36 : 48;
  const refused = wanted.refuses?.(wanted.bigEndian ? head.readUInt32BE(flagsAt) : head.readUInt32LE(flagsAt), header.entry) ?? null;
  if (refused !== null) throw bad(refused);
  const size = wanted.bits === 32 ? 32 : 56;
  const bytes = header.phnum * size;
  if (header.phentsize !== size || bytes === 0 || bytes > MAX_PROGRAM_HEADERS) throw bad('it has no valid program headers');
  const table = header.phoff + bytes <= head.length ? head.subarray(header.phoff, header.phoff + bytes) : readAt(header.phoff, bytes);
  if (table.length < bytes) throw bad('the file ends within its program headers');

  const segments: Segment[] = [];
  let interpreter: ElfImage['interpreter'] = null;
  let executableStack = true;
  let align = PAGE;
  let headersAt = -1;
  // A file of nothing but the table: elfy wants it at an offset, and not past the end of what it is given.
  const entries = parser.parsePrograms(Buffer.concat([head.subarray(0, 16), table]), { ...header, phoff: 16 });
  for (const [i, p] of entries.entries()) {
    const type = wanted.bigEndian ? table.readUInt32BE(i * size) : table.readUInt32LE(i * size);
    if (type === PT_INTERP && interpreter === null) {
      if (p.filesz < 2 || p.filesz > MAX_PATH) throw bad('the path of its interpreter has no valid length');
      interpreter = { offset: p.offset, bytes: p.filesz };
    } else if (type === PT_GNU_STACK) executableStack = p.flags.x === true;
    else if (type === PT_PHDR) headersAt = p.vaddr;
    if (p.type !== 'load') continue;
    if (p.align > align && Number.isInteger(Math.log2(p.align)) && p.align <= taskSize) align = p.align;
    if (p.memsz === 0) continue;
    if (p.filesz > p.memsz || p.vaddr + p.memsz > taskSize) throw bad('a segment does not fit the address space');
    if (p.filesz > 0 && p.offset + p.filesz > fileSize) throw bad('a segment reaches past the end of the file');
    if (p.vaddr % PAGE !== p.offset % PAGE) throw bad('a segment is not aligned to pages');
    const prot = (p.flags.r ? 1 : 0) | (p.flags.w ? 2 : 0) | (p.flags.x ? 4 : 0);
    segments.push({ address: p.vaddr, offset: p.offset, fileSize: p.filesz, memorySize: p.memsz, prot });
  }
  if (segments.length === 0) throw bad('it has nothing to load');
  const home = segments.find((s) => s.offset <= header.phoff && header.phoff + bytes <= s.offset + s.fileSize);
  if (headersAt < 0) headersAt = home ? home.address + header.phoff - home.offset : 0;
  const low = Math.floor(Math.min(...segments.map((s) => s.address)) / PAGE) * PAGE;
  const high = Math.max(...segments.map((s) => s.address + s.memorySize));
  return {
    positionIndependent: type === ET_DYN, entry: header.entry, segments, low, high, align, interpreter, executableStack,
    headers: { address: headersAt, count: header.phnum, size },
  };
}
