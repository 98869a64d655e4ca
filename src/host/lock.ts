// A lock that threads of the process share. Who waits for it waits in a system call, so that waiting never keeps a fork from
// going on (kernel.ts, setHoldCell).
import type { HostAddress } from '../address.ts';
import { addressOf, plainCall } from './kernel.ts';
import { SYS } from './abi.ts';

const FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129;
const FREE = 0, HELD = 1, WANTED = 2;

export class HostLock {
  private readonly words: Int32Array;
  private readonly index: number;
  private readonly address: HostAddress;

  /** `words[index]` is 0 while nobody holds the lock. */
  constructor(words: Int32Array, index: number) {
    this.words = words;
    this.index = index;
    this.address = addressOf(words) + index * 4;
  }

  /** See Drepper, "Futexes Are Tricky", mutex 2. */
  acquire(): void {
    let seen = Atomics.compareExchange(this.words, this.index, FREE, HELD);
    while (seen !== FREE) {
      if (seen === WANTED || Atomics.compareExchange(this.words, this.index, HELD, WANTED) !== FREE) {
        plainCall(SYS.futex, this.address, FUTEX_WAIT_PRIVATE, WANTED, 0);
      }
      seen = Atomics.compareExchange(this.words, this.index, FREE, WANTED);
    }
  }

  release(): void {
    if (Atomics.exchange(this.words, this.index, FREE) === WANTED) plainCall(SYS.futex, this.address, FUTEX_WAKE_PRIVATE, 1);
  }

  /** Runs with the lock held. Not to be nested. */
  with<T>(run: () => T): T {
    this.acquire();
    try { return run(); } finally { this.release(); }
  }
}

/** Waits until the word at a host address is no longer `value`, or something wakes the thread. */
export function waitWhile(address: HostAddress, value: number, timespec: HostAddress = 0): number {
  return plainCall(SYS.futex, address, FUTEX_WAIT_PRIVATE, value, timespec);
}

export function wake(address: HostAddress, count = 1): void { plainCall(SYS.futex, address, FUTEX_WAKE_PRIVATE, count); }
