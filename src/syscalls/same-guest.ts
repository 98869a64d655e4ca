// Other processes that the same emulator started: forks of one another, whose guest memory lies at the same place of the host, and which
// put down at the same place of their memory which program they run. The kernel knows only the emulator's own (/proc/PID/exe).
import { E, SYS } from '../host/abi.ts';
import { addressOf, plainCall, scratch } from '../host/kernel.ts';
import { SyscallError, type Task } from '../threads/task.ts';
import { setHostWord } from './args.ts';
import { readHostFile } from './proc-maps.ts';

/** Throws EPERM when process `pid` is none whose guest memory is where the caller's is. */
export function checkSameGuest(task: Task, pid: number): void {
  if (pid === 0 || pid === task.tid || pid === plainCall(SYS.getpid)) return;
  if (!hasSameGuest(task, pid)) throw new SyscallError(plainCall(SYS.kill, pid, 0) === -E.ESRCH ? E.ESRCH : E.EPERM);
}

const hasSameGuest = (task: Task, pid: number): boolean => readHostFile(`/proc/${pid}/maps`).includes(`${task.memory.base.toString(16)}-`);

/** In the block that the threads of a process share; part of the header that nothing else uses: two bytes of length, and the path. */
const AT_BYTE = 1280, BYTES = 768;

/** Puts down what this process runs. */
export function publishExe(task: Task): void {
  const bytes = Buffer.from(task.program.exe);
  const place = new Uint8Array(task.memory.block, AT_BYTE, BYTES);
  const length = bytes.length > BYTES - 2 ? 0 : bytes.length; // too long: then the kernel's answer has to do
  place.set(bytes.subarray(0, length), 2);
  place[0] = length & 0xff;
  place[1] = length >> 8;
}

/** The path that process `pid` published; null for one that is not the guest's. */
export function exeOf(task: Task, pid: number): string | null {
  if (!hasSameGuest(task, pid)) return null;
  const copy = scratch(BYTES), here = scratch(16), there = scratch(16);
  setHostWord(here.view, 0, copy.address);
  setHostWord(here.view, 8, BYTES);
  setHostWord(there.view, 0, addressOf(new Uint8Array(task.memory.block, AT_BYTE, BYTES)));
  setHostWord(there.view, 8, BYTES);
  if (plainCall(SYS.process_vm_readv, pid, here.address, 1, there.address, 1, 0) !== BYTES) return null;
  const length = copy.view.getUint16(0, true);
  return length === 0 ? null : Buffer.from(copy.bytes.subarray(2, 2 + length)).toString();
}
