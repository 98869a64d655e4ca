// Calls on the address space. The work is GuestMemory's, which keeps the guest's own view of its pages.
import type { GuestAddress } from '../address.ts';
import { E, MAP, PROT, SYS } from '../host/abi.ts';
import { hostCall, plainCall } from '../host/kernel.ts';
import { MAPPED, PAGE, pageUp } from '../memory/page-table.ts';
import { log, logging } from '../debug/log.ts';
import { showCode } from '../threads/group.ts';
import { catchDefaults } from '../signals/actions.ts';
import type { Task } from '../threads/task.ts';
import { address, bits, fd, flags, hostPointer, int, long64, pointer, size, string, uint } from './args.ts';
import { pass, sys, type Syscall } from './call.ts';
import { mapRing } from './io-uring.ts';
import { mapsText } from './proc-maps.ts';
import { checkDiscard, checkExecGain, checkSeals, seal } from './sealing.ts';
import { advice, membarrierCommand, memfdFlags, mlockallFlags, mlockFlags, mremapFlags, msyncFlags } from './shown.ts';
import { secretFlags } from './shown-flags.ts';

const SYS_RISCV_FLUSH_ICACHE_LOCAL = 1;
const prot = flags({ PROT_READ: PROT.READ, PROT_WRITE: PROT.WRITE, PROT_EXEC: PROT.EXEC });
const mapFlags = flags({
  MAP_SHARED_VALIDATE: MAP.SHARED_VALIDATE, MAP_SHARED: MAP.SHARED, MAP_PRIVATE: MAP.PRIVATE, MAP_FIXED: MAP.FIXED, MAP_ANONYMOUS: MAP.ANONYMOUS,
  MAP_GROWSDOWN: MAP.GROWSDOWN, MAP_DENYWRITE: MAP.DENYWRITE, MAP_EXECUTABLE: MAP.EXECUTABLE, MAP_LOCKED: MAP.LOCKED, MAP_NORESERVE: MAP.NORESERVE,
  MAP_POPULATE: MAP.POPULATE, MAP_NONBLOCK: MAP.NONBLOCK, MAP_STACK: MAP.STACK, MAP_HUGETLB: MAP.HUGETLB, MAP_SYNC: MAP.SYNC, MAP_FIXED_NOREPLACE: MAP.FIXED_NOREPLACE,
});

const map = (task: Task, at: GuestAddress, length: number, protection: number, how: number, descriptor: number, offset: number): number => {
  // The kernel looks at the descriptor first when there is one to look at.
  if (!(how & MAP.ANONYMOUS)) {
    const r = plainCall(SYS.fcntl, descriptor, 3 /* F_GETFL */);
    if (r < 0) return r;
  }
  if (how & MAP.FIXED && !(how & MAP.FIXED_NOREPLACE)) checkSeals(task, at, length);
  checkExecGain(task, protection, null);
  const request = { address: at, length, prot: protection, flags: how, fd: how & MAP.ANONYMOUS ? -1 : descriptor, offset };
  const where = mapRing(task, request) ?? task.memory.map(request);
  if (where >= 0 && protection & PROT.WRITE && how & MAP.SHARED) catchDefaults('shared', true);
  return where;
};

/** A range of whole pages that is mapped throughout, else what the kernel answers for it. */
const onRange = (nr: number) => (task: Task, at: GuestAddress, length: number, how: number, ...more: [number?, number?]): number => {
  if (at % PAGE !== 0) return -E.EINVAL;
  // What the guest has not mapped is still the emulator's reservation on the host.
  if (at + pageUp(length) > task.memory.size || !task.memory.pages.all(at, pageUp(length), MAPPED)) return -E.ENOMEM;
  return hostCall(nr, task.memory.host(at), length, how, ...more);
};

const MREMAP_FIXED = 2;

function protect(task: Task, at: GuestAddress, length: number, protection: number): number {
  checkSeals(task, at, length);
  checkExecGain(task, protection, at, length);
  return task.memory.protect(at, length, protection);
}

function remap(task: Task, old: GuestAddress, from: number, to: number, how: number, wanted: GuestAddress): number {
  checkSeals(task, old, from);
  if (how & MREMAP_FIXED) checkSeals(task, wanted, to);
  return task.memory.remap(old, from, to, how, wanted);
}

/** A row that changes the address space: -d page shows what it is like afterwards. */
export const mapping = (row: Syscall): Syscall => ({
  ...row,
  run: (task, raw) => {
    const result = row.run(task, raw);
    if (logging('page')) log(`${task.tid} page\n${mapsText(task, false)}`);
    return result;
  },
});

