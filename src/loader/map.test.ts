import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { CpuModel, Guest } from '../guests/guest.ts';
import { E, MAP } from '../host/abi.ts';
import type { MapRequest } from '../memory/guest-memory.ts';
import { LoadError } from './errors.ts';
import { inspect } from './inspect.ts';
import { mapProgram, type LoadedProgram, type LoaderMemory } from './map.ts';

const PAGE = 4096;
const TASK_SIZE = 0x4000_0000;
/** The guest of the suite that runs: of 32 or 64 bits. */
let guest: Guest;
const guestOf = (bits: 32 | 64): Guest => ({
  elf: { machine: bits === 32 ? 40 : 243, bits, bigEndian: false }, layout: { taskSize: TASK_SIZE, dynBase: 0x2000_0000, mmapTop: 0x3000_0000 },
  data: { pointer: bits === 32 ? 4 : 8, align64: 8, bigEndian: false }, commpages: [{ address: 0x3fff_f000, bytes: Uint8Array.of(1, 2, 3) }], signalFrame: { size: 700 },
}) as unknown as Guest;
/** Sizes of an ELF file's header and program header, and where the latter has its fields. */
const shapes = {
  32: { header: 52, entry: 32, offset: 4, address: 8, fileSize: 16, memorySize: 20, align: 28 },
  64: { header: 64, entry: 56, offset: 8, address: 16, fileSize: 32, memorySize: 40, align: 48 },
} as const;
const shape = () => shapes[guest.elf.bits];
const model: CpuModel = { name: 'm', hwcap: 3, hwcap2: 4, platform: 'v7l', cpuinfo: () => '', features: new Set() };

/** An address space of plain pages, with the rules of mmap that the loader relies on. */
class FakeMemory implements LoaderMemory {
  readonly pages = new Map<number, { bytes: Buffer; prot: number; offset: number }>();
  brk = 0;

  map = ({ address, length, prot, flags, fd, offset }: MapRequest): number => {
    if (length <= 0 || offset % PAGE !== 0) return -E.EINVAL;
    const count = Math.ceil(length / PAGE);
    let at = address;
    if (flags & MAP.FIXED) {
      if (at % PAGE !== 0) return -E.EINVAL;
      if (at + count * PAGE > TASK_SIZE) return -E.ENOMEM;
    } else if (at === 0 || !this.free(at, count)) {
      for (at = guest.layout.mmapTop - count * PAGE; at >= 65536 && !this.free(at, count); at -= PAGE);
      if (at < 65536) return -E.ENOMEM;
    }
    for (let i = 0; i < count; i++) {
      const bytes = Buffer.alloc(PAGE);
      if (fd >= 0 && count < 1000) fs.readSync(fd, bytes, 0, PAGE, offset + i * PAGE);
      this.pages.set(at / PAGE + i, { bytes, prot, offset: fd >= 0 ? offset + i * PAGE : -1 });
    }
    return at;
  };

  mapKernelPage = (address: number, bytes: Uint8Array): number => {
    this.pages.set(address / PAGE, { bytes: Buffer.concat([bytes], PAGE), prot: 5, offset: -1 });
    return 0;
  };

  private free(at: number, count: number): boolean {
    if (at + count * PAGE > TASK_SIZE) return false;
    for (let i = 0; i < count; i++) if (this.pages.has(at / PAGE + i)) return false;
    return true;
  }

  unmap = (address: number, length: number): number => {
    for (let at = address; at < address + length; at += PAGE) this.pages.delete(at / PAGE);
    return 0;
  };

  protect = (address: number, length: number, prot: number): number => {
    for (let at = address; at < address + length; at += PAGE) this.pages.get(at / PAGE)!.prot = prot;
    return 0;
  };

  write = (address: number, data: Uint8Array): void => {
    for (const [i, byte] of data.entries()) {
      const page = this.pages.get(Math.floor((address + i) / PAGE));
      if (!page || !(page.prot & 2)) throw new Error(`write to 0x${(address + i).toString(16)}`);
      page.bytes[(address + i) % PAGE] = byte;
    }
  };

  setBrk = (start: number): void => { this.brk = start; };

  byte(address: number): number | undefined { return this.pages.get(Math.floor(address / PAGE))?.bytes[address % PAGE]; }
  prot(address: number): number | undefined { return this.pages.get(Math.floor(address / PAGE))?.prot; }
}

type Load = { type?: number; offset: number; address: number; fileSize: number; memorySize: number; flags: number; align?: number };

