// Arguments that -strace shows by name or taken apart, in strace's form. What they read is what `bits`, `int` and `address` read.
import type { Task } from '../threads/task.ts';
import { CLONE } from '../threads/clone-flags.ts';
import { SIG } from '../signals/numbers.ts';
import { address, bits, choice, flags, hex, int, lastResult, quote, readInt, readWord, readable, showString, showStruct } from './args.ts';
import type { Arg } from './call.ts';
import type { Struct } from './struct.ts';

type Names = Readonly<Record<string, number>>;
const prefixed = (prefix: string, names: Names): Names => Object.fromEntries(Object.entries(names).map(([name, n]) => [prefix + name, n]));
/** Bits by name; without any, the name of none. */
const bitNames = (prefix: string, names: Names, none = '0'): Arg<number> => {
  const { show } = flags(prefixed(prefix, names));
  return { read: bits.read, show: (raw, task, all) => (raw === 0 ? none : show(raw, task, all)) };
};
const oneOf = (prefix: string, names: Names): Arg<number> => choice(prefixed(prefix, names));

export const accessMode = bitNames('', { R_OK: 4, W_OK: 2, X_OK: 1 }, 'F_OK');
export const atFlags = bitNames('AT_', {
  SYMLINK_NOFOLLOW: 0x100, REMOVEDIR: 0x200, SYMLINK_FOLLOW: 0x400, NO_AUTOMOUNT: 0x800, EMPTY_PATH: 0x1000, STATX_FORCE_SYNC: 0x2000, STATX_DONT_SYNC: 0x4000,
});
export const statxMask = bitNames('STATX_', { BASIC_STATS: 0x7ff, BTIME: 0x800, MNT_ID: 0x1000, TYPE: 1, MODE: 2, NLINK: 4, UID: 8, GID: 16, ATIME: 32, MTIME: 64, CTIME: 128, INO: 256, SIZE: 512, BLOCKS: 1024 });
export const whence = oneOf('SEEK_', { SET: 0, CUR: 1, END: 2, DATA: 3, HOLE: 4 });
export const clock = oneOf('CLOCK_', {
  REALTIME: 0, MONOTONIC: 1, PROCESS_CPUTIME_ID: 2, THREAD_CPUTIME_ID: 3, MONOTONIC_RAW: 4, REALTIME_COARSE: 5, MONOTONIC_COARSE: 6, BOOTTIME: 7, REALTIME_ALARM: 8,
  BOOTTIME_ALARM: 9, TAI: 11,
});
export const timerFlags = bitNames('TIMER_', { ABSTIME: 1 });
export const resource = oneOf('RLIMIT_', {
  CPU: 0, FSIZE: 1, DATA: 2, STACK: 3, CORE: 4, RSS: 5, NPROC: 6, NOFILE: 7, MEMLOCK: 8, AS: 9, LOCKS: 10, SIGPENDING: 11, MSGQUEUE: 12, NICE: 13, RTPRIO: 14, RTTIME: 15,
});
export const advice = oneOf('MADV_', {
  NORMAL: 0, RANDOM: 1, SEQUENTIAL: 2, WILLNEED: 3, DONTNEED: 4, FREE: 8, REMOVE: 9, DONTFORK: 10, DOFORK: 11, MERGEABLE: 12, UNMERGEABLE: 13, HUGEPAGE: 14, NOHUGEPAGE: 15,
  DONTDUMP: 16, DODUMP: 17, WIPEONFORK: 18, KEEPONFORK: 19, COLD: 20, PAGEOUT: 21, POPULATE_READ: 22, POPULATE_WRITE: 23, DONTNEED_LOCKED: 24, COLLAPSE: 25,
});
export const mremapFlags = bitNames('MREMAP_', { MAYMOVE: 1, FIXED: 2, DONTUNMAP: 4 });
export const msyncFlags = bitNames('MS_', { ASYNC: 1, INVALIDATE: 2, SYNC: 4 });
export const memfdFlags = bitNames('MFD_', { CLOEXEC: 1, ALLOW_SEALING: 2, HUGETLB: 4, NOEXEC_SEAL: 8, EXEC: 16 });
export const randomFlags = bitNames('GRND_', { NONBLOCK: 1, RANDOM: 2, INSECURE: 4 });
export const namespaceFlags = bitNames('CLONE_', CLONE);
/** The lowest byte of clone's flags is a signal. */
export const cloneFlags: Arg<number> = {
  read: bits.read,
  show: (raw, task, all) => {
    const signal = signalName(raw & 0xff);
    return [...(raw & ~0xff ? [namespaceFlags.show(raw & ~0xff, task, all)] : []), ...(raw & 0xff ? [signal] : [])].join('|') || '0';
  },
};
export const waitOptions = bitNames('', { WNOHANG: 1, WUNTRACED: 2, WEXITED: 4, WCONTINUED: 8, WNOWAIT: 0x1000000, __WNOTHREAD: 0x20000000, __WALL: 0x40000000, __WCLONE: 0x80000000 | 0 });
export const family = oneOf('AF_', { UNSPEC: 0, UNIX: 1, INET: 2, AX25: 3, IPX: 4, APPLETALK: 5, X25: 9, INET6: 10, NETLINK: 16, PACKET: 17, PPPOX: 24, CAN: 29, TIPC: 30, BLUETOOTH: 31, ALG: 38, NFC: 39, VSOCK: 40, KCM: 41,
  QIPCRTR: 42, SMC: 43, XDP: 44, MCTP: 45 });
