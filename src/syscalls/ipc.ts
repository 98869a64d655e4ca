// System V and POSIX inter-process communication.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, plainCall, scratch } from '../host/kernel.ts';
import { MAPPED, PAGE, READ, SHARED, WRITE } from '../memory/page-table.ts';
import { catchDefaults } from '../signals/actions.ts';
import type { Task } from '../threads/task.ts';
import { address, bits, buffer, data, fd, hostPointer, input, int, mode, output, pointer, readWord, setHostWord, size, string, structToGuest, structToHost, uint, writeWord } from './args.ts';
import { pass, sys } from './call.ts';
import { mapping } from './memory.ts';
import { openFlags } from './open.ts';
import { regions } from './proc-maps.ts';
import { get, lp64, type Struct } from './struct.ts';
import { ipcFlags } from './shown.ts';
import {
  hostMsqidDs, hostSemidDs, hostShmidDs, mqAttr, msqidDs, semidDs, shmInfo, shmidDs, shminfo, sigevent, timespec, timespec64,
} from './structs.ts';
import { attachFlags } from './shown-flags.ts';

/** Set by 32-bit C libraries in every command: the structs are the present ones. */
const IPC_64 = 0x100;
const IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3;

/** A control call whose argument is one of the id structs, or something for `others`. */
function control(task: Task, command: number, at: GuestAddress, types: readonly [guest: Struct, host: Struct], stats: readonly number[], call: (command: number, argument: HostAddress) => number, others: (command: number) => number): number {
  const [guest, host] = types;
  const plain = command & ~IPC_64;
  if (plain === IPC_RMID) return call(plain, 0);
  if (plain === IPC_SET) return call(plain, structToHost(task, at, guest, host).address);
  if (plain !== IPC_STAT && !stats.includes(plain)) return others(plain);
  const copy = scratch(host(lp64).size);
  const r = call(plain, copy.address);
  if (r >= 0) structToGuest(task, at, copy.bytes, guest, host);
  return r;
}

/** A struct of which the kernel fills all in, given by the command. */
function answered(task: Task, at: GuestAddress, type: Struct, call: (argument: HostAddress) => number): number {
  const copy = scratch(Math.max(128, type(lp64).size));
  const r = call(copy.address);
  if (r >= 0) structToGuest(task, at, copy.bytes, type);
  return r;
}

const SHM_LOCK = 11, SHM_UNLOCK = 12, SHM_STAT = 13, SHM_INFO = 14, SHM_STAT_ANY = 15;

const shmctl = (task: Task, id: number, command: number, at: GuestAddress): number => {
  const call = (plain: number, argument: HostAddress): number => hostCall(SYS.shmctl, id, plain, argument);
  return control(task, command, at, [shmidDs, hostShmidDs], [SHM_STAT, SHM_STAT_ANY], call, (plain) => {
    if (plain === SHM_LOCK || plain === SHM_UNLOCK) return call(plain, 0);
    if (plain === SHM_INFO) return answered(task, at, shmInfo, (to) => call(plain, to));
    return plain === IPC_INFO ? answered(task, at, shminfo, (to) => call(plain, to)) : -E.EINVAL;
  });
};

const GETALL = 13, SETVAL = 16, SETALL = 17, SEM_STAT = 18, SEM_INFO = 19, SEM_STAT_ANY = 20;

const semctl = (task: Task, id: number, index: number, command: number, argument: GuestAddress): number => {
  const call = (plain: number, value: HostAddress): number => hostCall(SYS.semctl, id, index, plain, value);
  return control(task, command, argument, [semidDs, hostSemidDs], [SEM_STAT, SEM_STAT_ANY], call, (plain) => {
    if (plain === GETALL || plain === SETALL || plain === SEM_INFO || plain === IPC_INFO) return call(plain, hostPointer(task, argument));
    return call(plain, plain === SETVAL ? argument | 0 : 0);
  });
};

const MSG_STAT = 11, MSG_INFO = 12, MSG_STAT_ANY = 13;

