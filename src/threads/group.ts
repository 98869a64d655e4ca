// The thread group: what the threads of a guest process know of each other. One shared block a process, with a slot for each
// host thread of ours; a slot whose guest thread has ended keeps its worker, which the next clone uses again.
import type { GuestAddress, HostAddress } from '../address.ts';
import { HostLock, wake } from '../host/lock.ts';
import { addressOf, inCallCell, orHost, plainCall, readHost, setHoldCell } from '../host/kernel.ts';
import { SYS } from '../host/abi.ts';
import { CPU, CPU_BYTES, PENDING } from '../translate/state.ts';

/** Bit of the pending cell: come to a safe point (run-loop.ts calls `safePoint`). */
export const STOP = 2;

const SLOT_BYTES = 4096, SLOT_COUNT = 1023, CPU_AT = SLOT_BYTES - CPU_BYTES;
/** i32 words of the block's first 4096 bytes. */
const HOLD = 0, LOCK = 1, LIVE = 2, ENDING = 3, LEADER_STATUS = 4;
/** i32: slots that were ever in use come before this one; each slot is a page that need not be touched. */
const SLOTS_USED = 5;
/** i32s: the descriptor of the script that threads run, -1 for none; the last kind that a thread was of. */
const SCRIPT_FILE = 6, LAST_KIND = 7;
/** Fields of a slot: i32 words, and f64s by their index from the slot's start. */
const TID = 0, STATE = 1, IN_CALL = 1, PENDING_CELL = 2, START = 6, MASK_LOW = 7, MASK_HIGH = 8, KIND = 9, CLEAR_TID = 5, SET_TID = 6, PARENT_TID = 7, ROBUST = 8, SECCOMP = 9, CPU_BASE = 10;
/** The name that a thread begins with, in bytes from its slot's start. */
const NAME_AT = 88, NAME_BYTES = 16;

/** f64s of the first 4096 bytes: where the request lies that the leader is to execute, and its length; 0 for none. */
const EXEC_AT = 16, EXEC_BYTES = 17;

/** ENDED_LEADER: its host thread stays, since the process is known by it, and runs again if another thread executes a program. */
export const FREE = 0, STARTING = 1, RUNNING = 2, IDLE = 3, ENDING_THREAD = 4, ENDED_LEADER = 5;

let block: SharedArrayBuffer;
let words: Int32Array;
let numbers: Float64Array;
let blockAddress = 0;
let lock: HostLock;
/** This thread's slot. */
let own = 0;

export function createGroup(): SharedArrayBuffer {
  attachGroup(new SharedArrayBuffer(SLOT_BYTES * (SLOT_COUNT + 1)));
  return block;
}

export function attachGroup(to: SharedArrayBuffer): void {
  block = to;
  words = new Int32Array(to);
  numbers = new Float64Array(to);
  blockAddress = addressOf(words);
  lock = new HostLock(words, LOCK);
}

export const sharedGroup = (): SharedArrayBuffer => block;
const word = (slot: number, field: number): number => (slot + 1) * (SLOT_BYTES / 4) + field;
const number = (slot: number, field: number): number => (slot + 1) * (SLOT_BYTES / 8) + field;

/** Enters this thread into the group. `pendingCell` is the host address of its pending cell. */
export function joinGroup(slot: number, tid: number, pendingCell: HostAddress): void {
  own = slot;
  numbers[number(slot, IN_CALL)] = inCallCell;
  numbers[number(slot, PENDING_CELL)] = pendingCell;
  numbers[number(slot, ROBUST)] = 0;
  words[word(slot, TID)] = tid;
  Atomics.store(words, word(slot, STATE), RUNNING);
  setHoldCell(blockAddress + HOLD * 4);
}

/** The first thread of a process: the only one. */
export function foundGroup(tid: number, pendingCell: HostAddress): void {
  joinGroup(0, tid, pendingCell);
  words[LIVE] = 1;
  words[SLOTS_USED] = 1;
  words[SCRIPT_FILE] = -1;
}

// What a thread has of its own at the host: ids, capabilities, priorities, processors, name spaces, limits that it set itself. A new host
// thread has its maker's; a worker whose thread has ended has what that thread left. Threads of one kind have all of it in common.

