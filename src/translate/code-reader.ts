// Reads guest code for the translator, page by page: what was read is marked as code, so that its change is noticed.
import type { Fetch } from '../guests/guest.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { PAGE } from '../memory/page-table.ts';
import { MemoryFault } from '../threads/task.ts';
import { FetchFault } from './frontend.ts';

export class CodeReader implements Fetch {
  private readonly memory: GuestMemory;
  private readonly littleEndian: boolean;
  private readonly pages = new Map<number, DataView>();

  constructor(memory: GuestMemory, littleEndian: boolean) {
    this.memory = memory;
    this.littleEndian = littleEndian;
  }

  /** Throws FetchFault where there is nothing to execute; so does u32. `address` is even. */
  u16(address: number): number { return this.page(address).getUint16(address % PAGE, this.littleEndian); }

  u32(address: number): number {
    const at = address % PAGE;
    if (at <= PAGE - 4) return this.page(address).getUint32(at, this.littleEndian);
    const first = this.u16(address), second = this.u16(address + 2);
    return (this.littleEndian ? first | second << 16 : first << 16 | second) >>> 0;
  }

  private page(address: number): DataView {
    const number = Math.floor(address / PAGE);
    const known = this.pages.get(number);
    if (known !== undefined) return known;
    if (!this.memory.executable(address)) throw new FetchFault(address);
    this.memory.markCode(number * PAGE, number * PAGE + PAGE);
    let bytes;
    try { bytes = this.memory.read(number * PAGE, PAGE); } catch (e) {
      if (e instanceof MemoryFault) throw new FetchFault(address);
      throw e;
    }
    const view = new DataView(bytes.buffer);
    this.pages.set(number, view);
    return view;
  }

  /** What was read of [from, to) is read again. */
  forget(from: number, to: number): void {
    for (const page of this.pages.keys()) if (page * PAGE < to && page * PAGE + PAGE > from) this.pages.delete(page);
  }

  forgetAll(): void { this.pages.clear(); }
}
