// What the threads of a debugged process share: whether all are to stop, which of them talks to gdb, what each is to do next, breakpoints
// and what gdb has asked for. One block, handed to each Worker.
import type { GuestAddress } from '../../address.ts';
import { addressOf } from '../../host/kernel.ts';
import { waitWhile, wake } from '../../host/lock.ts';
import { bit } from '../../signals/numbers.ts';

const SLOTS = 1024, MOST_BREAKPOINTS = 2048, MOST_CALLS = 512;

/** i32 words. */
export const WORD = {
  /** The slot, plus one, of the thread that talks to gdb. */
  SPEAKER: 0,
  /** Goes up whenever threads may go on; what those that stand still wait for. */
  GENERATION: 1,
  /** Not zero: all threads are to come to a stop. */
  STOPPING: 2,
  /** The descriptors of the connection and of the socket that waits for one; -1 for none. */
  CONNECTION: 3, LISTENER: 4,
  NO_ACK: 5,
  /** What gdb can do: bits of FEATURE. */
  FEATURES: 6,
  BREAKPOINTS: 7,
  WATCHES: 8, ARMED: 9,
  /** Threads that make an access to a watched page: nothing is armed meanwhile. */
  ACCESSES: 11,
  /** Which system calls are caught: -1 all, else how many the list has. */
  CALLS: 10,
  /** Signals that are delivered without a stop. */
  PASS: 12,
} as const;
export const FEATURE = { MULTIPROCESS: 1, SWBREAK: 2, FORK: 4, EXEC: 8, VFORK: 16, HWBREAK: 32 } as const;

/** What a thread does when it may go on. */
export const GO = 0, STEP = 1, STAY = 2;

/** A watchpoint: what kind of access to which bytes stops. */
export type Watch = { readonly kind: 'write' | 'read' | 'access'; readonly address: GuestAddress; readonly bytes: number };
const KINDS = ['write', 'read', 'access'] as const;
const MOST_WATCHES = 64;

const AT_ACTION = 64, AT_PARKED = AT_ACTION + SLOTS, AT_DELIVER = AT_PARKED + SLOTS, AT_CALLS = AT_DELIVER + SLOTS, AT_KEPT = AT_CALLS + MOST_CALLS, WORDS = AT_KEPT + 2 * MOST_WATCHES;
/** f64s behind the words. */
const AT_BREAKPOINTS = WORDS / 2, AT_RANGES = AT_BREAKPOINTS + MOST_BREAKPOINTS, AT_WATCHES = AT_RANGES + 2 * SLOTS, AT_PAGES = AT_WATCHES + 3 * MOST_WATCHES, NUMBERS = AT_PAGES + 2 * MOST_WATCHES;

export class Shared {
  readonly buffer: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;
  private readonly address: number;

