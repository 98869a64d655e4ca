// The guest's address space: a shared Wasm memory in which the guest's mappings are host mappings at fixed places.
// Guest address = Wasm address = host address - base. What is not mapped is PROT_NONE on the host, so that a wild access
// in generated code becomes a trap, and in a system call EFAULT.
import type { FileOffset, GuestAddress, HostAddress } from '../address.ts';
import { addressOf, exchangeHost16, plainCall } from '../host/kernel.ts';
import { fileIdentity, type FileIdentity } from './file-identity.ts';
import { SYS } from '../host/abi.ts';
import { HostLock } from '../host/lock.ts';
import type { CodeWatch } from '../host/signal-handler.ts';
import type { Guest } from '../guests/guest.ts';
import { MemoryFault } from '../threads/task.ts';
import { WINDOW, WINDOW_BYTES, type ThreadState } from '../translate/state.ts';
import { guestLimits } from '../translate/wasm/code.ts';
import { createAccessors, type Accessors } from './accessors.ts';
import { CODE, EXEC, LOWEST_MAPPED, MAPPED, PAGE, PageTable, READ, SHARED, WRITE, pageUp } from './page-table.ts';

const PROT_NONE = 0;
const MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_SHARED_VALIDATE = 3, MAP_TYPE = 15, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_GROWSDOWN = 0x100;
const MAP_32BIT = 0x40, MAP_NORESERVE = 0x4000, MAP_FIXED_NOREPLACE = 0x100000;
const MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2, MREMAP_DONTUNMAP = 4;
const EPERM = 1, ENOMEM = 12, EEXIST = 17, EINVAL = 22, EFAULT = 14;

/** An executable mapping of a file that has not been changed since it was made. */
export type CodeFile = { readonly identity: string; readonly from: GuestAddress; readonly to: GuestAddress };

/** Control words of the shared process block, before its page table. */
const LOCK = 0, BRK_START = 1, BRK = 2, PROTECTED_PAGES = 3, CODE_EPOCH = 4, PRECISE = 5, RESTRICTIONS = 6, MODES = 7;
/** Notes of what changed last, by the epoch's lowest bits: words epoch, first page, page after the last. */
const CHANGES = 256, CHANGE_COUNT = 16;
const BLOCK_HEADER = 4096, BRK_BYTE = 64;
/** Places for files are this far apart, bytes; and no more of them are needed. */
const FILE_ALIGN = 1 << 20, MOST_PLACES = 2048;

export type MapRequest = {
  /** Guest address, a hint unless flags say MAP_FIXED; 0 for any. */
  readonly address: GuestAddress;
  /** Bytes. */
  readonly length: number;
  /** PROT_ bits. */
  readonly prot: number;
  /** MAP_ bits of the generic Linux ABI. */
  readonly flags: number;
  readonly fd: number;
  /** Bytes. */
  readonly offset: FileOffset;
};

/** Made small and grown at once: V8 counts what a memory starts with as garbage collection pressure, and collects (10 ms). */
function createMemory(wide: boolean, maximum: number | bigint): WebAssembly.Memory {
  const limits = wide ? { initial: 0n, maximum, shared: true, address: 'i64' } : { initial: 0, maximum, shared: true };
  const memory = new WebAssembly.Memory(limits as WebAssembly.MemoryDescriptor);
  memory.grow(maximum as number);
  return memory;
}

/** What a Worker needs to see the same address space. */
export type SharedMemory = { readonly memory: WebAssembly.Memory; readonly block: SharedArrayBuffer };

export class GuestMemory {
  readonly guest: Guest;
  readonly memory: WebAssembly.Memory;
  readonly block: SharedArrayBuffer;
  /** Host address of guest address 0. */
  readonly base: HostAddress;
  /** Bytes that can be mapped at all. */
  readonly size: number;
  readonly pages: PageTable;
  private readonly control: Int32Array;
  private readonly lock: HostLock;
  private readonly brkWords: Float64Array;
  private readonly state: ThreadState;
  private readonly access: Accessors;
  /** Executable mappings of files, for code that was translated in another run. */
  codeFiles: readonly CodeFile[] = [];
  /** Called with a guest range whose translations, if any, are no longer right. */
  onInvalidate: (from: GuestAddress, to: GuestAddress) => void = () => {};
  /** Called before all mappings go away at once; `codeFiles` are still those that there were. */
  onClear: () => void = () => {};
  /** Called when an access of tsemu's failed: a debugger that keeps pages from being accessed lets go of them. Answers whether it may help to try again. */
  onFailure: () => boolean = () => false;

