// Who the process is and what it may use: user and group ids, process ids, limits, priorities, processors, capabilities.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, plainCall, scratch } from '../host/kernel.ts';
import { followCoreLimit } from '../signals/core-dump.ts';
import { forkHooks } from '../threads/fork-hooks.ts';
import type { Task } from '../threads/task.ts';
import { address, bits, buffer, hostPointer, int, output, pointer, readWord, setHostWord, hostWord, size, uint, writeWord } from './args.ts';
import { pass, sys, type Arg } from './call.ts';
import { filledStruct, priorityWhich, resource, rusageWho, scheduler } from './shown.ts';
import { rlimit, rusage, timespec } from './structs.ts';
import { changesGivenThread, changesThread } from './thread-kind.ts';

const to32 = (task: Task, raw: number): number => (!task.guest.ids16 ? raw | 0 : (raw & 0xffff) === 0xffff ? -1 : raw & 0xffff);
/** An id of the calls that have 16 bits of it for guests with such calls; the largest means "leave it". */
export const id: Arg<number> = { read: (raw, task) => to32(task, raw), show: (raw, task) => String(to32(task, raw)) };
/** An id that does not fit 16 bits is shown as the overflow id. */
const OVERFLOW_ID = 65534;
const to16 = (id: number): number => (id > 0xffff ? OVERFLOW_ID : id);

const old = (nr: number) => sys([], (task) => (task.guest.ids16 ? to16(hostCall(nr)) : hostCall(nr)));

/** getresuid and getresgid of the old calls: three 16-bit words. */
const three16 = (nr: number) => sys([address, address, address], (task, a, b, c) => {
  if (!task.guest.ids16) return hostCall(nr, hostPointer(task, a, 4), hostPointer(task, b, 4), hostPointer(task, c, 4));
  const ids = scratch(16);
  const r = hostCall(nr, ids.address, ids.address + 4, ids.address + 8);
  [a, b, c].forEach((at, i) => { if (r >= 0) task.memory.setU16(at, to16(ids.view.getUint32(i * 4, true))); });
  return r;
});

function getgroups16(task: Task, count: number, at: GuestAddress): number {
  if (!task.guest.ids16) return hostCall(SYS.getgroups, count, hostPointer(task, at));
  const list = scratch(65536 * 4);
  const n = hostCall(SYS.getgroups, count, list.address);
  if (n > 0 && count > 0) for (let i = 0; i < n; i++) task.memory.setU16(at + 2 * i, to16(list.view.getUint32(i * 4, true)));
  return n;
}

function setgroups16(task: Task, count: number, at: GuestAddress): number {
  if (!task.guest.ids16) return hostCall(SYS.setgroups, count, hostPointer(task, at));
  if (count < 0 || count > 65536) return -E.EINVAL;
  const list = scratch(count * 4 + 4);
  for (let i = 0; i < count; i++) list.view.setUint32(i * 4, task.memory.u16(at + 2 * i), true);
  return hostCall(SYS.setgroups, count, list.address);
}

// Limits. The guest's long says "infinity" with all bits set, as the host's does.
const INFINITY_32 = 0xffffffff;
const TWO64 = 2 ** 64;
const limitToGuest = (task: Task, value: number, infinity: number): number => {
  if (task.guest.data.pointer === 8) return value;
  return value < 0 || value > infinity ? infinity : value;
};

/** Limits on memory are the guest's own business: the emulator's mappings are far larger than the guest's. */
const emulated = new Map<number, { soft: number; hard: number }>();
const RLIMIT_DATA = 2, RLIMIT_STACK = 3, RLIMIT_AS = 9;
const ownLimits: ReadonlySet<number> = new Set([RLIMIT_DATA, RLIMIT_STACK, RLIMIT_AS]);

function getrlimit(infinity: number) {
  return (task: Task, resource: number, at: GuestAddress): number => {
    const host = scratch(16);
    const r = readLimit(resource, host.address);
    if (r < 0) return r;
    const own = emulated.get(resource);
    writeWord(task, at, limitToGuest(task, own ? own.soft : hostWord(host.view, 0), infinity));
    writeWord(task, at + task.guest.data.pointer, limitToGuest(task, own ? own.hard : hostWord(host.view, 8), infinity));
    return 0;
  };
}

