// ioctl: looks the request up and brings its argument into the host's form. What is not in the table is not passed on,
// since its argument might hold addresses.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch } from '../host/kernel.ts';
import { log, logging } from '../debug/log.ts';
import type { Guest } from '../guests/guest.ts';
import type { Task } from '../threads/task.ts';
import { fd, hostPointer, readInt, readWord, setHostWord, structToGuest, structToHost, writeInt, writeWord } from './args.ts';
import { sys, type Arg } from './call.ts';
import { passingFamilies, requests, type Request } from './ioctl-table.ts';
import { get, lp64, set } from './struct.ts';

const known = new Map<Guest, Map<number, Request>>();
const reported = new Set<number>();

function find(task: Task, number: number): Request | undefined {
  let table = known.get(task.guest);
  if (!table) known.set(task.guest, table = requests(task.guest.data));
  const generic = task.guest.ioctls?.[number] ?? number;
  const found = table.get(generic);
  if (found) return found;
  return passingFamilies.has((generic >>> 8) & 0xff) ? { name: hex(generic), form: 'pointer', host: generic } : undefined;
}

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
/** _IOC_SIZE: how much the kernel reads or writes at most, where the number says so. */
const sizeOf = (number: number): number => (number > 0xffff ? (number >>> 16) & 0x3fff : 0);

function ioctl(task: Task, f: number, number: number, argument: number): number {
  const request = find(task, number);
  if (!request) return unknown(f, number);
  const { form, host } = request;
  const call = (value: HostAddress): number => hostCall(SYS.ioctl, f, host, value);
  switch (form) {
    case 'none': case 'int': return call(argument | 0);
    case 'pointer': case 'string': return call(hostPointer(task, argument, sizeOf(number)));
    case 'long': {
      const word = scratch(8);
      const r = call(word.address);
      if (r >= 0) writeWord(task, argument, word.view.getUint32(4, true) * 2 ** 32 + word.view.getUint32(0, true));
      return r;
    }
    case 'ifreq': return ifreq(task, argument, call, null);
    case 'ifreq data': return ifreq(task, argument, call, hostPointer(task, readWord(task, argument + IFNAMSIZ)));
    case 'ifconf': return ifconf(task, argument, call);
    default: {
      const copy = form.way === 'out' ? scratch(form.struct(lp64).size) : structToHost(task, argument, form.struct);
      const host = form.struct(lp64);
      for (const name of form.pointers ?? []) set(host, copy.bytes, name, hostPointer(task, get(host, copy.bytes, name)));
      const r = call(copy.address);
      if (r >= 0 && form.way !== 'in') structToGuest(task, argument, copy.bytes, form.struct);
      return r;
    }
  }
}

function unknown(f: number, number: number): number {
  // A bad descriptor is the first thing that the kernel looks for.
  const r = hostCall(SYS.fcntl, f, 1 /* F_GETFD */);
  if (r < 0) return r;
  if (!reported.has(number)) {
    reported.add(number);
    if (logging('unimp')) log(`ioctl ${hex(number)} is not implemented\n`);
  }
  return -E.ENOTTY;
}

// struct ifreq: a name, and a union that is 16 bytes for 32-bit programs and 24 for 64-bit ones.
const IFNAMSIZ = 16, HOST_IFREQ = 40;
const ifreqSize = (task: Task): number => (task.guest.data.pointer === 4 ? 32 : HOST_IFREQ);

function ifreq(task: Task, at: GuestAddress, call: (value: HostAddress) => number, data: number | null): number {
  const size = ifreqSize(task);
  const copy = scratch(HOST_IFREQ);
  copy.bytes.set(task.memory.read(at, size));
  if (data !== null) setHostWord(copy.view, IFNAMSIZ, data);
  const r = call(copy.address);
  if (r >= 0) task.memory.write(at, copy.bytes.subarray(0, data === null ? size : IFNAMSIZ));
  return r;
}

/** struct ifconf: bytes of room, and where: an array of ifreq. */
function ifconf(task: Task, at: GuestAddress, call: (value: HostAddress) => number): number {
  const word = task.guest.data.pointer, size = ifreqSize(task);
  const room = readInt(task, at), list = readWord(task, at + word);
  const count = Math.max(0, Math.min(1024, Math.floor(room / size)));
  const conf = scratch(16), found = scratch(Math.max(1, count) * HOST_IFREQ);
  conf.view.setInt32(0, list === 0 ? 0 : count * HOST_IFREQ, true);
  setHostWord(conf.view, 8, list === 0 ? 0 : found.address);
  const r = call(conf.address);
  if (r < 0) return r;
  const answered = Math.floor(conf.view.getInt32(0, true) / HOST_IFREQ);
  if (list !== 0) for (let i = 0; i < answered; i++) task.memory.write(list + i * size, found.bytes.subarray(i * HOST_IFREQ, i * HOST_IFREQ + size));
  writeInt(task, at, answered * size);
  return r;
}

const request: Arg<number> = { read: (raw) => raw >>> 0, show: (raw, task) => find(task, raw >>> 0)?.name ?? hex(raw) };
const argument: Arg<number> = { read: (raw) => raw, show: (raw) => (raw > 0xffff ? hex(raw) : String(raw)) };

export const ioctls = { ioctl: sys([fd, request, argument], ioctl, { partly: 'the requests of ioctl-table.ts' }) };