  constructor(guest: Guest, state: ThreadState, shared?: SharedMemory) {
    this.guest = guest;
    this.state = state;
    const wide = guest.addressType === 'i64';
    const limit = wide ? BigInt(guest.memoryPages) : guest.memoryPages;
    this.size = guest.memoryPages * 65536;
    this.memory = shared?.memory ?? createMemory(wide, limit);
    this.block = shared?.block ?? new SharedArrayBuffer(BLOCK_HEADER + PageTable.size(this.size / PAGE));
    this.control = new Int32Array(this.block, 0, BLOCK_HEADER / 4);
    this.lock = new HostLock(this.control, LOCK);
    this.brkWords = new Float64Array(this.block, BRK_BYTE, 8);
    this.pages = new PageTable(this.block, BLOCK_HEADER, this.size / PAGE);
    this.base = addressOf(this.memory.buffer as unknown as SharedArrayBuffer);
    if (!shared) this.reserve(0, this.size);
    this.access = createAccessors(this.memory, guestLimits(guest.addressType, guest.memoryPages), state.memory);
  }

  get shared(): SharedMemory { return { memory: this.memory, block: this.block }; }

  /** The host address of a guest address, for the kernel to check. */
  host(address: GuestAddress): HostAddress { return this.base + address; }

  // Access from TypeScript. All throw MemoryFault.

  private guard<T>(address: GuestAddress, run: () => T, length = 4): T {
    for (let again = 0; ; again++) {
      try { return run(); } catch (e) {
        if (!(e instanceof WebAssembly.RuntimeError)) throw e;
        if (again > 1 || !((again === 0 && this.onFailure()) || this.releaseCode(address, length))) throw new MemoryFault(address);
      }
    }
  }

  u8(address: GuestAddress): number { return this.guard(address, () => this.access.load8(address)) & 0xff; }
  u16(address: GuestAddress): number { return this.guard(address, () => this.access.load16(address)) & 0xffff; }
  u32(address: GuestAddress): number { return this.guard(address, () => this.access.load32(address)) >>> 0; }
  setU8(address: GuestAddress, value: number): void { this.guard(address, () => this.access.store8(address, value)); }
  setU16(address: GuestAddress, value: number): void { this.guard(address, () => this.access.store16(address, value)); }
  setU32(address: GuestAddress, value: number): void { this.guard(address, () => this.access.store32(address, value)); }

  /** A copy of `bytes` bytes at `address`; in `given`, if there is one. */
  read(address: GuestAddress, bytes: number, given?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (bytes < 0 || address + bytes > this.size) throw new MemoryFault(this.size);
    const out = given ?? new Uint8Array(bytes);
    for (let at = 0; at < bytes; at += WINDOW_BYTES) {
      const n = Math.min(WINDOW_BYTES, bytes - at);
      this.guard(address + at, () => this.access.copyIn(WINDOW, address + at, n), n);
      out.set(this.state.u8.subarray(WINDOW, WINDOW + n), at);
    }
    return out;
  }

  write(address: GuestAddress, data: Uint8Array): void {
    if (address + data.length > this.size) throw new MemoryFault(this.size);
    for (let at = 0; at < data.length; at += WINDOW_BYTES) {
      const n = Math.min(WINDOW_BYTES, data.length - at);
      this.state.u8.set(n === data.length ? data : data.subarray(at, at + n), WINDOW);
      this.guard(address + at, () => this.access.copyOut(address + at, WINDOW, n), n);
    }
  }

  /** The bytes of a C string without its NUL; null when there is no NUL within `max` bytes (max is at most 1 MiB). */
  cstring(address: GuestAddress, max = 4096): Uint8Array<ArrayBuffer> | null {
    const n = this.guard(address, () => this.access.copyString(WINDOW, address, max));
    return n < 0 ? null : new Uint8Array(this.state.u8.subarray(WINDOW, WINDOW + n));
  }

  /** Atomically stores `value` where `expected` is; answers what was there. `address` is a multiple of 4. */
  compareExchange(address: GuestAddress, expected: number, value: number): number {
    return this.guard(address, () => this.access.compareExchange(address, expected, value));
  }

