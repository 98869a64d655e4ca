// The argument converters that every topic uses. Each reads one argument of a call, checks it, and prints it for -strace.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E } from '../host/abi.ts';
import { scratch, type Scratch } from '../host/kernel.ts';
import { MemoryFault, SyscallError, type Task } from '../threads/task.ts';
import type { Guest } from '../guests/guest.ts';
import type { Arg } from './call.ts';
import { isProtected } from './protected.ts';
import { converter, lp64, same, type Converter, type Layout, type Struct } from './struct.ts';

export const hex = (n: number): string => (n === 0 ? 'NULL' : `0x${n.toString(16)}`);
const decimal = (n: number): string => String(n);

/** A C int: sign-extended from 32 bits, as the kernel cuts it off. */
export const int: Arg<number> = { read: (raw) => raw | 0, show: (raw) => String(raw | 0) };
export const uint: Arg<number> = { read: (raw) => raw >>> 0, show: (raw) => String(raw >>> 0) };
/** An unsigned int that reads best in base 16 or 8. */
export const bits: Arg<number> = { read: (raw) => raw >>> 0, show: (raw) => (raw >>> 0 === 0 ? '0' : `0x${(raw >>> 0).toString(16)}`) };
export const mode: Arg<number> = { read: (raw) => raw >>> 0, show: (raw) => `0${(raw & 0o177777).toString(8)}` };
/** A descriptor: the emulator's own are none. */
export const fd: Arg<number> = { ...int, read: (raw, task) => (isProtected(task, raw | 0) ? -1 : raw | 0) };
const AT_FDCWD = -100;
export const dirfd: Arg<number> = { ...fd, show: (raw, task, all) => ((raw | 0) === AT_FDCWD ? 'AT_FDCWD' : fd.show(raw, task, all)) };
/** A C long: as wide as a register. */
export const long: Arg<number> = {
  read: (raw, task) => (task.guest.data.pointer === 4 ? raw | 0 : raw),
  show: (raw, task) => decimal(long.read(raw, task, none)),
};
export const size: Arg<number> = { read: (raw) => raw, show: (raw) => decimal(raw) };
/** A guest address that the row itself deals with. */
export const address: Arg<GuestAddress> = { read: (raw) => raw, show: hex };

const none = new Float64Array(0);
const TWO63 = 2 ** 63;
/** The largest double below 2^63: what is past it could not reach the kernel as a signed number. */
const MOST = 9223372036854774784;

/** A signed 64-bit value (loff_t): a register pair on 32-bit guests. The dispatcher has put the halves together. */
export const long64: Arg<number> = {
  width: 'long64',
  read: (raw) => (raw >= TWO63 ? raw - 2 * TWO63 : raw > MOST ? MOST : raw),
  show: (raw) => decimal(long64.read(raw, null as never, none)),
};
/** preadv's offset: an unsigned long for each half. */
export const split64: Arg<number> = { ...long64, width: 'split' };

/** Throws EFAULT unless [at, +bytes) lies within the guest's address space: the host's goes on behind it. */
export function checkRange(task: Task, at: GuestAddress, bytes: number): void {
  if (at < 0 || at + bytes > task.memory.size) throw new SyscallError(E.EFAULT);
}

/** The host's view of a guest pointer; NULL stays NULL. */
export function hostPointer(task: Task, at: GuestAddress, bytes = 0): HostAddress {
  if (at === 0) return 0;
  checkRange(task, at, bytes);
  return task.memory.base + at;
}

/** A pointer to something that is the same for guest and host; the kernel checks it. */
export const pointer: Arg<HostAddress> = { read: (raw, task) => hostPointer(task, raw), show: hex };
export const filledPointer: Arg<HostAddress> = { ...pointer };

/** Bytes whose number is argument `length`, times `unit`. */
export function buffer(length: number, unit = 1): Arg<HostAddress> {
  return {
    read: (raw, task, all) => hostPointer(task, raw, all[length]! * unit),
    show: hex,
  };
}

/** Like buffer, for data that goes in: the trace shows how it begins. */
export function data(length: number): Arg<HostAddress> {
  return { ...buffer(length), show: (raw, task, all) => showBytes(task, raw, all[length]!) };
}

/** Like buffer, for data that the call fills in: as much of it is shown as the call answered. */
export function filled(length: number): Arg<HostAddress> {
  return { ...buffer(length), show: (raw, task, all) => showBytes(task, raw, Math.min(all[length]!, lastResult.value)), filled: true };
}