const slotOf = (tid: number): number => (tid === 0 ? own : runningSlots().find((slot) => slotTid(slot) === tid) ?? -1);

/** A thread (0: this one) has changed something of its own: it is like no other from now on. */
export function becomeDifferent(tid = 0): void {
  const slot = slotOf(tid);
  if (slot >= 0) words[word(slot, KIND)] = Atomics.add(words, LAST_KIND, 1) + 1;
}

/** The processor time, in nanoseconds, that a thread's host thread had used when the guest's thread began: what its clock counts from. */
export const cpuBase = (tid = 0): number => { const slot = slotOf(tid); return slot < 0 ? 0 : numbers[number(slot, CPU_BASE)]!; };
export function setCpuBase(nanoseconds: number): void { numbers[number(own, CPU_BASE)] = nanoseconds; }

/** The descriptor of the script that threads run. */
export const scriptFile = (): number => words[SCRIPT_FILE]!;
export function setScriptFile(fd: number): void { words[SCRIPT_FILE] = fd; }

// Robust lists: where each thread's begins, for get_robust_list of other threads and for the end of all of them.

/** The guest address of this thread's list; 0 for none. */
export function setRobustHead(head: number): void { numbers[number(own, ROBUST)] = head; }

/** Guest threads that run, and where their robust lists are. */
export function robustLists(): { readonly tid: number; readonly head: number }[] {
  return runningSlots().map((slot) => ({ tid: slotTid(slot), head: numbers[number(slot, ROBUST)]! }));
}

/** Slots of guest threads that run. */
export function runningSlots(): number[] {
  const found: number[] = [];
  for (let slot = 0; slot < words[SLOTS_USED]!; slot++) if (Atomics.load(words, word(slot, STATE)) === RUNNING) found.push(slot);
  return found;
}

/** What judges a thread's system calls: 0 for nothing, else what seccomp.ts made of it. New threads and processes inherit it. */
export const seccompHead = (slot = own): number => numbers[number(slot, SECCOMP)]!;
export function setSeccompHead(head: number, slot = own): void { numbers[number(slot, SECCOMP)] = head; }

/**
 * The tids of another process of the same emulator, whose group lies at the same place: `read` answers its memory. Null where it
 * cannot be read.
 */
export function otherTids(read: (from: HostAddress, bytes: number) => Uint8Array | null): number[] | null {
  const head = read(blockAddress, SLOT_BYTES);
  const used = head === null ? 0 : new DataView(head.buffer, head.byteOffset).getInt32(4 * SLOTS_USED, true);
  const all = head === null ? null : read(blockAddress, SLOT_BYTES * (used + 1));
  if (all === null) return null;
  const view = new DataView(all.buffer, all.byteOffset);
  const field = (slot: number, which: number): number => view.getInt32(4 * word(slot, which), true);
  return Array.from({ length: used }, (_, slot) => slot).filter((slot) => field(slot, STATE) === RUNNING).map((slot) => field(slot, TID));
}

/** Runs while no thread of the group starts, ends or forks. */
export const groupLocked = <T>(run: () => T): T => lock.with(run);

/** Other threads of ours, guest threads or idle workers. */
function others(): number[] {
  const found: number[] = [];
  for (let slot = 0; slot < words[SLOTS_USED]!; slot++) {
    const state = Atomics.load(words, word(slot, STATE));
    if (slot !== own && state !== FREE) found.push(slot);
  }
  return found;
}

/** Asks the other guest threads to come to a safe point soon, and answers their slots. */
export function callOthers(): number[] {
  const running = others().filter((slot) => words[word(slot, STATE)] === RUNNING);
  for (const slot of running) orHost(numbers[number(slot, PENDING_CELL)]!, STOP);
  return running;
}

/** Code was changed and is to be seen: other threads leave what they made of it at their next jump, without a system call. */
export function showCode(): void { if (anyOthers()) callOthers(); }

const anyOthers = (): boolean => words[SLOTS_USED]! > 1;

/** Longer than it takes to compile what a thread may be compiling, in milliseconds. */
const PATIENCE = 500;

