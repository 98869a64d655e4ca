// execve: the new program takes the old one's place inside this process, so that the emulator and its translations of shared
// libraries stay warm. Programs that the guest's processor cannot run are left to the host's execve.
import { AT, E, SYS } from '../host/abi.ts';
import { plainCall, readHost, scratch, writeHost } from '../host/kernel.ts';
import { SIGSTKFLT, setDisposition, takeQueued } from '../host/signal-handler.ts';
import { observer } from '../debug/observer.ts';
import { commit, inspectProgram, LoadError, release, type Inspection, type LoadRequest } from '../loader/index.ts';
import { catchDefaults, resetAction, resetCaught } from '../signals/actions.ts';
import { followCoreLimit } from '../signals/core-dump.ts';
import { die } from '../signals/deliver.ts';
import { SIG, SS_DISABLE } from '../signals/numbers.ts';
import { signalOf } from '../signals/siginfo.ts';
import { setMask, thread } from '../signals/thread.ts';
import { closeDescriptor, openDescriptors } from '../syscalls/fds.ts';
import { isProtected } from '../syscalls/protected.ts';
import { exeBehind, hostPath, inSysroot } from '../syscalls/paths.ts';
import { publishProgram } from '../syscalls/same-guest.ts';
import { inheritMdwe } from '../syscalls/sealing.ts';
import { showProgram } from '../syscalls/proc-title.ts';
import { endForExec, leaveProgram, setOwnProgram } from './exit.ts';
import {
  ENDED_LEADER, RUNNING, askLeader, countThread, endOthers, execAsked, groupLocked, leads, mustEnd, othersEnded, othersRunning, ownSlot, seccompHead,
  setSeccompHead, setSlotState, slotState, wakeLeader,
} from './group.ts';
import { releaseRobustList } from './robust-list.ts';
import { quitIdleWorkers } from './start-thread.ts';
import type { Result, Task } from './task.ts';
import { endVfork } from './vfork.ts';

const F_GETFD = 1, FD_CLOEXEC = 1;
const S_ISUID = 0o4000, S_ISGID_X = 0o2010, S_IFMT = 0o170000, S_IFREG = 0o100000;
/** The host's struct stat, and its st_mode. */
const STAT_BYTES = 144, MODE_AT = 24;
const R_OK = 4, X_OK = 1;
const PR_SET_NAME = 15;

/** A program to run; strings are latin1, one character a byte. */
export type ExecRequest = { readonly path: string; readonly execfd?: number; readonly argv: readonly string[]; readonly envp: readonly string[] };

type GuestProgram = Inspection & { kind: 'guest' };

/** Dispositions of the host. */
const IGNORE = 1, CATCH = 2;
const PROT_READ_WRITE = 3, MAP_PRIVATE_ANONYMOUS = 0x22;
/** How often the leader is woken until it has seen what it is asked, in nanoseconds. */
const LOOK = 1_000_000;

/** Answers -errno, or 'gone' when the new program is in place. */
export function execute(task: Task, request: ExecRequest): Result {
  const found = inspect(task, request);
  if (typeof found === 'number') return found;
  if (!leads()) {
    release(found);
    return letLeader(request);
  }
  replace(task, found, request);
  return 'gone';
}

/** A program of the guest's that can be run, or -errno. One of the host's runs instead of us, and there is no answer. */
function inspect(task: Task, request: ExecRequest): GuestProgram | number {
  let found: Inspection;
  const load = loadRequest(task, request);
  try { found = inspectProgram(task.guest, load); } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    const file = load.resolve(load.path) ?? load.path;
    if (error.errno !== E.EACCES || request.execfd !== undefined || !isForExecutionOnly(file)) return -error.errno;
    // The kernel can have it opened for us (binfmt_misc's flag O).
    const answer = hostExecute(file, request.argv, request.envp);
    return answer === -E.ENOEXEC ? -error.errno : answer;
  }
  if (found.kind === 'host') return hostExecute(found.hostPath, found.argv, request.envp);
  const secure = task.program.secure ?? false;
  if (secure || gainsPrivileges(found.program.fd)) {
    const answer = hostExecute(found.program.hostPath, found.argv, request.envp);
    // A host that has no way to run the guest's programs by itself: the program runs without the privileges.
    if (secure || answer !== -E.ENOEXEC) { release(found); return answer; }
  }
  return found;
}

