// Delivery: takes queued signals, and either has the guest's handler start by a frame on its stack or does the default action.
import type { GuestAddress } from '../address.ts';
import {
  anyQueued, blockAll, clearPending, queueToSelf, setDefault, setHostMask, takeQueued,
} from '../host/signal-handler.ts';
import { SYS } from '../host/abi.ts';
import { plainCall, scratch } from '../host/kernel.ts';
import { reportDeath } from '../debug/backtrace.ts';
import { observer } from '../debug/observer.ts';
import { showsSignals, traceSignal } from '../debug/signals.ts';
import type { FrameBuffer, Guest, SignalDelivery } from '../guests/guest.ts';
import { releaseRobustLists } from '../threads/robust-list.ts';
import { MemoryFault, type Task } from '../threads/task.ts';
import { endsHere, getAction, resetAction } from './actions.ts';
import { dumpCore } from './core-dump.ts';
import { CODE, IGNORED_BY_DEFAULT, SA, SIG, SIG_DFL, SIG_IGN, SS_AUTODISARM, SS_DISABLE, SS_ONSTACK, UNSTOPPABLE, bit, has } from './numbers.ts';
import { newFrame } from './frame.ts';
import { codeOf, faultInfo, senderOf, signalOf, SIGINFO_BYTES, toGuest } from './siginfo.ts';
import { blocked, neverHeld, setMask, thread } from './thread.ts';

type Fault = SignalDelivery['fault'];
const noFault: Fault = { trap: 0, error: 0, address: 0 };

// Made once, since programs take signals by the million: a signal on its way, the same for the guest, and a frame. None of them
// outlives the delivery.
const taken = new Uint8Array(SIGINFO_BYTES), converted = new Uint8Array(SIGINFO_BYTES);
let frameBuffer = newFrame({ size: 0 });

/** Delivers all signals that wait for this thread. The run loop calls it when bit 0 of the pending cell is set and the CPU state is exact. */
export function deliverPending(task: Task): void {
  do {
    clearPending();
    for (let info = next(); info !== null; info = next()) deliver(task, info);
    thread.temporary = null;
    // From here on the host may deliver the next signal.
    setHostMask(thread.low, thread.high);
  } while (anyQueued());
}

function next(): Uint8Array | null {
  if (thread.held.length > 0) {
    const i = thread.held.findIndex((info) => !blocked(signalOf(info)));
    if (i >= 0) return thread.held.splice(i, 1)[0]!;
  }
  return takeQueued(taken);
}

function deliver(task: Task, queued: Uint8Array): void {
  if (observer.current?.wakes(queued)) return;
  const signal = signalOf(queued);
  const [low, high] = thread.temporary ?? [thread.low, thread.high];
  if (neverHeld(signal) && has(low, high, signal)) { thread.held.push(queued.slice()); return; }
  const { handler } = getAction(signal);
  if (handler === SIG_IGN) return;
  const info = observed(task, signal, queued);
  if (info === queued) act(task, signal, info, handler);
  else if (info !== null) act(task, signalOf(info), info, getAction(signalOf(info)).handler);
}

function act(task: Task, signal: number, info: Uint8Array, handler: GuestAddress): void {
  if (handler === SIG_IGN) return;
  if (showsSignals(task)) traceSignal(task, signal, { code: codeOf(info), ...(codeOf(info) <= 0 ? { sender: senderOf(info) } : {}) });
  if (handler === SIG_DFL) defaultAction(task, signal, info);
  else enter(task, signal, info, noFault);
}

/** What is left of a signal when a debugger has been told of it: the same, another, or null. */
function observed(task: Task, signal: number, info: Uint8Array): Uint8Array | null {
  const now = observer.current === null ? signal : observer.current.signal(task, signal, info);
  return now === signal ? info : now === 0 ? null : faultInfo(now, CODE.USER, 0);
}

