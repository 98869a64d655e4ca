// Guest threads other than the first: each runs in a Worker, an isolate and host thread of its own over the shared guest
// memory. A worker whose guest thread has ended waits for the next one, since starting a worker takes 30 ms.
import { AT, E, O, SYS } from '../host/abi.ts';
import { waitWhile } from '../host/lock.ts';
import { addressOf, plainCall, scratch } from '../host/kernel.ts';
import { anyQueued, blockAll, registerThread, setHostMask, unregisterThread } from '../host/signal-handler.ts';
import { moveHigh, watchDescriptors } from '../host/own-fds.ts';
import { watchForCrash } from '../debug/crash.ts';
import { Debugger } from '../debug/gdb/debugger.ts';
import { GO as GO_ON, Shared } from '../debug/gdb/shared.ts';
import { configureLog } from '../debug/log.ts';
import { guests } from '../guests/index.ts';
import type { Guest } from '../guests/guest.ts';
import { GuestMemory, type SharedMemory } from '../memory/guest-memory.ts';
import { attachActions, sharedSignals, type SharedSignals } from '../signals/actions.ts';
import { SS_DISABLE } from '../signals/numbers.ts';
import { setMask, thread } from '../signals/thread.ts';
import { embedded } from '../single/embedded.ts';
import { hostWord } from '../syscalls/args.ts';
import { hostPath } from '../syscalls/paths.ts';
import { protectDescriptors, protectedBits } from '../syscalls/protected.ts';
import { createThreadState, PENDING } from '../translate/state.ts';
import type { CloneRequest } from './clone.ts';
import { CLONE } from './clone-flags.ts';
import { HostThreadEnd, ThreadEnd } from './exit.ts';
import {
  FREE, IDLE, RUNNING, attachGroup, chooseSlot, countThread, groupLocked, idleSlots, joinGroup, prepareStart, scriptFile, setCpuBase, setScriptFile, setSlotState, setStartWord, sharedGroup, slotTid,
  startAddress, startWord, takeStart,
} from './group.ts';
import { RunLoop } from './run-loop.ts';
import { MemoryFault, type Program, type Result, type Task } from './task.ts';

/** What a worker is started with. Functions cannot be sent: the guest and its model are found by name. */
export type ThreadData = {
  readonly slot: number;
  readonly group: SharedArrayBuffer;
  readonly memory: SharedMemory;
  readonly signals: SharedSignals;
  readonly guest: string;
  readonly layout: Guest['layout'];
  readonly model: string;
  readonly program: Program;
  /** What threads that gdb debugs share. */
  readonly debug: SharedArrayBuffer | null;
};

/** Threads from this one on have a small young generation: what V8 gives it at first, 16 MiB for the launcher's flags, is never given back. */
const CROWD = 16;
const SMALL = { maxYoungGenerationSizeMb: 2 } as const;

const STAT_BYTES = 144, DEV_INO_BYTES = 16;
const PR_SET_NAME = 15, PR_GET_NAME = 16, NAME_BYTES = 16;
const CLOCK_THREAD_CPUTIME_ID = 3;

/** Values of a slot's start word. */
const WAITING = 0, GO = 1, STARTED = 2, QUIT = 3;

/** The script that runs this code: the bundle, or main.ts when Node runs the sources. */
const script = (): string => (typeof __filename === 'string' && __filename.endsWith('.cjs') ? __filename : process.argv[1]!);
/** argv[2] of a worker, which tells main.ts; argv[3] tells boot.ts the guest. */
export const WORKER = '--thread';

/**
 * Keeps the bundle open: threads run it from there where its name leads elsewhere or nowhere, after a chroot, below another mount, with
 * other rights.
 */
export function keepScript(task: Task): void {
  // Sources are modules, which only files can be.
  if (embedded || !script().endsWith('.cjs')) return;
  const fd = moveHigh(openScript(task));
  if (fd < 0) return;
  protectDescriptors(task, [fd]);
  setScriptFile(fd);
}

const bundleOf = ({ guest }: Task): string => script().replace(/[^/]*$/, `${guest.name}.cjs`);
const openScript = (task: Task): number => plainCall(SYS.openat, AT.FDCWD, hostPath(Buffer.from(bundleOf(task)).toString('latin1')), O.CLOEXEC);

/** The bundle's text where a new thread could not open it by its name; null where it can. */
function scriptText(task: Task): string | null {
  if (embedded) return embedded.boot;
  const file = scriptFile();
  if (file < 0) return null;
  const named = openScript(task);
  const same = named >= 0 && sameFile(named, file);
  if (named >= 0) plainCall(SYS.close, named);
  return same ? null : readAll(file);
}

function sameFile(a: number, b: number): boolean {
  const [one, other] = [a, b].map((fd) => { const stat = scratch(STAT_BYTES); plainCall(SYS.fstat, fd, stat.address); return stat.bytes.subarray(0, DEV_INO_BYTES); });
  return Buffer.compare(one!, other!) === 0;
}

function readAll(file: number): string {
  const parts: string[] = [];
  const room = scratch(1 << 20);
  for (let at = 0, n = 0; (n = plainCall(SYS.pread64, file, room.address, room.bytes.length, at)) > 0; at += n) parts.push(Buffer.from(room.bytes.subarray(0, n)).toString('latin1'));
  return parts.join('');
}

