// What other processes see of the program: /proc/PID/cmdline, environ and comm, which ps and pgrep read. The kernel is told that
// the arguments of the process are where the guest's are, so that they show even after exec and when the guest writes over them.
import type { GuestAddress, HostAddress } from '../address.ts';
import { SYS } from '../host/abi.ts';
import { plainCall, scratch, type Scratch } from '../host/kernel.ts';
import type { Task } from '../threads/task.ts';
import { setHostWord } from './args.ts';
import { readHostFile } from './proc-maps.ts';

const PR_SET_MM = 35, PR_SET_MM_MAP = 14;
const MAP_BYTES = 104;

/**
 * struct prctl_mm_map of prctl(2): all fields are set at once, to what they are, but for the arguments and the environment.
 * Where the kernel does not offer it (it is part of checkpoint and restore), the emulator's own arguments stay in view.
 */
export function showProgram(task: Task): void {
  const { image } = task.program;
  if (!image) return;
  const stat = readHostFile('/proc/self/stat');
  if (stat === '') return; // nobody can look either: there is no /proc here
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  /** Numbered from 1 as in proc_pid_stat(5). */
  const field = (n: number): number => Number(fields[n - 3]);
  const host = (address: GuestAddress): HostAddress => task.memory.host(address);
  const map: Scratch = scratch(MAP_BYTES);
  [
    field(26), field(27), field(45), field(46), field(47), plainCall(SYS.brk, 0), field(28),
    host(image.argStart), host(image.argEnd), host(image.envStart), host(image.envEnd), 0,
  ].forEach((value, i) => setHostWord(map.view, i * 8, value));
  map.view.setUint32(96, 0, true);
  map.view.setInt32(100, -1, true);
  plainCall(SYS.prctl, PR_SET_MM, PR_SET_MM_MAP, map.address, MAP_BYTES, 0);
}
