// The guest's memory as a debugger reads and writes it: whatever the guest itself may do there. All threads stand still.
import type { GuestAddress } from '../../address.ts';
import { PROT, SYS } from '../../host/abi.ts';
import { plainCall } from '../../host/kernel.ts';
import { MAPPED, PAGE, READ, WRITE } from '../../memory/page-table.ts';
import { MemoryFault, type Task } from '../../threads/task.ts';

const hostRights = (bits: number): number => (bits & (READ | WRITE)) | (bits & PROT.EXEC ? READ : 0);

/** Runs `access` with the page's rights widened to `wanted` where the guest has less. False where nothing is mapped or the access fails. */
function onPage({ memory }: Task, address: GuestAddress, wanted: number, access: () => void): boolean {
  const bits = memory.pages.at(address);
  if (!(bits & MAPPED)) return false;
  const at = memory.base + Math.floor(address / PAGE) * PAGE;
  const widen = (hostRights(bits) & wanted) !== wanted;
  if (widen && plainCall(SYS.mprotect, at, PAGE, hostRights(bits) | wanted) < 0) return false;
  try {
    access();
    return true;
  } catch (e) {
    if (!(e instanceof MemoryFault)) throw e; // past the end of a file
    return false;
  } finally {
    if (widen) plainCall(SYS.mprotect, at, PAGE, hostRights(bits));
  }
}

/** Calls `run` for each page's part of a range until it answers false; answers the bytes before that. */
function byPages(address: GuestAddress, bytes: number, run: (address: GuestAddress, offset: number, bytes: number) => boolean): number {
  let done = 0;
  while (done < bytes) {
    const count = Math.min(bytes - done, PAGE - ((address + done) % PAGE));
    if (!run(address + done, done, count)) break;
    done += count;
  }
  return done;
}

/** What can be read from an address on: maybe less than was asked for, maybe nothing. */
export function readMemory(task: Task, address: GuestAddress, bytes: number): Uint8Array {
  const found = new Uint8Array(Math.max(0, Math.min(bytes, task.memory.size - address)));
  const count = byPages(address, found.length, (at, offset, n) => onPage(task, at, READ, () => found.set(task.memory.read(at, n), offset)));
  return found.subarray(0, count);
}

/** False when some of it cannot be written; what comes before has been. */
export function writeMemory(task: Task, address: GuestAddress, data: Uint8Array): boolean {
  if (data.length === 0) return true;
  if (address + data.length > task.memory.size) return false;
  // What was translated from there is dropped, and pages that are read-only because of that are writable again.
  task.memory.flushCode(address, address + data.length);
  return byPages(address, data.length, (at, offset, n) => onPage(task, at, READ | WRITE, () => task.memory.write(at, data.subarray(offset, offset + n)))) === data.length;
}
