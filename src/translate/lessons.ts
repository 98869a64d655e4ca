// What forked children found out about code, for the processes that forked them: a child's translations would be lost with
// it, and the next child would make them again. One log in memory that a process shares with all its descendants; records
// are only added. A child that is killed while it adds one leaves the log locked, and no more is learnt from then on.
import { SYS } from '../host/abi.ts';
import { plainCall } from '../host/kernel.ts';
import { hostView } from '../host/native.ts';

/** Units that a process encoded; the same, when the cache folder has them too; an entry that it read from there. */
export const UNITS = 1, SAVED_UNITS = 2, READ = 3;

export type Lesson = { readonly kind: number; readonly key: string; readonly entry: Uint8Array };

/** Virtual: pages that are used are there. When it is full, no more is learnt. */
const BYTES = 32 << 20;
const PROT_READ_WRITE = 3, MAP_SHARED_ANONYMOUS_NORESERVE = 0x4021;
/** Words of the log: a lock, and where the next record goes (bytes). Of a record: its bytes, kind, bytes of the key, bytes of the entry. */
const LOCK = 0, USED = 1, RECORDS = 64, RECORD = 16;

const up4 = (n: number): number => (n + 3) & ~3;

export class Lessons {
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  /** Where the first record is that this process has not seen. */
  private seen = RECORDS;

  /** Null when the kernel gives no memory. */
  static create(): Lessons | null {
    const address = plainCall(SYS.mmap, 0, BYTES, PROT_READ_WRITE, MAP_SHARED_ANONYMOUS_NORESERVE, -1, 0);
    return address < 0 ? null : new Lessons(hostView(address, BYTES));
  }

  constructor(memory: Uint8Array) {
    this.bytes = memory;
    this.words = new Int32Array(memory.buffer, memory.byteOffset, memory.byteLength >> 2);
    this.words[USED] = RECORDS;
  }

  /** Adds a record, unless the log is full or another process is at it. */
  tell(kind: number, key: string, entry: Uint8Array = new Uint8Array(0)): void {
    const { words, bytes } = this;
    const size = RECORD + up4(key.length) + up4(entry.length);
    if (Atomics.compareExchange(words, LOCK, 0, 1) !== 0) return;
    const at = words[USED]!;
    if (at + size <= bytes.length) {
      words.set([size, kind, key.length, entry.length], at >> 2);
      for (let i = 0; i < key.length; i++) bytes[at + RECORD + i] = key.charCodeAt(i);
      bytes.set(entry, at + RECORD + up4(key.length));
      Atomics.store(words, USED, at + size);
    }
    Atomics.store(words, LOCK, 0);
  }

  /** Records since the last time. */
  unseen(): Lesson[] {
    const { words, bytes } = this;
    const found: Lesson[] = [];
    for (const end = Atomics.load(words, USED); this.seen < end;) {
      const at = this.seen;
      const [size, kind, keyBytes, entryBytes] = words.subarray(at >> 2, (at + RECORD) >> 2) as unknown as [number, number, number, number];
      const entryAt = at + RECORD + up4(keyBytes);
      const key = String.fromCharCode(...bytes.subarray(at + RECORD, at + RECORD + keyBytes));
      found.push({ kind, key, entry: bytes.slice(entryAt, entryAt + entryBytes) });
      this.seen += size;
    }
    return found;
  }
}
