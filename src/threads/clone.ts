// fork, vfork and clone. A new process is a fork of the whole emulator; a new thread is a Worker over the same guest memory.
import type { GuestAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { fork as hostFork, forkWith } from '../host/fork.ts';
import { plainCall, scratch } from '../host/kernel.ts';
import { anyQueued, blockAll, clearPending, forgetOtherThreads, setHostMask } from '../host/signal-handler.ts';
import { resetCaught } from '../signals/actions.ts';
import { observer } from '../debug/observer.ts';
import { thread } from '../signals/thread.ts';
import type { CpuState } from '../guests/guest.ts';
import { inheritMdwe } from '../syscalls/sealing.ts';
import { CLONE } from './clone-flags.ts';
import { setOwnProgram } from './exit.ts';
import { forkHooks } from './fork-hooks.ts';
import { alone, becomeOnly, groupLocked, setRobustHead } from './group.ts';
import { startThread } from './start-thread.ts';
import type { Result, Task } from './task.ts';
import { beginVfork, waitForVfork } from './vfork.ts';

const SIGCHLD = 17;

/** What a clone asks for, whichever call it came by. */
export type CloneRequest = {
  readonly flags: number;
  readonly exitSignal: number;
  /** The new stack pointer; 0 to keep the old one. */
  readonly stack: GuestAddress;
  readonly parentTid: GuestAddress;
  readonly childTid: GuestAddress;
  readonly pidfd: GuestAddress;
  readonly tls: GuestAddress;
  /** CLONE_CLEAR_SIGHAND: caught signals go back to their defaults in the child. */
  readonly clearHandlers: boolean;
};

const THREAD_FLAGS = CLONE.VM | CLONE.SIGHAND | CLONE.THREAD;
/** Flags of a new process that the host's clone has to be told of. */
const HOST_FLAGS = CLONE.PIDFD | CLONE.PARENT | CLONE.NEWNS | CLONE.NEWCGROUP | CLONE.NEWUTS | CLONE.NEWIPC | CLONE.NEWUSER | CLONE.NEWPID | CLONE.NEWNET | CLONE.FILES | CLONE.FS | CLONE.SYSVSEM | CLONE.IO;

export function clone(task: Task, request: CloneRequest): Result {
  const { flags } = request;
  if (flags & CLONE.THREAD && !(flags & CLONE.SIGHAND)) return -E.EINVAL;
  if (flags & CLONE.SIGHAND && !(flags & CLONE.VM)) return -E.EINVAL;
  if ((flags & THREAD_FLAGS) === THREAD_FLAGS) return startThread(task, request, childState(task, request));
  // Memory that is shared without being a thread's, and without a parent that waits: nothing does that.
  if (flags & CLONE.VM && !(flags & CLONE.VFORK)) return -E.EINVAL;
  return newProcess(task, request);
}

function setStack(task: Task, cpu: CpuState, stack: GuestAddress): void {
  const { offset, type } = task.guest.sp;
  cpu.i32[offset >> 2] = stack | 0;
  if (type === 'i64') cpu.i32[(offset >> 2) + 1] = Math.floor(stack / 2 ** 32);
}

/** The CPU that a new thread starts with: this one's, with result 0 and what the flags change. */
function childState(task: Task, { flags, stack, tls }: CloneRequest): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(task.cpu.u8.length));
  bytes.set(task.cpu.u8);
  const { buffer } = bytes;
  const cpu: CpuState = { u8: bytes, i32: new Int32Array(buffer), u32: new Uint32Array(buffer), f64: new Float64Array(buffer) };
  const { offset, type } = task.guest.call.result;
  cpu.i32[offset >> 2] = 0;
  if (type === 'i64') cpu.i32[(offset >> 2) + 1] = 0;
  if (stack !== 0) setStack(task, cpu, stack);
  if (flags & CLONE.SETTLS) task.guest.setTls(cpu, tls);
  return bytes;
}

function newProcess(task: Task, request: CloneRequest): Result {
  // As the kernel does: no process is made while a signal waits to be delivered.
  if (anyQueued()) return 'restart';
  for (const hook of forkHooks) hook.before();
  observer.current?.beforeFork();
  const { flags, exitSignal } = request;
  const parentStack = flags & CLONE.VFORK ? beginVfork(task) : null;
  const pidfd = scratch(8);
  const plain = exitSignal === SIGCHLD && (flags & HOST_FLAGS) === 0;
  const pid = groupLocked(() => task.memory.locked(() => alone(() => {
    blockAll();
    return plain ? hostFork() : forkWith(hostFlags(request), pidfd.address);
  })));
  if (pid === 0) {
    inChild(task, request);
    return 0;
  }
  if (!anyQueued()) setHostMask(thread.low, thread.high);
  if (pid < 0) {
    observer.current?.forked(pid);
    return pid;
  }
  if (flags & CLONE.PARENT_SETTID) task.memory.setU32(request.parentTid, pid);
  if (flags & CLONE.PIDFD) task.memory.setU32(request.pidfd, pidfd.view.getUint32(0, true));
  observer.current?.forked(pid);
  if (parentStack !== null) waitForVfork(pid);
  return pid;
}

function hostFlags({ flags, exitSignal }: CloneRequest): number {
  return ((flags & HOST_FLAGS) >>> 0) + exitSignal;
}

/** What is different in the child. */
function inChild(task: Task, { flags, stack, childTid, tls, clearHandlers }: CloneRequest): void {
  task.tid = plainCall(SYS.gettid);
  forgetOtherThreads();
  becomeOnly(task.tid);
  setOwnProgram(false);
  for (const hook of forkHooks) hook.inChild();
  clearPending();
  thread.held = [];
  setRobustHead(0);
  inheritMdwe(task);
  task.clearChildTid = flags & CLONE.CHILD_CLEARTID ? childTid : 0;
  if (flags & CLONE.CHILD_SETTID) task.memory.setU32(childTid, task.tid);
  if (stack !== 0) setStack(task, task.cpu, stack);
  if (flags & CLONE.SETTLS) task.guest.setTls(task.cpu, tls);
  if (clearHandlers) resetCaught();
  setHostMask(thread.low, thread.high);
  observer.current?.inChild();
}