const socketTypes: Names = { STREAM: 1, DGRAM: 2, RAW: 3, RDM: 4, SEQPACKET: 5, DCCP: 6, PACKET: 10 };
const SOCK_NONBLOCK = 0o4000, SOCK_CLOEXEC = 0o2000000;
export const socketType: Arg<number> = {
  read: int.read,
  show: (raw, task, all) => oneOf('SOCK_', socketTypes).show(raw & 0xf, task, all) + (raw & SOCK_CLOEXEC ? '|SOCK_CLOEXEC' : '') + (raw & SOCK_NONBLOCK ? '|SOCK_NONBLOCK' : ''),
};
export const shutdownHow = oneOf('SHUT_', { RD: 0, WR: 1, RDWR: 2 });
export const epollOperation = oneOf('EPOLL_CTL_', { ADD: 1, DEL: 2, MOD: 3 });
export const epollFlags = bitNames('EPOLL_', { CLOEXEC: 0o2000000 });
export const eventfdFlags = bitNames('EFD_', { SEMAPHORE: 1, NONBLOCK: 0o4000, CLOEXEC: 0o2000000 });
export const itimer = oneOf('ITIMER_', { REAL: 0, VIRTUAL: 1, PROF: 2 });
export const flockOperation = bitNames('LOCK_', { SH: 1, EX: 2, NB: 4, UN: 8 });
export const mountFlags = bitNames('MS_', {
  RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8, SYNCHRONOUS: 16, REMOUNT: 32, MANDLOCK: 64, DIRSYNC: 128, NOATIME: 1024, NODIRATIME: 2048, BIND: 4096, MOVE: 8192, REC: 16384, SILENT: 32768,
  UNBINDABLE: 1 << 17, PRIVATE: 1 << 18, SLAVE: 1 << 19, SHARED: 1 << 20, RELATIME: 1 << 21, STRICTATIME: 1 << 24, LAZYTIME: 1 << 25,
});
export const umountFlags = bitNames('', { MNT_FORCE: 1, MNT_DETACH: 2, MNT_EXPIRE: 4, UMOUNT_NOFOLLOW: 8 });
export const renameFlags = bitNames('RENAME_', { NOREPLACE: 1, EXCHANGE: 2, WHITEOUT: 4 });

export function signalName(n: number): string {
  const named = Object.entries(SIG).find(([, number]) => number === n);
  return named ? `SIG${named[0]}` : n >= 32 ? `SIGRT_${n - 32}` : String(n);
}

