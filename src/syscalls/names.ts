// Calls on names: making, removing, renaming and linking files, their owners, modes and extended attributes.
import type { GuestAddress, HostAddress } from '../address.ts';
import { AT, E, SYS } from '../host/abi.ts';
import { prepareFork } from '../host/fork.ts';
import { hostCall, scratch } from '../host/kernel.ts';
import type { Task } from '../threads/task.ts';
import { makeNoFolder } from '../translate/cache-files.ts';
import { address, bits, buffer, data, dirfd, fd, hostPointer, int, long, long64, mode, pointer, setHostWord, showString, size, string, uint } from './args.ts';
import { pass, sys, type Arg } from './call.ts';
import { id } from './ids.ts';
import { openFlags } from './open.ts';
import { exeBehind, guestPath, hostPath, inSysroot, link, path, pathAt, resolve } from './paths.ts';
import { accessMode, atFlags, inotifyFlags, inotifyMask, mountFlags, renameFlags, umountFlags } from './shown.ts';
import { fanotifyFlags, fanotifyMarkFlags, fsconfigCommand, fsmountFlags, fsopenFlags, fspickFlags, mountAttributes, moveMountFlags, treeFlags } from './shown-flags.ts';

const FDCWD = AT.FDCWD;

function readlink(task: Task, dir: number, at: GuestAddress, to: GuestAddress, bytes: number): number {
  const name = guestPath(task, at);
  const exe = exeBehind(task, name);
  if (exe === null) return hostCall(SYS.readlinkat, dir, hostPath(resolve(task, name, false)), hostPointer(task, to, bytes), bytes);
  if ((bytes | 0) <= 0) return -E.EINVAL;
  const target = Buffer.from(exe, 'latin1').subarray(0, bytes);
  task.memory.write(to, target);
  return target.length;
}

/**
 * The one call that looks in the sysroot last: a directory there is often an empty stand-in for the host's (/root, /home), and
 * what is then written by relative names must not end up in the sysroot.
 */
function chdir(task: Task, at: GuestAddress): number {
  const r = hostCall(SYS.chdir, hostPointer(task, at));
  if (r !== -E.ENOENT) return r;
  const inside = inSysroot(task.program.sysroot, guestPath(task, at), true);
  return inside === null ? r : hostCall(SYS.chdir, hostPath(inside));
}

/** Links to what `flags` (argument `n`) lets follow. */
const followed = (n: number): Arg<HostAddress> => pathAt(n, (flags) => (flags & AT.SYMLINK_FOLLOW) !== 0);

const xattr = (name: Arg<HostAddress>) => ({
  set: [name, string, data(3), size, int] as const,
  get: [name, string, buffer(3), size] as const,
  list: [name, buffer(2), size] as const,
  remove: [name, string] as const,
});
/** The ...at calls say the value's place and length in a struct xattr_args: u64 address, u32 size, u32 flags. */
function xattrAt(task: Task, nr: number, dir: number, name: HostAddress, how: number, key: HostAddress, at: GuestAddress, bytes: number): number {
  if (bytes < 16) return -E.EINVAL;
  const args = scratch(16);
  args.bytes.set(task.memory.read(at, 16));
  const value = args.view.getUint32(4, true) * 2 ** 32 + args.view.getUint32(0, true);
  setHostWord(args.view, 0, hostPointer(task, value, args.view.getUint32(8, true)));
  return hostCall(nr, dir, name, how, key, args.address, 16);
}
const xattrAtArgs = [dirfd, pathAt(2), bits, string, address, size] as const;

/** Calls after which absolute names mean other files. */
const otherRoot = (name: 'chroot' | 'pivot_root', args: readonly Arg<HostAddress>[]) => sys(args, (_task, ...words) => {
  prepareFork(); // which reads /proc
  makeNoFolder();
  return hostCall(SYS[name], ...words);
});

const followedX = xattr(path), linkX = xattr(link), fdX = xattr(fd);

