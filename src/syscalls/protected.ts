// Which descriptors are the emulator's own (Node's event loops, the log): the guest shares the numbers with them, so for the guest's
// calls they do not exist.
import type { HostAddress } from '../address.ts';
import { addressOf } from '../host/kernel.ts';
import type { Task } from '../threads/task.ts';

/** A bit for each descriptor, in the block that the threads of a process share; part of the header that nothing else uses. */
const AT_BYTE = 2048, BYTES = 2048;
/** No descriptor from here on is marked. */
export const LIMIT = BYTES * 8;

let map: { readonly block: SharedArrayBuffer; readonly bytes: Uint8Array } | null = null;

export function bitmap(task: Task): Uint8Array {
  const { block } = task.memory;
  if (map?.block !== block) map = { block, bytes: new Uint8Array(block, AT_BYTE, BYTES) };
  return map.bytes;
}

/** Marks descriptors as the emulator's. */
export function protectDescriptors(task: Task, fds: readonly number[]): void {
  const bits = bitmap(task);
  for (const n of fds) if (n >= 0 && n < LIMIT) bits[n >> 3]! |= 1 << (n & 7);
}

/** Host address of the bits, for code that opens descriptors of the emulator's without coming by here. */
export function protectedBits(task: Task): HostAddress { return addressOf(bitmap(task)); }

/** The same for another process of the emulator's, by the header of its block. */
export const isProtectedIn = (header: DataView, n: number): boolean => n >= 0 && n < LIMIT && (header.getUint8(AT_BYTE + (n >> 3)) & (1 << (n & 7))) !== 0;

export function isProtected(task: Task, n: number): boolean {
  return n >= 0 && n < LIMIT && (bitmap(task)[n >> 3]! & (1 << (n & 7))) !== 0;
}
