// Structs that ioctls and options of sockets take, brought to the host with everything that their pointers lead to, and back.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E } from '../host/abi.ts';
import { scratch } from '../host/kernel.ts';
import { SyscallError, type Task } from '../threads/task.ts';
import { checkRange, hostPointer, pairOf } from './args.ts';
import { get, set, type Struct } from './struct.ts';
import { sockFprog } from './structs.ts';

/**
 * What a pointer in a struct leads to: bytes that both sides have in common; nothing that the kernel looks at; or structs to convert.
 * A function decides by the other fields.
 */
export type Target = 'bytes' | 'opaque' | { readonly each: Conversion; readonly count: number };
export type Pointers = Readonly<Record<string, Target | ((field: (name: string) => number) => Target)>>;
/** A struct that is converted: in, out or both ways. `pointers` names its fields that are addresses, pointers and numbers of 64 bits alike. */
export type Conversion = { readonly struct: Struct; readonly way: Way; readonly pointers?: Pointers };
export type Way = 'in' | 'out' | 'both';

/** A classic BPF program. */
export const filterProgram: Conversion = { struct: sockFprog, way: 'in', pointers: { filter: 'bytes' } };

/** What the host gets; `done` writes what it answered back to the guest. */
type List = { readonly address: HostAddress; done(): void };
/** More of them in one array than any request takes. */
const MOST = 4096;

/** An array of `count` structs of the guest's at `at`. */
export function listToHost(task: Task, at: GuestAddress, { struct: type, way, pointers = {} }: Conversion, count: number): List {
  const { guest, host, toHost, toGuest } = pairOf(task, type);
  if (count < 0 || count > MOST) throw new SyscallError(E.EINVAL);
  const copy = scratch(Math.max(8, count * host.size));
  checkRange(task, at, count * guest.size);
  // What is only written is read too: padding and fields that the kernel leaves alone stay as they are.
  const own = task.memory.read(at, count * guest.size);
  const after: (() => void)[] = [];
  for (let i = 0; i < count; i++) {
    const base = i * host.size;
    toHost(own, copy.bytes, i * guest.size, base);
    const field = (name: string): number => get(host, copy.bytes, name, base);
    for (const [name, target] of Object.entries(pointers)) {
      const given = address(task, field(name));
      const to = typeof target === 'function' ? target(field) : target;
      if (to === 'opaque') continue;
      const list = to === 'bytes' || given === 0 ? null : listToHost(task, given, to.each, to.count);
      set(host, copy.bytes, name, list ? list.address : hostPointer(task, given), base);
      after.push(() => {
        list?.done();
        set(host, copy.bytes, name, given, base);
      });
    }
  }
  return {
    address: copy.address,
    done: () => {
      for (const each of after) each();
      if (way === 'in') return;
      for (let i = 0; i < count; i++) toGuest(copy.bytes, own, i * host.size, i * guest.size);
      task.memory.write(at, own);
    },
  };
}

/** A field of 64 bits that holds an address: 32-bit programs leave anything in its upper half where it is a union with a pointer. */
const address = (task: Task, value: number): GuestAddress => (task.guest.data.pointer === 4 ? value >>> 0 : value);
