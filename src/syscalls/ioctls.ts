// ioctl: looks the request up and brings its argument into the host's form. What is not in the table is not passed on,
// since its argument might hold addresses.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch } from '../host/kernel.ts';
import { log, logging } from '../debug/log.ts';
import type { Guest } from '../guests/guest.ts';
import type { Task } from '../threads/task.ts';
import { fd, hostPointer, lastResult, readInt, readWord, readable, setHostWord, showStruct, writeInt, writeWord } from './args.ts';
import { sys, type Arg, type Raw } from './call.ts';
import { showIfreq, shownAs, wayOf } from './shown-ioctl.ts';
import { listToHost } from './conversion.ts';
import { passes, refusedFamilies, requests, spiMessage, type Form, type Request } from './ioctl-table.ts';
import { catalogued } from './ioctl-types.ts';
import { lp64 } from './struct.ts';

/** A request; one without a form is known but not passed on. */
type Found = Omit<Request, 'form'> & { readonly form: Form | null };
const known = new Map<Guest, Map<number, Found>>();
const reported = new Set<number>();

const USERFAULTFD = 0xaa, UFFDIO_API = 0xc018aa3f, UFFD_FEATURE_EVENT_FORK = 2;
const NO_WAY = 0, LEAST_ADDRESS = 0x10000;
/** Whether an argument cannot be an address: what the kernel lets programs map starts above. */
const isSmall = (argument: number): boolean => argument >= 0 && argument < LEAST_ADDRESS;
const direction = (number: number): number => number >>> 30;
const familyOf = (number: number): number => (number >>> 8) & 0xff;

function rows(task: Task): Map<number, Found> {
  let table = known.get(task.guest);
  if (!table) known.set(task.guest, table = requests(task.guest.data));
  return table;
}

/** The request that the guest knows by that number. */
function find(task: Task, number: number): Found | undefined {
  const table = rows(task);
  const generic = task.guest.ioctls?.[number] ?? number;
  const found = table.get(generic);
  if (found) return found;
  const listed = catalogued(generic, task.guest.data);
  if (familyOf(generic) in refusedFamilies) return listed && { ...listed, form: null };
  if (listed) {
    table.set(generic, listed);
    return listed;
  }
  if ((generic & 0xc000ffff) === SPI_MESSAGE) return { name: `SPI_IOC_MESSAGE(${sizeOf(generic) / 32})`, form: 'structs', host: generic };
  if (direction(generic) === NO_WAY) return { name: hex(generic), form: 'small', host: generic };
  return passes(generic) ? { name: hex(generic), form: 'pointer', host: generic } : undefined;
}

const SPI_MESSAGE = 0x40006b00;
const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
/** _IOC_SIZE: how much the kernel reads or writes at most, where the number says so. */
const sizeOf = (number: number): number => (number > 0xffff ? (number >>> 16) & 0x3fff : 0);

function ioctl(task: Task, f: number, number: number, argument: number): number {
  const request = find(task, number);
  if (!request || request.form === null) return unknown(f, number, request?.name);
  const { form, host } = request;
  // A fork would wait for a thread that reads of it, and that waits for the fork.
  if (host === UFFDIO_API && readInt(task, argument + 8) & UFFD_FEATURE_EVENT_FORK) return -E.EINVAL;
  const call = (value: HostAddress): number => hostCall(SYS.ioctl, f, host, value);
  switch (form) {
    case 'none': case 'int': return call(argument | 0);
    case 'small': return isSmall(argument) ? call(argument) : unknown(f, number, request.name);
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
    case 'structs': {
      const list = listToHost(task, argument, spiMessage, Math.floor(sizeOf(number) / spiMessage.struct(lp64).size));
      return call(list.address);
    }
    default: {
      const list = listToHost(task, argument, form, 1);
      const r = call(list.address);
      // Those of userfaultfd say how far they came.
      if (r >= 0 || familyOf(number) === USERFAULTFD) list.done();
      return r;
    }
  }
}

function unknown(f: number, number: number, name?: string): number {
  // A bad descriptor is the first thing that the kernel looks for.
  const r = hostCall(SYS.fcntl, f, 1 /* F_GETFD */);
  if (r < 0) return r;
  if (!reported.has(number)) {
    reported.add(number);
    if (logging('unimp')) log(`ioctl ${name ?? hex(number)} is not implemented${why(number)}\n`);
  }
  return -E.ENOTTY;
}

const why = (number: number): string => {
  const reason = refusedFamilies[familyOf(number)];
  return reason === undefined ? '' : `: ${reason}`;
};

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
/** Shown when the call has been made, since it may fill the argument. */
const argument: Arg<number> = { read: (raw) => raw, filled: true, show: (raw, task, all) => showArgument(task, find(task, all[1]! >>> 0), raw, all) };

function showArgument(task: Task, found: Found | undefined, raw: number, all: Raw): string {
  const plain = raw > 0xffff ? hex(raw) : String(raw);
  if (!found || found.form === null) return plain;
  const { form, name } = found;
  if (form === 'none') return '';
  if (form === 'small' || form === 'int') return String(raw | 0);
  if (raw === 0) return 'NULL';
  if (form === 'ifreq') return readable(raw, () => showIfreq(task, name, raw, all));
  const type = typeof form === 'object' ? form.struct : found.type ?? shownAs(name, found.host);
  const way = (typeof form === 'object' ? form.way : found.way) ?? wayOf(name);
  return !type || (way !== 'in' && lastResult.value < 0) ? plain : showStruct(task, raw, type);
}

export const ioctls = { ioctl: sys([fd, request, argument], ioctl, { partly: 'the requests of ioctl-table.ts and ioctl-catalogue.ts' }) };