export const names = {
  access: pass('access', [path, accessMode]),
  faccessat: pass('faccessat', [dirfd, path, accessMode]),
  faccessat2: pass('faccessat2', [dirfd, pathAt(3), accessMode, atFlags]),
  readlink: sys([address, address, size], (task, at, to, bytes) => readlink(task, FDCWD, at, to, bytes)),
  readlinkat: sys([dirfd, address, address, size], readlink),
  getcwd: pass('getcwd', [buffer(1), size]),
  chdir: sys([{ ...address, show: showString }], chdir),
  fchdir: pass('fchdir', [fd]),
  chroot: otherRoot('chroot', [path]),
  rename: pass('rename', [link, link]),
  renameat: pass('renameat', [dirfd, link, dirfd, link]),
  renameat2: pass('renameat2', [dirfd, link, dirfd, link, renameFlags]),
  link: pass('link', [link, link]),
  linkat: pass('linkat', [dirfd, followed(4), dirfd, link, atFlags]),
  unlink: pass('unlink', [link]),
  unlinkat: pass('unlinkat', [dirfd, link, atFlags]),
  rmdir: pass('rmdir', [link]),
  symlink: pass('symlink', [string, link]),
  symlinkat: pass('symlinkat', [string, dirfd, link]),
  mkdir: pass('mkdir', [link, mode]),
  mkdirat: pass('mkdirat', [dirfd, link, mode]),
  mknod: pass('mknod', [link, mode, uint]),
  mknodat: pass('mknodat', [dirfd, link, mode, uint]),
  chmod: pass('chmod', [path, mode]),
  fchmod: pass('fchmod', [fd, mode]),
  fchmodat: pass('fchmodat', [dirfd, path, mode]),
  fchmodat2: pass('fchmodat2', [dirfd, pathAt(3), mode, atFlags]),
  chown: pass('chown', [path, id, id]),
  lchown: pass('lchown', [link, id, id]),
  fchown: pass('fchown', [fd, id, id]),
  chown32: pass('chown', [path, int, int]),
  lchown32: pass('lchown', [link, int, int]),
  fchown32: pass('fchown', [fd, int, int]),
  fchownat: pass('fchownat', [dirfd, pathAt(4), int, int, atFlags]),
  umask: pass('umask', [mode]),
  truncate: pass('truncate', [path, long]),
  truncate64: pass('truncate', [path, long64]),

  setxattr: pass('setxattr', followedX.set),
  lsetxattr: pass('lsetxattr', linkX.set),
  fsetxattr: pass('fsetxattr', fdX.set),
  getxattr: pass('getxattr', followedX.get),
  lgetxattr: pass('lgetxattr', linkX.get),
  fgetxattr: pass('fgetxattr', fdX.get),
  listxattr: pass('listxattr', followedX.list),
  llistxattr: pass('llistxattr', linkX.list),
  flistxattr: pass('flistxattr', fdX.list),
  removexattr: pass('removexattr', followedX.remove),
  lremovexattr: pass('lremovexattr', linkX.remove),
  fremovexattr: pass('fremovexattr', fdX.remove),

  setxattrat: sys(xattrAtArgs, (task, dir, name, how, key, at, bytes) => xattrAt(task, SYS.setxattrat, dir, name, how, key, at, bytes)),
  getxattrat: sys(xattrAtArgs, (task, dir, name, how, key, at, bytes) => xattrAt(task, SYS.getxattrat, dir, name, how, key, at, bytes)),
  listxattrat: pass('listxattrat', [dirfd, pathAt(2), bits, buffer(4), size]),
  removexattrat: pass('removexattrat', [dirfd, pathAt(2), bits, string]),
  file_getattr: pass('file_getattr', [dirfd, pathAt(4), buffer(3), size, bits]),
  file_setattr: pass('file_setattr', [dirfd, pathAt(4), buffer(3), size, bits]),

  inotify_init: pass('inotify_init', []),
  inotify_init1: pass('inotify_init1', [inotifyFlags]),
  inotify_add_watch: pass('inotify_add_watch', [fd, path, inotifyMask]),
  inotify_rm_watch: pass('inotify_rm_watch', [fd, int]),
  fanotify_init: pass('fanotify_init', [fanotifyFlags, openFlags]),
  /** The mask has 64 bits. */
  fanotify_mark: pass('fanotify_mark', [fd, fanotifyMarkFlags, long64, dirfd, path]),

  mount: pass('mount', [string, path, string, mountFlags, pointer]),
  umount2: pass('umount2', [path, umountFlags]),
  umount: sys([path], (_task, name) => hostCall(SYS.umount2, name, 0)),
  pivot_root: otherRoot('pivot_root', [path, path]),
  move_mount: pass('move_mount', [dirfd, path, dirfd, path, moveMountFlags]),
  fsopen: pass('fsopen', [string, fsopenFlags]),
  fsconfig: pass('fsconfig', [fd, fsconfigCommand, string, pointer, int]),
  fsmount: pass('fsmount', [fd, fsmountFlags, mountAttributes]),
  fspick: pass('fspick', [dirfd, path, fspickFlags]),
  mount_setattr: pass('mount_setattr', [dirfd, path, treeFlags, pointer, size]),
  /** Requests and answers are made of 64-bit words, without addresses. */
  statmount: pass('statmount', [pointer, buffer(2), size, bits]),
  listmount: pass('listmount', [pointer, buffer(2, 8), size, bits]),
  swapon: pass('swapon', [path, bits]),
  swapoff: pass('swapoff', [path]),
  acct: pass('acct', [path]),
  quotactl: pass('quotactl', [bits, string, int, pointer]),
  quotactl_fd: pass('quotactl_fd', [fd, bits, int, pointer]),
};
