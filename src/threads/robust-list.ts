// Robust futexes: when a thread ends, the locks on its list are marked as their owner's having died, as exit_robust_list() of
// the kernel does. See set_robust_list(2) and Documentation/locking/robust-futex-ABI.rst.
import type { GuestAddress } from '../address.ts';
import { SYS } from '../host/abi.ts';
import { plainCall } from '../host/kernel.ts';
import { readInt, readWord } from '../syscalls/args.ts';
import { MemoryFault, type Task } from './task.ts';

const FUTEX_WAITERS = 0x8000_0000 | 0, FUTEX_OWNER_DIED = 0x4000_0000, FUTEX_TID_MASK = 0x3fff_ffff;
const FUTEX_WAKE = 1;
const LONGEST = 2048;

/** Walks the list that the guest has at task.robustList and empties it. */
export function releaseRobustList(task: Task): void {
  const { head } = task.robustList;
  if (head === 0) return;
  task.robustList = { head: 0, length: 0 };
  try {
    const word = task.guest.data.pointer;
    const offset = task.guest.data.pointer === 4 ? readInt(task, head + word) : readWord(task, head + word);
    const pending = readWord(task, head + 2 * word);
    // The lowest bit of a link says that the lock inherits priority.
    const plain = (link: number): GuestAddress => link - (link % 2);
    let entry = readWord(task, head);
    for (let n = 0; n < LONGEST && plain(entry) !== head; n++) {
      const next = readWord(task, plain(entry));
      if (plain(entry) !== plain(pending)) ownerDied(task, plain(entry) + offset);
      entry = next;
    }
    if (pending !== 0) ownerDied(task, plain(pending) + offset);
  } catch (e) {
    if (!(e instanceof MemoryFault)) throw e; // a list that cannot be read ends there
  }
}

function ownerDied(task: Task, at: GuestAddress): void {
  const { memory } = task;
  if (at % 4 !== 0) return;
  for (;;) {
    const value = memory.u32(at) | 0;
    if ((value & FUTEX_TID_MASK) !== task.tid) return;
    if (memory.compareExchange(at, value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED) !== value) continue;
    if (value & FUTEX_WAITERS) plainCall(SYS.futex, memory.host(at), FUTEX_WAKE, 1);
    return;
  }
}
