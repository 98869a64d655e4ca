// Paths of the guest: which host path a name stands for under -L, and which names belong to the process itself. Paths are
// bytes; here they are strings of one character a byte (latin1), so that nothing is lost.
import type { GuestAddress, HostAddress } from '../address.ts';
import { AT, E, O, SYS } from '../host/abi.ts';
import { plainCall, scratch } from '../host/kernel.ts';
import { SyscallError, type Task } from '../threads/task.ts';
import { cstring, hostPointer, hostString, showString } from './args.ts';
import type { Arg } from './call.ts';
import { exeOf } from './same-guest.ts';

const PATH_MAX = 4096;
const SLASH = 0x2f;

/** Puts a path where the kernel can read it. */
export const hostPath = (path: string): HostAddress => hostString(Buffer.from(path, 'latin1'));

/** What the kernel mounts or what changes all the time is never looked for in the sysroot. */
const outside = /^\/+(proc|sys|dev|tmp|run)(\/|$)/;

const RESOLVE_IN_ROOT = 0x10;

/** The host path of `path` in the sysroot, links followed as if the sysroot were the root; null when there is nothing. */
export function inSysroot(sysroot: string, path: string, follow: boolean): string | null {
  if (sysroot === '' || !path.startsWith('/') || outside.test(path)) return null;
  const root = plainCall(SYS.openat, AT.FDCWD, hostPath(sysroot), O.PATH | O.DIRECTORY | O.CLOEXEC);
  if (root < 0) return null;
  const how = scratch(24);
  how.view.setUint32(0, O.PATH | O.CLOEXEC | (follow ? 0 : O.NOFOLLOW), true);
  how.view.setUint32(16, RESOLVE_IN_ROOT, true);
  const found = plainCall(SYS.openat2, root, hostPath(path), how.address, 24);
  plainCall(SYS.close, root);
  if (found === -E.ENOSYS || found === -E.EPERM) return existing(sysroot + path, follow);
  if (found < 0) return null;
  const real = readLink(`/proc/self/fd/${found}`);
  plainCall(SYS.close, found);
  return real;
}

/** Hosts before Linux 5.6: links that are absolute lead out of the sysroot. */
function existing(path: string, follow: boolean): string | null {
  return plainCall(SYS.newfstatat, AT.FDCWD, hostPath(path), scratch(144).address, follow ? 0 : AT.SYMLINK_NOFOLLOW) === 0 ? path : null;
}

/** What a symbolic link holds; null when it is none. */
export function readLink(path: string): string | null {
  const target = scratch(PATH_MAX);
  const length = plainCall(SYS.readlink, hostPath(path), target.address, PATH_MAX);
  return length < 0 ? null : Buffer.from(target.bytes.subarray(0, length)).toString('latin1');
}

/** A file below a process's directory in /proc, or a thread's; `pid` is null for the calling process. */
export type ProcFile = { readonly pid: number | null; readonly file: string };

/** Null for every other path. */
export function procFile(path: string): ProcFile | null {
  const match = /^\/+proc\/+(self|thread-self|\d+)(?:\/+task\/+(\d+))?\/+(.+)$/.exec(path);
  if (!match) return null;
  const [, who, thread, rest] = match;
  const own = who === 'self' || who === 'thread-self' || Number(who) === plainCall(SYS.getpid) || isThread(plainCall(SYS.getpid), Number(who));
  const pid = own ? plainCall(SYS.getpid) : Number(who);
  if (thread !== undefined && !isThread(pid, Number(thread))) return null;
  return { pid: own ? null : pid, file: rest!.replace(/\/+$/, '') };
}

const isThread = (pid: number, tid: number): boolean => plainCall(SYS.tgkill, pid, tid, 0) === 0;

/** The program that a name of /proc/PID/exe stands for, where the kernel would say the emulator; null for every other name. */
export function exeBehind(task: Task, path: string): string | null {
  if (!path.endsWith('/exe')) return null;
  const place = procFile(path);
  if (place?.file !== 'exe') return null;
  const exe = place.pid === null ? task.program.exe : exeOf(task, place.pid);
  return exe === null ? null : Buffer.from(exe).toString('latin1');
}

/** The path at a guest address as the guest wrote it. */
export function guestPath(task: Task, at: GuestAddress): string {
  return Buffer.from(cstring(task, at, PATH_MAX)).toString('latin1');
}

/** The host path that a guest path stands for. */
export function resolve(task: Task, path: string, follow: boolean): string {
  const exe = follow ? exeBehind(task, path) : null;
  if (exe !== null) return inSysroot(task.program.sysroot, exe, true) ?? exe;
  return inSysroot(task.program.sysroot, path, follow) ?? path;
}

/** True when the kernel may read the path from the guest's memory as it stands: it is relative, or nothing of it can be ours. */
export function isPlain(task: Task, at: GuestAddress): boolean {
  const { memory } = task;
  if (memory.u8(at) !== SLASH) return true;
  // "/pr" is as far as one needs to look for /proc, and "//" is left to the careful way.
  const second = memory.u8(at + 1);
  if (task.program.sysroot !== '') return second === 0;
  return second !== SLASH && !(second === 0x70 && memory.u8(at + 2) === 0x72);
}

function pathArg(follow: boolean): Arg<HostAddress> {
  return {
    read: (raw, task) => {
      if (raw === 0) return 0;
      if (isPlain(task, raw)) return hostPointer(task, raw);
      return hostPath(resolve(task, guestPath(task, raw), follow));
    },
    show: showString,
  };
}

/** A path whose last link is followed. */
export const path: Arg<HostAddress> = pathArg(true);
/** A path that names a link itself when it ends in one. */
export const link: Arg<HostAddress> = pathArg(false);

/** A path that is followed or not by the flags in argument `flags`: AT_SYMLINK_NOFOLLOW unless told. */
export function pathAt(flags: number, test: (flags: number) => boolean = (value) => (value & AT.SYMLINK_NOFOLLOW) === 0): Arg<HostAddress> {
  return { read: (raw, task, all) => (test(all[flags]!) ? path : link).read(raw, task, all), show: showString };
}

/** The path as text, for rows that look at it. */
export const pathText: Arg<string> = {
  read: (raw, task) => {
    if (raw === 0) throw new SyscallError(E.EFAULT);
    return guestPath(task, raw);
  },
  show: showString,
};