function loadRequest(task: Task, { path, execfd, argv, envp }: ExecRequest): LoadRequest {
  const { sysroot, options } = task.program;
  return {
    path: exeBehind(task, path) ?? path, ...(execfd === undefined ? {} : { execfd }), argv, envp, options,
    resolve: (wanted) => inSysroot(sysroot, wanted, true),
  };
}

/** What the leader takes over of a thread that executes a program: the request, its signal mask and its filters. */
type Handed = { readonly request: ExecRequest; readonly low: number; readonly high: number; readonly filters: number };

/** A process's new program runs in the thread that has the process's number. */
function letLeader(request: ExecRequest): never {
  const handed: Handed = { request, low: thread.low, high: thread.high, filters: seccompHead() };
  const text = Buffer.from(JSON.stringify(handed));
  const at = plainCall(SYS.mmap, 0, text.length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  writeHost(at, text);
  setDisposition(SIGSTKFLT, CATCH, 0);
  const asked = askLeader(at, text.length);
  const time = scratch(16);
  time.view.setUint32(8, LOOK, true);
  while (!mustEnd()) {
    if (asked) plainCall(SYS.tgkill, plainCall(SYS.getpid), wakeLeader(), SIGSTKFLT);
    plainCall(SYS.nanosleep, time.address, 0);
  }
  endForExec();
}

/** In the leader: executes what another thread asked it to, if one did. */
export function executeForOther(task: Task): void {
  const asked = execAsked();
  if (asked === null || !leads()) return;
  const { request, low, high, filters } = JSON.parse(Buffer.from(readHost(asked.address, asked.bytes)).toString()) as Handed;
  plainCall(SYS.munmap, asked.address, asked.bytes);
  if (slotState(ownSlot()) === ENDED_LEADER) {
    setSlotState(ownSlot(), RUNNING);
    groupLocked(() => countThread(1));
  }
  const found = inspect(task, request);
  // The other thread has seen that it can be run: what is different now came too late to be told.
  if (typeof found === 'number') die(task, SIG.KILL);
  replace(task, found, request);
  // What came to wake this thread is not the program's.
  for (let info = takeQueued(); info !== null; info = takeQueued()) if (signalOf(info) !== SIGSTKFLT) thread.held.push(info);
  setSeccompHead(filters);
  setMask(low, high);
}

/** From here on nothing can fail any more. */
function replace(task: Task, found: GuestProgram, request: ExecRequest): void {
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
  catchDefaults('shared', false);
  resetCaught();
  setDisposition(SIGSTKFLT, IGNORE, 0); // drops those that are still on their way
  resetAction(SIGSTKFLT);
  thread.altstack = { sp: 0, flags: SS_DISABLE, size: 0 };
  thread.held = [];
  task.clearChildTid = 0;
  task.memory.clear();
  inheritMdwe(task);
  const image = commit(task.memory, task.guest, task.model, found, loadRequest(task, request));
  task.program = { ...task.program, exe: Buffer.from(image.exe, 'latin1').toString(), argv: image.argv, image };
  task.cpu.u8.fill(0);
  task.guest.reset(task.cpu, image.entry, image.sp);
  followCoreLimit(task);
  observer.current?.executed();
  setProcessName(request.path);
  publishProgram(task);
  showProgram(task);
}

/** The name that the kernel shows for the process (PR_SET_NAME): the last of the path that it was executed by. `path` is latin1. */
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
  if (othersRunning()) setDisposition(SIGSTKFLT, CATCH, 0);
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

/** Whether a file may be executed but not read. */
function isForExecutionOnly(path: string): boolean {
  const may = (mode: number): boolean => plainCall(SYS.faccessat2, AT.FDCWD, hostPath(path), mode, AT.EACCESS) === 0;
  const stat = scratch(STAT_BYTES);
  return plainCall(SYS.stat, hostPath(path), stat.address) === 0 && (stat.view.getUint32(MODE_AT, true) & S_IFMT) === S_IFREG && may(X_OK) && !may(R_OK);
}

/** Whether the file would run with other rights than its caller's. */
function gainsPrivileges(fd: number): boolean {
  const stat = scratch(STAT_BYTES);
  if (plainCall(SYS.fstat, fd, stat.address) < 0) return false;
  const mode = stat.view.getUint32(MODE_AT, true), uid = stat.view.getUint32(28, true), gid = stat.view.getUint32(32, true);
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
