// seccomp: the guest's filters judge the guest's calls, by its numbers and architecture, before the emulator makes any. Programs lie in
// memory that all threads of the process see; each thread's slot of the group says where its newest one is.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { plainCall, readHost, scratch, writeHost } from '../host/kernel.ts';
import { die, raiseForced } from '../signals/deliver.ts';
import { SIG } from '../signals/numbers.ts';
import { SIGINFO_BYTES } from '../signals/siginfo.ts';
import { exitThread } from '../threads/exit.ts';
import { groupLocked, runningSlots, seccompHead, setSeccompHead, slotTid, threadCount } from '../threads/group.ts';
import type { Result, Task } from '../threads/task.ts';
import { SyscallError } from '../threads/task.ts';
import { address, bits, choice, readWord } from './args.ts';
import { sys } from './call.ts';
import { MOST_INSTRUCTIONS, isValid, runFilter, type Filter } from './cbpf.ts';
import { filterFlags } from './shown-flags.ts';

const OPERATION = { SECCOMP_SET_MODE_STRICT: 0, SECCOMP_SET_MODE_FILTER: 1, SECCOMP_GET_ACTION_AVAIL: 2, SECCOMP_GET_NOTIF_SIZES: 3 } as const;
const FLAG_TSYNC = 1, FLAG_LOG = 2, FLAG_SPEC_ALLOW = 4, FLAG_TSYNC_ESRCH = 16;
const KNOWN_FLAGS = FLAG_TSYNC | FLAG_LOG | FLAG_SPEC_ALLOW | FLAG_TSYNC_ESRCH;
/** What a filter answers: an action in the upper half, data for it in the lower. */
const KILL_PROCESS = 0x8000_0000, KILL_THREAD = 0, TRAP = 0x0003_0000, ERRNO = 0x0005_0000, TRACE = 0x7ff0_0000, LOG = 0x7ffc_0000, ALLOW = 0x7fff_0000;
const ACTION = 0xffff_0000, DATA = 0xffff;
const ACTIONS: ReadonlySet<number> = new Set([KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, TRACE, LOG, ALLOW]);
const MAX_ERRNO = 4095;

/** A head instead of an address: strict mode. */
const STRICT = 1;
const STRICT_CALLS: ReadonlySet<string | undefined> = new Set(['read', 'write', 'exit', 'sigreturn', 'rt_sigreturn']);

/** struct seccomp_data: number, architecture, the address behind the call's instruction, six arguments, each of 64 bits. */
const data = new Uint32Array(16);

/** In memory: the address of the filter that was there before, the number of instructions, the instructions. */
const HEADER = 16;
type Installed = { readonly before: HostAddress; readonly filter: Filter };
const installed = new Map<HostAddress, Installed>();

function read(head: HostAddress): Installed {
  let found = installed.get(head);
  if (!found) {
    const header = new DataView(readHost(head, HEADER).buffer);
    const bytes = readHost(head + HEADER, header.getUint32(8, true) * 8);
    installed.set(head, found = { before: header.getFloat64(0, true), filter: new Int32Array(bytes.buffer) });
  }
  return found;
}

/**
 * What becomes of the call `number`: null when it is made. The answer of the strictest filter counts; among equals the newest's.
 * Called only when there is a filter.
 */
export function judge(task: Task, number: number): Result | null {
  const head = seccompHead();
  if (head === STRICT) return STRICT_CALLS.has(task.guest.syscalls[number]) ? null : die(task, SIG.KILL);
  fillData(task, number);
  let answer = ALLOW;
  for (let at = head; at !== 0 && at !== STRICT;) {
    const { before, filter } = read(at);
    const one = runFilter(filter, data);
    if (((one & ACTION) | 0) < ((answer & ACTION) | 0)) answer = one;
    at = before;
  }
  return act(task, number, (answer & ACTION) >>> 0, answer & DATA);
}

function fillData(task: Task, number: number): void {
  const { guest, cpu } = task;
  const pc = guest.address(guest.location(cpu));
  data[0] = number;
  data[1] = guest.auditArch;
  data[2] = pc; data[3] = Math.floor(pc / 2 ** 32);
  for (let i = 0; i < 6; i++) {
    const slot = guest.call.args[i];
    data[4 + 2 * i] = slot ? cpu.u32[slot.offset >> 2]! : 0;
    data[5 + 2 * i] = slot?.type === 'i64' ? cpu.u32[(slot.offset >> 2) + 1]! : 0;
  }
}

function act(task: Task, number: number, action: number, value: number): Result | null {
  switch (action) {
    case ALLOW: case LOG: return null;
    case ERRNO: return -Math.min(value, MAX_ERRNO);
    case TRACE: return -E.ENOSYS; // nobody traces
    case TRAP:
      raiseForced(task, SIG.SYS, trapInfo(task, number, value));
      return 'gone';
    case KILL_THREAD: return threadCount() > 1 ? exitThread(task, SIG.SYS) : die(task, SIG.SYS);
    default: return die(task, SIG.SYS);
  }
}

const SYS_SECCOMP = 1;

