// Where memory comes from on machines with several nodes. Node masks are unsigned longs; what a 32-bit guest has of them is copied
// into the host's.
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch, type Scratch } from '../host/kernel.ts';
import { SyscallError, type Task } from '../threads/task.ts';
import { address, bits, checkRange, hostPointer, int, pointer, readWord, setHostWord, size } from './args.ts';
import { sys } from './call.ts';
import { checkSameGuest } from './same-guest.ts';
import { changesThread } from './thread-kind.ts';
import { policyFlags } from './shown-flags.ts';

/** The kernel refuses masks of more bits than a page holds. */
const MOST_BITS = 4096 * 8;

const maskBytes = (task: Task, nodes: number): number => Math.ceil(nodes / (8 * task.guest.data.pointer)) * task.guest.data.pointer;

/** A mask of `nodes` bits and one: that is how the kernel counts them. */
function maskToHost(task: Task, at: number, nodes: number): Scratch | null {
  if (at === 0 || (nodes >= 0 && nodes <= 1)) return null;
  if (nodes < 0 || nodes > MOST_BITS) throw new SyscallError(E.EINVAL);
  const mask = scratch(maskBytes(task, nodes) + 8);
  mask.bytes.set(task.memory.read(at, maskBytes(task, nodes)));
  return mask;
}

function getPolicy(task: Task, policy: number, at: number, nodes: number, where: number, flags: number): number {
  if (nodes < 0 || nodes > MOST_BITS) return -E.EINVAL;
  const mask = at === 0 ? null : scratch(maskBytes(task, nodes) + 8);
  const r = hostCall(SYS.get_mempolicy, policy, mask?.address ?? 0, nodes, hostPointer(task, where), flags);
  if (r >= 0 && mask) task.memory.write(at, mask.bytes.subarray(0, maskBytes(task, nodes)));
  return r;
}

function bind(task: Task, at: number, length: number, mode: number, nodeMask: number, nodes: number, flags: number): number {
  checkRange(task, at, Math.min(length, task.memory.size));
  return hostCall(SYS.mbind, task.memory.host(at), length, mode, maskToHost(task, nodeMask, nodes)?.address ?? 0, nodes, flags);
}

const MOST_PAGES = 1 << 20;

/** `pages` is an array of addresses; `nodes` and `status` are arrays of ints. */
function movePages(task: Task, pid: number, count: number, pages: number, nodes: number, status: number, flags: number): number {
  if (count < 0 || count > MOST_PAGES) return -E.E2BIG;
  checkSameGuest(task, pid);
  const word = task.guest.data.pointer;
  const list = scratch(Math.max(1, count) * 8);
  for (let i = 0; i < count; i++) {
    const page = readWord(task, pages + i * word);
    // One that is not the guest's is one where nothing is.
    setHostWord(list.view, i * 8, page >= 0 && page < task.memory.size ? task.memory.host(page) : 0);
  }
  return hostCall(SYS.move_pages, pid, count, list.address, nodes, status, flags);
}

export const mempolicies = {
  get_mempolicy: sys([pointer, address, size, address, size], getPolicy),
  set_mempolicy: changesThread(sys([int, address, size], (task, mode, at, nodes) => hostCall(SYS.set_mempolicy, mode, maskToHost(task, at, nodes)?.address ?? 0, nodes))),
  mbind: sys([address, size, int, address, size, policyFlags], bind),
  set_mempolicy_home_node: sys([address, size, size, size], (task, at, length, node, flags) => {
    checkRange(task, at, Math.min(length, task.memory.size));
    return hostCall(SYS.set_mempolicy_home_node, task.memory.host(at), length, node, flags);
  }),
  migrate_pages: sys([int, size, address, address], (task, pid, nodes, from, to) =>
    hostCall(SYS.migrate_pages, pid, nodes, maskToHost(task, from, nodes)?.address ?? 0, maskToHost(task, to, nodes)?.address ?? 0)),
  move_pages: sys([int, size, address, pointer, pointer, policyFlags], movePages, { partly: 'of processes that the same emulator started' }),
};
