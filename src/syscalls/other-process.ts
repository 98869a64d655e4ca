// Calls on other processes' memory and on what two processes share. Programs that a guest starts run in forks of one emulator, whose
// guest memory lies at the same place of the host: an address of theirs is converted as one of the caller's own is.
import { E, SYS } from '../host/abi.ts';
import { hostCall } from '../host/kernel.ts';
import type { Task } from '../threads/task.ts';
import { address, bits, choice, fd, hostPointer, int, long, readIovec, size } from './args.ts';
import { pass, sys } from './call.ts';
import { readHostFile } from './proc-maps.ts';
import { checkSameGuest } from './same-guest.ts';
import { advice, pidfdFlags } from './shown.ts';

const processVm = (nr: number) => (task: Task, pid: number, local: number, localCount: number, remote: number, remoteCount: number, flags: number): number => {
  if (flags !== 0) return -E.EINVAL;
  const here = readIovec(task, local, localCount);
  const there = readIovec(task, remote, remoteCount);
  checkSameGuest(task, pid);
  return hostCall(nr, pid, here.address, localCount, there.address, remoteCount, flags);
};

/** The process of a pidfd, or -errno. */
function pidOf(pidfd: number): number {
  const info = /^Pid:\s*(-?\d+)$/m.exec(readHostFile(`/proc/self/fdinfo/${pidfd}`));
  if (info === null) return -E.EBADF;
  return Number(info[1]) > 0 ? Number(info[1]) : -E.ESRCH;
}

function processMadvise(task: Task, pidfd: number, vector: number, count: number, advice: number, flags: number): number {
  if (flags !== 0) return -E.EINVAL;
  const ranges = readIovec(task, vector, count);
  const pid = pidOf(pidfd);
  if (pid < 0) return pid;
  checkSameGuest(task, pid);
  return hostCall(SYS.process_madvise, pidfd, ranges.address, count, advice, flags);
}

const KCMP = { FILE: 0, VM: 1, FILES: 2, FS: 3, SIGHAND: 4, IO: 5, SYSVSEM: 6, EPOLL_TFD: 7 } as const;
const kcmpType = choice(Object.fromEntries(Object.entries(KCMP).map(([name, n]) => [`KCMP_${name}`, n])));

const partly = { partly: 'of processes that the same emulator started' };

export const otherProcesses = {
  process_vm_readv: sys([int, address, long, address, long, size], processVm(SYS.process_vm_readv), partly),
  process_vm_writev: sys([int, address, long, address, long, size], processVm(SYS.process_vm_writev), partly),
  process_madvise: sys([fd, address, long, advice, bits], processMadvise, partly),
  process_mrelease: pass('process_mrelease', [fd, bits]),
  /** The last argument is a pointer to struct kcmp_epoll_slot, which is made of u32s, for one type. */
  kcmp: sys([int, int, kcmpType, size, size], (task, a, b, type, first, second) =>
    hostCall(SYS.kcmp, a, b, type, first, type === KCMP.EPOLL_TFD ? hostPointer(task, second, 12) : second)),
  pidfd_open: pass('pidfd_open', [int, pidfdFlags]),
  pidfd_getfd: pass('pidfd_getfd', [fd, fd, bits]),
};