const readLimit = (resource: number, at: HostAddress): number => hostCall(SYS.prlimit64, 0, resource, 0, at);

function setLimit(resource: number, soft: number, hard: number): number {
  const s = soft < 0 ? TWO64 : soft, h = hard < 0 ? TWO64 : hard;
  if (s > h) return -E.EINVAL;
  if (ownLimits.has(resource)) {
    emulated.set(resource, { soft, hard });
    return 0;
  }
  const host = scratch(16);
  setHostWord(host.view, 0, soft);
  setHostWord(host.view, 8, hard);
  return hostCall(SYS.prlimit64, 0, resource, host.address, 0);
}

function setrlimit(task: Task, resource: number, at: GuestAddress): number {
  const word = (where: GuestAddress): number => {
    const value = readWord(task, where);
    return task.guest.data.pointer === 4 && value === INFINITY_32 ? -1 : value >= 2 ** 63 ? -1 : value;
  };
  return setLimit(resource, word(at), word(at + task.guest.data.pointer));
}

function prlimit64(task: Task, pid: number, resource: number, set: GuestAddress, get: GuestAddress): number {
  if (pid !== 0 && pid !== hostCall(SYS.getpid)) return hostCall(SYS.prlimit64, pid, resource, hostPointer(task, set, 16), hostPointer(task, get, 16));
  if (!ownLimits.has(resource)) return hostCall(SYS.prlimit64, pid, resource, hostPointer(task, set, 16), hostPointer(task, get, 16));
  const before = scratch(16);
  const r = readLimit(resource, before.address);
  if (r < 0) return r;
  const own = emulated.get(resource);
  if (own) { setHostWord(before.view, 0, own.soft); setHostWord(before.view, 8, own.hard); }
  if (set !== 0) {
    const wanted = task.memory.read(set, 16);
    const view = new DataView(wanted.buffer);
    const result = setLimit(resource, hostWord(view, 0), hostWord(view, 8));
    if (result < 0) return result;
  }
  if (get !== 0) task.memory.write(get, before.bytes);
  return 0;
}

const RLIMIT_CORE = 4;

/** Whether signals of this process are to leave core files may have changed. Passes `result` on. */
function limitChanged(task: Task, which: number, result: number): number {
  if (which === RLIMIT_CORE && result === 0) followCoreLimit(task);
  return result;
}

/** A processor mask is made of longs: the same bytes on every little-endian machine, in whole words of the guest. */
function schedGetaffinity(task: Task, pid: number, bytes: number, at: GuestAddress): number {
  const word = task.guest.data.pointer;
  if (bytes % word !== 0) return -E.EINVAL;
  const mask = scratch(1024);
  const n = hostCall(SYS.sched_getaffinity, pid, 1024, mask.address);
  if (n < 0) return n;
  let used = n;
  while (used > word && mask.bytes[used - 1] === 0) used--;
  if (used > bytes) return -E.EINVAL;
  const answer = Math.min(bytes, Math.max(word, Math.ceil(Math.min(n, bytes) / word) * word));
  task.memory.write(at, mask.bytes.subarray(0, answer));
  return answer;
}

/** This process's id, once it was asked for: only a fork changes it. */
let processId = 0;
forkHooks.push({ before: () => {}, inChild: () => { processId = 0; } });

function getpid(): number {
  if (processId === 0) processId = plainCall(SYS.getpid);
  return processId;
}

const PRIO_PROCESS = 0, IOPRIO_WHO_PROCESS = 1;

