// What the requests of io_uring hold: which of their words are addresses, and of what. A request is struct io_uring_sqe, the same for
// programs of every width; the host's copy of it gets the host's addresses. What a request leads to and the kernel reads while it is
// submitted may lie in scratch memory; what the kernel reads or writes later has to be the guest's own.
import type { GuestAddress, HostAddress } from '../address.ts';
import { AT, E, O } from '../host/abi.ts';
import { MAPPED, pageUp } from '../memory/page-table.ts';
import { MemoryFault, SyscallError, type Task } from '../threads/task.ts';
import { guestLayout, hostPointer, hostWord, readIovec, setHostWord, structToHost } from './args.ts';
import { readMessage } from './messages.ts';
import { howToHost, openFlagsToHost } from './open.ts';
import { guestPath, hostPath, resolve } from './paths.ts';
import { isProtected } from './protected.ts';
import { get, set } from './struct.ts';
import { epollEvent, hostEpollEvent, msghdr } from './structs.ts';
import { readWaiters } from './wait.ts';

export const REQUEST_BYTES = 64;
/** Members of struct io_uring_sqe by their offsets, and unions by the name that is used here. */
const OPCODE = 0, FLAGS = 1, FD = 4, ADDR2 = 8, ADDR = 16, LEN = 24, OP_FLAGS = 28, SPLICE_FD = 44, ADDR3 = 48;
const FIXED_FILE = 1, SPLICE_FIXED_FILE = 2 ** 31;
/** No request: the kernel completes it with EINVAL. */
const NONE = 255;
/** An address where nothing is. */
const NOWHERE = 1;

/** A request on its way to the host. `undo` is run when the kernel has read it. */
type Request = { readonly task: Task; readonly sqe: DataView; readonly undo: (() => void)[] };
/** The host's address for one of the guest's, which is not NULL. */
type Target = (request: Request, at: GuestAddress) => HostAddress;
type Row = {
  readonly name: string;
  readonly addr?: Target;
  readonly addr2?: Target;
  readonly addr3?: Target;
  /** Its FD member is another number. */
  readonly noDescriptor?: true;
  /** Whether it is made for this guest; without it, for all. */
  readonly fits?: (task: Task) => boolean;
  readonly prepare?: (request: Request) => void;
};

const count = ({ sqe }: Request): number => sqe.getUint32(LEN, true);
const opFlags = ({ sqe }: Request): number => sqe.getUint32(OP_FLAGS, true);

const anything: Target = ({ task }, at) => hostPointer(task, at);
const bytes: Target = (request, at) => hostPointer(request.task, at, count(request));
const vector: Target = (request, at) => readIovec(request.task, at, count(request)).address;
const pathTo = (follow: (flags: number) => boolean): Target => (request, at) =>
  hostPath(resolve(request.task, guestPath(request.task, at), follow(opFlags(request))));
const link = pathTo(() => false), path = pathTo(() => true);

/** Pages of the guest's alone: around them is the emulator's reservation. */
const mappedPages: Target = (request, at) => {
  const { memory } = request.task;
  if (!memory.pages.all(at, pageUp(count(request)), MAPPED)) throw new SyscallError(E.ENOMEM);
  return memory.host(at);
};

const wide = (task: Task): boolean => task.guest.data.pointer === 8;

/** A 64-bit program's msghdr is the host's but for its addresses: these are changed where they are, since the kernel writes its answers there later. */
function messageInPlace({ task, undo }: Request, at: GuestAddress): HostAddress {
  const layout = guestLayout(task, msghdr);
  const own = task.memory.read(at, layout.size), changed = own.slice();
  const field = (name: string): number => get(layout, own, name);
  set(layout, changed, 'msg_name', hostPointer(task, field('msg_name'), Math.max(0, field('msg_namelen'))));
  set(layout, changed, 'msg_iov', readIovec(task, field('msg_iov'), field('msg_iovlen')).address);
  set(layout, changed, 'msg_control', hostPointer(task, field('msg_control'), field('msg_controllen')));
  task.memory.write(at, changed);
  undo.push(() => {
    for (const name of ['msg_name', 'msg_iov', 'msg_control']) {
      const { offset } = layout.byName[name]!;
      task.memory.write(at + offset, own.subarray(offset, offset + 8));
    }
  });
  return hostPointer(task, at);
}

/** Control messages of 32-bit programs would have to be converted, and the kernel reads them when it sends: maybe later. */
const sentMessage: Target = (request, at) => {
  if (wide(request.task)) return messageInPlace(request, at);
  const { header, control } = readMessage(request.task, at, false);
  if (control !== null) throw new SyscallError(E.EINVAL);
  return header.address;
};

/** The second descriptor of splice and tee. */
const spliceSource = (request: Request): void => { if (opFlags(request) < SPLICE_FIXED_FILE) hideOwn(request.task, request.sqe, SPLICE_FD); };

const socketAddress: Target = anything;
const IORING_TIMEOUT_UPDATE = 2;

