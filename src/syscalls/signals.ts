// Signal calls. Actions and the alternate stack are kept here for the guest; masks, sending, waiting and pending signals are
// the host kernel's, since host threads have their guest threads' masks.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, plainCall, scratch } from '../host/kernel.ts';
import { hostPending } from '../host/signal-handler.ts';
import { getAction, setAction, type Action } from '../signals/actions.ts';
import { altStackFlags, sigreturn } from '../signals/deliver.ts';
import { LAST_SIGNAL, MINSIGSTKSZ, SA, SIG, SIG_DFL, SIG_IGN, SS_AUTODISARM, SS_DISABLE, SS_ONSTACK, UNSTOPPABLE, has } from '../signals/numbers.ts';
import { SIGINFO_BYTES, signalOf, toGuest, toHost } from '../signals/siginfo.ts';
import { hostMaskAt, setMask, thread, withMask } from '../signals/thread.ts';
import { alone, groupLocked } from '../threads/group.ts';
import { SyscallError, type Result, type Task } from '../threads/task.ts';
import { address, fd, bits, choice, hostPointer, input, int, readInt, readWord, size, writeInt, writeWord } from './args.ts';
import { sys } from './call.ts';
import type { Arg } from './call.ts';
import { filledSignalAction, filledSignalSet, signalAction, signalfdFlags, signalSet } from './shown.ts';
import { timespec, timespec64 } from './structs.ts';

const signalNames: Record<string, number> = Object.fromEntries(Object.entries(SIG).map(([name, n]) => [`SIG${name}`, n]));
const signal: Arg<number> = choice(signalNames);
const how = choice({ SIG_BLOCK: 0, SIG_UNBLOCK: 1, SIG_SETMASK: 2 });
/** The size of a sigset_t as the kernel knows it. */
const SIGSET_BYTES = LAST_SIGNAL / 8;

type Mask = readonly [low: number, high: number];

/** A guest's sigset_t: unsigned longs, the lowest signals first. */
export function readMask(task: Task, at: GuestAddress): Mask {
  const { pointer, bigEndian } = task.guest.data;
  const [a, b] = [readInt(task, at), readInt(task, at + 4)];
  return pointer === 8 && bigEndian ? [b, a] : [a, b];
}

function writeMask(task: Task, at: GuestAddress, [low, high]: Mask): void {
  const { pointer, bigEndian } = task.guest.data;
  const swap = pointer === 8 && bigEndian;
  writeInt(task, at, swap ? high : low);
  writeInt(task, at + 4, swap ? low : high);
}

function checkSetSize(bytes: number): void { if (bytes !== SIGSET_BYTES) throw new SyscallError(E.EINVAL); }

/**
 * Makes a call that waits under the mask that the guest has at `at` (0 for its own): `call` gets the host address of the
 * mask, or 0. For ppoll, pselect6, epoll_pwait.
 */
export function waitWithMask(task: Task, at: GuestAddress, bytes: number, call: (hostMask: HostAddress) => number): number {
  if (at === 0) return call(0);
  checkSetSize(bytes);
  const [low, high] = readMask(task, at);
  return withMask(low, high, call);
}

/** struct sigaction as rt_sigaction has it: handler, flags, restorer if the guest has one, mask. */
function readAction(task: Task, at: GuestAddress): Action {
  const word = task.guest.data.pointer;
  const restorer = task.guest.signalFrame.noRestorer ? 0 : word;
  const [low, high] = readMask(task, at + 2 * word + restorer);
  return { handler: readWord(task, at), flags: readWord(task, at + word) >>> 0, restorer: restorer ? readWord(task, at + 2 * word) : 0, low, high };
}

function writeAction(task: Task, at: GuestAddress, action: Action): void {
  const word = task.guest.data.pointer;
  const restorer = task.guest.signalFrame.noRestorer ? 0 : word;
  writeWord(task, at, action.handler);
  writeWord(task, at + word, action.flags);
  if (restorer) writeWord(task, at + 2 * word, action.restorer);
  writeMask(task, at + 2 * word + restorer, [action.low, action.high]);
}

/** The old sigaction: handler, a mask of one word, flags, restorer. */
function readOldAction(task: Task, at: GuestAddress): Action {
  const word = task.guest.data.pointer;
  return { handler: readWord(task, at), low: readWord(task, at + word) | 0, high: 0, flags: readWord(task, at + 2 * word) >>> 0, restorer: readWord(task, at + 3 * word) };
}