/** What `text` answers, or the address in hex when the guest's memory cannot be read. */
export function readable(at: GuestAddress, text: () => string): string {
  try { return text(); } catch (e) {
    if (e instanceof MemoryFault) return hex(at);
    throw e;
  }
}

/** The result of the call being printed. */
export const lastResult = { value: 0 };

const SHOWN = 32;

export function showBytes(task: Task, at: GuestAddress, length: number): string {
  if (at === 0 || !(length >= 0) || at + Math.min(length, SHOWN) > task.memory.size) return hex(at);
  return readable(at, () => quote(task.memory.read(at, Math.min(length, SHOWN))) + (length > SHOWN ? '...' : ''));
}

const escapes: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r', 34: '\\"', 92: '\\\\' };

export function quote(bytes: Uint8Array): string {
  let text = '';
  bytes.forEach((b, i) => {
    const next = bytes[i + 1] ?? 0;
    const digit = next >= 48 && next <= 55;
    text += escapes[b] ?? (b >= 32 && b < 127 ? String.fromCharCode(b) : `\\${digit ? b.toString(8).padStart(3, '0') : b.toString(8)}`);
  });
  return `"${text}"`;
}

/** A C string of the guest as bytes; ENAMETOOLONG past `max`. */
export function cstring(task: Task, at: GuestAddress, max = 4096): Uint8Array<ArrayBuffer> {
  const found = task.memory.cstring(at, max);
  if (!found) throw new SyscallError(E.ENAMETOOLONG);
  return found;
}

/** Puts a string where the kernel can read it. */
export function hostString(bytes: Uint8Array): HostAddress {
  const copy = scratch(bytes.length + 1);
  copy.bytes.set(bytes);
  return copy.address;
}

/** A string that is no path: the kernel reads it itself. */
export const string: Arg<HostAddress> = { read: (raw, task) => hostPointer(task, raw), show: (raw, task) => showString(raw, task) };

export function showString(raw: GuestAddress, task: Task): string {
  if (raw === 0) return 'NULL';
  return readable(raw, () => {
    const bytes = task.memory.cstring(raw, 4096);
    return bytes ? quote(bytes) : hex(raw);
  });
}

/** The bits of a word by name: `names` are tried in order; what is left over is printed as a number. */
export function flags(names: Readonly<Record<string, number>>, convert: (task: Task, value: number) => number = (_task, v) => v): Arg<number> {
  return {
    read: (raw, task) => convert(task, raw | 0),
    show: (raw, task) => {
      let rest = convert(task, raw | 0);
      const parts: string[] = [];
      for (const [name, bit] of Object.entries(names)) if (bit !== 0 && (rest & bit) === bit) { parts.push(name); rest &= ~bit; }
      if (rest !== 0 || parts.length === 0) parts.push(rest === 0 ? '0' : `0x${(rest >>> 0).toString(16)}`);
      return parts.join('|');
    },
  };
}

/** One of several numbers by name. */
export function choice(names: Readonly<Record<string, number>>): Arg<number> {
  return { read: (raw) => raw | 0, show: (raw) => Object.entries(names).find(([, v]) => v === (raw | 0))?.[0] ?? String(raw | 0) };
}

// Structures.

/** The guest's form of a struct: its own, if its folder has one, else the declared one in its data model. */
export function guestLayout(task: Task, type: Struct): Layout {
  return (task.guest.structs?.[type.structName] ?? type)(task.guest.data);
}

type Pair = { readonly host: Layout; readonly guest: Layout; readonly same: boolean; readonly toHost: Converter; readonly toGuest: Converter };
/** By guest, then by the guest's struct, then by the host's. */
const pairs = new Map<Guest, Map<Struct, Map<Struct, Pair>>>();

const entry = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
};

/** The two layouts of a struct and the way between them. `hostType` is given where the host calls it by another name. */
export function pairOf(task: Task, type: Struct, hostType: Struct = type): Pair {
  const found = pairs.get(task.guest)?.get(type)?.get(hostType);
  if (found) return found;
  return entry(entry(entry(pairs, task.guest, () => new Map<Struct, Map<Struct, Pair>>()), type, () => new Map<Struct, Pair>()), hostType, () => {
    const host = hostType(lp64);
    const guest = guestLayout(task, type);
    return { host, guest, same: same(host, guest), toHost: converter(guest, host), toGuest: converter(host, guest) };
  });
}

