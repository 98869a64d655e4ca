// What tells one state of a file from any other: device, inode, size and time of the last change.
import { SYS } from '../host/abi.ts';
import { plainCall, scratch } from '../host/kernel.ts';

export type FileIdentity = { readonly text: string; readonly hash: number };

/** struct stat of the host (x86-64), bytes. */
const STAT_BYTES = 144, ST_DEV = 0, ST_INO = 8, ST_SIZE = 48, ST_MTIME = 88, ST_MTIME_NSEC = 96;

/** The identity of the file that `fd` (a host descriptor) has open; null when it cannot be told. */
export function fileIdentity(fd: number): FileIdentity | null {
  const { address, view } = scratch(STAT_BYTES);
  if (plainCall(SYS.fstat, fd, address) < 0) return null;
  let hash = 0;
  const text = [ST_DEV, ST_INO, ST_SIZE, ST_MTIME, ST_MTIME_NSEC].map((at) => {
    const low = view.getUint32(at, true), high = view.getUint32(at + 4, true);
    hash = Math.imul(hash ^ low ^ high, 0x9e3779b1) ^ hash >>> 15;
    return (high * 4294967296 + low).toString(36);
  }).join('-');
  return { text, hash: hash >>> 0 };
}