const msgctl = (task: Task, id: number, command: number, at: GuestAddress): number => {
  const call = (plain: number, argument: HostAddress): number => hostCall(SYS.msgctl, id, plain, argument);
  return control(task, command, at, [msqidDs, hostMsqidDs], [MSG_STAT, MSG_STAT_ANY], call,
    (plain) => (plain === MSG_INFO || plain === IPC_INFO ? call(plain, hostPointer(task, at)) : -E.EINVAL));
};

/** A message starts with a long, its type. */
const MSGMAX = 1 << 20;

function msgsnd(task: Task, id: number, at: GuestAddress, bytes: number, flags: number): number {
  if (bytes < 0 || bytes > MSGMAX) return -E.EINVAL;
  const word = task.guest.data.pointer;
  const message = scratch(8 + bytes);
  const type = readWord(task, at);
  setHostWord(message.view, 0, word === 4 ? type | 0 : type);
  message.bytes.set(task.memory.read(at + word, bytes), 8);
  return hostCall(SYS.msgsnd, id, message.address, bytes, flags);
}

function msgrcv(task: Task, id: number, at: GuestAddress, bytes: number, type: number, flags: number): number {
  const word = task.guest.data.pointer;
  // As a signed long, before any message is taken.
  if (bytes < 0 || bytes >= 2 ** (8 * word - 1)) return -E.EINVAL;
  const room = Math.min(bytes, MSGMAX);
  const message = scratch(8 + room);
  const n = hostCall(SYS.msgrcv, id, message.address, room, word === 4 ? type | 0 : type, flags);
  if (n < 0) return n;
  writeWord(task, at, message.view.getUint32(4, true) * 2 ** 32 + message.view.getUint32(0, true));
  task.memory.write(at + word, message.bytes.subarray(8, 8 + n));
  return n;
}

// Shared memory in the guest's address space.

const SHM_RDONLY = 0o10000, SHM_RND = 0o20000, SHM_REMAP = 0o40000;
const MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_FIXED_NOREPLACE = 0x100000;

function shmat(task: Task, id: number, wanted: GuestAddress, flags: number): number {
  const ds = scratch(hostShmidDs(lp64).size);
  const known = plainCall(SYS.shmctl, id, IPC_STAT, ds.address);
  if (known < 0) return known;
  const length = Math.ceil(get(hostShmidDs(lp64), ds.bytes, 'shm_segsz') / PAGE) * PAGE;
  const at = flags & SHM_RND ? wanted - (wanted % PAGE) : wanted;
  if (at % PAGE !== 0 || (wanted === 0 && flags & SHM_REMAP)) return -E.EINVAL;
  const { memory } = task;
  // First a mapping of the guest's own in the place, which finds room and forgets translated code; then the segment over it.
  const how = at === 0 ? 0 : flags & SHM_REMAP ? MAP_FIXED : MAP_FIXED_NOREPLACE;
  const place = memory.map({ address: at, length, prot: 0, flags: MAP_PRIVATE | MAP_ANONYMOUS | how, fd: -1, offset: 0 });
  if (place < 0) return place === -E.EEXIST ? -E.EINVAL : place;
  const r = hostCall(SYS.shmat, id, memory.host(place), (flags & ~SHM_RND) | SHM_REMAP);
  if (r < 0) { memory.unmap(place, length); return r; }
  catchDefaults('shared', true);
  memory.pages.fill(place, length, MAPPED | SHARED | READ | (flags & SHM_RDONLY ? 0 : WRITE));
  return place;
}

/** Unmapping a segment detaches it: only its extent has to be found. */
function shmdt(task: Task, at: GuestAddress): number {
  const all = regions(task);
  const first = all.findIndex((region) => region.from === at && region.name.startsWith('/SYSV'));
  if (first < 0) return -E.EINVAL;
  let end = first;
  while (all[end + 1]?.name === all[first]!.name && all[end + 1]!.from === all[end]!.to && all[end + 1]!.offset > all[end]!.offset) end++;
  return task.memory.unmap(at, all[end]!.to - at);
}

