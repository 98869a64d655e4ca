// Calls on open descriptors: reading, writing, seeking, duplicating, copying.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch } from '../host/kernel.ts';
import type { Task } from '../threads/task.ts';
import { address, bits, buffer, data, fd, filled, int, filledIovec, iovec, long, long64, pointer, readWord, size, split64, uint, writeInt, writeWord } from './args.ts';
import { pass, sys, type Arg } from './call.ts';
import { forget, seekTo } from './dirents.ts';
import { descriptorFlags } from './open.ts';
import { closeDescriptor, closeRange } from './fds.ts';
import { isProtected } from './protected.ts';
import { readFaults } from './userfaultfd.ts';
import { closeRangeFlags, dupFlags, fallocateMode, fileAdvice, flockOperation, randomFlags, rwFlags, spliceFlags, syncRangeFlags, twoDescriptors, whence } from './shown.ts';

/** A result that has to fit a signed long of the guest. */
export function fitsLong(task: Task, result: number): number {
  return task.guest.data.pointer === 4 && result > 0x7fffffff ? -E.EOVERFLOW : result;
}

function duplicate(task: Task, nr: number, from: number, to: number, flags: number): number {
  // The emulator needs the descriptor that is there; the man page's EBUSY is the nearest answer.
  if (isProtected(task, to)) return -E.EBUSY;
  return hostCall(nr, from, to, flags);
}

function read(task: Task, f: number, to: HostAddress, count: number): number {
  const faults = readFaults(task, f, count);
  if (faults === null) return hostCall(SYS.read, f, to, count);
  if (faults.result > 0) task.memory.write(to - task.memory.base, faults.bytes.subarray(0, faults.result));
  return faults.result;
}

/** sendfile's offset is a long of the guest's. */
function sendfile(task: Task, to: number, from: number, at: GuestAddress, count: number): number {
  if (at === 0) return hostCall(SYS.sendfile, to, from, 0, count);
  const offset = scratch(8);
  offset.view.setUint32(0, readWord(task, at), true);
  const sent = hostCall(SYS.sendfile, to, from, offset.address, count);
  if (sent >= 0) writeWord(task, at, offset.view.getUint32(0, true));
  return sent;
}

const vectors: Arg<HostAddress> = iovec(2);
const filledVectors = filledIovec(2);

export const files = {
  read: sys([fd, filled(2), size], read),
  write: sys([fd, data(2), size], (_task, f, bytes, count) => hostCall(SYS.write, f, bytes, count)),
  pread64: sys([fd, filled(2), size, long64], (_task, f, bytes, count, at) => hostCall(SYS.pread64, f, bytes, count, at)),
  pwrite64: sys([fd, data(2), size, long64], (_task, f, bytes, count, at) => hostCall(SYS.pwrite64, f, bytes, count, at)),
  readv: pass('readv', [fd, filledVectors, int]),
  writev: pass('writev', [fd, vectors, int]),
  preadv: pass('preadv', [fd, filledVectors, int, split64]),
  pwritev: pass('pwritev', [fd, vectors, int, split64]),
  preadv2: sys([fd, filledVectors, int, split64, rwFlags], (_task, f, v, n, at, how) => hostCall(SYS.preadv2, f, v, n, at, 0, how)),
  pwritev2: sys([fd, vectors, int, split64, rwFlags], (_task, f, v, n, at, how) => hostCall(SYS.pwritev2, f, v, n, at, 0, how)),
  vmsplice: pass('vmsplice', [fd, vectors, uint, spliceFlags]),

  close: sys([fd], (task, f) => { forget(f); return closeDescriptor(task, f); }),
  close_range: sys([uint, uint, closeRangeFlags], closeRange),
  lseek: sys([fd, long, whence], (task, f, at, whence) => fitsLong(task, seekTo(f, at, whence))),
  /** The result is 64 bits wide and goes to memory; the offset's halves come high first on every guest. */
  _llseek: sys([fd, uint, uint, address, whence], (task, f, high, low, result, whence) => {
    const at = seekTo(f, (high | 0) * 2 ** 32 + low, whence);
    if (at < 0) return at;
    const little = !task.guest.data.bigEndian;
    writeInt(task, little ? result : result + 4, at);
    writeInt(task, little ? result + 4 : result, Math.floor(at / 2 ** 32));
    return 0;
  }),
  dup: pass('dup', [fd]),
  dup2: sys([fd, int], (task, from, to) => duplicate(task, SYS.dup2, from, to, 0)),
  dup3: sys([fd, int, dupFlags], (task, from, to, how) => duplicate(task, SYS.dup3, from, to, how)),
  pipe: pass('pipe', [twoDescriptors(pointer)]),
  pipe2: pass('pipe2', [twoDescriptors(pointer), descriptorFlags]),

  ftruncate: pass('ftruncate', [fd, long]),
  ftruncate64: pass('ftruncate', [fd, long64]),
  fallocate: pass('fallocate', [fd, fallocateMode, long64, long64]),
  fadvise64: pass('fadvise64', [fd, long64, size, fileAdvice]),
  fadvise64_64: pass('fadvise64', [fd, long64, long64, fileAdvice]),
  /** The order that saves registers on guests with even pairs. */
  arm_fadvise64_64: sys([fd, fileAdvice, long64, long64], (_task, f, advice, at, length) => hostCall(SYS.fadvise64, f, at, length, advice)),
  sync_file_range: pass('sync_file_range', [fd, long64, long64, syncRangeFlags]),
  sync_file_range2: sys([fd, syncRangeFlags, long64, long64], (_task, f, how, at, length) => hostCall(SYS.sync_file_range, f, at, length, how)),
  fsync: pass('fsync', [fd]),
  fdatasync: pass('fdatasync', [fd]),
  sync: pass('sync', []),
  syncfs: pass('syncfs', [fd]),
  flock: pass('flock', [fd, flockOperation]),

  sendfile: sys([fd, fd, address, size], sendfile),
  sendfile64: pass('sendfile', [fd, fd, pointer, size]),
  splice: pass('splice', [fd, pointer, fd, pointer, size, spliceFlags]),
  tee: pass('tee', [fd, fd, size, spliceFlags]),
  copy_file_range: pass('copy_file_range', [fd, pointer, fd, pointer, size, bits]),
  getrandom: pass('getrandom', [buffer(1), size, randomFlags]),
};
