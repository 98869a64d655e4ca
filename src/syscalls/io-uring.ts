// io_uring. The rings are memory that the program, the emulator and the kernel share (IORING_SETUP_NO_MMAP), so that results reach the
// program without a system call. The requests' own array is there twice: a program fills in one, and io_uring_enter copies what is
// submitted into the other, the kernel's, with the host's addresses.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, MAP, PROT, SYS } from '../host/abi.ts';
import { hostCall, plainCall, readHost, scratch, writeHost } from '../host/kernel.ts';
import { HostLock } from '../host/lock.ts';
import type { MapRequest } from '../memory/guest-memory.ts';
import { PAGE, pageUp } from '../memory/page-table.ts';
import { forkHooks } from '../threads/fork-hooks.ts';
import { MemoryFault, SyscallError, type Task } from '../threads/task.ts';
import { address, bits, fd, hostPointer, hostWord, readIovec, setHostWord, size, uint } from './args.ts';
import { sys } from './call.ts';
import { openDescriptors } from './fds.ts';
import { REQUEST_BYTES, isMade, requestToHost } from './io-uring-requests.ts';
import { waitWithMask } from './signals.ts';
import { enterFlags, registerOperation } from './shown-flags.ts';

// The rings of the process: a lock and a table in the block that its threads share, in a part of the header that nothing else uses.

const LOCK_WORD = 384, TABLE_BYTE = 1544, MOST_RINGS = 31;
/** f64s of an entry: which file it is, 0 for none; and the host address of what `layOut` put down. */
const KEY = 0, AT_ADDRESS = 1, ENTRY = 2;

type Table = { readonly block: SharedArrayBuffer; readonly lock: HostLock; readonly entries: Float64Array };
let known: Table | null = null;

function tableOf({ memory: { block } }: Task): Table {
  if (known?.block !== block) {
    const words = new Int32Array(block, 0, LOCK_WORD + 1);
    known = { block, lock: new HostLock(words, LOCK_WORD), entries: new Float64Array(block, TABLE_BYTE, MOST_RINGS * ENTRY) };
  }
  return known;
}

// A thread that is not in the child may have held the lock.
forkHooks.push({ before: () => {}, inChild: () => { if (known) new Int32Array(known.block)[LOCK_WORD] = 0; } });

/** What tells an open file from all others: every ring has an inode of its own. -1 for a descriptor that is not open. */
function keyOf(descriptor: number): number {
  const stat = scratch(144);
  return plainCall(SYS.fstat, descriptor, stat.address) < 0 ? -1 : hostWord(stat.view, 0) * 2 ** 32 + hostWord(stat.view, 8);
}

// A ring's memory: a page that says how it is laid out, the two rings, the program's requests, the kernel's.

/** struct io_uring_params: its members by their offsets. */
const PARAMS_BYTES = 120, CQ_ENTRIES = 4, FLAGS = 8, FEATURES = 20, SQ_HEAD = 40, SQ_TAIL = 44, SQ_ARRAY = 64, SQ_USER_ADDR = 72, CQ_USER_ADDR = 112;
const SETUP_CQSIZE = 8, SETUP_CQE32 = 0x800, SETUP_NO_MMAP = 0x4000, SETUP_NO_SQARRAY = 0x10000;
/** Not: a kernel thread that reads the requests by itself (SQPOLL), rings without descriptors, the program's own memory, longer requests. */
const SETUP_KNOWN = 0x1 | SETUP_CQSIZE | 0x10 | 0x20 | 0x40 | 0x80 | 0x100 | 0x200 | SETUP_CQE32 | 0x1000 | 0x2000 | SETUP_NO_SQARRAY;
/** Features that the kernel may tell of: up to IORING_FEAT_LINKED_FILE. */
const FEATURES_KNOWN = 0x1fff;
/** f64s of a ring's first page after the params. */
const RINGS_BYTES = PARAMS_BYTES, REQUESTS_BYTES = PARAMS_BYTES + 8, HEAD_BYTES = PARAMS_BYTES + 16;
const MOST_ENTRIES = 32768, MOST_RESULTS = 65536;

type Ring = {
  readonly rings: HostAddress; readonly ringsBytes: number;
  readonly requests: HostAddress; readonly hostRequests: HostAddress; readonly requestsBytes: number;
  readonly params: DataView;
};

