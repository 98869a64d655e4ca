// The vFile packets: gdb reads the program, its libraries and /proc as the guest finds them (gdb's manual, "File-I/O Remote Protocol Extension").
import { AT, E, O, SYS } from '../../host/abi.ts';
import { plainCall } from '../../host/kernel.ts';
import { moveHigh } from '../../host/own-fds.ts';
import { hostPath, readLink, resolve } from '../../syscalls/paths.ts';
import { openOwn } from '../../syscalls/proc.ts';
import { isProtected, protectDescriptors } from '../../syscalls/protected.ts';
import type { Task } from '../../threads/task.ts';
import { fromHex, number, PACKET_SIZE } from './packets.ts';

/** gdb's numbers of errors that differ from Linux's; those that it does not have are EUNKNOWN. */
const EUNKNOWN = 9999;
const same = new Set<number>([E.EPERM, E.ENOENT, E.EINTR, E.EIO, E.EBADF, E.EACCES, E.EFAULT, E.EBUSY, E.EEXIST, E.ENODEV, E.ENOTDIR, E.EISDIR, E.EINVAL, E.ENFILE, E.EMFILE, E.EFBIG, E.ENOSPC, E.ESPIPE, E.EROFS, E.ENOSYS]);
const errorNumber = (errno: number): number => (errno === E.ENAMETOOLONG ? 91 : errno === E.ENOSYS ? 88 : same.has(errno) ? errno : EUNKNOWN);
const failed = (errno: number): string => `F-1,${errorNumber(errno).toString(16)}`;

/** gdb's bits of open flags, and the host's. */
const OPEN: readonly (readonly [gdb: number, host: number])[] = [[0x8, O.APPEND], [0x200, O.CREAT], [0x400, O.TRUNC], [0x800, O.EXCL]];

const name = (text: string | undefined): string | null => fromHex(text ?? '?')?.toString('latin1') ?? null;

type Answer = (task: Task, args: readonly string[]) => string;

/** The descriptors that gdb has open are among the emulator's own, whichever thread opened them. */
const onFile = (task: Task, text: string | undefined, run: (fd: number) => string): string => {
  const fd = number(text);
  return isProtected(task, fd) ? run(fd) : failed(E.EBADF);
};

/** Bytes of host memory for one call. */
const buffer = (bytes: number): Buffer => Buffer.alloc(bytes);
const fs = (): typeof import('node:fs') => process.getBuiltinModule('node:fs');

/** Runs what throws node's errors. */
function attempt(run: () => string): string {
  try { return run(); } catch (e) {
    const { errno } = e as NodeJS.ErrnoException;
    if (errno === undefined) throw e;
    return failed(-errno);
  }
}

const answers: Readonly<Record<string, Answer>> = {
  /** The file system of a process: there is one. */
  setfs: () => 'F0',
  open: (task, [path, flags]) => {
    const wanted = name(path), bits = number(flags);
    if (wanted === null || Number.isNaN(bits)) return failed(E.EINVAL);
    const how = (bits & O.ACCMODE) | OPEN.reduce<number>((all, [gdb, host]) => all | (bits & gdb ? host : 0), O.CLOEXEC);
    const fd = openOwn(task, wanted, how) ?? plainCall(SYS.openat, AT.FDCWD, hostPath(resolve(task, wanted, true)), how, 0o600);
    if (fd < 0) return failed(-fd);
    const own = moveHigh(fd);
    protectDescriptors(task, [own]);
    return `F${own.toString(16)}`;
  },
  close: (task, [which]) => onFile(task, which, (fd) => {
    plainCall(SYS.close, fd);
    return 'F0';
  }),
  pread: (task, [which, count, offset]) => onFile(task, which, (fd) => attempt(() => {
    // Escapes may double it.
    const bytes = buffer(Math.min(number(count) || 0, PACKET_SIZE / 2 - 32));
    const n = fs().readSync(fd, bytes, 0, bytes.length, number(offset) || 0);
    return `F${n.toString(16)};${bytes.subarray(0, n).toString('latin1')}`;
  })),
  pwrite: (task, [which, offset, ...data]) => onFile(task, which, (fd) => attempt(() =>
    `F${fs().writeSync(fd, Buffer.from(data.join(','), 'latin1'), 0, undefined, number(offset) || 0).toString(16)}`)),
  fstat: (task, [which]) => onFile(task, which, (fd) => attempt(() => {
    const stat = fs().fstatSync(fd);
    const bytes = buffer(64);
    [stat.dev, stat.ino, stat.mode, stat.nlink, stat.uid, stat.gid, stat.rdev].forEach((value, i) => bytes.writeUInt32BE(value % 2 ** 32, 4 * i));
    [stat.size, stat.blksize, stat.blocks].forEach((value, i) => bytes.writeBigUInt64BE(BigInt(value), 28 + 8 * i));
    [stat.atimeMs, stat.mtimeMs, stat.ctimeMs].forEach((value, i) => bytes.writeUInt32BE(Math.floor(value / 1000) % 2 ** 32, 52 + 4 * i));
    return `F${bytes.length.toString(16)};${bytes.toString('latin1')}`;
  })),
  unlink: (task, [path]) => {
    const wanted = name(path);
    if (wanted === null) return failed(E.EINVAL);
    const result = plainCall(SYS.unlink, hostPath(resolve(task, wanted, false)));
    return result < 0 ? failed(-result) : 'F0';
  },
  readlink: (task, [path]) => {
    const wanted = name(path);
    const target = wanted === null ? null : readLink(resolve(task, wanted, false));
    return target === null ? failed(E.ENOENT) : `F${target.length.toString(16)};${target}`;
  },
};

/** The answer to `vFile:OPERATION:ARGUMENTS`; '' for an operation that is not known. */
export function answerFile(task: Task, request: string): string {
  const colon = request.indexOf(':');
  const answer = answers[request.slice(0, Math.max(0, colon))];
  return answer === undefined ? '' : answer(task, request.slice(colon + 1).split(','));
}
