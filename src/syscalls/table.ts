// Every system call by name. A guest's folder maps its numbers to these names; a name without a row does not compile there.
import type { Syscall } from './call.ts';
import { aio } from './aio.ts';
import { directories } from './dirents.ts';
import { events } from './events.ts';
import { fcntls } from './fcntl.ts';
import { files } from './files.ts';
import { ids } from './ids.ts';
import { ioctls } from './ioctls.ts';
import { ipcs } from './ipc.ts';
import { rings } from './io-uring.ts';
import { kernelPrograms } from './bpf.ts';
import { keys } from './keys.ts';
import { memory } from './memory.ts';
import { mempolicies } from './mempolicy.ts';
import { names } from './names.ts';
import { net } from './net.ts';
import { opening } from './open.ts';
import { otherProcesses } from './other-process.ts';
import { processes } from './process.ts';
import { prctls } from './prctl.ts';
import { filters } from './seccomp.ts';
import { signals } from './signals.ts';
import { stats } from './stat.ts';
import { system } from './system.ts';
import { time } from './time.ts';
import { userfaults } from './userfaultfd.ts';
import { waiting } from './wait.ts';

export const syscalls = {
  ...files, ...fcntls, ...ioctls, ...opening, ...directories, ...stats, ...names, ...memory, ...processes, ...signals, ...waiting,
  ...events, ...net, ...ipcs, ...ids, ...prctls, ...time, ...system, ...keys, ...mempolicies,
  ...otherProcesses, ...kernelPrograms, ...filters, ...aio, ...rings, ...userfaults,
} satisfies Record<string, Syscall>;

export type SyscallName = keyof typeof syscalls;