/** The action was the default by the time of delivery: another thread has just set it so, or the signal is one of those we always catch. */
function defaultAction(task: Task, signal: number, info: Uint8Array): void {
  if (neverHeld(signal) || endsHere(signal)) die(task, signal, info);
  if (signal <= 32 && IGNORED_BY_DEFAULT & bit(signal)) return;
  queueToSelf(task.tid, plainCall(SYS.getpid), signal, info);
}

/**
 * Raises a signal for what the instruction at the current location did. `address` is a guest address; `trap` and `error` are what
 * the guest's kernel would put in the signal frame. Does not return when the guest has no handler for it.
 */
export function raiseFault(task: Task, signal: number, code: number, address: GuestAddress | bigint, trap = 0, error = 0): void {
  if (showsSignals(task)) traceSignal(task, signal, { code, address });
  force(task, faultInfo(signal, code, address), { trap, error, address: Number(address) });
}

/** The same for a signal that is no fault's; `info` is the host's siginfo. */
export function raiseForced(task: Task, signal: number, info: Uint8Array): void {
  if (showsSignals(task)) traceSignal(task, signal, { code: codeOf(info) });
  force(task, info, noFault);
}

/** force_sig_info() of the kernel: a signal that is blocked or ignored ends the process. */
function force(task: Task, cause: Uint8Array, fault: Fault): void {
  const info = observed(task, signalOf(cause), cause);
  if (info === null) return;
  const signal = signalOf(info);
  const { handler } = getAction(signal);
  if (blocked(signal) || handler === SIG_DFL || handler === SIG_IGN) die(task, signal, info);
  blockAll();
  enter(task, signal, info, fault);
  if (!anyQueued()) setHostMask(thread.low, thread.high);
}

function frameOf({ signalFrame }: Guest): FrameBuffer {
  if (frameBuffer.bytes.length !== signalFrame.size) frameBuffer = newFrame(signalFrame);
  return frameBuffer;
}

/** Has the guest's handler start: pushes the frame, and sets the thread's mask for the time of the handler. */
function enter(task: Task, signal: number, info: Uint8Array, fault: Fault): void {
  const action = getAction(signal);
  const { guest, cpu } = task;
  const saved = { ...thread.altstack };
  const at = frameAddress(task, action.flags);
  const frame = frameOf(guest);
  frame.bytes.fill(0);
  const delivery = {
    signal, handler: action.handler, restorer: action.flags & SA.RESTORER ? action.restorer : 0, flags: action.flags,
    mask: [thread.low, thread.high] as const, info: toGuest(info, guest.data, converted),
    altstack: { ...saved, flags: onAltStack(task, saved.sp, saved.size) ? saved.flags | SS_ONSTACK : saved.flags }, fault,
  };
  guest.signalFrame.save(cpu, frame, delivery);
  try {
    task.memory.write(at, frame.bytes);
  } catch (e) {
    if (!(e instanceof MemoryFault)) throw e;
    return forceSegv(task, signal);
  }
  guest.signalFrame.start(cpu, at, delivery);
  if (saved.flags & SS_AUTODISARM) thread.altstack = { sp: 0, flags: SS_DISABLE, size: 0 };
  if (action.flags & SA.RESETHAND) resetAction(signal);
  const [low, high] = thread.temporary ?? [thread.low, thread.high];
  const self = action.flags & SA.NODEFER ? 0 : bit(signal);
  thread.temporary = null;
  thread.low = (low | action.low | (signal <= 32 ? self : 0)) & ~UNSTOPPABLE;
  thread.high = high | action.high | (signal > 32 ? self : 0);
}

/** No frame could be written for `signal` (or read, signal 0): SIGSEGV, which ends the process if it was that one already. */
function forceSegv(task: Task, signal: number): void {
  const { handler } = getAction(SIG.SEGV);
  if (signal === SIG.SEGV || blocked(SIG.SEGV) || handler === SIG_DFL || handler === SIG_IGN) die(task, SIG.SEGV, faultInfo(SIG.SEGV, CODE.KERNEL, 0));
  enter(task, SIG.SEGV, faultInfo(SIG.SEGV, CODE.KERNEL, 0), noFault);
}

