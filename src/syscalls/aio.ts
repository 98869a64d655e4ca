// Asynchronous I/O of the kernel (io_submit and the calls around it). A context is, for a program, the address of a ring of events that
// the C library may read by itself; here it is a page of the guest's that is no such ring, and holds the host's context.
import type { GuestAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, plainCall, scratch } from '../host/kernel.ts';
import { MemoryFault, SyscallError, type Task } from '../threads/task.ts';
import { PAGE } from '../memory/page-table.ts';
import { address, hostPointer, long, readIovec, readWord, setHostWord, structToHost, uint, writeWord } from './args.ts';
import { sys } from './call.ts';
import { waitWithMask } from './signals.ts';
import type { Struct } from './struct.ts';
import { timespec, timespec64 } from './structs.ts';

const PROT_READ = 1, PROT_READ_WRITE = 3, MAP_PRIVATE_ANONYMOUS = 0x22;
/** The page begins with a word that tells it; where a ring has its magic number (byte 16) it has none; behind that is the host's context. */
const MARK = 0x61696f00, CONTEXT = 32;

function setup(task: Task, count: number, at: GuestAddress): number {
  if (readWord(task, at) !== 0 || count === 0) return -E.EINVAL;
  const context = scratch(8);
  const r = hostCall(SYS.io_setup, count, context.address);
  if (r < 0) return r;
  const page = task.memory.map({ address: 0, length: PAGE, prot: PROT_READ_WRITE, flags: MAP_PRIVATE_ANONYMOUS, fd: -1, offset: 0 });
  if (page < 0) { plainCall(SYS.io_destroy, context.view.getUint32(4, true) * 2 ** 32 + context.view.getUint32(0, true)); return page; }
  task.memory.setU32(page, MARK);
  task.memory.write(page + CONTEXT, context.bytes);
  task.memory.protect(page, PAGE, PROT_READ);
  writeWord(task, at, page);
  return 0;
}

/** The host's context. The kernel checks it: whatever a program makes of the page, it reaches nobody else's. */
function contextOf(task: Task, page: GuestAddress): number {
  try {
    if (page % PAGE !== 0 || task.memory.u32(page) !== MARK) throw new SyscallError(E.EINVAL);
    const at = page + CONTEXT;
    return task.memory.u32(at + 4) * 2 ** 32 + task.memory.u32(at);
  } catch (e) {
    if (e instanceof MemoryFault) throw new SyscallError(E.EINVAL);
    throw e;
  }
}

function destroy(task: Task, page: GuestAddress): number {
  const r = hostCall(SYS.io_destroy, contextOf(task, page));
  if (r === 0) task.memory.unmap(page, PAGE);
  return r;
}

/** Members of struct iocb, which is the same for programs of every width. */
const OPCODE = 16, BUFFER = 24, BYTES = 32, IOCB_BYTES = 64;
const PREAD = 0, PWRITE = 1, PREADV = 7, PWRITEV = 8;

/** Where a request's data is, for the host: a vector is copied, since the kernel reads it before the call returns. */
function bufferOf(task: Task, iocb: DataView): number {
  const at = iocb.getUint32(BUFFER + 4, true) * 2 ** 32 + iocb.getUint32(BUFFER, true);
  const bytes = iocb.getUint32(BYTES, true);
  switch (iocb.getUint16(OPCODE, true)) {
    case PREAD: case PWRITE: return hostPointer(task, at, bytes);
    case PREADV: case PWRITEV: return readIovec(task, at, bytes).address;
    default: return at;
  }
}

/** Requests go to the kernel where they are, since it answers their addresses with the events: one has the host's address in it meanwhile. */
function submitOne(task: Task, context: number, at: GuestAddress): number {
  const bytes = task.memory.read(at, IOCB_BYTES);
  const view = new DataView(bytes.buffer);
  const own = bytes.slice(BUFFER, BUFFER + 8);
  setHostWord(view, BUFFER, bufferOf(task, view));
  task.memory.write(at + BUFFER, bytes.subarray(BUFFER, BUFFER + 8));
  const list = scratch(8);
  setHostWord(list.view, 0, task.memory.host(at));
  const r = hostCall(SYS.io_submit, context, 1, list.address);
  task.memory.write(at + BUFFER, own);
  return r;
}

function submit(task: Task, page: GuestAddress, count: number, list: GuestAddress): number {
  const context = contextOf(task, page);
  if (count < 0) return -E.EINVAL;
  for (let i = 0; i < count; i++) {
    let r: number;
    try { r = submitOne(task, context, readWord(task, list + i * task.guest.data.pointer)); } catch (e) {
      if (i > 0 && (e instanceof MemoryFault || e instanceof SyscallError)) return i;
      throw e;
    }
    if (r !== 1) return i > 0 ? i : r;
  }
  return count;
}

/** struct io_event: data, the request's address, two results, of 64 bits each. */
const EVENT_BYTES = 32, OBJECT = 8;
const MOST_EVENTS = 65536;

/** Writes events to the guest, each with the guest's address of its request. */
function writeEvents(task: Task, at: GuestAddress, events: Uint8Array): void {
  const view = new DataView(events.buffer, events.byteOffset, events.length);
  for (let p = OBJECT; p < events.length; p += EVENT_BYTES) {
    setHostWord(view, p, view.getUint32(p + 4, true) * 2 ** 32 + view.getUint32(p, true) - task.memory.base);
  }
  task.memory.write(at, events);
}

function getEvents(task: Task, page: GuestAddress, least: number, most: number, at: GuestAddress, when: GuestAddress, type: Struct, set: GuestAddress): number {
  const context = contextOf(task, page);
  if (least > most || most < 0) return -E.EINVAL;
  const word = task.guest.data.pointer;
  const limit = when === 0 ? 0 : structToHost(task, when, type, timespec).address;
  const room = Math.min(most, MOST_EVENTS);
  const events = scratch(Math.max(1, room) * EVENT_BYTES);
  const mask = set === 0 ? 0 : readWord(task, set), maskBytes = set === 0 ? 0 : readWord(task, set + word);
  const n = waitWithMask(task, mask, maskBytes, (host) => {
    if (host === 0) return hostCall(SYS.io_getevents, context, Math.min(least, room), room, events.address, limit);
    const both = scratch(16);
    setHostWord(both.view, 0, host);
    both.view.setUint32(8, 8, true);
    return hostCall(SYS.io_pgetevents, context, Math.min(least, room), room, events.address, limit, both.address);
  });
  if (n > 0) writeEvents(task, at, events.bytes.subarray(0, n * EVENT_BYTES));
  return n;
}

function cancel(task: Task, page: GuestAddress, request: GuestAddress, at: GuestAddress): number {
  const event = scratch(EVENT_BYTES);
  const r = hostCall(SYS.io_cancel, contextOf(task, page), hostPointer(task, request, IOCB_BYTES), event.address);
  if (r === 0) writeEvents(task, at, event.bytes);
  return r;
}

export const aio = {
  io_setup: sys([uint, address], setup),
  io_destroy: sys([address], destroy),
  io_submit: sys([address, long, address], submit),
  io_cancel: sys([address, address, address], cancel),
  io_getevents: sys([address, long, long, address, address], (task, page, least, most, at, when) => getEvents(task, page, least, most, at, when, timespec, 0)),
  io_pgetevents: sys([address, long, long, address, address, address], (task, page, least, most, at, when, set) => getEvents(task, page, least, most, at, when, timespec, set)),
  io_pgetevents_time64: sys([address, long, long, address, address, address], (task, page, least, most, at, when, set) => getEvents(task, page, least, most, at, when, timespec64, set)),
};
