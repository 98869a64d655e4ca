// Calls that open files: flags by the guest's bits, names of /proc that the emulator answers itself.
import type { GuestAddress } from '../address.ts';
import { AT, E, O, SYS } from '../host/abi.ts';
import { hostCall, scratch, type Scratch } from '../host/kernel.ts';
import { SyscallError, type Task } from '../threads/task.ts';
import { address, dirfd, fd, flags, mode, pointer, showString, size, int, bits } from './args.ts';
import { pass, sys, type Arg } from './call.ts';
import { guestPath, hostPath, isPlain, link, path, pathText, resolve } from './paths.ts';
import { openOwn } from './proc.ts';
import { treeFlags } from './shown-flags.ts';

/** The host's bits of open(2) flags of the guest. */
export function openFlagsToHost(task: Task, guest: number): number {
  const pairs = task.guest.openFlags;
  if (!pairs) return guest;
  let host = guest;
  for (const [bit] of pairs) host &= ~bit;
  for (const [bit, to] of pairs) if (guest & bit) host |= to;
  return host;
}

export function openFlagsToGuest(task: Task, host: number): number {
  const pairs = task.guest.openFlags;
  if (!pairs) return host;
  let guest = host;
  for (const [, bit] of pairs) guest &= ~bit;
  for (const [to, bit] of pairs) if (host & bit) guest |= to;
  return guest;
}

const { TMPFILE: _tmpfile, ACCMODE: _accmode, RDONLY: _rdonly, WRONLY: _wronly, RDWR: _rdwr, ...named } = O;
const bitsByName = flags({ ...Object.fromEntries(Object.entries(named).map(([name, bit]) => [`O_${name}`, bit])) }, openFlagsToHost);
const modes = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE'];
/** open(2) flags; the value is the host's. */
export const openFlags: Arg<number> = {
  ...bitsByName,
  show: (raw, task, all) => {
    const rest = raw - (raw & O.ACCMODE);
    return [modes[raw & O.ACCMODE]!, ...(rest === 0 ? [] : [bitsByName.show(rest, task, all)])].join('|');
  },
};

/** The same without an access mode: flags of calls that make descriptors. */
export const descriptorFlags: Arg<number> = bitsByName;

/** A path that the row looks at itself. */
const where: Arg<number> = { read: (raw) => raw, show: showString };

function open(task: Task, dir: number, at: GuestAddress, how: number, permissions: number): number {
  if (at === 0 || isPlain(task, at)) return hostCall(SYS.openat, dir, at === 0 ? 0 : task.memory.host(at), how, permissions);
  const name = guestPath(task, at);
  const own = openOwn(task, name, how);
  if (own !== null) return own;
  return hostCall(SYS.openat, dir, hostPath(resolve(task, name, (how & O.NOFOLLOW) === 0)), how, permissions);
}

const HOW_BYTES = 24;

/** openat2's struct open_how: 64-bit words, the same everywhere but for the bits of the flags; later kernels may append to it. */
export function howToHost(task: Task, how: GuestAddress, bytes: number): Scratch {
  if (bytes < HOW_BYTES) throw new SyscallError(E.EINVAL);
  if (bytes > 4096) throw new SyscallError(E.E2BIG);
  const copy = scratch(bytes);
  copy.bytes.set(task.memory.read(how, bytes));
  copy.view.setUint32(0, openFlagsToHost(task, copy.view.getUint32(0, true)) >>> 0, true);
  return copy;
}

function open2(task: Task, dir: number, name: string, how: number, bytes: number): number {
  const copy = howToHost(task, how, bytes);
  const flagBits = copy.view.getUint32(0, true);
  const resolveBits = copy.view.getUint32(16, true);
  const NO_MAGICLINKS = 2, BENEATH = 8, IN_ROOT = 16;
  if (resolveBits & (BENEATH | IN_ROOT)) return hostCall(SYS.openat2, dir, hostPath(name), copy.address, bytes);
  if (!(resolveBits & NO_MAGICLINKS)) {
    const own = openOwn(task, name, flagBits);
    if (own !== null) return own;
  }
  const real = resolveBits & NO_MAGICLINKS ? name : resolve(task, name, (flagBits & O.NOFOLLOW) === 0);
  return hostCall(SYS.openat2, dir, hostPath(real), copy.address, bytes);
}

/** The mode of a file that open may make. */
const creating = (flagsAt: number): Arg<number> => ({
  ...mode,
  show: (raw, task, all) => (openFlagsToHost(task, all[flagsAt]! | 0) & (O.CREAT | O.TMPFILE & ~O.DIRECTORY) ? mode.show(raw, task, all) : ''),
});

export const opening = {
  open: sys([where, openFlags, creating(1)], (task, at, how, permissions) => open(task, AT.FDCWD, at, how, permissions)),
  openat: sys([dirfd, where, openFlags, creating(2)], open),
  creat: sys([where, mode], (task, at, permissions) => open(task, AT.FDCWD, at, O.CREAT | O.WRONLY | O.TRUNC, permissions)),
  openat2: sys([dirfd, pathText, address, size], open2),
  name_to_handle_at: pass('name_to_handle_at', [dirfd, link, pointer, pointer, int]),
  open_by_handle_at: pass('open_by_handle_at', [fd, pointer, openFlags]),
  open_tree: pass('open_tree', [dirfd, path, treeFlags]),
  open_tree_attr: pass('open_tree_attr', [dirfd, path, treeFlags, pointer, size]),
};