/** An address whose struct the call fills in. */
export const filledStruct = (type: Struct): Arg<number> => ({
  ...address, filled: true, show: (raw, task) => (lastResult.value < 0 ? hex(raw) : showStruct(task, raw, type)),
});

/** An address whose struct the call reads itself. */
export const structAt = (type: Struct): Arg<number> => ({ ...address, show: (raw, task) => showStruct(task, raw, type) });

const DESCRIPTORS_SHOWN = 1024;
/** An fd_set of as many bits as the first argument says: `[3 5]`. */
export const descriptors: Arg<number> = {
  ...address,
  show: (raw, task, all) => (raw === 0 ? 'NULL' : readable(raw, () => {
    const word = task.guest.data.pointer, count = Math.min(Math.max(0, all[0]!), DESCRIPTORS_SHOWN);
    const bytes = task.memory.read(raw, Math.ceil(count / (8 * word)) * word);
    const found: number[] = [];
    for (let fd = 0; fd < count; fd++) {
      const byte = task.guest.data.bigEndian ? (fd >> 3) ^ (word - 1) : fd >> 3;
      if (bytes[byte]! & (1 << (fd & 7))) found.push(fd);
    }
    return `[${found.join(' ')}]`;
  })),
};

/** Two descriptors that the call fills in: `[3, 4]`. */
export const twoDescriptors = (pointer: Arg<number>): Arg<number> => ({
  ...pointer, filled: true,
  show: (raw, task) => (lastResult.value < 0 ? hex(raw) : readable(raw, () => `[${readInt(task, raw)}, ${readInt(task, raw + 4)}]`)),
});

/** A child's status: `[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]`. */
export const waitStatus = (pointer: Arg<number>): Arg<number> => ({
  ...pointer, filled: true,
  show: (raw, task) => (raw === 0 || lastResult.value <= 0 ? hex(raw) : readable(raw, () => `[{${statusText(readInt(task, raw))}}]`)),
});

function statusText(status: number): string {
  if (status === 0xffff) return 'WIFCONTINUED(s)';
  if ((status & 0xff) === 0x7f) return `WIFSTOPPED(s) && WSTOPSIG(s) == ${signalName((status >> 8) & 0xff)}`;
  if ((status & 0x7f) === 0) return `WIFEXITED(s) && WEXITSTATUS(s) == ${(status >> 8) & 0xff}`;
  return `WIFSIGNALED(s) && WTERMSIG(s) == ${signalName(status & 0x7f)}${status & 0x80 ? ' && WCOREDUMP(s)' : ''}`;
}

/** A set of signals: `[CHLD RT_1]`, or `~[...]` when most are in it. */
export const signalSet: Arg<number> = { ...address, show: (raw, task) => (raw === 0 ? 'NULL' : readable(raw, () => setText(task, raw))) };
export const filledSignalSet: Arg<number> = { ...signalSet, filled: true };

function setText(task: Task, at: number): string {
  const words = [readInt(task, at), readInt(task, at + 4)];
  const inSet = Array.from({ length: 64 }, (_, i) => i + 1).filter((n) => (words[(n - 1) >> 5]! >>> ((n - 1) & 31)) & 1);
  const most = inSet.length > 32;
  const named = most ? Array.from({ length: 64 }, (_, i) => i + 1).filter((n) => !inSet.includes(n)) : inSet;
  return `${most ? '~' : ''}[${named.map((n) => signalName(n).slice(3)).join(' ')}]`;
}

const saFlags = flags(prefixed('SA_', { NOCLDSTOP: 1, NOCLDWAIT: 2, SIGINFO: 4, RESTORER: 0x04000000, ONSTACK: 0x08000000, RESTART: 0x10000000, NODEFER: 0x40000000, RESETHAND: 0x80000000 | 0 }));
/** struct sigaction of rt_sigaction. */
export const signalAction: Arg<number> = { ...address, show: (raw, task) => (raw === 0 ? 'NULL' : readable(raw, () => actionText(task, raw))) };
export const filledSignalAction: Arg<number> = { ...signalAction, filled: true, show: (raw, task, all) => (lastResult.value < 0 ? hex(raw) : signalAction.show(raw, task, all)) };

