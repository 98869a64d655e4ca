// Reading directories. The host hands a 64-bit process positions of 64 bits (ext4: a hash), which a 32-bit guest's C library
// refuses (EOVERFLOW from readdir). Such positions are numbered, and the numbers translated back when the guest seeks.
import type { FileOffset, GuestAddress } from '../address.ts';
import { SYS } from '../host/abi.ts';
import { hostCall, plainCall, scratch, type Scratch } from '../host/kernel.ts';
import { otherTids, runningSlots, slotTid } from '../threads/group.ts';
import type { Task } from '../threads/task.ts';
import { address, checkRange, fd, size } from './args.ts';
import { sys } from './call.ts';
import { readLink } from './paths.ts';
import { isProtected, isProtectedIn } from './protected.ts';
import { blockOf, readOther } from './same-guest.ts';

/** The positions that a directory's readers have seen, as the two halves of each; number n stands for entry n - FIRST. */
const positions = new Map<number, { low: number; high: number }[]>();
/** Numbers start past what file systems with small positions use, and stay below 2^31. */
const FIRST = 0x40000000;
const LARGEST = 0x7fffffff;

/** Forgets the positions of a descriptor: it reads from the start again. */
function rewound(f: number): void { if (positions.size > 0) positions.delete(f); }

/** Forgets what is known of a descriptor that is closed. */
export function forget(f: number): void { rewound(f); }

/** lseek(2), for a directory whose positions were numbered too. */
export function seekTo(f: number, at: FileOffset, whence: number): number {
  if (positions.size > 0 && whence === 0) {
    const known = positions.get(f)?.[at - FIRST];
    if (known) {
      // In two steps, since one JavaScript number does not hold all 63 bits.
      const r = hostCall(SYS.lseek, f, known.high * 2 ** 32, 0);
      const there = r < 0 ? r : hostCall(SYS.lseek, f, known.low, 1);
      return there < 0 ? there : at;
    }
    if (at === 0) rewound(f);
  }
  return hostCall(SYS.lseek, f, at, whence);
}

function numberFor(f: number, low: number, high: number): number {
  let list = positions.get(f);
  if (!list) positions.set(f, list = []);
  return FIRST + list.push({ low, high }) - 1;
}

// struct linux_dirent64: ino u64, off i64, reclen u16, type u8, name.
const OFF = 8, RECLEN = 16, TYPE = 18, NAME = 19;

/** Which entries of a directory the guest must not see: the emulator's descriptors and threads in the lists of /proc. */
function hiddenIn(task: Task, f: number): ((name: number) => boolean) | null {
  const list = /^\/proc\/(\d+)(?:\/task\/\d+)?\/(fd|fdinfo|task)$/.exec(readLink(`/proc/self/fd/${f}`) ?? '');
  if (list === null) return null;
  const pid = Number(list[1]);
  const own = pid === plainCall(SYS.getpid);
  const header = own ? null : blockOf(task, pid);
  if (!own && header === null) return null;
  if (list[2] !== 'task') return (name) => (header === null ? isProtected(task, name) : isProtectedIn(header, name));
  const tids = own ? runningSlots().map(slotTid) : otherTids((from, bytes) => readOther(pid, from, bytes));
  if (tids === null) return null;
  const threads = new Set([pid, ...tids]);
  return (name) => !threads.has(name);
}

/** The host's next entries, as many bytes as there are of them, or -errno. */
function nextEntries(f: number, copy: Scratch, hidden: ((name: number) => boolean) | null): number {
  for (;;) {
    const n = hostCall(SYS.getdents64, f, copy.address, copy.bytes.length);
    if (n <= 0 || hidden === null) return n;
    let kept = 0;
    for (let p = 0, length = 0; p < n; p += length) {
      length = copy.view.getUint16(p + RECLEN, true);
      const name = Buffer.from(copy.bytes.subarray(p + NAME, copy.bytes.indexOf(0, p + NAME))).toString('latin1');
      if (/^\d+$/.test(name) && hidden(Number(name))) continue;
      copy.bytes.copyWithin(kept, p, p + length);
      kept += length;
    }
    // What is left out at the end of the list makes no end of it.
    if (kept > 0) return kept;
  }
}

function getdents64(task: Task, f: number, at: GuestAddress, bytes: number): number {
  checkRange(task, at, bytes);
  const hidden = hiddenIn(task, f);
  const same = task.guest.data.pointer === 8 && !task.guest.data.bigEndian;
  if (same && hidden === null) return hostCall(SYS.getdents64, f, task.memory.host(at), bytes);
  const copy = scratch(Math.min(bytes, 1 << 20));
  const n = nextEntries(f, copy, hidden);
  if (n <= 0) return n;
  const { view } = copy;
  for (let p = 0; p < n && !same; p += view.getUint16(p + RECLEN, true)) {
    const low = view.getUint32(p + OFF, true), high = view.getInt32(p + OFF + 4, true);
    if (high === 0 && low <= LARGEST) continue;
    view.setUint32(p + OFF, numberFor(f, low, high), true);
    view.setUint32(p + OFF + 4, 0, true);
  }
  task.memory.write(at, copy.bytes.subarray(0, n));
  return n;
}

/** The old call: struct linux_dirent has longs, and the type in the last byte of the record. */
function getdents(task: Task, f: number, at: GuestAddress, bytes: number): number {
  const word = task.guest.data.pointer;
  const little = !task.guest.data.bigEndian;
  checkRange(task, at, bytes);
  // The guest's records are never longer than the host's, so what fits here fits there.
  const copy = scratch(Math.min(bytes, 1 << 20));
  const n = nextEntries(f, copy, hiddenIn(task, f));
  if (n <= 0) return n;
  const { view } = copy;
  const out = new DataView(new ArrayBuffer(n));
  const to = new Uint8Array(out.buffer);
  let q = 0;
  for (let p = 0; p < n;) {
    const reclen = view.getUint16(p + RECLEN, true);
    const end = copy.bytes.indexOf(0, p + NAME);
    const name = copy.bytes.subarray(p + NAME, end);
    const low = view.getUint32(p + OFF, true), high = view.getInt32(p + OFF + 4, true);
    const record = Math.ceil((2 * word + 2 + name.length + 2) / word) * word;
    const number = word === 4 && (high !== 0 || low > LARGEST) ? numberFor(f, low, high) : low;
    const put = (offset: number, l: number, h: number): void => {
      out.setUint32(offset + (little || word === 4 ? 0 : 4), l, little);
      if (word === 8) out.setUint32(offset + (little ? 4 : 0), h, little);
    };
    put(q, view.getUint32(p, true), view.getUint32(p + 4, true));
    put(q + word, number, word === 4 ? 0 : high);
    out.setUint16(q + 2 * word, record, little);
    to.set(name, q + 2 * word + 2);
    to[q + record - 1] = copy.bytes[p + TYPE]!;
    p += reclen;
    q += record;
  }
  task.memory.write(at, to.subarray(0, q));
  return q;
}

export const directories = {
  getdents64: sys([fd, address, size], getdents64),
  getdents: sys([fd, address, size], getdents),
};
