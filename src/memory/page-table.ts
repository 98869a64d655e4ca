// The guest's own view of its pages: one byte for each 4 KiB page, shared by the threads of the process. The host's page
// tables cannot serve: they know no guest execute right, and pages with translated code are kept read-only there.
import type { GuestAddress } from '../address.ts';

export const PAGE = 4096;
/**
 * The lowest guest address that can be mapped: ARM's usual vm.mmap_min_addr. Generated code relies on it
 * (translate/passes/offsets.ts), so it holds for root too.
 */
export const LOWEST_MAPPED = 0x8000;
export const pageUp = (n: number): number => Math.ceil(n / PAGE) * PAGE;
export const pageDown = (n: number): number => Math.floor(n / PAGE) * PAGE;

export const READ = 1, WRITE = 2, EXEC = 4;
/** Something is mapped there, whatever its rights. */
export const MAPPED = 8;
/** Code was translated from it; if it is writable it is read-only on the host. */
export const CODE = 16;
export const SHARED = 32;
/** The guest has given up changing the mapping (mseal). */
export const SEALED = 64;

/** Pages of a chunk: what is noted to have been used is noted by chunks, so that clearing touches little. */
const CHUNK = 4096;

export class PageTable {
  readonly bytes: Uint8Array;
  /** Chunks in which something was mapped since the last `clear`. */
  private readonly used: Uint8Array;

  /** Takes `PageTable.size(pages)` bytes of the buffer at `offset`. */
  constructor(buffer: SharedArrayBuffer, offset: number, pages: number) {
    this.bytes = new Uint8Array(buffer, offset, pages);
    this.used = new Uint8Array(buffer, offset + pages, Math.ceil(pages / CHUNK));
  }

  static size(pages: number): number { return pages + Math.ceil(pages / CHUNK); }

  /** Nothing is mapped any more. */
  clear(): void {
    for (let c = this.used.indexOf(1); c >= 0; c = this.used.indexOf(1, c + 1)) {
      this.bytes.fill(0, c * CHUNK, (c + 1) * CHUNK);
      this.used[c] = 0;
    }
  }

  at(address: GuestAddress): number { return this.bytes[Math.floor(address / PAGE)] ?? 0; }

  /** Sets the pages of [address, address + length). */
  fill(address: GuestAddress, length: number, bits: number): void {
    const from = address / PAGE, to = (address + length) / PAGE;
    this.bytes.fill(bits, from, to);
    if (bits !== 0) this.used.fill(1, Math.floor(from / CHUNK), Math.ceil(to / CHUNK));
  }

  /** Sets bits of the pages of [address, address + length) beside those that they have. */
  add(address: GuestAddress, length: number, bits: number): void {
    for (let p = address / PAGE, end = (address + length) / PAGE; p < end; p++) this.bytes[p]! |= bits;
  }

  /** True when each page of the range has all of `bits`. */
  all(address: GuestAddress, length: number, bits: number): boolean {
    for (let p = Math.floor(address / PAGE), end = Math.ceil((address + length) / PAGE); p < end; p++) if ((this.bytes[p]! & bits) !== bits) return false;
    return true;
  }

  any(address: GuestAddress, length: number, bits: number): boolean {
    for (let p = Math.floor(address / PAGE), end = Math.ceil((address + length) / PAGE); p < end; p++) if (this.bytes[p]! & bits) return true;
    return false;
  }

  /** The highest free range of `length` bytes that ends at or below `top` and starts at or above `bottom`; -1 when there is none. */
  findBelow(top: GuestAddress, bottom: GuestAddress, length: number): GuestAddress {
    const need = length / PAGE;
    const low = bottom / PAGE;
    let run = 0;
    for (let p = top / PAGE - 1; p >= low; p--) {
      if (this.bytes[p]! & MAPPED) run = 0;
      else if (++run === need) return p * PAGE;
    }
    return -1;
  }
}
