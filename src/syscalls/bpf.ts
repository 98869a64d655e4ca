// bpf and perf_event_open: one structure of fixed-width members each, whose addresses are brought into the host's form.
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch, type Scratch } from '../host/kernel.ts';
import { SyscallError, type Task } from '../threads/task.ts';
import { address, bits, fd, hostPointer, int, setHostWord, uint } from './args.ts';
import { sys, type Arg } from './call.ts';
import { perfFlags } from './shown-flags.ts';

/** Commands of bpf(2), with the offsets of the addresses in union bpf_attr. */
const commands: Readonly<Record<number, readonly [name: string, ...addresses: readonly number[]]>> = {
  0: ['MAP_CREATE'], 1: ['MAP_LOOKUP_ELEM', 8, 16], 2: ['MAP_UPDATE_ELEM', 8, 16], 3: ['MAP_DELETE_ELEM', 8], 4: ['MAP_GET_NEXT_KEY', 8, 16],
  5: ['PROG_LOAD', 8, 16, 32, 80, 96, 120, 128], 6: ['OBJ_PIN', 0], 7: ['OBJ_GET', 0], 8: ['PROG_ATTACH'], 9: ['PROG_DETACH'],
  10: ['PROG_TEST_RUN', 16, 24, 48, 56], 11: ['PROG_GET_NEXT_ID'], 12: ['MAP_GET_NEXT_ID'], 13: ['PROG_GET_FD_BY_ID'], 14: ['MAP_GET_FD_BY_ID'],
  15: ['OBJ_GET_INFO_BY_FD', 8], 16: ['PROG_QUERY', 16, 32, 40, 48], 17: ['RAW_TRACEPOINT_OPEN', 0], 18: ['BTF_LOAD', 0, 8], 19: ['BTF_GET_FD_BY_ID'],
  20: ['TASK_FD_QUERY', 16], 21: ['MAP_LOOKUP_AND_DELETE_ELEM', 8, 16], 22: ['MAP_FREEZE'], 23: ['BTF_GET_NEXT_ID'], 24: ['MAP_LOOKUP_BATCH', 0, 8, 16, 24],
  25: ['MAP_LOOKUP_AND_DELETE_BATCH', 0, 8, 16, 24], 26: ['MAP_UPDATE_BATCH', 0, 8, 16, 24], 27: ['MAP_DELETE_BATCH', 0, 8, 16, 24], 29: ['LINK_UPDATE'],
  30: ['LINK_GET_FD_BY_ID'], 31: ['LINK_GET_NEXT_ID'], 32: ['ENABLE_STATS'], 33: ['ITER_CREATE'], 34: ['LINK_DETACH'], 35: ['PROG_BIND_MAP'],
};
const LONGEST_ATTR = 4096;

/** A copy of the guest's structure with the addresses at `offsets` made the host's. */
function structWithAddresses(task: Task, at: number, bytes: number, offsets: readonly number[]): Scratch {
  const copy = scratch(Math.max(8, bytes));
  copy.bytes.set(task.memory.read(at, bytes));
  for (const offset of offsets) {
    if (offset + 8 > bytes) continue;
    const address = copy.view.getUint32(offset + 4, true) * 2 ** 32 + copy.view.getUint32(offset, true);
    setHostWord(copy.view, offset, hostPointer(task, address));
  }
  return copy;
}

function bpf(task: Task, command: number, at: number, bytes: number): number {
  const row = commands[command];
  if (!row) return -E.EINVAL;
  if (bytes > LONGEST_ATTR) return -E.E2BIG;
  const [, ...offsets] = row;
  const attr = structWithAddresses(task, at, bytes, offsets);
  const given = offsets.filter((offset) => offset + 8 <= bytes).map((offset) => [offset, task.memory.read(at + offset, 8)] as const);
  const r = hostCall(SYS.bpf, command, attr.address, bytes);
  if (r >= 0) {
    for (const [offset, address] of given) attr.bytes.set(address, offset);
    task.memory.write(at, attr.bytes.subarray(0, bytes));
  }
  return r;
}

const PERF_TYPE_BREAKPOINT = 5, BP_ADDR = 56;
const FIRST_ATTR_SIZE = 64;

/** struct perf_event_attr says its size, 0 for the first it had. */
function readEvent(task: Task, at: number): Scratch {
  const word = (offset: number): number => task.memory.u32(at + offset);
  const bytes = word(4) || FIRST_ATTR_SIZE;
  if (bytes < FIRST_ATTR_SIZE || bytes > LONGEST_ATTR) throw new SyscallError(E.E2BIG);
  return structWithAddresses(task, at, bytes, word(0) === PERF_TYPE_BREAKPOINT ? [BP_ADDR] : []);
}

const command: Arg<number> = { read: (raw) => raw | 0, show: (raw) => (commands[raw | 0] ? `BPF_${commands[raw | 0]![0]}` : String(raw | 0)) };

export const kernelPrograms = {
  bpf: sys([command, address, uint], bpf, { partly: 'neither links of programs to targets nor tokens; information about programs without their code' }),
  perf_event_open: sys([address, int, int, fd, perfFlags], (task, at, pid, cpu, group, flags) => hostCall(SYS.perf_event_open, readEvent(task, at).address, pid, cpu, group, flags),
    { partly: "processors' events count what the emulator does" }),
};