/** Waits until all others are in system calls; false if one does not come: it may wait for a fault that one which is held is to take care of (userfaultfd). */
function othersCame(): boolean {
  const end = Date.now() + PATIENCE;
  for (const slot of others()) {
    while (readHost(numbers[number(slot, IN_CALL)]!, 4)[0] === 0) {
      if (Date.now() > end) return false;
      plainCall(SYS.sched_yield);
    }
  }
  return true;
}

/**
 * Runs with every other thread in a system call, and kept there: none of them is inside V8 or the C library, so that a fork's
 * child finds no lock taken. The group's lock is held.
 */
export function alone<T>(run: () => T): T {
  if (!anyOthers()) return run();
  setHoldCell(0);
  Atomics.store(words, HOLD, 1);
  callOthers();
  while (!othersCame()) {
    Atomics.store(words, HOLD, 0);
    wake(blockAddress + HOLD * 4, SLOT_COUNT);
    plainCall(SYS.sched_yield);
    Atomics.store(words, HOLD, 1);
    callOthers();
  }
  try { return run(); } finally {
    Atomics.store(words, HOLD, 0);
    wake(blockAddress + HOLD * 4, SLOT_COUNT);
    setHoldCell(blockAddress + HOLD * 4);
  }
}

/** The processor states of the other guest threads: exact while `alone` keeps them in system calls. */
export function otherStates(): { readonly tid: number; readonly bytes: Uint8Array<ArrayBuffer> }[] {
  return runningSlots().filter((slot) => slot !== own)
    .map((slot) => ({ tid: slotTid(slot), bytes: new Uint8Array(readHost(numbers[number(slot, PENDING_CELL)]! - PENDING + CPU, CPU_BYTES)) }));
}

/** The host address of the processor state of the thread in `slot`. */
export const stateAddress = (slot: number): HostAddress => numbers[number(slot, PENDING_CELL)]! - PENDING + CPU;

/** Whether the thread in `slot` is in a system call of the host's. */
export const inCall = (slot: number): boolean => readHost(numbers[number(slot, IN_CALL)]!, 4)[0] !== 0;

/** In the child of a fork: this thread is the group. */
export function becomeOnly(tid: number): void {
  for (const slot of others()) words[word(slot, STATE)] = FREE;
  words[LIVE] = 1;
  words[ENDING] = 0;
  numbers[EXEC_AT] = 0;
  words[word(own, TID)] = tid;
}

export const threadCount = (): number => words[LIVE]!;
/** The host address of that count, an i32: the same in all processes of one emulator. */
export const threadCountAt = (): HostAddress => blockAddress + LIVE * 4;

// Starting threads.

/** What a new thread starts with, besides its CPU state. */
export type Start = { readonly name: Uint8Array; readonly low: number; readonly high: number; readonly clearTid: GuestAddress; readonly setTid: GuestAddress; readonly parentTid: GuestAddress };

/**
 * A slot for a new thread, -1 when there are too many threads. 'idle': its worker waits there. 'stale': so it does, but it is of another kind
 * than this thread, which the new one is to be like. 'free': there is none.
 */
export function chooseSlot(): { readonly slot: number; readonly state: 'idle' | 'stale' | 'free' } {
  const used = words[SLOTS_USED]!, kind = words[word(own, KIND)];
  let free = used < SLOT_COUNT ? used : -1, stale = -1;
  for (let slot = used - 1; slot >= 0; slot--) {
    // A thread that was joined a moment ago: far sooner idle than another worker is made.
    while (Atomics.load(words, word(slot, STATE)) === ENDING_THREAD) plainCall(SYS.sched_yield);
    const state = words[word(slot, STATE)];
    if (state === IDLE && words[word(slot, KIND)] === kind) return { slot, state: 'idle' };
    if (state === IDLE) stale = slot;
    if (state === FREE) free = slot;
  }
  return stale >= 0 ? { slot: stale, state: 'stale' } : { slot: free, state: 'free' };
}

export function idleSlots(): number[] { return others().filter((slot) => words[word(slot, STATE)] === IDLE); }