function actionText(task: Task, at: number): string {
  const word = task.guest.data.pointer;
  const handler = readWord(task, at), how = readWord(task, at + word);
  const restorer = task.guest.signalFrame.noRestorer ? 0 : word;
  const who = handler === 0 ? 'SIG_DFL' : handler === 1 ? 'SIG_IGN' : hex(handler);
  return `{sa_handler=${who}, sa_mask=${setText(task, at + 2 * word + restorer)}, sa_flags=${saFlags.show(how, task, noArguments)}}`;
}
const noArguments = new Float64Array(0);

const POLL: Names = { IN: 1, PRI: 2, OUT: 4, ERR: 8, HUP: 16, NVAL: 32, RDNORM: 64, RDBAND: 128, WRNORM: 256, WRBAND: 512, RDHUP: 0x2000 };
const pollEvents = flags(prefixed('POLL', POLL));
const SHOWN = 32;
/** Shows an array of struct pollfd whose length is argument `count`. */
export const pollfds = (pointer: Arg<number>, count: number): Arg<number> => ({
  ...pointer, filled: true,
  show: (raw, task, all) => (raw === 0 ? 'NULL' : readable(raw, () => {
    const found = Array.from({ length: Math.min(all[count]!, SHOWN) }, (_, i) => {
      const events = readInt(task, raw + 8 * i + 4);
      const name = (value: number): string => pollEvents.show(value & 0xffff, task, all);
      return `{fd=${readInt(task, raw + 8 * i)}, events=${name(events)}${events >>> 16 ? `, revents=${name(events >>> 16)}` : ''}}`;
    });
    return `[${found.join(', ')}${all[count]! > SHOWN ? ', ...' : ''}]`;
  })),
});

/** A socket address whose length is argument `length`. */
export const socketAddress = (pointer: Arg<number>, length: number): Arg<number> => ({
  ...pointer, show: (raw, task, all) => (raw === 0 ? 'NULL' : readable(raw, () => addressText(task, task.memory.read(raw, Math.min(all[length]!, 128)), all))),
});

/** A socket address that the call fills in, and that has as many bytes as the int says that argument `length` leads to. */
export const filledAddress = (pointer: Arg<number>, length: number): Arg<number> => ({
  ...pointer, filled: true,
  show: (raw, task, all) => {
    if (raw === 0) return 'NULL';
    const lengthAt = all[length]!;
    if (lastResult.value < 0 || lengthAt === 0) return hex(raw);
    return readable(raw, () => addressText(task, task.memory.read(raw, Math.min(Math.max(0, readInt(task, lengthAt)), 128)), all));
  },
});
/** An int that the call fills in: `[16]`. */
export const filledInt = (pointer: Arg<number>): Arg<number> => ({
  ...pointer, filled: true, show: (raw, task) => (raw === 0 ? 'NULL' : lastResult.value < 0 ? hex(raw) : readable(raw, () => `[${readInt(task, raw)}]`)),
});

const AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16, AF_PACKET = 17, AF_CAN = 29, AF_ALG = 38, AF_VSOCK = 40;

/** The text of an IPv6 address: the longest run of zeros left out. */
function ipv6(view: DataView, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i).toString(16)).join(':');
  const runs = [...groups.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)].sort((a, b) => b[0].length - a[0].length);
  if (!runs[0]) return groups;
  const [run] = runs, before = groups.slice(0, run.index), after = groups.slice(run.index + run[0].length);
  return `${before.replace(/:$/, '')}::${after.replace(/^:/, '')}`;
}

