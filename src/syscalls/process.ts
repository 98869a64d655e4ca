// Calls that start, replace and end processes and threads.
import type { GuestAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall } from '../host/kernel.ts';
import { readLink } from './paths.ts';
import { clone, type CloneRequest } from '../threads/clone.ts';
import { exitGroup, exitThread } from '../threads/exit.ts';
import { execute } from '../threads/exec.ts';
import { robustLists, setRobustHead } from '../threads/group.ts';
import type { Result, Task } from '../threads/task.ts';
import { address, cstring, dirfd, int, readWord, showString, size, writeWord } from './args.ts';
import { sys, type Arg } from './call.ts';
import { argumentList, atFlags, cloneFlags, environmentList } from './shown.ts';

const SIGCHLD = 17;
const AT_FDCWD = -100, AT_EMPTY_PATH = 0x1000, AT_SYMLINK_NOFOLLOW = 0x100;
/** The lower byte of clone's flags is the signal that the parent gets when the child ends. */
const CSIGNAL = 0xff;
const CLONE_VM = 0x100, CLONE_VFORK = 0x4000, CLONE_PIDFD = 0x1000, CLONE_PARENT_SETTID = 0x100000;
const CLONE_CLEAR_SIGHAND = 1, CLONE_INTO_CGROUP = 2;

/** A path or name that the row reads itself. */
const name: Arg<GuestAddress> = { read: (raw) => raw, show: showString };

const plainFork: CloneRequest = { flags: 0, exitSignal: SIGCHLD, stack: 0, parentTid: 0, childTid: 0, pidfd: 0, tls: 0, clearHandlers: false };

function cloneCall(task: Task, flags: number, stack: GuestAddress, parentTid: GuestAddress, fourth: number, fifth: number): Result {
  const [tls, childTid] = task.guest.cloneOrder === 'backwards' ? [fourth, fifth] : [fifth, fourth];
  // CLONE_PIDFD has clone's result go where CLONE_PARENT_SETTID's would.
  if (flags & CLONE_PIDFD && flags & CLONE_PARENT_SETTID) return -E.EINVAL;
  return clone(task, { flags: (flags & ~CSIGNAL) >>> 0, exitSignal: flags & CSIGNAL, stack, parentTid, childTid, pidfd: parentTid, tls, clearHandlers: false });
}

/** struct clone_args: 64-bit words whatever the guest; see clone(2). */
const CLONE_ARGS = ['flags', 'pidfd', 'child_tid', 'parent_tid', 'exit_signal', 'stack', 'stack_size', 'tls', 'set_tid', 'set_tid_size', 'cgroup'] as const;
const CLONE_ARGS_MIN = 64, CLONE_ARGS_MAX = 4096;

function clone3(task: Task, at: GuestAddress, bytes: number): Result {
  if (bytes < CLONE_ARGS_MIN) return -E.EINVAL;
  if (bytes > CLONE_ARGS_MAX) return -E.E2BIG;
  const raw = task.memory.read(at, bytes);
  if (raw.subarray(CLONE_ARGS.length * 8).some((b) => b !== 0)) return -E.E2BIG;
  const view = new DataView(raw.buffer);
  const little = !task.guest.data.bigEndian;
  const args = Object.fromEntries(CLONE_ARGS.map((field, i) => [field, i * 8 < bytes ? Number(view.getBigUint64(i * 8, little)) : 0])) as Record<typeof CLONE_ARGS[number], number>;
  const low = args.flags % 2 ** 32, high = Math.floor(args.flags / 2 ** 32);
  if (low & CSIGNAL || high & ~(CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP) || args.exit_signal > 64 || (args.stack === 0) !== (args.stack_size === 0)) return -E.EINVAL;
  if (args.set_tid_size !== 0 || high & CLONE_INTO_CGROUP) return -E.EPERM;
  return clone(task, {
    flags: low, exitSignal: args.exit_signal, stack: args.stack + args.stack_size, parentTid: args.parent_tid, childTid: args.child_tid,
    pidfd: args.pidfd, tls: args.tls, clearHandlers: (high & CLONE_CLEAR_SIGHAND) !== 0,
  });
}

/** A NULL-terminated array of strings; NULL for the array is an empty one, as Linux has it. */
function strings(task: Task, at: GuestAddress): string[] {
  const found: string[] = [];
  if (at === 0) return found;
  const word = task.guest.data.pointer;
  for (let next = at, p = readWord(task, next); p !== 0; next += word, p = readWord(task, next)) found.push(text(task, p));
  return found;
}

const LONGEST_STRING = 128 << 10;

const text = (task: Task, at: GuestAddress): string => Buffer.from(cstring(task, at, LONGEST_STRING)).toString('latin1');

function execve(task: Task, at: GuestAddress, argv: GuestAddress, envp: GuestAddress): Result {
  return execute(task, { path: text(task, at), argv: strings(task, argv), envp: strings(task, envp) });
}

function execveat(task: Task, dir: number, at: GuestAddress, argv: GuestAddress, envp: GuestAddress, flags: number): Result {
  if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) return -E.EINVAL;
  const path = text(task, at);
  const rest = { argv: strings(task, argv), envp: strings(task, envp) };
  if (path === '') return flags & AT_EMPTY_PATH ? execute(task, { path: `/dev/fd/${dir}`, execfd: dir, ...rest }) : -E.ENOENT;
  if (path.startsWith('/') || dir === AT_FDCWD) return execute(task, { path, ...rest });
  const base = readLink(`/proc/self/fd/${dir}`);
  return base === null ? -E.EBADF : execute(task, { path: `${base}/${path}`, ...rest });
}

export const processes = {
  fork: sys([], (task) => clone(task, plainFork)),
  vfork: sys([], (task) => clone(task, { ...plainFork, flags: CLONE_VM | CLONE_VFORK })),
  clone: sys([cloneFlags, address, address, address, address], cloneCall, { partly: 'memory is shared with a thread or not at all' }),
  clone3: sys([address, size], clone3, { partly: 'memory is shared with a thread or not at all; no chosen tids or cgroups' }),
  execve: sys([name, argumentList, environmentList], execve, { leaves: true }),
  execveat: sys([dirfd, name, argumentList, environmentList, atFlags], execveat, { leaves: true }),
  exit: sys([int], exitThread, { leaves: true }),
  exit_group: sys([int], exitGroup, { leaves: true }),
  set_tid_address: sys([address], (task, at) => {
    task.clearChildTid = at;
    return task.tid;
  }),
  set_robust_list: sys([address, size], (task, head, length) => {
    if (length !== 3 * task.guest.data.pointer) return -E.EINVAL;
    setRobustHead(head);
    return 0;
  }, { partly: 'locks of a process that SIGKILL ends stay locked' }),
  get_robust_list: sys([int, address, address], (task, tid, head, length) => {
    const list = robustLists().find((one) => one.tid === (tid === 0 ? task.tid : tid));
    if (!list) return hostCall(SYS.kill, tid, 0) === -E.ESRCH ? -E.ESRCH : -E.EPERM;
    writeWord(task, length, 3 * task.guest.data.pointer);
    writeWord(task, head, list.head);
    return 0;
  }, { partly: 'of the own process only' }),
};
