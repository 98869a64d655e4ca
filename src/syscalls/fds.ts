// Closing descriptors around those that are the emulator's own, and what is open.
import { E, O, SYS } from '../host/abi.ts';
import { hostCall, plainCall, scratch } from '../host/kernel.ts';
import { hostPath } from './paths.ts';
import { LIMIT, bitmap, isProtected } from './protected.ts';
import type { Task } from '../threads/task.ts';

/** The open descriptors of the process. */
export function openDescriptors(): number[] {
  const dir = plainCall(SYS.openat, -100, hostPath('/proc/self/fd'), O.DIRECTORY | O.CLOEXEC);
  if (dir < 0) return askForDescriptors();
  const entries = scratch(32768);
  const found: number[] = [];
  for (let n: number; (n = plainCall(SYS.getdents64, dir, entries.address, 32768)) > 0;) {
    for (let at = 0; at < n; at += entries.view.getUint16(at + 16, true)) {
      let name = '';
      for (let i = at + 19; entries.bytes[i] !== 0; i++) name += String.fromCharCode(entries.bytes[i]!);
      if (/^\d+$/.test(name) && Number(name) !== dir) found.push(Number(name));
    }
  }
  plainCall(SYS.close, dir);
  return found;
}

const RLIMIT_NOFILE = 7, POLLNVAL = 0x20, MANY = 65536;

/** Where there is no /proc, poll(2) tells which descriptors are open, of those that a program can well have. */
function askForDescriptors(): number[] {
  const limit = scratch(16);
  plainCall(SYS.prlimit64, 0, RLIMIT_NOFILE, 0, limit.address);
  const count = Math.min(limit.view.getUint32(4, true) === 0 ? limit.view.getUint32(0, true) : MANY, MANY);
  const entries = scratch(8 * count);
  const numbers = Array.from({ length: count }, (_, fd) => fd);
  for (const fd of numbers) {
    entries.view.setInt32(fd * 8, fd, true);
    entries.view.setInt32(fd * 8 + 4, 0, true);
  }
  plainCall(SYS.poll, entries.address, count, 0);
  return numbers.filter((fd) => (entries.view.getUint16(fd * 8 + 6, true) & POLLNVAL) === 0);
}

/** close(2) that keeps what is not the guest's. */
export function closeDescriptor(task: Task, n: number): number {
  return isProtected(task, n) ? -E.EBADF : hostCall(SYS.close, n);
}

/** close_range(2) around what is not the guest's. */
export function closeRange(task: Task, first: number, last: number, flags: number): number {
  if (first > last) return -E.EINVAL;
  let from = first;
  const end = Math.min(last, LIMIT - 1);
  for (let n = first; n <= end; n++) {
    if (n % 8 === 0 && bitmap(task)[n >> 3] === 0) { n += 7; continue; }
    if (!isProtected(task, n)) continue;
    if (n > from) {
      const r = plainCall(SYS.close_range, from, n - 1, flags);
      if (r < 0) return r;
    }
    from = n + 1;
  }
  return from > last ? 0 : plainCall(SYS.close_range, from, last, flags);
}