function stackPointer(task: Task): GuestAddress {
  const { offset, type } = task.guest.sp;
  const { u32 } = task.cpu;
  return type === 'i64' ? u32[(offset >> 2) + 1]! * 2 ** 32 + u32[offset >> 2]! : u32[offset >> 2]!;
}

/** Whether the stack pointer is on the alternate stack; never so for one that disarms itself. */
function onAltStack(task: Task, sp: GuestAddress, size: number): boolean {
  const now = stackPointer(task);
  return !(thread.altstack.flags & SS_AUTODISARM) && now > sp && now - sp <= size;
}

/** sigaltstack's view: SS_ONSTACK while the thread runs on it. */
export function altStackFlags(task: Task): number {
  const { sp, size, flags } = thread.altstack;
  return size === 0 ? SS_DISABLE : onAltStack(task, sp, size) ? flags | SS_ONSTACK : flags;
}

function frameAddress(task: Task, flags: number): GuestAddress {
  const { size, redZone = 0, align = 16 } = task.guest.signalFrame;
  const alt = thread.altstack;
  let sp = stackPointer(task) - redZone;
  if (flags & SA.ONSTACK && alt.size > 0 && !(alt.flags & SS_DISABLE)) {
    if (!onAltStack(task, alt.sp, alt.size)) sp = alt.sp + alt.size;
    // Below the stack that it is on: nothing may be written there, so that the overflow shows (sigaltstack(2)).
    else if (sp - size <= alt.sp) return 0;
  }
  // A stack pointer near 0 gives an address that cannot be written.
  const at = sp - size;
  return at <= 0 ? 0 : at - (at % align);
}

/** Ends the process by a signal's default action, so that the parent sees which one it was. `info` is the host's siginfo. */
export function die(task: Task, signal: number, info = faultInfo(signal, CODE.KERNEL, 0)): never {
  observer.current?.dies(signal);
  blockAll();
  reportDeath(task, signal, info);
  dumpCore(task, signal, info);
  releaseRobustLists(task);
  setDefault(signal);
  // The kernel would dump the emulator, not the guest.
  const none = scratch(16);
  plainCall(SYS.prlimit64, 0, 4 /* RLIMIT_CORE */, 0, none.address);
  none.view.setBigUint64(0, 0n, true);
  plainCall(SYS.prlimit64, 0, 4, none.address, 0);
  plainCall(SYS.tgkill, plainCall(SYS.getpid), plainCall(SYS.gettid), signal);
  unblock(signal);
  // A process that is pid 1 of its namespace is not killed by its own signals.
  for (;;) plainCall(SYS.exit_group, 128 + signal);
}

function unblock(signal: number): void {
  const set = scratch(8);
  set.view.setInt32(signal <= 32 ? 0 : 4, bit(signal), true);
  plainCall(SYS.rt_sigprocmask, 1 /* SIG_UNBLOCK */, set.address, 0, 8);
}

/** sigreturn: takes the state back out of the frame. The registers are then the guest's own, result register included. */
export function sigreturn(task: Task, rt: boolean): void {
  const { guest, cpu } = task;
  const at = guest.signalFrame.address(cpu, rt);
  try {
    const frame = frameOf(guest);
    task.memory.read(at, guest.signalFrame.size, frame.bytes);
    const restored = guest.signalFrame.restore(cpu, frame, rt);
    if (restored) {
      const { sp, size, flags } = restored.altstack;
      if (rt) thread.altstack = { sp, size, flags: flags & ~SS_ONSTACK };
      setMask(...restored.mask);
      return;
    }
  } catch (e) {
    if (!(e instanceof MemoryFault)) throw e;
  }
  forceSegv(task, 0);
}