function writeOldAction(task: Task, at: GuestAddress, action: Action): void {
  const word = task.guest.data.pointer;
  [action.handler, action.low >>> 0, action.flags, action.restorer].forEach((value, i) => writeWord(task, at + i * word, value));
}

/** A guest that catches bad accesses sees its registers at them: from then on generated code keeps them exact. */
function change(task: Task, n: number, action: Action): void {
  const caught = action.handler !== SIG_DFL && action.handler !== SIG_IGN;
  if (caught && (n === SIG.SEGV || n === SIG.BUS) && !task.memory.precise) groupLocked(() => alone(() => task.memory.makePrecise()));
  setAction(n, action);
}

function changeAction(task: Task, n: number, at: GuestAddress, old: GuestAddress, read: typeof readAction, write: typeof writeAction): number {
  if (n < 1 || n > LAST_SIGNAL) return -E.EINVAL;
  if (at !== 0 && (n === SIG.KILL || n === SIG.STOP)) return -E.EINVAL;
  const before = getAction(n);
  const action = at === 0 ? null : read(task, at);
  if (old !== 0) write(task, old, before);
  if (action) change(task, n, { ...action, low: action.low & ~UNSTOPPABLE });
  return 0;
}

/** The mask after rt_sigprocmask. */
function changed(operation: number, [low, high]: Mask): Mask {
  switch (operation) {
    case 0: return [thread.low | low, thread.high | high];
    case 1: return [thread.low & ~low, thread.high & ~high];
    case 2: return [low, high];
    default: throw new SyscallError(E.EINVAL);
  }
}

function changeMask(operation: number, mask: Mask): void {
  const [low, high] = changed(operation, mask);
  if (low !== thread.low || high !== thread.high) setMask(low, high);
}

/** Signals sent to this thread or process that its mask holds back. */
function pending(): Mask {
  let [low, high] = hostPending();
  for (const info of thread.held) {
    const n = signalOf(info);
    if (n <= 32) low |= 1 << (n - 1); else high |= 1 << (n - 33);
  }
  return [low & thread.low, high & thread.high];
}

function suspend(low: number, high: number): number {
  return withMask(low, high, (mask) => hostCall(SYS.rt_sigsuspend, mask, SIGSET_BYTES));
}

function wait(task: Task, set: GuestAddress, info: GuestAddress, timeout: HostAddress, bytes: number): Result {
  checkSetSize(bytes);
  const [low, high] = readMask(task, set);
  const held = thread.held.findIndex((one) => has(low, high, signalOf(one)));
  const host = scratch(SIGINFO_BYTES);
  if (held >= 0) host.bytes.set(thread.held.splice(held, 1)[0]!);
  const result = held >= 0 ? signalOf(host.bytes) : hostCall(SYS.rt_sigtimedwait, hostMaskAt(low, high), host.address, timeout, SIGSET_BYTES);
  if (result > 0 && info !== 0) task.memory.write(info, toGuest(host.bytes, task.guest.data));
  return result;
}

/** The guest's siginfo for the host, its signal number set as the call says. */
function queuedInfo(task: Task, at: GuestAddress): HostAddress {
  const host = scratch(SIGINFO_BYTES);
  host.bytes.set(toHost(task.memory.read(at, SIGINFO_BYTES), task.guest.data));
  return host.address;
}

function alternateStack(task: Task, at: GuestAddress, old: GuestAddress): number {
  const word = task.guest.data.pointer;
  const before = { ...thread.altstack, flags: altStackFlags(task) };
  const next = at === 0 ? null : { sp: readWord(task, at), flags: readInt(task, at + word) >>> 0, size: readWord(task, at + 2 * word) };
  if (next) {
    if (before.flags & SS_ONSTACK) return -E.EPERM;
    const mode = (next.flags & ~SS_AUTODISARM) >>> 0;
    if (mode !== SS_DISABLE && mode !== SS_ONSTACK && mode !== 0) return -E.EINVAL;
    if (mode === SS_DISABLE) thread.altstack = { sp: 0, flags: next.flags, size: 0 };
    else if (next.size < MINSIGSTKSZ) return -E.ENOMEM;
    else thread.altstack = { ...next, flags: (next.flags & SS_AUTODISARM) >>> 0 };
  }
  if (old !== 0) {
    writeWord(task, old, before.sp);
    writeInt(task, old + word, before.flags | 0);
    writeWord(task, old + 2 * word, before.size);
  }
  return 0;
}