export const memory = {
  mmap: mapping(sys([address, size, prot, mapFlags, fd, size], (task, at, length, p, how, descriptor, offset) =>
    (offset % PAGE !== 0 ? -E.EINVAL : map(task, at, length, p, how, descriptor, offset)))),
  /** The offset counts units of 4096 bytes whatever the page size is. */
  mmap2: mapping(sys([address, size, prot, mapFlags, fd, size], (task, at, length, p, how, descriptor, pages) => map(task, at, length, p, how, descriptor, pages * 4096))),
  munmap: mapping(sys([address, size], (task, at, length) => { checkSeals(task, at, length); return task.memory.unmap(at, length); })),
  mprotect: mapping(sys([address, size, prot], protect)),
  /** The guests' processors have no protection keys: the only key is none. */
  pkey_mprotect: mapping(sys([address, size, prot, int], (task, at, length, p, key) => (key === -1 ? protect(task, at, length, p) : -E.EINVAL))),
  pkey_alloc: sys([bits, bits], (_task, how, rights) => (how !== 0 || rights & ~3 ? -E.EINVAL : -E.ENOSPC)),
  pkey_free: sys([int], () => -E.EINVAL),
  mremap: mapping(sys([address, size, size, mremapFlags, address], (task, at, from, to, how, wanted) =>
    remap(task, at, from, to, how, how & MREMAP_FIXED ? wanted : 0))),
  madvise: sys([address, size, advice], (task, at, length, how) => {
    checkDiscard(task, at, length, how);
    return task.memory.advise(at, length, how);
  }),
  msync: sys([address, size, msyncFlags], onRange(SYS.msync)),
  mincore: sys([address, size, address], (task, at, length, vector) => {
    const pages = pageUp(length) / PAGE;
    if (at % PAGE !== 0) return -E.EINVAL;
    if (at + pages * PAGE > task.memory.size || !task.memory.pages.all(at, pages * PAGE, MAPPED)) return -E.ENOMEM;
    return hostCall(SYS.mincore, task.memory.host(at), length, hostPointer(task, vector, pages));
  }),
  mlock: sys([address, size], (task, at, length) => onRange(SYS.mlock)(task, at - (at % PAGE), pageUp(length + (at % PAGE)), 0)),
  mlock2: sys([address, size, mlockFlags], (task, at, length, how) => onRange(SYS.mlock2)(task, at - (at % PAGE), pageUp(length + (at % PAGE)), how)),
  munlock: sys([address, size], (task, at, length) => onRange(SYS.munlock)(task, at - (at % PAGE), pageUp(length + (at % PAGE)), 0)),
  /** Locking the emulator's own memory as well is what the host offers. */
  mlockall: pass('mlockall', [mlockallFlags]),
  munlockall: pass('munlockall', []),
  brk: mapping(sys([address], (task, at) => task.memory.brk(at))),
  mseal: sys([address, size, size], seal),
  remap_file_pages: sys([address, size, bits, size, bits], (task, at, length, p, page, how) =>
    (p !== 0 ? -E.EINVAL : onRange(SYS.remap_file_pages)(task, at, length, 0, page, how))),
  memfd_create: pass('memfd_create', [string, memfdFlags]),
  memfd_secret: pass('memfd_secret', [secretFlags]),
  membarrier: pass('membarrier', [membarrierCommand, bits, int]),
  readahead: pass('readahead', [fd, long64, size]),
  /** Sets the thread pointer: the same word that clone's CLONE_SETTLS sets. */
  set_tls: sys([address], (task, value) => { task.guest.setTls(task.cpu, value); return 0; }),
  /** The pages of code that changed need new translations. */
  cacheflush: sys([address, address, bits], (task, from, to) => {
    if (to < from) return -E.EINVAL;
    task.memory.flushCode(from, to);
    showCode();
    return 0;
  }),
  riscv_flush_icache: sys([address, address, bits], (task, from, to, how) => {
    if (how & ~SYS_RISCV_FLUSH_ICACHE_LOCAL) return -E.EINVAL;
    if (to > from) task.memory.flushCode(from, to);
    if (!(how & SYS_RISCV_FLUSH_ICACHE_LOCAL)) showCode();
    return 0;
  }),
  cachestat: pass('cachestat', [uint, pointer, pointer, bits]),
};