/** An address's bytes taken apart by family. */
export function addressText(task: Task, bytes: Uint8Array, all: Float64Array): string {
  if (bytes.length < 2) return '{}';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kind = view.getUint16(0, !task.guest.data.bigEndian);
  const head = `{sa_family=${family.show(kind, task, all)}`;
  if (kind === AF_UNIX) {
    const path = Buffer.from(bytes.subarray(2)).toString('latin1');
    return path === '' ? `${head}}` : path[0] === '\0' ? `${head}, sun_path=@"${path.slice(1)}"}` : `${head}, sun_path="${path.split('\0')[0]}"}`;
  }
  if (kind === AF_INET && bytes.length >= 8) return `${head}, sin_port=htons(${view.getUint16(2)}), sin_addr=inet_addr("${bytes.subarray(4, 8).join('.')}")}`;
  const little = !task.guest.data.bigEndian;
  if (kind === AF_INET6 && bytes.length >= 28) {
    return `${head}, sin6_port=htons(${view.getUint16(2)}), sin6_flowinfo=htonl(${view.getUint32(4)}), inet_pton(AF_INET6, "${ipv6(view, 8)}", &sin6_addr), sin6_scope_id=${view.getUint32(24, little)}}`;
  }
  if (kind === AF_PACKET && bytes.length >= 12) return `${head}, sll_protocol=htons(${hex(view.getUint16(2))}), sll_ifindex=${view.getInt32(4, little)}, sll_hatype=${view.getUint16(8, little)}, sll_pkttype=${bytes[10]}, sll_halen=${bytes[11]}}`;
  if (kind === AF_VSOCK && bytes.length >= 12) return `${head}, svm_cid=${hex(view.getUint32(8, little))}, svm_port=${hex(view.getUint32(4, little))}}`;
  if (kind === AF_CAN && bytes.length >= 8) return `${head}, can_ifindex=${view.getInt32(4, little)}}`;
  if (kind === AF_ALG && bytes.length >= 88) {
    const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('latin1').split('\0')[0]!;
    return `${head}, salg_type="${text(2, 16)}", salg_feat=${hex(view.getUint32(16, little))}, salg_mask=${hex(view.getUint32(20, little))}, salg_name="${text(24, 88)}"}`;
  }
  if (kind === AF_NETLINK && bytes.length >= 12) return `${head}, nl_pid=${view.getUint32(4, little)}, nl_groups=${view.getUint32(8, little).toString(16).padStart(8, '0')}}`;
  return `${head}, sa_data=${quote(bytes.subarray(2))}}`;
}

/** execve's arguments: `["cat", "file"]`; of the environment only how many variables there are. */
export const argumentList: Arg<number> = { ...address, show: (raw, task) => (raw === 0 ? 'NULL' : readable(raw, () => {
  const found = pointers(task, raw, SHOWN);
  return `[${found.map((at) => showString(at, task)).join(', ')}${found.length === SHOWN ? ', ...' : ''}]`;
})) };
export const environmentList: Arg<number> = { ...address, show: (raw, task) => (raw === 0 ? 'NULL' : readable(raw, () => `${hex(raw)} /* ${pointers(task, raw, 10000).length} vars */`)) };

function pointers(task: Task, at: number, most: number): number[] {
  const found: number[] = [];
  for (let next = at; found.length < most; next += task.guest.data.pointer) {
    const pointer = readWord(task, next);
    if (pointer === 0) break;
    found.push(pointer);
  }
  return found;
}