/** Reads a struct of the guest's into host memory. */
export function structToHost(task: Task, at: GuestAddress, type: Struct, hostType: Struct = type): Scratch {
  const pair = pairOf(task, type, hostType);
  const copy = scratch(pair.host.size);
  pair.toHost(task.memory.read(at, pair.guest.size), copy.bytes);
  return copy;
}

/** Writes a struct that the kernel filled in to the guest. */
export function structToGuest(task: Task, at: GuestAddress, from: Uint8Array, type: Struct, hostType: Struct = type): void {
  const pair = pairOf(task, type, hostType);
  const bytes = new Uint8Array(pair.guest.size);
  pair.toGuest(from, bytes);
  task.memory.write(at, bytes);
}

/** A struct that the call reads; the value is the host's address of it. NULL stays NULL. */
export function input(type: Struct, hostType: Struct = type): Arg<HostAddress> {
  return {
    read: (raw, task) => {
      if (raw === 0) return 0;
      const pair = pairOf(task, type, hostType);
      return pair.same ? hostPointer(task, raw, pair.guest.size) : structToHost(task, raw, type, hostType).address;
    },
    show: (raw, task) => showStruct(task, raw, type),
  };
}

/** A struct that the call writes if it succeeds (or answers one of `errors`). */
export function output(type: Struct, hostType: Struct = type, errors: readonly number[] = []): Arg<HostAddress> {
  return transfer(type, hostType, errors, false);
}

/** A struct that the call reads and writes. */
export function update(type: Struct, hostType: Struct = type, errors: readonly number[] = []): Arg<HostAddress> {
  return transfer(type, hostType, errors, true);
}

function transfer(type: Struct, hostType: Struct, errors: readonly number[], reads: boolean): Arg<HostAddress> {
  // System calls do not nest within one thread, and each isolate runs one thread.
  let copy: Scratch | null = null;
  return {
    read: (raw, task) => {
      copy = null;
      if (raw === 0) return 0;
      const pair = pairOf(task, type, hostType);
      if (pair.same) return hostPointer(task, raw, pair.guest.size);
      copy = reads ? structToHost(task, raw, type, hostType) : scratch(pair.host.size);
      return copy.address;
    },
    after: (result, raw, task) => {
      if (copy && (result >= 0 || errors.includes(-result))) structToGuest(task, raw, copy.bytes, type, hostType);
    },
    show: (raw, task) => (lastResult.value < 0 ? hex(raw) : showStruct(task, raw, type)),
    filled: true,
  };
}

/** `{tv_sec=1, tv_nsec=0}`. */
export function showStruct(task: Task, at: GuestAddress, type: Struct): string {
  if (at === 0) return 'NULL';
  const layout = guestLayout(task, type);
  return readable(at, () => {
    const bytes = task.memory.read(at, layout.size);
    const shown = layout.fields.filter((f) => !/pad|reserved|unused/.test(f.name)).slice(0, 8).map((f) => {
      const name = f.name === '' ? '' : `${f.name.replace(/^(_\d+\.)+/, '')}=`;
      if (f.raw) return `${name}${quote(trimmed(bytes.subarray(f.offset, f.offset + f.size)))}`;
      let value = 0;
      for (let i = 0; i < f.size; i++) {
        const byte = bytes[f.offset + (layout.bigEndian ? i : f.size - 1 - i)]!;
        value = value * 256 + (i === 0 && f.signed ? (byte << 24) >> 24 : byte);
      }
      return `${name}${f.pointer ? hex(value) : value}`;
    });
    // A number on its own is shown as strace shows what a pointer to one leads to.
    return layout.fields[0]?.name === '' ? `[${shown.join(', ')}]` : `{${shown.join(', ')}${layout.fields.length > 8 ? ', ...' : ''}}`;
  });
}

function trimmed(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, SHOWN));
}

// Arrays of pointers and lengths.

export const IOV_MAX = 1024;

/** An iovec array whose length is argument `count`: converted, with every base moved to the host's view. */
export function iovec(count: number): Arg<HostAddress> {
  return {
    read: (raw, task, all) => readIovec(task, raw, all[count]! | 0).address,
    show: (raw, task, all) => showIovec(task, raw, all[count]! | 0, Infinity),
  };
}

const VECTORS_SHOWN = 16;

