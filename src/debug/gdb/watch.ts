// Watchpoints: pages with watched bytes are kept from being accessed as the watchpoint says, on the host and in the page table (the fault handler lets writes
// through where the guest may write: host/signal-handler.ts). An access that faults there is made alone, with the pages as they were, and looked at.
// What tsemu itself accesses for the guest (system calls, signal frames) finds the pages let go of: it is not noticed but by a changed value.
import type { GuestAddress } from '../../address.ts';
import { PROT, SYS } from '../../host/abi.ts';
import { plainCall } from '../../host/kernel.ts';
import { CODE, MAPPED, PAGE, READ, WRITE } from '../../memory/page-table.ts';
import type { Task } from '../../threads/task.ts';
import { readMemory } from './memory.ts';
import { WORD, type Shared, type Watch } from './shared.ts';

/** Values of WORD.ARMED: between the others a thread is at it. */
const LOOSE = 0, BUSY = 1, ARMED = 2;

function protect({ memory }: Task, page: number, bits: number): void {
  memory.pages.bytes[page] = bits;
  const rights = (bits & READ) | (bits & PROT.EXEC ? READ : 0) | (bits & CODE ? 0 : bits & WRITE);
  plainCall(SYS.mprotect, memory.base + page * PAGE, PAGE, rights);
}

/** Pages that watches touch, and the rights that are left of them. */
function kept(task: Task, watches: readonly Watch[]): Map<number, number> {
  const pages = new Map<number, number>();
  for (const { kind, address, bytes } of watches) {
    for (let page = Math.floor(address / PAGE); page * PAGE < address + bytes; page++) {
      const bits = pages.get(page) ?? task.memory.pages.bytes[page] ?? 0;
      if (bits & MAPPED) pages.set(page, kind === 'write' ? bits & ~WRITE : bits & ~(READ | WRITE | PROT.EXEC));
    }
  }
  return pages;
}

/** Before guest code runs: accesses fault from now on. */
export function arm(task: Task, shared: Shared): void {
  if (shared.get(WORD.WATCHES) === 0 || shared.get(WORD.ACCESSES) > 0 || !shared.arming(LOOSE, BUSY)) return;
  const pages = kept(task, shared.watches());
  shared.setKeptPages([...pages.keys()].map((page) => ({ page, bits: task.memory.pages.bytes[page]! })));
  for (const [page, bits] of pages) protect(task, page, bits);
  shared.set(WORD.ARMED, ARMED);
  if (shared.get(WORD.ACCESSES) > 0) loosen(task, shared);
}

/** Pages are as the guest has them again. */
export function loosen(task: Task, shared: Shared): void {
  while (!shared.arming(ARMED, BUSY)) {
    if (shared.get(WORD.ARMED) === LOOSE) return;
    plainCall(SYS.sched_yield);
  }
  for (const { page, bits } of shared.keptPages()) protect(task, page, bits);
  shared.set(WORD.ARMED, LOOSE);
}

/** In the child of a fork that another thread was about to arm or to let go in. */
export function recover(task: Task, shared: Shared): void {
  if (shared.get(WORD.ARMED) === BUSY) for (const { page, bits } of shared.keptPages()) protect(task, page, bits);
  else loosen(task, shared);
  shared.set(WORD.ARMED, LOOSE);
}

/** Whether something on the page of an address is watched. */
export const isOnWatchedPage = (shared: Shared, at: GuestAddress): boolean =>
  shared.watches().some(({ address, bytes }) => Math.floor(address / PAGE) <= Math.floor(at / PAGE) && at < Math.ceil((address + bytes) / PAGE) * PAGE);

/** What watched bytes hold, to be compared later. */
export const snapshot = (task: Task, shared: Shared): string[] => shared.watches().map(({ address, bytes }) => Buffer.from(readMemory(task, address, bytes)).toString('latin1'));

/** The watchpoint that an access of `bytes` bytes at `address` meets, given what the watched bytes held before. Those for writing want a change. */
export function met(task: Task, shared: Shared, before: readonly string[], address: GuestAddress, bytes: number): Watch | undefined {
  const after = snapshot(task, shared);
  return shared.watches().find((watch, i) => {
    const changed = after[i] !== before[i];
    const touches = address < watch.address + watch.bytes && watch.address < address + bytes;
    return watch.kind === 'write' ? changed : watch.kind === 'read' ? touches && !changed : touches || changed;
  });
}