/** An ELF file with these program headers, whose content is the low byte of each offset plus one. */
function elf(loads: readonly Load[], { type = 2, entry = 0x10000, bytes = 0x5000 } = {}): Buffer {
  const file = Buffer.from(Array.from({ length: bytes }, (_, i) => (i + 1) & 0xff));
  const { bits, machine } = guest.elf;
  const { header, entry: size } = shape();
  file.fill(0, 0, header + size * loads.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, 1, 1]);
  const sizes = header - 12; // e_ehsize, e_phentsize, e_phnum
  for (const [at, value] of [[16, type], [18, machine], [sizes, header], [sizes + 2, size], [sizes + 4, loads.length]] as const) file.writeUInt16LE(value, at);
  for (const [at, value] of [[20, 1], [24, entry], [24 + bits / 8, header]] as const) file.writeUInt32LE(value, at);
  loads.forEach((l, i) => {
    const { offset, address, fileSize, memorySize, flags } = l;
    const words = bits === 32 ? [l.type ?? 1, offset, address, address, fileSize, memorySize, flags, l.align ?? 0x1000]
      : [l.type ?? 1, flags, offset, 0, address, 0, address, 0, fileSize, 0, memorySize, 0, l.align ?? 0x1000, 0];
    words.forEach((value, k) => file.writeUInt32LE(value, header + size * i + 4 * k));
  });
  return file;
}