export const ids = {
  getuid: old(SYS.getuid), geteuid: old(SYS.geteuid), getgid: old(SYS.getgid), getegid: old(SYS.getegid),
  getuid32: pass('getuid', []), geteuid32: pass('geteuid', []), getgid32: pass('getgid', []), getegid32: pass('getegid', []),
  setuid: changesThread(pass('setuid', [id])), setgid: changesThread(pass('setgid', [id])), setreuid: changesThread(pass('setreuid', [id, id])), setregid: changesThread(pass('setregid', [id, id])),
  setresuid: changesThread(pass('setresuid', [id, id, id])), setresgid: changesThread(pass('setresgid', [id, id, id])),
  setfsuid: changesThread(pass('setfsuid', [id])), setfsgid: changesThread(pass('setfsgid', [id])),
  setuid32: changesThread(pass('setuid', [int])), setgid32: changesThread(pass('setgid', [int])), setreuid32: changesThread(pass('setreuid', [int, int])), setregid32: changesThread(pass('setregid', [int, int])),
  setresuid32: changesThread(pass('setresuid', [int, int, int])), setresgid32: changesThread(pass('setresgid', [int, int, int])),
  setfsuid32: changesThread(pass('setfsuid', [int])), setfsgid32: changesThread(pass('setfsgid', [int])),
  getresuid: three16(SYS.getresuid), getresgid: three16(SYS.getresgid),
  getresuid32: pass('getresuid', [pointer, pointer, pointer]), getresgid32: pass('getresgid', [pointer, pointer, pointer]),
  getgroups: sys([int, address], getgroups16), setgroups: changesThread(sys([int, address], setgroups16)),
  getgroups32: pass('getgroups', [int, pointer]), setgroups32: changesThread(pass('setgroups', [int, pointer])),

  getpid: sys([], getpid), getppid: pass('getppid', []), gettid: sys([], (task) => task.tid), getpgrp: pass('getpgrp', []),
  getpgid: pass('getpgid', [int]), setpgid: pass('setpgid', [int, int]), getsid: pass('getsid', [int]), setsid: pass('setsid', []),

  /** The oldest getrlimit stops at 2^31 - 1. */
  getrlimit: sys([resource, filledStruct(rlimit)], (task, which, at) => getrlimit(task.guest.data.pointer === 4 ? 0x7fffffff : Infinity)(task, which, at)),
  ugetrlimit: sys([resource, filledStruct(rlimit)], getrlimit(INFINITY_32)),
  setrlimit: sys([resource, address], (task, which, at) => limitChanged(task, which, setrlimit(task, which, at))),
  prlimit64: sys([int, resource, address, address], (task, pid, which, set, get) => limitChanged(task, which, prlimit64(task, pid, which, set, get))),
  getrusage: pass('getrusage', [rusageWho, output(rusage)]),
  getpriority: pass('getpriority', [priorityWhich, int]),
  setpriority: changesThread(pass('setpriority', [priorityWhich, int, int]), (raw) => (raw[0] === PRIO_PROCESS ? raw[1]! : 0)),
  nice: changesThread(sys([int], (_task, by) => {
    // getpriority(2): the kernel answers 20 minus the nice value.
    const now = hostCall(SYS.getpriority, 0, 0);
    if (now < 0) return now;
    const r = hostCall(SYS.setpriority, 0, 0, Math.max(-20, Math.min(19, 20 - now + by)));
    return r === -E.EACCES ? -E.EPERM : r;
  })),
  ioprio_get: pass('ioprio_get', [int, int]), ioprio_set: changesThread(pass('ioprio_set', [int, int, int]), (raw) => (raw[0] === IOPRIO_WHO_PROCESS ? raw[1]! : 0)),

  sched_yield: pass('sched_yield', []),
  sched_getparam: pass('sched_getparam', [int, pointer]), sched_setparam: changesGivenThread(pass('sched_setparam', [int, pointer])),
  sched_getscheduler: pass('sched_getscheduler', [int]), sched_setscheduler: changesGivenThread(pass('sched_setscheduler', [int, scheduler, pointer])),
  sched_get_priority_max: pass('sched_get_priority_max', [scheduler]), sched_get_priority_min: pass('sched_get_priority_min', [scheduler]),
  sched_rr_get_interval: pass('sched_rr_get_interval', [int, output(timespec)]), sched_rr_get_interval_time64: pass('sched_rr_get_interval', [int, pointer]),
  sched_getattr: pass('sched_getattr', [int, pointer, uint, bits]), sched_setattr: changesGivenThread(pass('sched_setattr', [int, pointer, bits])),
  sched_getaffinity: sys([int, size, address], schedGetaffinity),
  sched_setaffinity: changesGivenThread(pass('sched_setaffinity', [int, size, buffer(1)])),
  capget: pass('capget', [pointer, pointer]), capset: changesThread(pass('capset', [pointer, pointer])),
};

