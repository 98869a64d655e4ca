// vfork: the parent waits until its child executes a program or ends. The child is a fork, so what it wrote to the memory that
// it should have shared is copied back for the one place where it matters: posix_spawn's child reports an error in its parent's
// stack frame.
import type { GuestAddress, HostAddress } from '../address.ts';
import { SYS } from '../host/abi.ts';
import { copyHost, plainCall, scratch } from '../host/kernel.ts';
import { MemoryFault, type Task } from './task.ts';

const PAGE = 4096;
const PROT_READ_WRITE = 3, MAP_SHARED_ANONYMOUS = 0x21;
const FUTEX_WAIT = 0, FUTEX_WAKE = 1;
const P_PID = 1, WNOHANG = 1, WEXITED = 4, WNOWAIT = 0x0100_0000;
/** How often a parent looks whether its child was killed, in nanoseconds. */
const LOOK = 50_000_000;

/** Shared by parent and child: a word that is 1 when the parent may go on, the number of bytes at DATA, and those bytes. */
const DONE = 0, BYTES = 4, DATA = 64;
const SAVED = 2048;

/** In the parent while it waits, in the child until it is through: host address of the shared page, guest address of the parent's stack. */
let page: HostAddress = 0;
let stack: GuestAddress = 0;
let parent = 0;
let task: Task;

/** Before the fork. */
export function beginVfork(of: Task): HostAddress {
  task = of;
  page = plainCall(SYS.mmap, 0, PAGE, PROT_READ_WRITE, MAP_SHARED_ANONYMOUS, -1, 0);
  const { offset } = of.guest.sp;
  stack = of.guest.sp.type === 'i64' ? of.cpu.u32[offset >> 2]! + of.cpu.u32[(offset >> 2) + 1]! * 2 ** 32 : of.cpu.u32[offset >> 2]!;
  parent = plainCall(SYS.getpid);
  return page;
}

/** In the parent: waits for the child, then takes over what it wrote to the stack. */
export function waitForVfork(pid: number): void {
  const time = scratch(16), words = scratch(8), info = scratch(128);
  time.view.setUint32(8, LOOK, true);
  const read = (at: number): number => { copyHost(words.address, page + at, 4); return words.view.getInt32(0, true); };
  while (read(DONE) === 0) {
    plainCall(SYS.futex, page + DONE, FUTEX_WAIT, 0, time.address);
    info.view.setInt32(0, 0, true);
    const gone = plainCall(SYS.waitid, P_PID, pid, info.address, WEXITED | WNOHANG | WNOWAIT, 0);
    if (gone < 0 || info.view.getInt32(0, true) !== 0) break;
  }
  const bytes = read(BYTES);
  if (bytes > 0) {
    const copy = scratch(bytes);
    copyHost(copy.address, page + DATA, bytes);
    task.memory.write(stack, copy.bytes);
  }
  plainCall(SYS.munmap, page, PAGE);
  page = 0;
}

/** In the child, when it ends or another program takes its place: lets the parent go on. Nothing in any other process. */
export function endVfork(): void {
  if (page === 0 || plainCall(SYS.getpid) === parent) return;
  const bytes = savedStack();
  if (bytes !== null) {
    const copy = scratch(bytes.length + 8);
    copy.bytes.set(bytes, 8);
    copyHost(page + DATA, copy.address + 8, bytes.length);
    copy.view.setInt32(0, bytes.length, true);
    copyHost(page + BYTES, copy.address, 4);
  }
  const one = scratch(4);
  one.view.setInt32(0, 1, true);
  copyHost(page + DONE, one.address, 4);
  plainCall(SYS.futex, page + DONE, FUTEX_WAKE, 1);
  plainCall(SYS.munmap, page, PAGE);
  page = 0;
}

function savedStack(): Uint8Array | null {
  // The page above the stack can be one that may be read but not written: the kernel's own.
  const pageEnd = (Math.floor(stack / PAGE) + 1) * PAGE;
  const bytes = task.memory.pages.all(pageEnd, 1, PROT_READ_WRITE) ? SAVED : Math.min(SAVED, pageEnd - stack);
  try { return task.memory.read(stack, bytes); } catch (e) {
    if (!(e instanceof MemoryFault)) throw e;
    return null; // a stack pointer that points nowhere: then nothing was written there either
  }
}
