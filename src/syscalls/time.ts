// Clocks, sleeping, timers and time stamps. The calls named ...64 have the host's own struct timespec; the older ones of
// 32-bit guests have longs.
import type { GuestAddress, HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch, type Scratch } from '../host/kernel.ts';
import { cpuBase } from '../threads/group.ts';
import type { Task } from '../threads/task.ts';
import { address, dirfd, fd, hostPointer, hostWord, input, int, output, pairOf, pointer, setHostWord, structToGuest, uint, update, writeWord } from './args.ts';
import { pass, sys, type Arg } from './call.ts';
import { path, pathAt } from './paths.ts';
import { atFlags, clock, filledStruct, itimer, timerfdCreateFlags, timerfdFlags, timerFlags } from './shown.ts';
import type { Struct } from './struct.ts';
import { itimerspec, itimerspec64, itimerval, sigevent, timespec, timespec64, timeval, timex, timezone, tms, utimbuf } from './structs.ts';

const INTERRUPTED = [E.EINTR];

const CLOCK_THREAD_CPUTIME_ID = 3;
/** The thread whose processor time a clock tells (0: the calling one); -1 for the other clocks. */
const clockedThread = (which: number): number => (which === CLOCK_THREAD_CPUTIME_ID ? 0 : which < 0 && (which & 7) === 6 ? ~(which >> 3) : -1);

/** clock_gettime of the host; a thread's clock begins with the thread and not with what runs it. */
function readClock(which: number, host: Scratch): number {
  const r = hostCall(SYS.clock_gettime, which, host.address);
  const thread = clockedThread(which);
  if (r < 0 || thread < 0) return r;
  const time = hostWord(host.view, 0) * 1e9 + hostWord(host.view, 8) - cpuBase(thread);
  setHostWord(host.view, 0, Math.floor(time / 1e9));
  setHostWord(host.view, 8, time % 1e9);
  return r;
}

function clockGettime64(task: Task, which: number, at: GuestAddress): number {
  if (clockedThread(which) < 0) return hostCall(SYS.clock_gettime, which, hostPointer(task, at, 16));
  const host = scratch(16);
  const r = readClock(which, host);
  if (r >= 0) task.memory.write(at, host.bytes);
  return r;
}

/** By far the most frequent of these calls: no converter. */
function clockGettime(task: Task, which: number, at: GuestAddress): number {
  const host = scratch(16);
  const r = readClock(which, host);
  if (r < 0) return r;
  const word = task.guest.data.pointer;
  const { view } = host;
  if (word === 4 && !task.guest.data.bigEndian) {
    task.memory.setU32(at, view.getUint32(0, true));
    task.memory.setU32(at + 4, view.getUint32(8, true));
  } else {
    writeWord(task, at, view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true));
    writeWord(task, at + word, view.getUint32(8, true));
  }
  return 0;
}

function gettimeofday(task: Task, at: GuestAddress, zone: GuestAddress): number {
  const host = scratch(32);
  const r = hostCall(SYS.gettimeofday, host.address, host.address + 16);
  if (r < 0) return r;
  if (at !== 0) structToGuest(task, at, host.bytes, timeval);
  if (zone !== 0) structToGuest(task, zone, host.bytes.subarray(16), timezone);
  return 0;
}

/** Two structs one after the other: times of access and of change. */
const pair = (type: Struct, hostType: Struct = type): Arg<HostAddress> => ({
  read: (raw, task) => {
    if (raw === 0) return 0;
    const { host, guest, toHost } = pairOf(task, type, hostType);
    const both = scratch(host.size * 2);
    const bytes = task.memory.read(raw, guest.size * 2);
    toHost(bytes, both.bytes);
    toHost(bytes, both.bytes, guest.size, host.size);
    return both.address;
  },
  show: (raw) => (raw === 0 ? 'NULL' : `0x${raw.toString(16)}`),
});

/** times(2) counts from some point in the past: the number may have the top bit set and is no error then. */
function times(task: Task, at: GuestAddress): number {
  const host = scratch(32);
  const r = hostCall(SYS.times, host.address);
  if (at !== 0) structToGuest(task, at, host.bytes, tms);
  return task.guest.data.pointer === 4 ? r % 2 ** 32 : r;
}

/** The event of a timer or queue. What the value means is between the guest and itself. */
const event: Arg<HostAddress> = input(sigevent);

export const time = {
  time: sys([address], (task, at) => {
    const now = hostCall(SYS.time, 0);
    if (at !== 0) writeWord(task, at, now);
    return now;
  }),
  stime: sys([address], (task, at) => {
    const host = scratch(16);
    host.view.setInt32(0, task.memory.u32(at) | 0, true);
    return hostCall(SYS.clock_settime, 0, host.address);
  }),
  gettimeofday: sys([address, address], gettimeofday),
  settimeofday: pass('settimeofday', [input(timeval), input(timezone)]),
  adjtimex: pass('adjtimex', [update(timex)]),
  clock_gettime: sys([clock, filledStruct(timespec)], clockGettime),
  clock_gettime64: sys([clock, address], clockGettime64),
  clock_getres: pass('clock_getres', [clock, output(timespec)]),
  clock_getres_time64: pass('clock_getres', [clock, pointer]),
  clock_settime: pass('clock_settime', [clock, input(timespec)]),
  clock_settime64: pass('clock_settime', [clock, input(timespec64, timespec)]),
  clock_adjtime: pass('clock_adjtime', [clock, update(timex)]),
  clock_adjtime64: pass('clock_adjtime', [clock, pointer]),

  nanosleep: pass('nanosleep', [input(timespec), output(timespec, timespec, INTERRUPTED)]),
  clock_nanosleep: pass('clock_nanosleep', [clock, timerFlags, input(timespec), output(timespec, timespec, INTERRUPTED)]),
  clock_nanosleep_time64: pass('clock_nanosleep', [clock, timerFlags, input(timespec64, timespec), pointer]),
  alarm: pass('alarm', [uint]),
  getitimer: pass('getitimer', [itimer, output(itimerval)]),
  setitimer: pass('setitimer', [itimer, input(itimerval), output(itimerval)]),
  times: sys([address], times),

  timer_create: pass('timer_create', [clock, event, pointer]),
  timer_delete: pass('timer_delete', [int]),
  timer_getoverrun: pass('timer_getoverrun', [int]),
  timer_gettime: pass('timer_gettime', [int, output(itimerspec)]),
  timer_gettime64: pass('timer_gettime', [int, pointer]),
  timer_settime: pass('timer_settime', [int, timerFlags, input(itimerspec), output(itimerspec)]),
  timer_settime64: pass('timer_settime', [int, timerFlags, input(itimerspec64, itimerspec), pointer]),
  timerfd_create: pass('timerfd_create', [clock, timerfdCreateFlags]),
  timerfd_gettime: pass('timerfd_gettime', [fd, output(itimerspec)]),
  timerfd_gettime64: pass('timerfd_gettime', [fd, pointer]),
  timerfd_settime: pass('timerfd_settime', [fd, timerfdFlags, input(itimerspec), output(itimerspec)]),
  timerfd_settime64: pass('timerfd_settime', [fd, timerfdFlags, input(itimerspec64, itimerspec), pointer]),

  utime: pass('utime', [path, input(utimbuf)]),
  utimes: pass('utimes', [path, pair(timeval)]),
  futimesat: pass('futimesat', [dirfd, path, pair(timeval)]),
  utimensat: pass('utimensat', [dirfd, pathAt(3), pair(timespec), atFlags]),
  utimensat_time64: pass('utimensat', [dirfd, pathAt(3), pair(timespec64, timespec), atFlags]),
};