export const signals = {
  rt_sigaction: sys([signal, signalAction, filledSignalAction, size], (task, n, at, old, bytes) => {
    checkSetSize(bytes);
    return changeAction(task, n, at, old, readAction, writeAction);
  }),
  sigaction: sys([signal, address, address], (task, n, at, old) => changeAction(task, n, at, old, readOldAction, writeOldAction)),
  signal: sys([signal, address], (task, n, handler) => {
    if (n < 1 || n > LAST_SIGNAL || n === SIG.KILL || n === SIG.STOP) return -E.EINVAL;
    const before = getAction(n).handler;
    change(task, n, { handler, flags: handler === SIG_DFL || handler === SIG_IGN ? 0 : SA.RESETHAND | SA.NODEFER, restorer: 0, low: 0, high: 0 });
    return before;
  }),
  rt_sigprocmask: sys([how, signalSet, filledSignalSet, size], (task, operation, at, old, bytes) => {
    checkSetSize(bytes);
    const before: Mask = [thread.low, thread.high];
    if (at !== 0) changeMask(operation, readMask(task, at));
    if (old !== 0) writeMask(task, old, before);
    return 0;
  }),
  sigprocmask: sys([how, address, address], (task, operation, at, old) => {
    const before = thread.low;
    if (at !== 0) changeMask(operation, [readWord(task, at) | 0, operation === 2 ? thread.high : 0]);
    if (old !== 0) writeWord(task, old, before >>> 0);
    return 0;
  }),
  rt_sigpending: sys([filledSignalSet, size], (task, at, bytes) => {
    if (bytes > SIGSET_BYTES) return -E.EINVAL;
    writeMask(task, at, pending());
    return 0;
  }),
  sigpending: sys([address], (task, at) => {
    writeWord(task, at, pending()[0] >>> 0);
    return 0;
  }),
  rt_sigsuspend: sys([signalSet, size], (task, at, bytes) => {
    checkSetSize(bytes);
    return suspend(...readMask(task, at));
  }),
  /** sigsuspend(unused, unused, mask), as all machines but a few have it. */
  sigsuspend: sys([bits, bits, bits], (_task, _a, _b, mask) => suspend(mask | 0, 0)),
  pause: sys([], () => hostCall(SYS.pause)),
  rt_sigtimedwait: sys([signalSet, address, input(timespec), size], wait),
  rt_sigtimedwait_time64: sys([signalSet, address, input(timespec64), size], wait),
  kill: sys([int, signal], (_task, pid, n) => hostCall(SYS.kill, pid, n)),
  tkill: sys([int, signal], (_task, tid, n) => hostCall(SYS.tkill, tid, n)),
  tgkill: sys([int, int, signal], (_task, pid, tid, n) => hostCall(SYS.tgkill, pid, tid, n)),
  rt_sigqueueinfo: sys([int, signal, address], (task, pid, n, info) => hostCall(SYS.rt_sigqueueinfo, pid, n, queuedInfo(task, info))),
  rt_tgsigqueueinfo: sys([int, int, signal, address], (task, pid, tid, n, info) => hostCall(SYS.rt_tgsigqueueinfo, pid, tid, n, queuedInfo(task, info))),
  pidfd_send_signal: sys([fd, signal, address, bits], (task, pidfd, n, info, flags) =>
    hostCall(SYS.pidfd_send_signal, pidfd, n, info === 0 ? 0 : queuedInfo(task, info), flags)),
  sigaltstack: sys([address, address], alternateStack),
  sigreturn: sys([], (task) => { sigreturn(task, false); return 'gone'; }),
  rt_sigreturn: sys([], (task) => { sigreturn(task, true); return 'gone'; }),
  signalfd: sys([fd, signalSet, size], (task, descriptor, mask, bytes) => signalfd(task, descriptor, mask, bytes, 0)),
  signalfd4: sys([fd, signalSet, size, signalfdFlags], signalfd),
  /** Only the kernel has a use for it: calls that wait for a relative time are carried on by the host itself. */
  restart_syscall: sys([], () => -E.EINTR),
};

/** Reads of it give signalfd_siginfo, which is the same for every guest of the host's byte order. */
function signalfd(task: Task, descriptor: number, mask: GuestAddress, bytes: number, flags: number): number {
  if (bytes !== SIGSET_BYTES) return -E.EINVAL;
  hostPointer(task, mask, SIGSET_BYTES);
  const [low, high] = readMask(task, mask);
  const set = scratch(SIGSET_BYTES);
  set.view.setInt32(0, low, true);
  set.view.setInt32(4, high, true);
  return plainCall(SYS.signalfd4, descriptor, set.address, SIGSET_BYTES, flags);
}