// Flags and commands of single calls.
export const rwFlags = bitNames('RWF_', { HIPRI: 1, DSYNC: 2, SYNC: 4, NOWAIT: 8, APPEND: 16, NOAPPEND: 32, ATOMIC: 64, DONTCACHE: 128 });
export const spliceFlags = bitNames('SPLICE_F_', { MOVE: 1, NONBLOCK: 2, MORE: 4, GIFT: 8 });
export const closeRangeFlags = bitNames('CLOSE_RANGE_', { UNSHARE: 2, CLOEXEC: 4 });
export const dupFlags = bitNames('O_', { CLOEXEC: 0o2000000 });
export const fallocateMode = bitNames('FALLOC_FL_', { KEEP_SIZE: 1, PUNCH_HOLE: 2, NO_HIDE_STALE: 4, COLLAPSE_RANGE: 8, ZERO_RANGE: 16, INSERT_RANGE: 32, UNSHARE_RANGE: 64 });
export const fileAdvice = oneOf('POSIX_FADV_', { NORMAL: 0, RANDOM: 1, SEQUENTIAL: 2, WILLNEED: 3, DONTNEED: 4, NOREUSE: 5 });
export const syncRangeFlags = bitNames('SYNC_FILE_RANGE_', { WAIT_BEFORE: 1, WRITE: 2, WAIT_AFTER: 4 });
export const mlockFlags = bitNames('MLOCK_', { ONFAULT: 1 });
export const mlockallFlags = bitNames('MCL_', { CURRENT: 1, FUTURE: 2, ONFAULT: 4 });
export const membarrierCommand = oneOf('MEMBARRIER_CMD_', {
  QUERY: 0, GLOBAL: 1, GLOBAL_EXPEDITED: 2, REGISTER_GLOBAL_EXPEDITED: 4, PRIVATE_EXPEDITED: 8, REGISTER_PRIVATE_EXPEDITED: 16, PRIVATE_EXPEDITED_SYNC_CORE: 32,
  REGISTER_PRIVATE_EXPEDITED_SYNC_CORE: 64, PRIVATE_EXPEDITED_RSEQ: 128, REGISTER_PRIVATE_EXPEDITED_RSEQ: 256, GET_REGISTRATIONS: 512,
});
export const inotifyFlags = bitNames('IN_', { CLOEXEC: 0o2000000, NONBLOCK: 0o4000 });
export const inotifyMask = bitNames('IN_', {
  ALL_EVENTS: 0xfff, ACCESS: 1, MODIFY: 2, ATTRIB: 4, CLOSE_WRITE: 8, CLOSE_NOWRITE: 16, OPEN: 32, MOVED_FROM: 64, MOVED_TO: 128, CREATE: 256, DELETE: 512, DELETE_SELF: 1024, MOVE_SELF: 2048,
  ONLYDIR: 1 << 24, DONT_FOLLOW: 1 << 25, EXCL_UNLINK: 1 << 26, MASK_CREATE: 1 << 28, MASK_ADD: 1 << 29, ISDIR: 1 << 30, ONESHOT: 1 << 31,
});
export const rusageWho = oneOf('RUSAGE_', { SELF: 0, CHILDREN: -1, THREAD: 1 });
export const priorityWhich = oneOf('PRIO_', { PROCESS: 0, PGRP: 1, USER: 2 });
export const scheduler = oneOf('SCHED_', { OTHER: 0, FIFO: 1, RR: 2, BATCH: 3, IDLE: 5, DEADLINE: 6, EXT: 7 });
export const waitidType = oneOf('P_', { ALL: 0, PID: 1, PGID: 2, PIDFD: 3 });
export const ipcFlags: Arg<number> = {
  read: bits.read,
  show: (raw, task, all) => {
    const named = raw & 0o7000 ? flags({ IPC_CREAT: 0o1000, IPC_EXCL: 0o2000, IPC_NOWAIT: 0o4000 }).show(raw & 0o7000, task, all) : '';
    const rest = raw & ~0o7000, text = rest & ~0o777 ? hex(rest) : `0${rest.toString(8).padStart(raw & 0o7000 ? 0 : 2, '0')}`;
    return named && rest ? `${named}|${text}` : named || text;
  },
};
export const timerfdCreateFlags = bitNames('TFD_', { CLOEXEC: 0o2000000, NONBLOCK: 0o4000 });
export const timerfdFlags = bitNames('TFD_TIMER_', { ABSTIME: 1, CANCEL_ON_SET: 2 });
export const signalfdFlags = bitNames('SFD_', { CLOEXEC: 0o2000000, NONBLOCK: 0o4000 });
export const pidfdFlags = bitNames('PIDFD_', { NONBLOCK: 0o4000, THREAD: 0o200 });