/** The ring of a descriptor; null when it is none that this process has set up. */
function ringOf(task: Task, descriptor: number): Ring | null {
  const { entries } = tableOf(task);
  if (entries.every((value, i) => i % ENTRY !== KEY || value === 0)) return null;
  const key = keyOf(descriptor);
  for (let i = 0; i < entries.length; i += ENTRY) if (entries[i + KEY] === key) return readRing(entries[i + AT_ADDRESS]!);
  return null;
}

function readRing(at: HostAddress): Ring {
  const head = readHost(at, HEAD_BYTES);
  const params = new DataView(head.buffer);
  const ringsBytes = params.getFloat64(RINGS_BYTES, true), requestsBytes = params.getFloat64(REQUESTS_BYTES, true);
  const rings = at + PAGE, requests = rings + ringsBytes;
  return { rings, ringsBytes, requests, hostRequests: requests + requestsBytes, requestsBytes, params };
}

const memoryBytes = ({ ringsBytes, requestsBytes }: Ring): number => PAGE + ringsBytes + 2 * requestsBytes;

/** Gives back the memory of rings that nobody has open any more. */
function dropClosed({ entries }: Table): void {
  if (entries.every((value, i) => i % ENTRY !== KEY || value === 0)) return;
  const open = new Set(openDescriptors().map(keyOf));
  for (let i = 0; i < entries.length; i += ENTRY) {
    if (entries[i + KEY] === 0 || open.has(entries[i + KEY]!)) continue;
    entries[i + KEY] = 0;
    plainCall(SYS.munmap, entries[i + AT_ADDRESS]!, memoryBytes(readRing(entries[i + AT_ADDRESS]!)));
  }
}

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(n));

function setup(task: Task, count: number, at: GuestAddress): number {
  const params = scratch(PARAMS_BYTES);
  params.bytes.set(task.memory.read(at, PARAMS_BYTES));
  const { view } = params;
  const flags = view.getUint32(FLAGS, true);
  if (flags & ~SETUP_KNOWN || count === 0 || hostWord(view, SQ_USER_ADDR) !== 0 || hostWord(view, CQ_USER_ADDR) !== 0) return -E.EINVAL;
  // The kernel's own rounding, and more than that where it will refuse.
  const requests = powerOfTwo(Math.min(count, MOST_ENTRIES));
  const results = flags & SETUP_CQSIZE ? powerOfTwo(Math.min(Math.max(1, view.getUint32(CQ_ENTRIES, true)), MOST_RESULTS)) : 2 * requests;
  const ringsBytes = pageUp(PAGE + results * (flags & SETUP_CQE32 ? 32 : 16) + 4 * requests), requestsBytes = pageUp(requests * REQUEST_BYTES);
  const table = tableOf(task);
  return table.lock.with(() => {
    dropClosed(table);
    const free = table.entries.findIndex((value, i) => i % ENTRY === KEY && value === 0);
    if (free < 0) return -E.ENOMEM;
    const total = PAGE + ringsBytes + 2 * requestsBytes;
    const room = plainCall(SYS.mmap, 0, total, PROT.READ | PROT.WRITE, MAP.SHARED | MAP.ANONYMOUS, -1, 0);
    if (room < 0) return room;
    view.setUint32(FLAGS, flags | SETUP_NO_MMAP, true);
    setHostWord(view, CQ_USER_ADDR, room + PAGE);
    setHostWord(view, SQ_USER_ADDR, room + PAGE + ringsBytes + requestsBytes);
    const ring = hostCall(SYS.io_uring_setup, count, params.address);
    if (ring < 0) { plainCall(SYS.munmap, room, total); return ring; }
    view.setUint32(FLAGS, flags, true);
    view.setUint32(FEATURES, view.getUint32(FEATURES, true) & FEATURES_KNOWN, true);
    for (const offset of [SQ_USER_ADDR, CQ_USER_ADDR]) setHostWord(view, offset, 0);
    const head = new Uint8Array(HEAD_BYTES);
    head.set(params.bytes);
    new DataView(head.buffer).setFloat64(RINGS_BYTES, ringsBytes, true);
    new DataView(head.buffer).setFloat64(REQUESTS_BYTES, requestsBytes, true);
    writeHost(room, head);
    table.entries[free + AT_ADDRESS] = room;
    table.entries[free + KEY] = keyOf(ring);
    try { task.memory.write(at, params.bytes); } catch (e) {
      plainCall(SYS.close, ring);
      throw e;
    }
    return ring;
  });
}

