// siginfo_t between the host's layout (64-bit, little-endian) and the guest's. Which members a siginfo has follows from the
// signal and si_code as in the kernel's siginfo_layout().
import type { GuestAddress } from '../address.ts';
import type { DataModel } from '../guests/guest.ts';
import { CODE, SIG } from './numbers.ts';

export const SIGINFO_BYTES = 128;

type Type = 'i32' | 'long' | 'pointer';
const members: Readonly<Record<string, readonly Type[]>> = {
  kill: ['i32', 'i32'],
  /** pid and uid, or timer id and overrun; then the sigval union, which is as wide as a pointer. */
  queued: ['i32', 'i32', 'pointer'],
  /** pid, uid, status, utime, stime. */
  child: ['i32', 'i32', 'i32', 'long', 'long'],
  /** si_addr and what the union behind it holds in its first word (si_addr_lsb). */
  fault: ['pointer', 'i32'],
  poll: ['long', 'i32'],
  sys: ['pointer', 'i32', 'i32'],
};

/** NSIGPOLL: the last si_code of SIGIO. */
const LAST_POLL = 6;
const FAULTS: readonly number[] = [SIG.ILL, SIG.FPE, SIG.SEGV, SIG.BUS, SIG.TRAP];

function kind(signal: number, code: number): readonly Type[] {
  if (code > CODE.USER && code < CODE.KERNEL) {
    if (FAULTS.includes(signal)) return members['fault']!;
    if (signal === SIG.CHLD) return members['child']!;
    if (signal === SIG.SYS) return members['sys']!;
    // Of any other signal: fcntl(F_SETSIG) asked for it instead of SIGIO.
    return members[code <= LAST_POLL ? 'poll' : 'kill']!;
  }
  if (code === CODE.KERNEL) return FAULTS.includes(signal) ? members['fault']! : members['kill']!;
  if (code === CODE.SIGIO) return members['poll']!;
  return code < 0 ? members['queued']! : members['kill']!;
}

const up = (n: number, to: number): number => (n + to - 1) & -to;
const bytes = (type: Type, data: DataModel): number => (type === 'i32' ? 4 : data.pointer);

const host: DataModel = { pointer: 8, align64: 8, bigEndian: false };

// Words of a siginfo without views of it: signals come by the million.
function word(from: Uint8Array, at: number, bigEndian: boolean): number {
  return bigEndian ? from[at]! << 24 | from[at + 1]! << 16 | from[at + 2]! << 8 | from[at + 3]!
    : from[at]! | from[at + 1]! << 8 | from[at + 2]! << 16 | from[at + 3]! << 24;
}
function putWord(to: Uint8Array, at: number, value: number, bigEndian: boolean): void {
  for (let i = 0; i < 4; i++) to[at + i] = value >> 8 * (bigEndian ? 3 - i : i);
}

function convert(from: Uint8Array, to: Uint8Array, fromModel: DataModel, toModel: DataModel): void {
  const be = fromModel.bigEndian, toBe = toModel.bigEndian;
  // si_signo, si_errno, si_code; then the union, aligned as its pointers are.
  for (let at = 0; at < 12; at += 4) putWord(to, at, word(from, at, be), toBe);
  let a = up(12, fromModel.pointer), b = up(12, toModel.pointer);
  for (const type of kind(word(from, 0, be), word(from, 8, be))) {
    const n = bytes(type, fromModel), m = bytes(type, toModel);
    a = up(a, n); b = up(b, m);
    const low = word(from, n === 8 && be ? a + 4 : a, be);
    putWord(to, m === 8 && toBe ? b + 4 : b, low, toBe);
    if (m === 8) putWord(to, toBe ? b : b + 4, n === 8 ? word(from, be ? a : a + 4, be) : low >> 31, toBe);
    a += n; b += m;
  }
}

/** The guest's siginfo; in `out`, if there is one. */
export function toGuest(info: Uint8Array, data: DataModel, out = new Uint8Array(SIGINFO_BYTES)): Uint8Array {
  if (data.pointer === 8 && !data.bigEndian) return info;
  convert(info, out.fill(0), host, data);
  return out;
}

export function toHost(info: Uint8Array, data: DataModel): Uint8Array {
  if (data.pointer === 8 && !data.bigEndian) return info;
  const out = new Uint8Array(SIGINFO_BYTES);
  convert(info, out, data, host);
  return out;
}

/** Host siginfo of a fault: what an instruction at fault gives. */
export function faultInfo(signal: number, code: number, address: GuestAddress | bigint): Uint8Array {
  const info = new Uint8Array(SIGINFO_BYTES);
  const view = new DataView(info.buffer);
  view.setInt32(0, signal, true);
  view.setInt32(8, code, true);
  view.setBigUint64(16, BigInt.asUintN(64, BigInt(address)), true);
  return info;
}

/** si_signo, si_code and, of a signal that a process sent, si_pid; in the host's layout. */
export const signalOf = (info: Uint8Array): number => word(info, 0, false);
export const codeOf = (info: Uint8Array): number => word(info, 8, false);
export const senderOf = (info: Uint8Array): number => word(info, 16, false);
