// execve: the new program takes the old one's place inside this process, so that the emulator and its translations of shared
// libraries stay warm. Programs that the guest's processor cannot run are left to the host's execve.
import { E, SYS } from '../host/abi.ts';
import { plainCall, scratch } from '../host/kernel.ts';
import { SIGSTKFLT, setDisposition } from '../host/signal-handler.ts';
import { commit, inspectProgram, LoadError, release, type Inspection, type LoadRequest } from '../loader/index.ts';
import { resetAction, resetCaught } from '../signals/actions.ts';
import { SS_DISABLE } from '../signals/numbers.ts';
import { thread } from '../signals/thread.ts';
import { closeDescriptor, openDescriptors, isProtected } from '../syscalls/fds.ts';
import { hostPath, inSysroot, ownProcFile } from '../syscalls/paths.ts';
import { showProgram } from '../syscalls/proc-title.ts';
import { leaveProgram, setOwnProgram } from './exit.ts';
import { endOthers, othersEnded, othersRunning } from './group.ts';
import { releaseRobustList } from './robust-list.ts';
import { quitIdleWorkers } from './start-thread.ts';
import type { Result, Task } from './task.ts';
import { endVfork } from './vfork.ts';

const F_GETFD = 1, FD_CLOEXEC = 1;
const S_ISUID = 0o4000, S_ISGID_X = 0o2010;
const PR_SET_NAME = 15;

/** A program to run; strings are latin1, one character a byte. */
export type ExecRequest = { readonly path: string; readonly execfd?: number; readonly argv: readonly string[]; readonly envp: readonly string[] };

/** Answers -errno, or 'gone' when the new program is in place. */
export function execute(task: Task, { path, execfd, argv, envp }: ExecRequest): Result {
  const { sysroot, options } = task.program;
  const request: LoadRequest = {
    path: ownProcFile(path) === 'exe' ? latin1(task.program.exe) : path, ...(execfd === undefined ? {} : { execfd }), argv, envp, options,
    resolve: (wanted) => inSysroot(sysroot, wanted, true),
  };
  let found: Inspection;
  try { found = inspectProgram(task.guest, request); } catch (error) {
    if (error instanceof LoadError) return -error.errno;
    throw error;
  }
  if (found.kind === 'host') return hostExecute(found.hostPath, found.argv, envp);
  if (gainsPrivileges(found.program.fd)) {
    const answer = hostExecute(found.program.hostPath, argv, envp);
    // A host that has no way to run the guest's programs by itself: the program runs without the privileges.
    if (answer !== -E.ENOEXEC) { release(found); return answer; }
  }
  replace(task, found, request);
  return 'gone';
}

/** From here on nothing can fail any more. */
function replace(task: Task, found: Inspection & { kind: 'guest' }, request: LoadRequest): void {
  leaveProgram();
  setOwnProgram(true);
  endOtherThreads(task);
  endVfork();
  const kept = new Set([found.program.fd, found.interpreter?.fd]);
  for (const fd of openDescriptors()) {
    if (!kept.has(fd) && !isProtected(task, fd) && plainCall(SYS.fcntl, fd, F_GETFD) & FD_CLOEXEC) closeDescriptor(task, fd);
  }
  deleteTimers();
  releaseRobustList(task);
  resetCaught();
  resetAction(SIGSTKFLT);
  thread.altstack = { sp: 0, flags: SS_DISABLE, size: 0 };
  thread.held = [];
  task.clearChildTid = 0;
  task.memory.clear();
  const image = commit(task.memory, task.guest, task.model, found, request);
  task.program = { ...task.program, exe: Buffer.from(image.exe, 'latin1').toString(), argv: image.argv, image };
  task.cpu.u8.fill(0);
  task.guest.reset(task.cpu, image.entry, image.sp);
  setProcessName(image.exe);
  showProgram(task);
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

/** The name that the kernel shows for the process (PR_SET_NAME): the program's. `path` is latin1. */
export function setProcessName(path: string): void {
  plainCall(SYS.prctl, PR_SET_NAME, hostPath(path.slice(path.lastIndexOf('/') + 1)));
}

/** Timers of timer_create(2) do not outlive execve; the kernel lists them, where it is built to. */
function deleteTimers(): void {
  const file = plainCall(SYS.openat, -100, hostPath('/proc/self/timers'), 0);
  if (file < 0) return;
  const text = scratch(65536);
  const bytes = plainCall(SYS.read, file, text.address, text.bytes.length);
  plainCall(SYS.close, file);
  if (bytes <= 0) return;
  for (const [, id] of Buffer.from(text.bytes.subarray(0, bytes)).toString('latin1').matchAll(/^ID: (\d+)/gm)) plainCall(SYS.timer_delete, Number(id));
}

function endOtherThreads(task: Task): void {
  const pid = plainCall(SYS.getpid);
  if (othersRunning()) setDisposition(SIGSTKFLT, 2, 0);
  for (;;) {
    const left = endOthers();
    if (left.length === 0) break;
    // Wakes those that wait in the kernel; they see the request in their pending cell then.
    for (const tid of left) plainCall(SYS.tgkill, pid, tid, SIGSTKFLT);
    const time = scratch(16);
    time.view.setUint32(8, 1_000_000, true);
    plainCall(SYS.nanosleep, time.address, 0);
  }
  quitIdleWorkers();
  othersEnded();
  task.tid = plainCall(SYS.gettid);
}

/** Whether the file would run with other rights than its caller's. */
function gainsPrivileges(fd: number): boolean {
  const stat = scratch(144);
  if (plainCall(SYS.fstat, fd, stat.address) < 0) return false;
  const mode = stat.view.getUint32(24, true), uid = stat.view.getUint32(28, true), gid = stat.view.getUint32(32, true);
  return ((mode & S_ISUID) !== 0 && uid !== plainCall(SYS.geteuid)) || ((mode & S_ISGID_X) === S_ISGID_X && gid !== plainCall(SYS.getegid));
}

/** Only comes back with an error. */
function hostExecute(path: string, argv: readonly string[], envp: readonly string[]): number {
  endVfork();
  const vector = (strings: readonly string[]): number => {
    const pointers = scratch(8 * (strings.length + 1));
    strings.forEach((s, i) => pointers.view.setBigUint64(8 * i, BigInt(hostPath(s)), true));
    return pointers.address;
  };
  return plainCall(SYS.execve, hostPath(path), vector(argv), vector(envp));
}
