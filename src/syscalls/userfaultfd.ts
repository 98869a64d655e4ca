// userfaultfd: the kernel tells of faults in the guest's memory with the host's addresses, in what is read from the descriptor. Requests
// are in ioctl-catalogue.ts.
import { E, O, SYS } from '../host/abi.ts';
import { hostCall, scratch } from '../host/kernel.ts';
import type { Task } from '../threads/task.ts';
import { hostWord, setHostWord } from './args.ts';
import { sys } from './call.ts';
import { readLink } from './paths.ts';
import { userfaultFlags } from './shown-flags.ts';

/** A word of the process's block that nothing else uses: 1 once the process may have such a descriptor. */
const IN_USE = 385;
let known: { readonly block: SharedArrayBuffer; readonly word: Int32Array } | null = null;

function word(task: Task): Int32Array {
  if (known?.block !== task.memory.block) known = { block: task.memory.block, word: new Int32Array(task.memory.block, IN_USE * 4, 1) };
  return known.word;
}

const USER_MODE_ONLY = 1;

function userfaultfd(task: Task, flags: number): number {
  if (flags & ~(USER_MODE_ONLY | O.CLOEXEC | O.NONBLOCK)) return -E.EINVAL;
  word(task)[0] = 1;
  return hostCall(SYS.userfaultfd, flags);
}

/** Messages by their event: where the addresses are in the 32 bytes of each. */
const MESSAGE_BYTES = 32, EVENT = 0;
const addresses: Readonly<Record<number, readonly number[]>> = { 0x12: [16], 0x14: [8, 16], 0x15: [8, 16], 0x16: [8, 16] };

/** read(2) of what may be such a descriptor; null when it is another. */
export function readFaults(task: Task, descriptor: number, count: number): { readonly result: number; readonly bytes: Uint8Array } | null {
  if (word(task)[0] === 0 || readLink(`/proc/self/fd/${descriptor}`) !== 'anon_inode:[userfaultfd]') return null;
  const room = scratch(Math.min(count, MESSAGE_BYTES * 64));
  const result = hostCall(SYS.read, descriptor, room.address, room.bytes.length);
  for (let message = 0; message + MESSAGE_BYTES <= result; message += MESSAGE_BYTES) {
    for (const offset of addresses[room.view.getUint8(message + EVENT)] ?? []) {
      setHostWord(room.view, message + offset, hostWord(room.view, message + offset) - task.memory.base);
    }
  }
  return { result, bytes: room.bytes };
}

export const userfaults = {
  userfaultfd: sys([userfaultFlags], userfaultfd, { partly: 'no messages of forks; a signal for a thread that waits for a fault is handled after it' }),
};