/** An iovec array, `filled` bytes of what it leads to: `[{iov_base="ab", iov_len=2}]`. */
export function showIovec(task: Task, at: GuestAddress, count: number, filled: number): string {
  if (at === 0) return 'NULL';
  return readable(at, () => {
    const word = task.guest.data.pointer, parts: string[] = [];
    let rest = filled;
    for (let i = 0; i < Math.min(count, VECTORS_SHOWN); i++) {
      const base = readWord(task, at + 2 * i * word), bytes = readWord(task, at + (2 * i + 1) * word);
      parts.push(`{iov_base=${base === 0 ? 'NULL' : showBytes(task, base, Math.min(bytes, rest))}, iov_len=${bytes}}`);
      rest = Math.max(0, rest - bytes);
    }
    return `[${parts.join(', ')}${count > VECTORS_SHOWN ? ', ...' : ''}]`;
  });
}

/** Like iovec, for data that the call fills in. */
export function filledIovec(count: number): Arg<HostAddress> {
  return { ...iovec(count), filled: true, show: (raw, task, all) => (lastResult.value < 0 ? hex(raw) : showIovec(task, raw, all[count]! | 0, lastResult.value)) };
}

/** A pointer or unsigned long in the guest's memory. */
export function readWord(task: Task, at: GuestAddress): number {
  const { pointer: bytes, bigEndian } = task.guest.data;
  if (bytes === 4) return bigEndian ? swap32(task.memory.u32(at)) : task.memory.u32(at);
  const low = task.memory.u32(bigEndian ? at + 4 : at), high = task.memory.u32(bigEndian ? at : at + 4);
  return bigEndian ? swap32(high) * 2 ** 32 + swap32(low) : high * 2 ** 32 + low;
}

/** A signed long in the guest's memory. */
export function readLong(task: Task, at: GuestAddress): number {
  const { pointer: bytes, bigEndian } = task.guest.data;
  if (bytes === 4) return readInt(task, at);
  return readInt(task, bigEndian ? at : at + 4) * 2 ** 32 + (readInt(task, bigEndian ? at + 4 : at) >>> 0);
}

export function writeWord(task: Task, at: GuestAddress, value: number): void {
  const { pointer: bytes, bigEndian } = task.guest.data;
  const low = value >>> 0, high = Math.floor(value / 2 ** 32) >>> 0;
  if (bytes === 4) task.memory.setU32(at, bigEndian ? swap32(low) : low);
  else if (bigEndian) { task.memory.setU32(at, swap32(high)); task.memory.setU32(at + 4, swap32(low)); } else { task.memory.setU32(at, low); task.memory.setU32(at + 4, high); }
}

/** An int in the guest's memory. */
export function readInt(task: Task, at: GuestAddress): number {
  const value = task.memory.u32(at);
  return (task.guest.data.bigEndian ? swap32(value) : value) | 0;
}

export function writeInt(task: Task, at: GuestAddress, value: number): void {
  task.memory.setU32(at, task.guest.data.bigEndian ? swap32(value >>> 0) : value >>> 0);
}

function swap32(n: number): number { return (((n & 0xff) << 24) | ((n & 0xff00) << 8) | ((n >>> 8) & 0xff00) | (n >>> 24)) >>> 0; }

/** Stores a number as the host's 64-bit word. */
export function setHostWord(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32) >>> 0, true);
}

/** The host's 64-bit word as a signed number. */
export function hostWord(view: DataView, at: number): number { return view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true); }

export function readIovec(task: Task, at: GuestAddress, count: number): Scratch {
  if (count < 0 || count > IOV_MAX) throw new SyscallError(E.EINVAL);
  const word = task.guest.data.pointer;
  const host = scratch(Math.max(16, count * 16));
  const source = count > 0 ? new DataView(task.memory.read(at, count * word * 2).buffer) : null;
  const little = !task.guest.data.bigEndian;
  const field = (i: number): number => (word === 4 ? source!.getUint32(i * 4, little) : Number(source!.getBigUint64(i * 8, little)));
  const negative = 2 ** (8 * word - 1);
  for (let i = 0; i < count; i++) if (field(2 * i + 1) >= negative) throw new SyscallError(E.EINVAL);
  for (let i = 0; i < count; i++) {
    const base = field(2 * i), length = field(2 * i + 1);
    // The kernel looks at an address only when there is something to copy.
    if (length > 0) checkRange(task, base, Math.min(length, task.memory.size));
    if (length > 0 && base + length > task.memory.size) throw new SyscallError(E.EFAULT);
    setHostWord(host.view, i * 16, base === 0 ? 0 : task.memory.base + base);
    setHostWord(host.view, i * 16 + 8, length);
  }
  return host;
}