  constructor(buffer = new SharedArrayBuffer(NUMBERS * 8)) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer, 0, WORDS);
    this.numbers = new Float64Array(buffer);
    this.address = addressOf(this.words);
  }

  get(word: number): number { return Atomics.load(this.words, word); }
  set(word: number, value: number): void { Atomics.store(this.words, word, value); }
  has(feature: number): boolean { return (this.get(WORD.FEATURES) & feature) !== 0; }
  get attached(): boolean { return this.get(WORD.CONNECTION) >= 0; }

  // Who talks to gdb, and who stands still.

  becomeSpeaker(slot: number): boolean { return Atomics.compareExchange(this.words, WORD.SPEAKER, 0, slot + 1) === 0; }

  action(slot: number): number { return Atomics.load(this.words, AT_ACTION + slot); }
  setAction(slot: number, action: number): void { Atomics.store(this.words, AT_ACTION + slot, action); }

  /** The addresses that stepping goes on in ([0, 0) for one instruction). */
  range(slot: number): readonly [from: GuestAddress, to: GuestAddress] { return [this.numbers[AT_RANGES + 2 * slot]!, this.numbers[AT_RANGES + 2 * slot + 1]!]; }
  setRange(slot: number, from: GuestAddress, to: GuestAddress): void { this.numbers[AT_RANGES + 2 * slot] = from; this.numbers[AT_RANGES + 2 * slot + 1] = to; }

  /** A signal that gdb has sent to a thread, and need not be told of again; 0 for none. */
  deliver(slot: number): number { return this.words[AT_DELIVER + slot]!; }
  setDeliver(slot: number, signal: number): void { this.words[AT_DELIVER + slot] = signal; }

  parked(slot: number): boolean { return Atomics.load(this.words, AT_PARKED + slot) !== 0; }

  mustPark(slot: number): boolean { return this.get(WORD.STOPPING) !== 0 || this.action(slot) === STAY; }

  /** Stands still until the thread may go on; `woken` is called now and then, as when a signal came. */
  park(slot: number, woken: () => void): void {
    Atomics.store(this.words, AT_PARKED + slot, 1);
    for (;;) {
      const seen = this.get(WORD.GENERATION);
      if (!this.mustPark(slot)) break;
      waitWhile(this.address + 4 * WORD.GENERATION, seen);
      woken();
    }
    Atomics.store(this.words, AT_PARKED + slot, 0);
  }

  /** Lets threads go on, each as its action says. */
  release(): void {
    this.set(WORD.STOPPING, 0);
    this.set(WORD.SPEAKER, 0);
    Atomics.add(this.words, WORD.GENERATION, 1);
    wake(this.address + 4 * WORD.GENERATION, SLOTS);
  }

  // Breakpoints.

  breakpoints(): GuestAddress[] { return [...this.numbers.subarray(AT_BREAKPOINTS, AT_BREAKPOINTS + this.get(WORD.BREAKPOINTS))]; }
  isBreakpoint(address: GuestAddress): boolean {
    for (let i = 0, n = this.get(WORD.BREAKPOINTS); i < n; i++) if (this.numbers[AT_BREAKPOINTS + i] === address) return true;
    return false;
  }

  /** False when there is no room. */
  setBreakpoints(all: readonly GuestAddress[]): boolean {
    if (all.length > MOST_BREAKPOINTS) return false;
    this.numbers.set(all, AT_BREAKPOINTS);
    this.set(WORD.BREAKPOINTS, all.length);
    return true;
  }

  // Watchpoints, and the pages that are kept from being accessed because of them with the bits that the page table had.

  watches(): Watch[] {
    return Array.from({ length: this.get(WORD.WATCHES) }, (_, i) => {
      const [kind, address, bytes] = this.numbers.subarray(AT_WATCHES + 3 * i, AT_WATCHES + 3 * i + 3);
      return { kind: KINDS[kind!]!, address: address!, bytes: bytes! };
    });
  }

  setWatches(all: readonly Watch[]): boolean {
    if (all.length > MOST_WATCHES) return false;
    all.forEach(({ kind, address, bytes }, i) => this.numbers.set([KINDS.indexOf(kind), address, bytes], AT_WATCHES + 3 * i));
    this.set(WORD.WATCHES, all.length);
    return true;
  }

  countAccess(by: 1 | -1): void { Atomics.add(this.words, WORD.ACCESSES, by); }

  /** Takes the right to change what is armed; false when another thread is at it or it is so already. */
  arming(from: number, to: number): boolean { return Atomics.compareExchange(this.words, WORD.ARMED, from, to) === from; }

  keptPages(): { readonly page: number; readonly bits: number }[] {
    const all: { page: number; bits: number }[] = [];
    for (let i = 0; i < 2 * MOST_WATCHES && this.numbers[AT_PAGES + i] !== 0; i++) all.push({ page: this.numbers[AT_PAGES + i]!, bits: this.words[AT_KEPT + i]! });
    return all;
  }

  setKeptPages(all: readonly { readonly page: number; readonly bits: number }[]): void {
    const some = all.slice(0, 2 * MOST_WATCHES);
    some.forEach(({ page, bits }, i) => { this.numbers[AT_PAGES + i] = page; this.words[AT_KEPT + i] = bits; });
    if (some.length < 2 * MOST_WATCHES) this.numbers[AT_PAGES + some.length] = 0;
  }

  // What gdb has asked for.

  setPassed(signals: readonly number[]): void {
    let [low, high] = [0, 0];
    for (const signal of signals) if (signal <= 32) low |= bit(signal); else high |= bit(signal);
    this.set(WORD.PASS, low);
    this.set(WORD.PASS + 1, high);
  }
  passes(signal: number): boolean { return ((signal <= 32 ? this.get(WORD.PASS) : this.get(WORD.PASS + 1)) & bit(signal)) !== 0; }

  setCaught(calls: readonly number[] | 'all'): void {
    if (calls !== 'all') this.words.set(calls.slice(0, MOST_CALLS), AT_CALLS);
    this.set(WORD.CALLS, calls === 'all' ? -1 : Math.min(calls.length, MOST_CALLS));
  }
  catches(call: number): boolean {
    const count = this.get(WORD.CALLS);
    return count < 0 || (count > 0 && this.words.subarray(AT_CALLS, AT_CALLS + count).includes(call));
  }

  /** Forgets what a connection asked for. */
  reset(): void {
    for (const word of [WORD.NO_ACK, WORD.FEATURES, WORD.CALLS, WORD.PASS, WORD.PASS + 1]) this.set(word, 0);
    this.words.fill(0, AT_ACTION, AT_ACTION + SLOTS);
    this.words.fill(0, AT_DELIVER, AT_DELIVER + SLOTS);
  }
}
