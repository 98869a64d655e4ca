// Calls that tell about files: the stat family, statfs, statx.
import type { GuestAddress, HostAddress, HostWord } from '../address.ts';
import { AT, E, SYS } from '../host/abi.ts';
import { hostCall, scratch } from '../host/kernel.ts';
import type { DataModel } from '../guests/guest.ts';
import { SyscallError, type Task } from '../threads/task.ts';
import { address, dirfd, fd, guestLayout, output, pointer, size, uint } from './args.ts';
import { pass, sys, type Arg } from './call.ts';
import { link, path, pathAt } from './paths.ts';
import { atFlags, statxMask } from './shown.ts';
import { set, type Struct } from './struct.ts';
import { hostStat, oldStat, stat64, statfs, statfs64, ustat } from './structs.ts';

const statRow = (type: Struct, name: Arg<HostAddress>, flags: number) =>
  sys([name, output(type, hostStat)], (_task, at, st) => hostCall(SYS.newfstatat, AT.FDCWD, at, st, flags));
const fstatRow = (type: Struct) => sys([fd, output(type, hostStat)], (_task, f, st) => hostCall(SYS.fstat, f, st));
const statAtRow = (type: Struct) => pass('newfstatat', [dirfd, pathAt(3), output(type, hostStat), atFlags]);

/** The struct of the calls without a size in their names: on 32-bit guests the one from before large files. */
const stat: Struct = Object.assign((model: DataModel) => (model.pointer === 4 ? oldStat : hostStat)(model), { structName: 'stat' });

const statfsWords = ['f_type', 'f_bsize', 'f_blocks', 'f_bfree', 'f_bavail', 'f_files', 'f_ffree'] as const;

/** Makes the call and writes the struct in the guest's form. */
function statfsInto(task: Task, nr: number, what: HostWord, at: GuestAddress, type: Struct, bytes: number): number {
  const host = scratch(120);
  const r = hostCall(nr, what, host.address);
  if (r < 0) return r;
  const layout = guestLayout(task, type);
  const to = new Uint8Array(layout.size);
  const put = (name: string, value: number): void => {
    // Counts that do not fit a 32-bit struct are an error, not cut off.
    if (value >= 256 ** layout.byName[name]!.size) throw new SyscallError(E.EOVERFLOW);
    set(layout, to, name, value);
  };
  const word = (index: number): number => host.view.getUint32(index * 8 + 4, true) * 2 ** 32 + host.view.getUint32(index * 8, true);
  statfsWords.forEach((name, i) => put(name, word(i)));
  put('f_fsid.0', host.view.getUint32(56, true));
  put('f_fsid.1', host.view.getUint32(60, true));
  ['f_namelen', 'f_frsize', 'f_flags'].forEach((name, i) => put(name, word(8 + i)));
  task.memory.write(at, to.subarray(0, bytes));
  return 0;
}

/** statfs64 is told how large its struct is, which on some guests has no padding at its end and may be thought to. */
function statfs64Into(task: Task, nr: number, what: HostWord, bytes: number, at: GuestAddress): number {
  const { size: full } = guestLayout(task, statfs64);
  return bytes !== full && bytes !== Math.ceil(full / 8) * 8 ? -E.EINVAL : statfsInto(task, nr, what, at, statfs64, bytes);
}

export const stats = {
  stat: statRow(stat, path, 0),
  lstat: statRow(stat, link, AT.SYMLINK_NOFOLLOW),
  fstat: fstatRow(stat),
  newfstatat: statAtRow(stat),
  stat64: statRow(stat64, path, 0),
  lstat64: statRow(stat64, link, AT.SYMLINK_NOFOLLOW),
  fstat64: fstatRow(stat64),
  fstatat64: statAtRow(stat64),
  /** struct statx is the same everywhere. */
  statx: pass('statx', [dirfd, pathAt(2), atFlags, statxMask, pointer]),
  statfs: sys([path, address], (task, name, at) => statfsInto(task, SYS.statfs, name, at, statfs, 120)),
  fstatfs: sys([fd, address], (task, f, at) => statfsInto(task, SYS.fstatfs, f, at, statfs, 120)),
  statfs64: sys([path, size, address], (task, name, bytes, at) => statfs64Into(task, SYS.statfs, name, bytes, at)),
  fstatfs64: sys([fd, size, address], (task, f, bytes, at) => statfs64Into(task, SYS.fstatfs, f, bytes, at)),
  ustat: pass('ustat', [uint, output(ustat)]),
};