/** By opcode. What is not here is refused: requests that only some drivers know, and what the kernel answers in the host's own form. */
export const requests: Readonly<Record<number, Row>> = {
  0: { name: 'NOP' },
  1: { name: 'READV', addr: vector },
  2: { name: 'WRITEV', addr: vector },
  3: { name: 'FSYNC' },
  4: { name: 'READ_FIXED', addr: bytes },
  5: { name: 'WRITE_FIXED', addr: bytes },
  6: { name: 'POLL_ADD' },
  7: { name: 'POLL_REMOVE' },
  8: { name: 'SYNC_FILE_RANGE' },
  9: { name: 'SENDMSG', addr: sentMessage },
  10: { name: 'RECVMSG', addr: messageInPlace, fits: wide },
  11: { name: 'TIMEOUT', addr: anything },
  12: { name: 'TIMEOUT_REMOVE', prepare: (request) => { if (opFlags(request) & IORING_TIMEOUT_UPDATE) place(request, ADDR2, anything); } },
  13: { name: 'ACCEPT', addr: socketAddress, addr2: anything },
  14: { name: 'ASYNC_CANCEL' },
  15: { name: 'LINK_TIMEOUT', addr: anything },
  16: { name: 'CONNECT', addr: socketAddress },
  17: { name: 'FALLOCATE' },
  18: {
    name: 'OPENAT', addr: pathTo((flags) => (flags & O.NOFOLLOW) === 0),
    prepare: (request) => request.sqe.setInt32(OP_FLAGS, openFlagsToHost(request.task, opFlags(request)), true),
  },
  19: { name: 'CLOSE' },
  20: { name: 'FILES_UPDATE', addr: anything },
  21: { name: 'STATX', addr: pathTo((flags) => (flags & AT.SYMLINK_NOFOLLOW) === 0), addr2: anything },
  22: { name: 'READ', addr: bytes },
  23: { name: 'WRITE', addr: bytes },
  24: { name: 'FADVISE' },
  25: { name: 'MADVISE', addr: mappedPages },
  26: { name: 'SEND', addr: bytes, addr2: socketAddress },
  27: { name: 'RECV', addr: bytes },
  28: { name: 'OPENAT2', addr: path, addr2: (request, at) => howToHost(request.task, at, count(request)).address },
  29: { name: 'EPOLL_CTL', addr: ({ task }, at) => structToHost(task, at, epollEvent, hostEpollEvent).address },
  30: { name: 'SPLICE', prepare: spliceSource },
  31: { name: 'PROVIDE_BUFFERS', noDescriptor: true, addr: (request, at) => hostPointer(request.task, at, count(request) * Math.max(0, request.sqe.getInt32(FD, true))) },
  32: { name: 'REMOVE_BUFFERS', noDescriptor: true },
  33: { name: 'TEE', prepare: spliceSource },
  34: { name: 'SHUTDOWN' },
  35: { name: 'RENAMEAT', addr: link, addr2: link },
  36: { name: 'UNLINKAT', addr: link },
  37: { name: 'MKDIRAT', addr: path },
  38: { name: 'SYMLINKAT', addr: ({ task }, at) => hostPath(guestPath(task, at)), addr2: link },
  39: { name: 'LINKAT', addr: pathTo((flags) => (flags & AT.SYMLINK_FOLLOW) !== 0), addr2: link },
  40: { name: 'MSG_RING' },
  41: { name: 'FSETXATTR', addr: anything, addr2: bytes },
  42: { name: 'SETXATTR', addr: anything, addr2: bytes, addr3: path },
  43: { name: 'FGETXATTR', addr: anything, addr2: bytes },
  44: { name: 'GETXATTR', addr: anything, addr2: bytes, addr3: path },
  45: { name: 'SOCKET', noDescriptor: true },
  47: { name: 'SEND_ZC', addr: bytes, addr2: socketAddress },
  48: { name: 'SENDMSG_ZC', addr: sentMessage },
  49: { name: 'READ_MULTISHOT' },
  51: { name: 'FUTEX_WAIT', addr: anything },
  52: { name: 'FUTEX_WAKE', addr: anything },
  53: { name: 'FUTEX_WAITV', addr: (request, at) => readWaiters(request.task, at, Math.min(count(request), MOST_WAITERS)) },
  54: { name: 'FIXED_FD_INSTALL' },
  55: { name: 'FTRUNCATE' },
  56: { name: 'BIND', addr: socketAddress },
  57: { name: 'LISTEN' },
  60: { name: 'READV_FIXED', addr: vector },
  61: { name: 'WRITEV_FIXED', addr: vector },
  62: { name: 'PIPE', addr: anything },
};
const MOST_WAITERS = 128;

/** Whether the guest's programs may make a request. */
export const isMade = (task: Task, opcode: number): boolean => requests[opcode]?.fits?.(task) ?? requests[opcode] !== undefined;

/** The emulator's own descriptors are none. */
function hideOwn(task: Task, sqe: DataView, offset: number): void {
  if (isProtected(task, sqe.getInt32(offset, true))) sqe.setInt32(offset, -1, true);
}

/** Makes the guest's request the host's. What `undo` holds then is to be called when the kernel has read it. */
export function requestToHost(task: Task, sqe: DataView, undo: (() => void)[]): void {
  const row = requests[sqe.getUint8(OPCODE)];
  if (!row || !isMade(task, sqe.getUint8(OPCODE))) {
    sqe.setUint8(OPCODE, NONE);
    return;
  }
  if (!(sqe.getUint8(FLAGS) & FIXED_FILE) && !row.noDescriptor) hideOwn(task, sqe, FD);
  const request = { task, sqe, undo };
  row.prepare?.(request);
  place(request, ADDR, row.addr);
  place(request, ADDR2, row.addr2);
  place(request, ADDR3, row.addr3);
}

function place(request: Request, offset: number, target: Target | undefined): void {
  if (target === undefined) return;
  const { sqe, task } = request;
  const at = hostWord(sqe, offset);
  if (at === 0) return;
  try { setHostWord(sqe, offset, target(request, at)); } catch (e) {
    if (!(e instanceof MemoryFault) && !(e instanceof SyscallError)) throw e;
    // The request is completed with EFAULT where the address alone is wrong, else with EINVAL.
    if (e instanceof SyscallError && e.errno !== E.EFAULT) sqe.setUint8(OPCODE, NONE);
    else setHostWord(sqe, offset, NOWHERE);
  }
}