const OFF_SQ_RING = 0, OFF_CQ_RING = 0x8000000, OFF_SQES = 0x10000000;
const MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2;

/** mmap of a ring's descriptor: an address or -errno; null when the mapping is of anything else. */
export function mapRing(task: Task, { offset, ...request }: MapRequest): GuestAddress | null {
  if (request.fd < 0) return null;
  const ring = ringOf(task, request.fd);
  if (ring === null) return null;
  const isRings = offset === OFF_SQ_RING || offset === OFF_CQ_RING;
  if ((!isRings && offset !== OFF_SQES) || request.length > (isRings ? ring.ringsBytes : ring.requestsBytes) || (request.flags & MAP.SHARED) === 0) return -E.EINVAL;
  const at = task.memory.map({ ...request, flags: request.flags | MAP.ANONYMOUS, fd: -1, offset: 0, prot: PROT.READ | PROT.WRITE });
  if (at < 0) return at;
  // An old size of nothing: a second mapping of the same pages.
  const r = plainCall(SYS.mremap, isRings ? ring.rings : ring.requests, 0, pageUp(request.length), MREMAP_MAYMOVE | MREMAP_FIXED, task.memory.host(at));
  const failed = r < 0 ? r : task.memory.protect(at, request.length, request.prot);
  if (failed < 0) { task.memory.unmap(at, request.length); return failed; }
  return at;
}

// Submitting and waiting.

const ENTER_GETEVENTS = 1, ENTER_EXT_ARG = 8, ENTER_ABS_TIMER = 32;
const ENTER_KNOWN = ENTER_GETEVENTS | 2 | 4 | ENTER_EXT_ARG | ENTER_ABS_TIMER;

const wordAt = (at: HostAddress): number => new DataView(readHost(at, 4).buffer).getUint32(0, true);

/** Copies the next `most` requests for the kernel, which reads them when `undo` has not been run. */
function copyRequests(task: Task, ring: Ring, most: number, undo: (() => void)[]): void {
  const { params, rings } = ring;
  const member = (offset: number): number => params.getUint32(offset, true);
  const entries = member(0), head = wordAt(rings + member(SQ_HEAD)), tail = wordAt(rings + member(SQ_TAIL));
  const count = Math.min(most, (tail - head) >>> 0, entries);
  for (let i = 0; i < count; i++) {
    const place = (head + i) & (entries - 1);
    const index = member(FLAGS) & SETUP_NO_SQARRAY ? place : wordAt(rings + member(SQ_ARRAY) + 4 * place);
    if (index >= entries) continue; // the kernel drops it
    const request = readHost(ring.requests + index * REQUEST_BYTES, REQUEST_BYTES);
    requestToHost(task, new DataView(request.buffer), undo);
    writeHost(ring.hostRequests + index * REQUEST_BYTES, request);
  }
}

function submit(task: Task, descriptor: number, ring: Ring, count: number): number {
  return tableOf(task).lock.with(() => {
    const undo: (() => void)[] = [];
    try {
      copyRequests(task, ring, count, undo);
      return hostCall(SYS.io_uring_enter, descriptor, count, 0, 0, 0, 0);
    } finally { for (const each of undo.reverse()) each(); }
  });
}

/** struct io_uring_getevents_arg: a signal set, its size, microseconds, and the address of a timespec of 64-bit words. */
const ARG_BYTES = 24, ARG_SET_BYTES = 8, ARG_TIME = 16;

function wait(task: Task, descriptor: number, least: number, flags: number, at: GuestAddress, length: number): number {
  if (!(flags & ENTER_EXT_ARG)) {
    return waitWithMask(task, at, length, (mask) => hostCall(SYS.io_uring_enter, descriptor, 0, least, flags, mask, 8));
  }
  if (length !== ARG_BYTES) return -E.EINVAL;
  const arg = scratch(ARG_BYTES);
  arg.bytes.set(task.memory.read(at, ARG_BYTES));
  setHostWord(arg.view, ARG_TIME, hostPointer(task, hostWord(arg.view, ARG_TIME), 16));
  return waitWithMask(task, hostWord(arg.view, 0), arg.view.getUint32(ARG_SET_BYTES, true), (mask) => {
    setHostWord(arg.view, 0, mask);
    return hostCall(SYS.io_uring_enter, descriptor, 0, least, flags, arg.address, ARG_BYTES);
  });
}

