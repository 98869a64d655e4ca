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

function convert(from: Uint8Array, to: Uint8Array, fromModel: DataModel, toModel: DataModel): void {
  const source = new DataView(from.buffer, from.byteOffset, SIGINFO_BYTES);
  const target = new DataView(to.buffer, to.byteOffset, SIGINFO_BYTES);
  const [le, tle] = [!fromModel.bigEndian, !toModel.bigEndian];
  // si_signo, si_errno, si_code; then the union, aligned as its pointers are.
  for (let at = 0; at < 12; at += 4) target.setInt32(at, source.getInt32(at, le), tle);
  let [a, b] = [up(12, fromModel.pointer), up(12, toModel.pointer)];
  for (const type of kind(source.getInt32(0, le), source.getInt32(8, le))) {
    const [n, m] = [bytes(type, fromModel), bytes(type, toModel)];
    a = up(a, n); b = up(b, m);
    const value = n === 8 ? source.getBigInt64(a, le) : BigInt(source.getInt32(a, le));
    if (m === 8) target.setBigInt64(b, value, tle);
    else target.setInt32(b, Number(BigInt.asIntN(32, value)), tle);
    a += n; b += m;
  }
}

export function toGuest(info: Uint8Array, data: DataModel): Uint8Array {
  if (data.pointer === 8 && !data.bigEndian) return info;
  const out = new Uint8Array(SIGINFO_BYTES);
  convert(info, out, host, data);
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

export const signalOf = (info: Uint8Array): number => new DataView(info.buffer, info.byteOffset).getInt32(0, true);