function trapInfo(task: Task, number: number, value: number): Uint8Array {
  const info = new Uint8Array(SIGINFO_BYTES);
  const view = new DataView(info.buffer);
  const pc = task.guest.address(task.guest.location(task.cpu));
  view.setInt32(0, SIG.SYS, true);
  view.setInt32(4, value, true);
  view.setInt32(8, SYS_SECCOMP, true);
  view.setUint32(16, pc >>> 0, true);
  view.setUint32(20, Math.floor(pc / 2 ** 32), true);
  view.setInt32(24, number, true);
  view.setUint32(28, task.guest.auditArch, true);
  return info;
}

// Installing.

const PR_GET_NO_NEW_PRIVS = 39, CAP_SYS_ADMIN = 21;

/** Those that may lose privileges by it need no further right. */
function mayFilter(): boolean {
  if (plainCall(SYS.prctl, PR_GET_NO_NEW_PRIVS) === 1) return true;
  const header = scratch(8), sets = scratch(24);
  header.view.setUint32(0, 0x2008_0522, true);
  return plainCall(SYS.capget, header.address, sets.address) === 0 && (sets.view.getUint32(0, true) & (1 << CAP_SYS_ADMIN)) !== 0;
}

/** struct sock_fprog: a number of instructions and where they are. */
function readProgram(task: Task, at: GuestAddress): Filter {
  const little = !task.guest.data.bigEndian;
  const length = new DataView(task.memory.read(at, 2).buffer).getUint16(0, little);
  if (length === 0 || length > MOST_INSTRUCTIONS) throw new SyscallError(E.EINVAL);
  const view = new DataView(task.memory.read(readWord(task, at + task.guest.data.pointer), length * 8).buffer);
  const filter = new Int32Array(length * 2);
  for (let i = 0; i < length; i++) {
    filter[2 * i] = view.getUint16(8 * i, little) | (view.getUint8(8 * i + 2) << 16) | (view.getUint8(8 * i + 3) << 24);
    filter[2 * i + 1] = view.getInt32(8 * i + 4, little);
  }
  if (!isValid(filter, data.byteLength)) throw new SyscallError(E.EINVAL);
  return filter;
}

const PROT_READ_WRITE = 3, MAP_PRIVATE_ANONYMOUS = 0x22;

/** Puts a program where every thread and every fork finds it; it stays until the process ends. */
function place(filter: Filter, before: HostAddress): HostAddress {
  const bytes = new Uint8Array(HEADER + filter.byteLength);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, before, true);
  view.setUint32(8, filter.length / 2, true);
  bytes.set(new Uint8Array(filter.buffer), HEADER);
  const at = plainCall(SYS.mmap, 0, bytes.length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  if (at < 0) throw new SyscallError(E.ENOMEM);
  writeHost(at, bytes);
  return at;
}

/** Whether `older` is `head` or one of the filters before it. */
function descends(head: HostAddress, older: HostAddress): boolean {
  for (let at = head; at !== 0; at = read(at).before) if (at === older) return true;
  return older === 0;
}

function setFilter(task: Task, flags: number, at: GuestAddress): number {
  if (flags & ~KNOWN_FLAGS) return -E.EINVAL;
  const filter = readProgram(task, at);
  if (!mayFilter()) return -E.EACCES;
  return groupLocked(() => {
    const head = seccompHead();
    if (head === STRICT) return -E.EINVAL;
    const everyone = flags & FLAG_TSYNC ? runningSlots() : [];
    const other = everyone.find((slot) => seccompHead(slot) === STRICT || !descends(head, seccompHead(slot)));
    if (other !== undefined) return flags & FLAG_TSYNC_ESRCH ? -E.ESRCH : slotTid(other);
    const next = place(filter, head);
    setSeccompHead(next);
    for (const slot of everyone) setSeccompHead(next, slot);
    return 0;
  });
}

function setStrict(): number {
  if (seccompHead() > STRICT) return -E.EINVAL;
  setSeccompHead(STRICT);
  return 0;
}

/** seccomp(2), and what prctl(PR_SET_SECCOMP) does. */
export function seccomp(task: Task, operation: number, flags: number, at: GuestAddress): number {
  switch (operation) {
    case OPERATION.SECCOMP_SET_MODE_STRICT: return flags !== 0 || at !== 0 ? -E.EINVAL : setStrict();
    case OPERATION.SECCOMP_SET_MODE_FILTER: return setFilter(task, flags, at);
    case OPERATION.SECCOMP_GET_ACTION_AVAIL: return flags !== 0 ? -E.EINVAL : ACTIONS.has(task.memory.u32(at)) ? 0 : -E.EOPNOTSUPP;
    default: return -E.EINVAL;
  }
}

/** prctl(PR_GET_SECCOMP): 0 none, 1 strict (which is never seen: prctl is not allowed then), 2 filters. */
export const seccompMode = (): number => (seccompHead() === 0 ? 0 : seccompHead() === STRICT ? 1 : 2);

/** How many filters judge this thread's calls. */
export function seccompFilters(): number {
  let count = 0;
  for (let at = seccompHead(); at > STRICT; at = read(at).before) count++;
  return count;
}

export const filters = {
  seccomp: sys([choice(OPERATION), filterFlags, address], seccomp, { partly: 'no listeners (SECCOMP_RET_USER_NOTIF)' }),
};