function enter(task: Task, descriptor: number, count: number, least: number, flags: number, at: GuestAddress, length: number): number {
  if (flags & ~ENTER_KNOWN) return -E.EINVAL;
  const ring = ringOf(task, descriptor);
  if (ring === null) {
    const r = plainCall(SYS.io_uring_enter, descriptor, 0, 0, 0, 0, 0);
    return r < 0 ? r : -E.EOPNOTSUPP;
  }
  // In two calls, as the kernel does it: what was submitted counts whatever becomes of the wait.
  const submitted = count === 0 ? 0 : submit(task, descriptor, ring, count);
  if (submitted !== count || !(flags & ENTER_GETEVENTS)) return submitted;
  const r = wait(task, descriptor, least, flags, at, length);
  return submitted > 0 ? submitted : r;
}

// Registering.

/** How an operation's argument goes to the host: as it is, an array of iovecs, or a struct with addresses at these offsets. */
type Form = 'same' | 'vectors' | { readonly bytes: number; readonly addresses: readonly number[]; readonly vectors?: true };
const REGISTER_PROBE = 8;
const operations: Readonly<Record<number, Form>> = {
  0: 'vectors', 1: 'same', 2: 'same', 3: 'same', 4: 'same', 5: 'same', 6: { bytes: 16, addresses: [8] }, 7: 'same', [REGISTER_PROBE]: 'same', 9: 'same', 10: 'same', 11: 'same', 12: 'same',
  13: { bytes: 32, addresses: [16, 24] }, 14: { bytes: 32, addresses: [8, 16] }, 15: { bytes: 32, addresses: [16, 24], vectors: true }, 16: { bytes: 32, addresses: [8, 16], vectors: true },
  17: 'same', 18: 'same', 19: 'same', 24: 'same', 25: 'same',
};
/** Where the two forms with vectors have the number of them. */
const VECTORS_COUNT: Readonly<Record<number, number>> = { 15: 0, 16: 24 };

function register(task: Task, descriptor: number, operation: number, at: GuestAddress, count: number): number {
  const form = operations[operation];
  if (form === undefined) return -E.EINVAL;
  if (form === 'vectors') return hostCall(SYS.io_uring_register, descriptor, operation, readIovec(task, at, count).address, count);
  if (form === 'same') {
    const r = hostCall(SYS.io_uring_register, descriptor, operation, hostPointer(task, at), count);
    if (r >= 0 && operation === REGISTER_PROBE) hideRequests(task, at, count);
    return r;
  }
  const arg = scratch(form.bytes);
  arg.bytes.set(task.memory.read(at, form.bytes));
  form.addresses.forEach((offset, i) => {
    const given = hostWord(arg.view, offset);
    if (given === 0) return;
    setHostWord(arg.view, offset, form.vectors && i === 0 ? readIovec(task, given, arg.view.getUint32(VECTORS_COUNT[operation]!, true)).address : hostPointer(task, given));
  });
  return hostCall(SYS.io_uring_register, descriptor, operation, arg.address, count);
}

/** struct io_uring_probe: last_op, ops_len, and from byte 16 on 8 bytes for each request: its number, and 2 bytes of flags at 2. */
function hideRequests(task: Task, at: GuestAddress, count: number): void {
  const told = Math.min(count, task.memory.u8(at + 1));
  for (let i = 0; i < told; i++) {
    const row = at + 16 + 8 * i;
    if (!isMade(task, task.memory.u8(row))) task.memory.setU16(row + 2, 0);
  }
}

const partly = 'from Linux 6.10 on; no SQPOLL, buffer rings and registered rings; no commands to drivers; no control messages and no RECVMSG for 32-bit programs; names of /proc are the emulator\'s';

export const rings = {
  io_uring_setup: sys([uint, address], setup, { partly }),
  io_uring_enter: sys([fd, uint, uint, enterFlags, address, size], enter, { partly }),
  io_uring_register: sys([fd, registerOperation, address, uint], register, { partly }),
};