/** Puts down what the thread in `slot` starts with. */
export function prepareStart(slot: number, cpu: Uint8Array, start: Start): void {
  new Uint8Array(block, (slot + 1) * SLOT_BYTES + CPU_AT, CPU_BYTES).set(cpu);
  nameOf(slot).set(start.name);
  words[word(slot, MASK_LOW)] = start.low;
  words[word(slot, MASK_HIGH)] = start.high;
  numbers[number(slot, CLEAR_TID)] = start.clearTid;
  numbers[number(slot, SET_TID)] = start.setTid;
  numbers[number(slot, PARENT_TID)] = start.parentTid;
  numbers[number(slot, SECCOMP)] = seccompHead();
  words[word(slot, KIND)] = words[word(own, KIND)]!;
  words[SLOTS_USED] = Math.max(words[SLOTS_USED]!, slot + 1);
  Atomics.store(words, word(slot, STATE), STARTING);
}

const nameOf = (slot: number): Uint8Array => new Uint8Array(block, (slot + 1) * SLOT_BYTES + NAME_AT, NAME_BYTES);

export const startAddress = (slot: number): HostAddress => blockAddress + word(slot, START) * 4;
export const startWord = (slot: number): number => Atomics.load(words, word(slot, START));
export function setStartWord(slot: number, value: number): void {
  Atomics.store(words, word(slot, START), value);
  wake(startAddress(slot), 2);
}

/** Reads what prepareStart put down, into `cpu`. */
export function takeStart(slot: number, cpu: Uint8Array): Start {
  cpu.set(new Uint8Array(block, (slot + 1) * SLOT_BYTES + CPU_AT, CPU_BYTES));
  return {
    name: nameOf(slot), low: words[word(slot, MASK_LOW)]!, high: words[word(slot, MASK_HIGH)]!,
    clearTid: numbers[number(slot, CLEAR_TID)]!, setTid: numbers[number(slot, SET_TID)]!, parentTid: numbers[number(slot, PARENT_TID)]!,
  };
}

export const slotTid = (slot: number): number => words[word(slot, TID)]!;
export const setSlotState = (slot: number, state: number): void => { Atomics.store(words, word(slot, STATE), state); };
export const ownSlot = (): number => own;

export function countThread(by: 1 | -1): number { return Atomics.add(words, LIVE, by) + by; }

/** The status of the first thread when it ended before the others; it is the process's then. */
export function leaderStatus(): number { return words[LEADER_STATUS]!; }
export function setLeaderStatus(status: number): void { words[LEADER_STATUS] = status; }

// Ending the others (execve).

/** Whether this is the thread that the process is known by: the one that executes programs. */
export const leads = (): boolean => words[word(own, TID)] === plainCall(SYS.getpid);

/** Asks the leader to execute what lies at a host address. False when another thread has asked already. */
export function askLeader(address: number, bytes: number): boolean {
  return groupLocked(() => {
    if (numbers[EXEC_AT] !== 0) return false;
    numbers[EXEC_BYTES] = bytes;
    numbers[EXEC_AT] = address;
    return true;
  });
}

/** The leader's tid; its pending cell says from now on that something is to be done. */
export function wakeLeader(): number {
  const pid = plainCall(SYS.getpid);
  const slot = others().find((one) => words[word(one, TID)] === pid)!;
  orHost(numbers[number(slot, PENDING_CELL)]!, STOP);
  return pid;
}

/** What the leader is asked to execute. */
export function execAsked(): { readonly address: number; readonly bytes: number } | null {
  return numbers[EXEC_AT] === 0 ? null : { address: numbers[EXEC_AT]!, bytes: numbers[EXEC_BYTES]! };
}

export const slotState = (slot: number): number => Atomics.load(words, word(slot, STATE));

/** Asks all other guest threads to end, and answers the tids of those that have not yet. */
export function endOthers(): number[] {
  Atomics.store(words, ENDING, words[word(own, TID)]!);
  return callOthers().map(slotTid);
}

export function othersEnded(): void {
  numbers[EXEC_AT] = 0;
  Atomics.store(words, ENDING, 0);
}
/** True when another thread executes a program: this one has to end. */
export const mustEnd = (): boolean => { const who = Atomics.load(words, ENDING); return who !== 0 && who !== words[word(own, TID)]; };
/** Guest threads other than this one that have not ended. */
export const othersRunning = (): boolean => others().some((slot) => words[word(slot, STATE)] === RUNNING);