  /** The same for 16 bytes; `address` is a multiple of 16. Wasm's atomic operations end at eight. */
  compareExchange16(address: GuestAddress, expected: Uint8Array, value: Uint8Array): Uint8Array {
    for (;;) {
      this.compareExchange(address, 0, 0); // a write: it throws, or drops what was translated from the page
      const found = this.locked(() => {
        const ready = this.pages.all(address, 16, MAPPED | WRITE) && !this.pages.any(address, 16, CODE);
        return ready ? exchangeHost16(this.host(address), expected, value) : null;
      });
      if (found !== null) return found;
    }
  }

  // Mappings.

  /** Runs with the address space locked against the other threads of the process. */
  locked<T>(run: () => T): T {
    return this.lock.with(run);
  }

  /** Makes [address, +length) inaccessible and free on the host, keeping the range ours. */
  private reserve(address: GuestAddress, length: number): number {
    return plainCall(SYS.mmap, this.base + address, length, PROT_NONE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }

  /** mmap(2): the guest address, or -errno. */
  map(request: MapRequest): GuestAddress { return this.locked(() => this.mapLocked(request)); }

  private mapLocked({ address: wanted, length: bytes, prot, flags, fd, offset }: MapRequest): GuestAddress {
    const type = flags & MAP_TYPE;
    if (type !== MAP_SHARED && type !== MAP_PRIVATE && type !== MAP_SHARED_VALIDATE) return -EINVAL;
    if (bytes <= 0 || offset % PAGE !== 0) return -EINVAL;
    const length = pageUp(bytes);
    const fixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0;
    if (length > this.size) return -ENOMEM;
    const file = fd >= 0 && type === MAP_PRIVATE && (prot & EXEC || !fixed) ? fileIdentity(fd) : null;
    let address = wanted;
    if (fixed) {
      if (address % PAGE !== 0) return -EINVAL;
      if (address + length > this.guest.layout.taskSize) return -ENOMEM;
      if (address < LOWEST_MAPPED) return -EPERM;
      if (flags & MAP_FIXED_NOREPLACE && this.pages.any(address, length, MAPPED)) return -EEXIST;
    } else {
      address = this.place(Math.floor(address / PAGE) * PAGE, length, file);
      if (address < 0) return -ENOMEM;
    }
    this.dropCode(address, length);
    const hostFlags = (flags & ~(MAP_GROWSDOWN | MAP_32BIT | MAP_FIXED_NOREPLACE)) | MAP_FIXED;
    const at = plainCall(SYS.mmap, this.base + address, length, hostProt(prot), hostFlags, fd, offset);
    if (at < 0) return at;
    this.pages.fill(address, length, MAPPED | (prot & 7) | (type === MAP_PRIVATE ? 0 : SHARED));
    if (file !== null && prot & EXEC) this.codeFiles = [...this.codeFiles, { identity: `${file.text}-${offset.toString(36)}`, from: address, to: address + length }];
    return address;
  }

  /** Maps one page of the kernel's own, readable and executable, also above what programs may map. 0 or -errno. */
  mapKernelPage(address: GuestAddress, bytes: Uint8Array): number {
    const at = plainCall(SYS.mmap, this.base + address, PAGE, READ | WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (at < 0) return at;
    this.write(address, bytes);
    this.pages.fill(address, PAGE, MAPPED | READ | EXEC);
    return plainCall(SYS.mprotect, this.base + address, PAGE, READ);
  }

  /** Where files have their addresses: below programs, if there is room, so that what is above stays in one piece. */
  private get filePlaces(): readonly [from: GuestAddress, to: GuestAddress] {
    const { dynBase, mmapTop } = this.guest.layout;
    const middle = Math.floor(mmapTop / 2 / FILE_ALIGN) * FILE_ALIGN;
    return dynBase >= 2 * MOST_PLACES * FILE_ALIGN ? [dynBase - MOST_PLACES * FILE_ALIGN, dynBase] : [middle, middle + Math.floor(mmapTop / 4)];
  }

  /**
   * Where a mapping without MAP_FIXED goes: at the hint if that is free; a file at an address of its own, so that every
   * program has a library at the same place; else as high as possible. -1 when nothing fits.
   */
  private place(hint: GuestAddress, length: number, file: FileIdentity | null = null): GuestAddress {
    const { mmapTop, taskSize } = this.guest.layout;
    const free = (at: GuestAddress) => at >= 65536 && at + length <= taskSize && !this.pages.any(at, length, MAPPED);
    if (free(hint)) return hint;
    if (file !== null) {
      const [from, to] = this.filePlaces;
      const own = from + file.hash % Math.floor((to - from) / FILE_ALIGN) * FILE_ALIGN;
      if (free(own)) return own;
    }
    const below = this.pages.findBelow(mmapTop, 65536, length);
    return below >= 0 ? below : this.pages.findBelow(taskSize, mmapTop, length);
  }

  unmap(address: GuestAddress, bytes: number): number {
    const length = pageUp(bytes);
    if (address % PAGE !== 0 || length <= 0 || address + length > this.size) return -EINVAL;
    return this.locked(() => this.unmapLocked(address, length));
  }

  private unmapLocked(address: GuestAddress, length: number): number {
    this.dropCode(address, length);
    const r = this.reserve(address, length);
    if (r < 0) return r;
    this.pages.fill(address, length, 0);
    return 0;
  }

  protect(address: GuestAddress, bytes: number, prot: number): number {
    const length = pageUp(bytes);
    if (address % PAGE !== 0) return -EINVAL;
    if (length === 0) return 0;
    if (address + length > this.size) return -ENOMEM;
    return this.locked(() => {
      if (!this.pages.all(address, length, MAPPED)) return -ENOMEM;
      this.dropCode(address, length);
      const r = plainCall(SYS.mprotect, this.base + address, length, hostProt(prot & 7));
      if (r < 0) return r;
      const table = this.pages.bytes;
      for (let p = address / PAGE, end = (address + length) / PAGE; p < end; p++) table[p] = (table[p]! & (MAPPED | SHARED)) | (prot & 7);
      return 0;
    });
  }

  /** mremap(2): the new guest address, or -errno. */
  remap(old: GuestAddress, oldBytes: number, newBytes: number, flags: number, wanted: GuestAddress): GuestAddress {
    const oldLength = pageUp(oldBytes);
    const newLength = pageUp(newBytes);
    if (old % PAGE !== 0 || newLength === 0 || flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) return -EINVAL;
    if (flags & MREMAP_FIXED && (!(flags & MREMAP_MAYMOVE) || wanted % PAGE !== 0)) return -EINVAL;
    if (old + oldLength > this.size || newLength > this.size) return -EINVAL;
    return this.locked(() => this.remapLocked(old, oldLength, newLength, flags, wanted));
  }

  private remapLocked(old: GuestAddress, oldLength: number, newLength: number, flags: number, wanted: GuestAddress): GuestAddress {
    if (!this.pages.all(old, Math.max(oldLength, PAGE), MAPPED)) return -EFAULT;
    const bits = this.pages.at(old) & ~CODE;
    this.dropCode(old, oldLength);
    const stay = !(flags & (MREMAP_FIXED | MREMAP_DONTUNMAP));
    if (stay && oldLength > 0 && newLength <= oldLength) {
      return newLength < oldLength ? this.unmapLocked(old + newLength, oldLength - newLength) || old : old;
    }
    const extra = newLength - oldLength;
    if (stay && oldLength > 0 && old + newLength <= this.guest.layout.taskSize && !this.pages.any(old + oldLength, extra, MAPPED)) {
      // The room behind is our own reservation: give it up and let the kernel grow the mapping into it.
      plainCall(SYS.munmap, this.base + old + oldLength, extra);
      const r = plainCall(SYS.mremap, this.base + old, oldLength, newLength, 0, 0);
      if (r >= 0) { this.pages.fill(old + oldLength, extra, bits); return old; }
      this.reserve(old + oldLength, extra);
      if (!(flags & MREMAP_MAYMOVE)) return r;
    }
    if (!(flags & MREMAP_MAYMOVE)) return -ENOMEM;
    const to = flags & MREMAP_FIXED ? wanted : this.place(0, newLength);
    if (to < 0 || to + newLength > this.guest.layout.taskSize) return flags & MREMAP_FIXED ? -EINVAL : -ENOMEM;
    if (to < LOWEST_MAPPED) return -EPERM;
    if (flags & MREMAP_FIXED && to < old + oldLength && old < to + newLength) return -EINVAL;
    this.dropCode(to, newLength);
    const r = plainCall(SYS.mremap, this.base + old, oldLength, newLength, MREMAP_MAYMOVE | MREMAP_FIXED | (flags & MREMAP_DONTUNMAP), this.base + to);
    if (r < 0) {
      // With MREMAP_FIXED the kernel may have unmapped the target before it failed.
      if (flags & MREMAP_FIXED) { this.reserve(to, newLength); this.pages.fill(to, newLength, 0); }
      return r;
    }
    if (oldLength > 0 && !(flags & MREMAP_DONTUNMAP)) { this.reserve(old, oldLength); this.pages.fill(old, oldLength, 0); }
    this.pages.fill(to, newLength, bits);
    return to;
  }

  /** madvise(2) on the host's mappings. */
  advise(address: GuestAddress, length: number, advice: number): number {
    if (address % PAGE !== 0) return -EINVAL;
    if (address + length > this.size) return -ENOMEM;
    return this.pages.all(address, pageUp(length), MAPPED) ? plainCall(SYS.madvise, this.base + address, pageUp(length), advice) : -ENOMEM;
  }

  /** Where the break starts: set by the loader, page-aligned or not. */
  setBrk(start: GuestAddress): void {
    this.brkWords[BRK_START] = start;
    this.brkWords[BRK] = start;
  }

  /** Where the break starts, by the header of a process's block (its first 4096 bytes); the page table follows it. */
  static brkStartOf(header: DataView): GuestAddress { return header.getFloat64(BRK_BYTE + 8 * BRK_START, true); }
  static readonly pageTableAt = BLOCK_HEADER;

  get brkStart(): GuestAddress { return this.brkWords[BRK_START]!; }

  /** brk(2) as the kernel's: the new break, or the old one when it cannot be moved. */
  brk(wanted: GuestAddress): GuestAddress {
    return this.locked(() => {
      const now = this.brkWords[BRK]!;
      if (wanted < this.brkWords[BRK_START]!) return now;
      const from = pageUp(now);
      const to = pageUp(wanted);
      if (to > from) {
        if (to > this.guest.layout.taskSize || this.pages.any(from, to - from, MAPPED)) return now;
        const r = this.mapLocked({ address: from, length: to - from, prot: READ | WRITE, flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, fd: -1, offset: 0 });
        if (r < 0) return now;
      } else if (to < from) this.unmapLocked(to, from - to);
      this.brkWords[BRK] = wanted;
      return wanted;
    });
  }

  /** Drops every mapping (exec). */
  clear(): void {
    this.onClear();
    this.locked(() => {
      this.reserve(0, this.size);
      this.pages.clear();
      this.codeFiles = [];
      Atomics.store(this.control, PROTECTED_PAGES, 0);
      Atomics.store(this.control, PRECISE, 0);
      Atomics.store(this.control, MODES, 0);
    });
  }

  // Translated code.

  /** A number that changes whenever translations of the process became stale. */
  get codeEpoch(): number { return Atomics.load(this.control, CODE_EPOCH); }

  /** What the host's fault handler has to know (watchCode). */
  get codeWatch(): CodeWatch {
    const control = addressOf(this.control);
    return {
      base: this.base, pageTable: addressOf(this.pages.bytes), pages: this.pages.bytes.length,
      epoch: control + CODE_EPOCH * 4, protectedPages: control + PROTECTED_PAGES * 4, changes: control + CHANGES * 4,
    };
  }

  /** What the guest has given up: bits of src/syscalls/sealing.ts, for all threads of the process. */
  get restrictions(): number { return Atomics.load(this.control, RESTRICTIONS); }
  set restrictions(bits: number) { Atomics.store(this.control, RESTRICTIONS, bits); }

  /** Whether the guest can look at its registers after a bad access, so that they must be exact: it has a handler for that. */
  get precise(): boolean { return Atomics.load(this.control, PRECISE) !== 0; }

  /** From now on it can. No other thread runs guest code meanwhile; all that was translated becomes stale. */
  makePrecise(): void {
    Atomics.store(this.control, PRECISE, 1);
    this.codeChanged(0, this.size);
  }

  /** The guest's rare modes that the program has entered (Guest.callouts): a set of the guest's own bits. Code asks for these alone. */
  get modes(): number { return Atomics.load(this.control, MODES); }

  /** From now on code asks for these modes too; all that was translated becomes stale. Other threads see it at their next system call or callout, and without one they enter no mode. */
  heed(modes: number): void {
    if ((Atomics.or(this.control, MODES, modes) & modes) !== modes) this.codeChanged(0, this.size);
  }

  /** Tells this thread, and the others when they next look, that translations of a range are stale. */
  private codeChanged(from: GuestAddress, to: GuestAddress): void {
    const epoch = (Atomics.add(this.control, CODE_EPOCH, 1) + 1) | 0;
    const note = CHANGES + (epoch & (CHANGE_COUNT - 1)) * 4;
    this.control[note + 1] = Math.floor(from / PAGE);
    this.control[note + 2] = Math.ceil(to / PAGE);
    Atomics.store(this.control, note, epoch);
    this.onInvalidate(from, to);
  }

  /** The guest range whose change began an epoch; null when that was too long ago to tell. */
  changeAt(epoch: number): readonly [from: GuestAddress, to: GuestAddress] | null {
    const note = CHANGES + (epoch & (CHANGE_COUNT - 1)) * 4;
    const range = [this.control[note + 1]! * PAGE, this.control[note + 2]! * PAGE] as const;
    return Atomics.load(this.control, note) === epoch ? range : null;
  }

  /** Remembers that code was translated from [from, to): from now on a change of those bytes calls onInvalidate. */
  markCode(from: GuestAddress, to: GuestAddress): void {
    for (let p = Math.floor(from / PAGE); p * PAGE < to; p++) {
      const bits = this.pages.bytes[p]!;
      if (bits & CODE) continue;
      this.pages.bytes[p] = bits | CODE;
      if (bits & WRITE) {
        Atomics.add(this.control, PROTECTED_PAGES, 1);
        plainCall(SYS.mprotect, this.base + p * PAGE, PAGE, READ);
      }
    }
  }

  /** Keeps of each code file what lies before a range that is about to change: loaders map a whole file and then data over its end. */
  private shrinkCodeFiles(from: GuestAddress, to: GuestAddress): void {
    if (!this.codeFiles.some((f) => f.from < to && from < f.to)) return;
    this.codeFiles = this.codeFiles.map((f) => (f.from < to && from < f.to ? { ...f, to: from } : f)).filter((f) => f.to > f.from);
  }

  /** Forgets code in a range that is about to change; true when there was some. */
  private dropCode(address: GuestAddress, length: number): boolean {
    this.shrinkCodeFiles(address, address + length);
    if (!this.pages.any(address, length, CODE)) return false;
    const table = this.pages.bytes;
    for (let p = Math.floor(address / PAGE), end = Math.ceil((address + length) / PAGE); p < end; p++) {
      const bits = table[p]!;
      if (!(bits & CODE)) continue;
      table[p] = bits & ~CODE;
      if (bits & WRITE) {
        Atomics.sub(this.control, PROTECTED_PAGES, 1);
        plainCall(SYS.mprotect, this.base + p * PAGE, PAGE, hostProt(bits & 7));
      }
    }
    this.codeChanged(address, address + length);
    return true;
  }

  /**
   * Called when a write faulted in [address, +length): true when that was because code had been translated from there.
   * The translations are dropped and the pages are writable again: repeat the write.
   */
  releaseCode(address: GuestAddress, length: number): boolean {
    if (Atomics.load(this.control, PROTECTED_PAGES) === 0) return false;
    const from = Math.floor(address / PAGE) * PAGE;
    const bytes = Math.min(pageUp(address + length), this.size) - from;
    const table = this.pages.bytes;
    for (let p = from / PAGE; p * PAGE < from + bytes; p++) {
      if ((table[p]! & (CODE | WRITE)) === (CODE | WRITE)) return this.locked(() => this.dropCode(from, bytes));
    }
    return false;
  }

  /** For a system call that answered EFAULT: true when some page was read-only for our sake, and no longer is. */
  releaseAllCode(): boolean {
    const loosened = this.onFailure();
    return this.releaseCode(0, this.size) || loosened;
  }

  /** cacheflush, and whatever else the guest does after it wrote code. */
  flushCode(from: GuestAddress, to: GuestAddress): void {
    this.locked(() => this.dropCode(Math.floor(from / PAGE) * PAGE, pageUp(Math.min(to, this.size)) - Math.floor(from / PAGE) * PAGE));
  }

  /** True when the guest may execute at `address`. */
  executable(address: GuestAddress): boolean { return (this.pages.at(address) & (MAPPED | EXEC)) === (MAPPED | EXEC); }

  /** SEGV_MAPERR (1) or SEGV_ACCERR (2), by the guest's own view. */
  faultCode(address: GuestAddress): 1 | 2 { return this.pages.at(address) & MAPPED ? 2 : 1; }
}

/** Guest code is data to the host: execute becomes read. */
function hostProt(prot: number): number { return (prot & (READ | WRITE)) | (prot & EXEC ? READ : 0); }