/** Starts a guest thread with the given CPU state; answers its tid. */
export function startThread(task: Task, request: CloneRequest, cpu: Uint8Array): Result {
  if (anyQueued()) return 'restart';
  const { flags, parentTid, childTid } = request;
  const tid = groupLocked(() => {
    const { slot, state } = chooseSlot();
    if (slot < 0) return -E.EAGAIN;
    if (state === 'stale') endWorker(slot);
    const name = scratch(NAME_BYTES);
    plainCall(SYS.prctl, PR_GET_NAME, name.address);
    prepareStart(slot, cpu, {
      name: name.bytes, low: thread.low, high: thread.high, clearTid: flags & CLONE.CHILD_CLEARTID ? childTid : 0, setTid: flags & CLONE.CHILD_SETTID ? childTid : 0,
      parentTid: flags & CLONE.PARENT_SETTID ? parentTid : 0,
    });
    countThread(1);
    // A new host thread has its maker's mask, and nothing may reach it before it is ready.
    blockAll();
    setStartWord(slot, GO);
    if (state !== 'idle' && !startWorker(task, slot)) {
      setStartWord(slot, WAITING);
      setSlotState(slot, FREE);
      countThread(-1);
      return -E.EAGAIN;
    }
    while (startWord(slot) !== STARTED) waitWhile(startAddress(slot), GO);
    return slotTid(slot);
  });
  if (!anyQueued()) setHostMask(thread.low, thread.high);
  return tid;
}

/** The bundle as a worker runs it that is given text: with the names of the file that it is not read from. */
function wrapped(text: string): string {
  if (embedded) return text;
  const path = script();
  return `(function (__filename, __dirname) {${text}\n})(${JSON.stringify(path)}, ${JSON.stringify(path.replace(/\/[^/]*$/, ''))})`;
}

/** False when there can be no further host thread (RLIMIT_NPROC, memory). */
function startWorker(task: Task, slot: number): boolean {
  const workers = process.getBuiltinModule('node:worker_threads');
  const { guest, model, memory, program } = task;
  watchDescriptors(protectedBits(task));
  const workerData: ThreadData = {
    slot, group: sharedGroup(), memory: memory.shared, signals: sharedSignals(), guest: guest.name, layout: guest.layout, model: model.name, program, debug: task.debug,
  };
  const text = scriptText(task);
  // It outlives its maker's interest, and says what it has to say through the kernel. Were its streams not kept apart, node would
  // open the process's own to join them, and make the guest's pipes non-blocking.
  try {
    new workers.Worker(text === null ? script() : wrapped(text), { eval: text !== null, argv: [WORKER, guest.name], workerData, env: workers.SHARE_ENV, stdin: false, stdout: true, stderr: true, trackUnmanagedFds: false, ...(slot < CROWD ? {} : { resourceLimits: SMALL }) }).unref();
    return true;
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ERR_WORKER_INIT_FAILED') throw e;
    return false;
  }
}

/** The life of a worker: main.ts calls it there. */
export function runWorker(): void {
  const data = process.getBuiltinModule('node:worker_threads').workerData as ThreadData;
  const { slot, program } = data;
  attachActions(data.signals);
  attachGroup(data.group);
  configureLog(program.options.log, program.options.logFile);
  const guest: Guest = { ...guests.find((g) => g.name === data.guest)!, layout: data.layout };
  const state = createThreadState();
  const memory = new GuestMemory(guest, state, data.memory);
  const tid = plainCall(SYS.gettid);
  registerThread(state.i32, PENDING >> 2);
  const task: Task = { guest, model: guest.models.find(({ name }) => name === data.model)!, memory, cpu: state.cpu, tid, clearChildTid: 0, program, debug: data.debug };
  watchForCrash(task);
  const shared = data.debug === null ? null : new Shared(data.debug);
  const loop = new RunLoop(task, state, shared === null ? null : new Debugger(task, shared));
  const pendingCell = addressOf(state.i32) + PENDING;
  for (;;) {
    while (startWord(slot) === WAITING) waitWhile(startAddress(slot), WAITING);
    if (startWord(slot) === QUIT) quit(slot);
    joinGroup(slot, tid, pendingCell);
    shared?.setAction(slot, GO_ON);
    begin(task, slot);
    try { loop.run(); } catch (e) {
      if (!(e instanceof ThreadEnd)) throw e;
      if (e instanceof HostThreadEnd) quit(slot);
    }
    setStartWord(slot, WAITING);
    setSlotState(slot, IDLE);
  }
}

function begin(task: Task, slot: number): void {
  const start = takeStart(slot, task.cpu.u8);
  task.clearChildTid = start.clearTid;
  thread.altstack = { sp: 0, flags: SS_DISABLE, size: 0 };
  thread.temporary = null;
  thread.held = [];
  const name = scratch(NAME_BYTES), used = scratch(16);
  name.bytes.set(start.name);
  plainCall(SYS.prctl, PR_SET_NAME, name.address);
  plainCall(SYS.clock_gettime, CLOCK_THREAD_CPUTIME_ID, used.address);
  setCpuBase(hostWord(used.view, 0) * 1e9 + hostWord(used.view, 8));
  // Before anything runs, since the same word is often the one that is cleared when the thread ends.
  for (const at of [start.parentTid, start.setTid]) {
    if (at === 0) continue;
    try { task.memory.setU32(at, task.tid); } catch (e) {
      if (!(e instanceof MemoryFault)) throw e; // the kernel does not look at the result either
    }
  }
  setSlotState(slot, RUNNING);
  setStartWord(slot, STARTED);
  setMask(start.low, start.high);
}

/** Ends the host thread at once: taking the isolate down would need its maker's event loop. */
function quit(slot: number): never {
  unregisterThread();
  setStartWord(slot, WAITING);
  setSlotState(slot, FREE);
  for (;;) plainCall(SYS.exit, 0);
}

/** execve: idle workers know the old program only. */
export function quitIdleWorkers(): void { for (const slot of idleSlots()) endWorker(slot); }

function endWorker(slot: number): void {
  setStartWord(slot, QUIT);
  while (startWord(slot) === QUIT) waitWhile(startAddress(slot), QUIT);
}