let folder: string;
beforeAll(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-map-')); });
afterAll(() => fs.rmSync(folder, { recursive: true }));

function save(content: Uint8Array, name = 'program'): string {
  const at = path.join(folder, name);
  fs.writeFileSync(at, content, { mode: 0o755 });
  return at;
}

function load(content: Uint8Array, stackSize = 1 << 20): { memory: FakeMemory; loaded: LoadedProgram } {
  const at = save(content);
  const found = inspect({ path: at, argv: [at, 'x'], guest, resolve: () => null });
  if (found.kind !== 'guest') throw new LoadError(E.ENOEXEC, 'not for the guest');
  const memory = new FakeMemory();
  const loaded = mapProgram(memory, guest, model, found, at, { envp: ['A=1'], stackSize, random: new Uint8Array(16), ids: { uid: 1, euid: 1, gid: 2, egid: 2 } });
  return { memory, loaded };
}

const text: Load = { offset: 0, address: 0x10000, fileSize: 0x1234, memorySize: 0x1234, flags: 5 };

/** The auxiliary vector as a map. */
function auxv({ auxv: bytes }: LoadedProgram): Map<number, number> {
  const { pointer } = guest.data;
  const word = (i: number): number => Buffer.from(bytes).readUIntLE(i * pointer, Math.min(pointer, 6));
  return new Map(Array.from({ length: bytes.length / (2 * pointer) }, (_, i) => [word(2 * i), word(2 * i + 1)]));
}

describe.each([32, 64] as const)('mapProgram for %i bits', (bits) => {
  beforeAll(() => { guest = guestOf(bits); });

  test('maps segments where they say, with their rights', () => {
    const { memory, loaded } = load(elf([text, { offset: 0x2100, address: 0x13100, fileSize: 0x80, memorySize: 0x80, flags: 6 }]));
    expect([memory.prot(0x10000), memory.prot(0x11fff), memory.prot(0x12000), memory.prot(0x13000)]).toEqual([5, 5, undefined, 3]);
    expect([memory.byte(0x10201), memory.byte(0x13142)]).toEqual([0x02, 0x43]);
    expect([loaded.entry, loaded.bias, loaded.interpreterBase, loaded.brk]).toEqual([0x10000, 0, 0, 0x14000]);
  });

  test('clears what follows the file in memory, up to the end of the page and beyond', () => {
    const { memory, loaded } = load(elf([text, { offset: 0x2100, address: 0x13100, fileSize: 0x80, memorySize: 0x2000, flags: 6 }]));
    expect([memory.byte(0x1317f), memory.byte(0x13180), memory.byte(0x13fff), memory.byte(0x14000), memory.byte(0x150ff)]).toEqual([0x80, 0, 0, 0, 0]);
    expect([memory.prot(0x15000), loaded.brk]).toEqual([3, 0x16000]);
  });

  test('clears the tail of a segment that cannot be written, and leaves its rights', () => {
    const { memory } = load(elf([{ ...text, memorySize: 0x1300 }]));
    expect([memory.byte(0x11233), memory.byte(0x11240), memory.prot(0x11000)]).toEqual([0x34, 0, 5]);
  });

  test('a segment without file content keeps the page that it shares with the one before', () => {
    const { memory } = load(elf([{ ...text, flags: 6 }, { offset: 0x1300, address: 0x11300, fileSize: 0, memorySize: 0x2000, flags: 6 }]));
    expect([memory.byte(0x11230), memory.byte(0x11300), memory.byte(0x12000)]).toEqual([0x31, 0, 0]);
  });

  test('a segment of nothing is not there', () => {
    const { memory } = load(elf([text, { offset: 0, address: 0x50000, fileSize: 0, memorySize: 0, flags: 6 }]));
    expect(memory.prot(0x50000)).toBeUndefined();
  });

  test('of overlapping segments the later one is seen', () => {
    const { memory } = load(elf([text, { offset: 0x3000, address: 0x11000, fileSize: 0x100, memorySize: 0x100, flags: 4 }]));
    expect([memory.byte(0x10201), memory.pages.get(0x11)?.offset, memory.prot(0x11000)]).toEqual([2, 0x3000, 1]);
  });

  test('puts position-independent programs where the guest wants them', () => {
    const { memory, loaded } = load(elf([{ ...text, address: 0 }], { type: 3, entry: 0x400 }));
    expect([loaded.bias, loaded.entry, memory.prot(0x2000_0000)]).toEqual([0x2000_0000, 0x2000_0400, 5]);
    expect(auxv(loaded).get(3)).toBe(0x2000_0000 + shape().header);
  });

  test('keeps an alignment larger than a page', () => {
    const { memory, loaded } = load(elf([{ ...text, address: 0x3000, offset: 0, align: 0x100000 }], { type: 3, entry: 0x3000 }));
    expect(loaded.bias % 0x100000).toBe(0);
    expect(memory.prot(loaded.bias + 0x3000)).toBe(5);
    expect([...memory.pages.values()].filter((p) => p.prot === 0).length).toBe(256); // the guard below the stack, and nothing left over
  });

  test('starts in the interpreter and tells it where the program is', () => {
    const linker = save(elf([{ ...text, address: 0 }], { type: 3, entry: 0x200 }), 'ld.so');
    const program = elf([text, { type: 3, offset: 0x4000, address: 0, fileSize: linker.length + 1, memorySize: linker.length + 1, flags: 4 }]);
    program.write(`${linker}\0`, 0x4000, 'latin1');
    const { memory, loaded } = load(program);
    expect([loaded.entry, loaded.programEntry]).toEqual([loaded.interpreterBase + 0x200, 0x10000]);
    expect(memory.prot(loaded.interpreterBase)).toBe(5);
    expect([auxv(loaded).get(7), auxv(loaded).get(9)]).toEqual([loaded.interpreterBase, 0x10000]);
  });

  test('gives a stack with a guard, arguments in it, and rights as PT_GNU_STACK says', () => {
    const { memory, loaded } = load(elf([text, { type: 0x6474e551, offset: 0, address: 0, fileSize: 0, memorySize: 0, flags: 6 }]), 1 << 20);
    expect(loaded.stackHigh - loaded.stackLow).toBe(1 << 20);
    expect([memory.prot(loaded.stackLow - 1), memory.prot(loaded.stackLow), memory.prot(loaded.stackHigh - 1)]).toEqual([0, 3, 3]);
    expect([memory.byte(loaded.sp), loaded.sp % 16]).toEqual([2, 0]);
    const open = load(elf([text]));
    expect(open.memory.prot(open.loaded.stackLow)).toBe(7);
  });

  test('puts the stack elsewhere when a segment is where it would be', () => {
    const { memory, loaded } = load(elf([text, { ...text, address: TASK_SIZE - 0x80000 }]));
    expect(memory.prot(TASK_SIZE - 0x80000)).toBe(5);
    expect(loaded.stackHigh).toBeLessThanOrEqual(guest.layout.mmapTop);
  });

  test('maps the pages that the kernel gives to everybody, read-only', () => {
    const { memory } = load(elf([text]));
    expect([memory.byte(0x3fff_f001), memory.prot(0x3fff_f000)]).toEqual([2, 5]);
  });

  test('whatever the headers say, it maps or answers an errno', () => {
    const values = [0, 1, 0x1000, 0x1001, 0x10000, 0x3fff_f000, 0x4000_0000, 0x7fff_ffff, 0xffff_f000, 0xffff_ffff];
    const good = elf([text, { offset: 0x2100, address: 0x13100, fileSize: 0x80, memorySize: 0x800, flags: 6 }]);
    let loads = 0;
    for (const type of [2, 3]) {
      const { header, entry, offset, address, fileSize, memorySize, align } = shape();
      for (const field of [offset, address, fileSize, memorySize, align]) {
        for (const other of [address, memorySize]) {
          for (const a of values) {
            for (const b of values) {
              // The fake has no host below it: an address space that is nearly full is a lot of pages.
              if (field === memorySize || other === memorySize) { if (a > 0x10000 && a < TASK_SIZE || b > 0x10000 && b < TASK_SIZE) continue; }
              const bad = Buffer.from(good);
              bad.writeUInt16LE(type, 16);
              bad.writeUInt32LE(a, header + field);
              bad.writeUInt32LE(b, header + entry + other);
              try { load(bad, 65536); loads++; } catch (error) { expect(error).toBeInstanceOf(LoadError); }
            }
          }
        }
      }
    }
    expect(loads).toBeGreaterThan(20);
  });
});
