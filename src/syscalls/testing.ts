// For tests: a task without a program, whose system calls are made by name.
import type { GuestAddress } from '../address.ts';
import { addressOf, plainCall } from '../host/kernel.ts';
import { SYS } from '../host/abi.ts';
import { guests } from '../guests/index.ts';
import { GuestMemory } from '../memory/guest-memory.ts';
import { defaults } from '../cli/table.ts';
import { PENDING, createThreadState } from '../translate/state.ts';
import { createGroup, foundGroup } from '../threads/group.ts';
import type { Result, Task } from '../threads/task.ts';
import { dispatch } from './dispatch.ts';
import type { SyscallName } from './table.ts';

export type Bench = {
  readonly task: Task;
  /** Makes a call with what its registers hold; 64-bit arguments are given as the guest would lay them out. */
  call(name: SyscallName, ...registers: number[]): Result;
  /** Fresh zeroed guest memory; never freed. */
  room(bytes: number): GuestAddress;
  /** A C string in the guest's memory. */
  text(value: string): GuestAddress;
};

export function createBench(options: { sysroot?: string; strace?: boolean; guest?: string } = {}): Bench {
  const guest = guests.find((g) => g.name === (options.guest ?? 'arm'))!;
  const state = createThreadState();
  const memory = new GuestMemory(guest, state);
  const task: Task = {
    guest, model: guest.models[0]!, memory, cpu: state.cpu, tid: plainCall(SYS.gettid), clearChildTid: 0, debug: null,
    program: { exe: '/usr/bin/guest-program', argv: ['guest-program'], sysroot: options.sysroot ?? '', options: { ...defaults(), strace: options.strace ?? false } },
  };
  createGroup();
  foundGroup(task.tid, addressOf(state.i32) + PENDING);
  const numbers = new Map(Object.entries(guest.syscalls).map(([number, name]) => [name, Number(number)]));
  let next = memory.map({ address: 0, length: 1 << 22, prot: 3, flags: 0x22, fd: -1, offset: 0 });
  const room = (bytes: number): GuestAddress => {
    const at = next;
    next += Math.ceil(bytes / 16) * 16;
    return at;
  };
  return {
    task, room,
    call(name, ...registers) {
      const number = numbers.get(name);
      if (number === undefined) throw new Error(`${guest.name} has no number for ${name}`);
      guest.call.args.forEach((slot, i) => {
        const value = registers[i] ?? 0;
        state.cpu.i32[slot.offset >> 2] = value;
        if (slot.type === 'i64') state.cpu.i32[(slot.offset >> 2) + 1] = Math.floor(value / 2 ** 32);
      });
      return dispatch(task, number);
    },
    text(value) {
      const bytes = Buffer.from(`${value}\0`, 'utf8');
      const at = room(bytes.length);
      memory.write(at, bytes);
      return at;
    },
  };
}
