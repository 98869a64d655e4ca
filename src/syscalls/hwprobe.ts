// riscv_hwprobe(2), as Documentation/arch/riscv/hwprobe.rst has it: what processors have, by pairs of key and value. The values are
// the guest's data; all its processors are alike, so a set of processors matters only for being empty.
import type { GuestAddress } from '../address.ts';
import { E } from '../host/abi.ts';
import type { Task } from '../threads/task.ts';
import { onlineProcessors } from './processors.ts';

/** RISCV_HWPROBE_WHICH_CPUS: which processors have these values, instead of which values have these processors? */
const WHICH_CPUS = 1;
const PAIR = 16;

/** The processors that are there, as the kernel's mask of them; it is a whole number of doublewords. */
function onlineMask(): Uint8Array {
  const online = onlineProcessors();
  const mask = new Uint8Array(8 * Math.ceil((Math.max(...online) + 1) / 64));
  for (const n of online) mask[n >> 3]! |= 1 << (n & 7);
  return mask;
}

/** Those of the guest's set that are there; null when none is. A set of no bytes is all that are there. */
function chosen(task: Task, bytes: number, set: GuestAddress, online: Uint8Array): Uint8Array | null {
  if (bytes === 0 && set === 0) return online;
  const mask = task.memory.read(set, Math.min(bytes, online.length));
  const both = mask.map((byte, i) => byte & online[i]!);
  return both.some((byte) => byte !== 0) ? both : null;
}

/** Fills the values in; a key that is not known becomes -1, with the value 0. */
function fill(task: Task, pairs: GuestAddress, count: number): number {
  const { values } = task.guest.hwprobe!;
  for (let i = 0; i < count; i++) {
    const at = pairs + PAIR * i;
    const value = task.memory.u32(at + 4) === 0 ? values[task.memory.u32(at)] : undefined;
    if (!value) { task.memory.setU32(at, -1); task.memory.setU32(at + 4, -1); }
    task.memory.setU32(at + 8, value?.[0] ?? 0);
    task.memory.setU32(at + 12, value?.[1] ?? 0);
  }
  return 0;
}

/** Whether the processors have all these values: of a set of bits, at least these. A key that is not known becomes -1 here too. */
function allHave(task: Task, pairs: GuestAddress, count: number): boolean {
  const { values, sets } = task.guest.hwprobe!;
  let all = true;
  for (let i = 0; i < count; i++) {
    const at = pairs + PAIR * i;
    const key = task.memory.u32(at), wanted = [task.memory.u32(at + 8), task.memory.u32(at + 12)];
    const value = task.memory.u32(at + 4) === 0 ? values[key] : undefined;
    if (!value) {
      for (const [k, word] of [-1, -1, 0, 0].entries()) task.memory.setU32(at + 4 * k, word);
      all = false;
    } else if (sets.includes(key) ? wanted.some((word, k) => (word & ~value[k]!) !== 0) : wanted.some((word, k) => word !== value[k]! >>> 0)) all = false;
  }
  return all;
}

export function hwprobe(task: Task, pairs: GuestAddress, count: number, bytes: number, set: GuestAddress, flags: number): number {
  if (!task.guest.hwprobe) return -E.ENOSYS;
  const online = onlineMask();
  if (flags === 0) return chosen(task, bytes, set, online) === null ? -E.EINVAL : fill(task, pairs, count);
  if (flags !== WHICH_CPUS || bytes === 0 || set === 0) return -E.EINVAL;
  // Here an empty set asks for all.
  const given = task.memory.read(set, Math.min(bytes, online.length));
  const some = given.some((byte) => byte !== 0) ? given.map((byte, i) => byte & online[i]!) : online.slice(0, given.length);
  task.memory.write(set, allHave(task, pairs, count) ? some : new Uint8Array(given.length));
  return 0;
}