// POSIX message queues.

const SIGEV_THREAD = 2;

/** With SIGEV_THREAD the value is the address of a cookie, which the kernel reads. */
function mqNotify(task: Task, queue: number, at: GuestAddress): number {
  if (at === 0) return hostCall(SYS.mq_notify, queue, 0);
  const event = structToHost(task, at, sigevent);
  const host = sigevent(lp64);
  if (get(host, event.bytes, 'sigev_notify') === SIGEV_THREAD) setHostWord(event.view, 0, hostPointer(task, readWord(task, at), 32));
  return hostCall(SYS.mq_notify, queue, event.address);
}

const calls = {
  semget: pass('semget', [int, int, ipcFlags]),
  semop: pass('semop', [int, buffer(2, 6), uint]),
  semtimedop: pass('semtimedop', [int, buffer(2, 6), uint, input(timespec)]),
  semtimedop_time64: pass('semtimedop', [int, buffer(2, 6), uint, input(timespec64, timespec)]),
  semctl: sys([int, int, int, address], semctl),
  msgget: pass('msgget', [int, ipcFlags]),
  msgsnd: sys([int, address, size, int], msgsnd),
  msgrcv: sys([int, address, size, size, int], msgrcv),
  msgctl: sys([int, int, address], msgctl),
  shmget: pass('shmget', [int, size, ipcFlags]),
  shmat: mapping(sys([int, address, attachFlags], shmat)),
  shmdt: mapping(sys([address], shmdt)),
  shmctl: sys([int, int, address], shmctl),
};

/** ipc(2): one number for all of them; the upper half of the number is a version. */
function multiplexed(task: Task, number: number, first: number, second: number, third: number, at: GuestAddress, fifth: GuestAddress): number {
  const version = number >>> 16;
  switch (number & 0xffff) {
    case 1: return hostCall(SYS.semop, first, hostPointer(task, at, second * 6), second);
    case 2: return hostCall(SYS.semget, first, second, third);
    case 3: return semctl(task, first, second, third, readWord(task, at));
    case 4: return hostCall(SYS.semtimedop, first, hostPointer(task, at, second * 6), second, fifth === 0 ? 0 : structToHost(task, fifth, timespec).address);
    case 11: return msgsnd(task, first, at, second >>> 0, third);
    case 12: {
      if (version !== 0) return msgrcv(task, first, at, second >>> 0, fifth, third);
      // The old form has the buffer and the type in memory.
      return msgrcv(task, first, readWord(task, at), second >>> 0, readWord(task, at + task.guest.data.pointer), third);
    }
    case 13: return hostCall(SYS.msgget, first, second);
    case 14: return msgctl(task, first, second, at);
    case 21: {
      const place = shmat(task, first, at, second);
      if (place < 0) return place;
      writeWord(task, third >>> 0, place);
      return 0;
    }
    case 22: return shmdt(task, at);
    case 23: return hostCall(SYS.shmget, first, second >>> 0, third);
    case 24: return shmctl(task, first, second, at);
    default: return -E.ENOSYS;
  }
}

export const ipcs = {
  ...calls,
  ipc: sys([uint, int, int, int, address, address], multiplexed),
  mq_open: pass('mq_open', [string, openFlags, mode, input(mqAttr)]),
  mq_unlink: pass('mq_unlink', [string]),
  mq_timedsend: pass('mq_timedsend', [fd, data(2), size, uint, input(timespec)]),
  mq_timedsend_time64: pass('mq_timedsend', [fd, data(2), size, uint, input(timespec64, timespec)]),
  mq_timedreceive: pass('mq_timedreceive', [fd, buffer(2), size, pointer, input(timespec)]),
  mq_timedreceive_time64: pass('mq_timedreceive', [fd, buffer(2), size, pointer, input(timespec64, timespec)]),
  mq_notify: sys([fd, address], mqNotify),
  mq_getsetattr: pass('mq_getsetattr', [fd, input(mqAttr), output(mqAttr)]),
};

