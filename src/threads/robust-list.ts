// Robust futexes: when a thread ends, the locks on its list are marked as their owner's having died, as exit_robust_list() of
// the kernel does. See set_robust_list(2) and Documentation/locking/robust-futex-ABI.rst.
import type { GuestAddress } from '../address.ts';
import { SYS } from '../host/abi.ts';
import { plainCall } from '../host/kernel.ts';
import { readLong, readWord } from '../syscalls/args.ts';
import { robustLists, setRobustHead } from './group.ts';
import { MemoryFault, type Task } from './task.ts';

const FUTEX_WAITERS = 0x8000_0000 | 0, FUTEX_OWNER_DIED = 0x4000_0000, FUTEX_TID_MASK = 0x3fff_ffff;
const FUTEX_WAKE = 1;
const LONGEST = 2048;

/**
 * Marks what this thread holds, and forgets its list. True when it holds a lock that inherits priority and is waited for: the kernel
 * hands that on only when the host thread ends.
 */
export function releaseRobustList(task: Task): boolean {
  const own = robustLists().find(({ tid }) => tid === task.tid);
  setRobustHead(0);
  return own !== undefined && walk(task, own.head, own.tid);
}

/** The same for all threads: the process ends. */
export function releaseRobustLists(task: Task): void {
  for (const { tid, head } of robustLists()) walk(task, head, tid);
}

function walk(task: Task, head: GuestAddress, tid: number): boolean {
  if (head === 0) return false;
  let inherits = false;
  try {
    const word = task.guest.data.pointer;
    const offset = readLong(task, head + word);
    const pending = readWord(task, head + 2 * word);
    // The lowest bit of a link says that the lock inherits priority.
    const plain = (link: number): GuestAddress => link - (link % 2);
    const died = (link: number, isPending: boolean): void => {
      if (ownerDied(task, plain(link) + offset, tid, link % 2 === 1, isPending)) inherits = true;
    };
    let entry = readWord(task, head);
    for (let n = 0; n < LONGEST && plain(entry) !== head; n++) {
      const next = readWord(task, plain(entry));
      if (plain(entry) !== plain(pending)) died(entry, false);
      entry = next;
    }
    if (pending !== 0) died(pending, true);
  } catch (e) {
    if (!(e instanceof MemoryFault)) throw e; // a list that cannot be read ends there
  }
  return inherits;
}

/** handle_futex_death() of the kernel; true when a thread waits for a lock that inherits priority. */
function ownerDied(task: Task, at: GuestAddress, tid: number, inherits: boolean, pending: boolean): boolean {
  const { memory } = task;
  if (at % 4 !== 0) return false;
  const wakeOne = (): void => { plainCall(SYS.futex, memory.host(at), FUTEX_WAKE, 1); };
  for (;;) {
    const value = memory.u32(at) | 0;
    // It was unlocked, and its owner died before it could wake who waits.
    if (pending && !inherits && value === 0) wakeOne();
    if ((value & FUTEX_TID_MASK) !== tid) return false;
    if (memory.compareExchange(at, value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED) !== value) continue;
    const waited = (value & FUTEX_WAITERS) !== 0;
    if (waited && !inherits) wakeOne();
    return waited && inherits;
  }
}
