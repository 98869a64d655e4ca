// The structures that system calls read and write, as the kernel's uapi headers declare them. A guest's folder overrides
// those whose form differs there. host* are what x86-64 has under the same name.
import type { DataModel } from '../guests/guest.ts';
import { byModel, struct, type Struct, type Type } from './struct.ts';

const longs = (...names: string[]): Record<string, Type> => Object.fromEntries(names.map((name) => [name, 'long' as const]));
const ulongs = (...names: string[]): Record<string, Type> => Object.fromEntries(names.map((name) => [name, 'ulong' as const]));

// Time.
export const timespec = struct('timespec', longs('tv_sec', 'tv_nsec'));
/**
 * __kernel_timespec. What 32-bit guests have in the upper half of tv_nsec is padding that may hold anything: the kernel
 * cuts it off for them (get_timespec64).
 */
export const timespec64 = byModel('timespec64', ({ pointer, bigEndian }) => {
  if (pointer === 8) return { tv_sec: 'i64', tv_nsec: 'i64' };
  return bigEndian ? { tv_sec: 'i64', pad: 'u32', tv_nsec: 'u32' } : { tv_sec: 'i64', tv_nsec: 'u32', pad: 'u32' };
});
export const iovec = struct('iovec', { iov_base: 'pointer', iov_len: 'ulong' });
export const sockFprog = struct('sock_fprog', { len: 'u16', filter: 'pointer' });
export const sctpGetaddrsOld = struct('sctp_getaddrs_old', { assoc_id: 'i32', addr_num: 'i32', addrs: 'pointer' });
export const timeval = struct('timeval', longs('tv_sec', 'tv_usec'));
export const timezone = struct('timezone', { tz_minuteswest: 'i32', tz_dsttime: 'i32' });
export const itimerval = struct('itimerval', { it_interval: timeval, it_value: timeval });
export const itimerspec = struct('itimerspec', { it_interval: timespec, it_value: timespec });
export const itimerspec64 = struct('itimerspec64', { it_interval: timespec64, it_value: timespec64 });
export const utimbuf = struct('utimbuf', longs('actime', 'modtime'));
export const tms = struct('tms', longs('tms_utime', 'tms_stime', 'tms_cutime', 'tms_cstime'));
export const timex = struct('timex', {
  modes: 'u32', offset: 'long', freq: 'long', maxerror: 'long', esterror: 'long', status: 'i32', constant: 'long', precision: 'long',
  tolerance: 'long', time: timeval, tick: 'long', ppsfreq: 'long', jitter: 'long', shift: 'i32', stabil: 'long', jitcnt: 'long',
  calcnt: 'long', errcnt: 'long', stbcnt: 'long', tai: 'i32', reserved: { bytes: 44 },
});
/** What sigevent is for the kernel; the value stays what the guest gave. */
export const sigevent = struct('sigevent', { sigev_value: 'pointer', sigev_signo: 'i32', sigev_notify: 'i32', sigev_notify_thread_id: 'i32', pad: { bytes: 44 } });

// Files.
export const hostStat = struct('stat (x86-64)', {
  st_dev: 'u64', st_ino: 'u64', st_nlink: 'u64', st_mode: 'u32', st_uid: 'u32', st_gid: 'u32', pad0: 'u32', st_rdev: 'u64', st_size: 'i64',
  st_blksize: 'i64', st_blocks: 'i64', st_atime: 'i64', st_atime_nsec: 'u64', st_mtime: 'i64', st_mtime_nsec: 'u64', st_ctime: 'i64', st_ctime_nsec: 'u64',
  unused: { bytes: 24 },
});
/** struct stat of the calls that 32-bit guests had before large files (asm-generic and most others in the 32-bit form). */
export const oldStat = struct('oldStat', {
  st_dev: 'ulong', st_ino: 'ulong', st_mode: 'u16', st_nlink: 'u16', st_uid: 'u16', st_gid: 'u16', st_rdev: 'ulong', st_size: 'ulong',
  st_blksize: 'ulong', st_blocks: 'ulong', st_atime: 'ulong', st_atime_nsec: 'ulong', st_mtime: 'ulong', st_mtime_nsec: 'ulong', st_ctime: 'ulong',
  st_ctime_nsec: 'ulong', unused4: 'ulong', unused5: 'ulong',
});
/** stat64 as ARM and i386 have it. */
export const stat64 = struct('stat64', {
  st_dev: 'u64', pad0: { bytes: 4 }, __st_ino: 'ulong', st_mode: 'u32', st_nlink: 'u32', st_uid: 'ulong', st_gid: 'ulong', st_rdev: 'u64',
  pad3: { bytes: 4 }, st_size: 'i64', st_blksize: 'ulong', st_blocks: 'u64', st_atime: 'ulong', st_atime_nsec: 'ulong', st_mtime: 'ulong',
  st_mtime_nsec: 'ulong', st_ctime: 'ulong', st_ctime_nsec: 'ulong', st_ino: 'u64',
});
const statfsTail: Record<string, Type> = { f_namelen: 'long', f_frsize: 'long', f_flags: 'long', f_spare: { array: 'long', length: 4 } };
/** struct statfs: words of a long each. */
export const statfs = struct('statfs', {
  ...longs('f_type', 'f_bsize'), ...ulongs('f_blocks', 'f_bfree', 'f_bavail', 'f_files', 'f_ffree'), f_fsid: { array: 'i32', length: 2 }, ...statfsTail,
});
export const statfs64 = struct('statfs64', {
  f_type: 'u32', f_bsize: 'u32', f_blocks: 'u64', f_bfree: 'u64', f_bavail: 'u64', f_files: 'u64', f_ffree: 'u64', f_fsid: { array: 'i32', length: 2 },
  f_namelen: 'u32', f_frsize: 'u32', f_flags: 'u32', f_spare: { array: 'u32', length: 4 },
});
export const ustat = struct('ustat', { f_tfree: 'i32', f_tinode: 'ulong', f_fname: { bytes: 6 }, f_fpack: { bytes: 6 } });
export const flock = struct('flock', { l_type: 'i16', l_whence: 'i16', l_start: 'long', l_len: 'long', l_pid: 'i32' });
export const flock64 = struct('flock64', { l_type: 'i16', l_whence: 'i16', l_start: 'i64', l_len: 'i64', l_pid: 'i32' });
export const fOwnerEx = struct('f_owner_ex', { type: 'i32', pid: 'i32' });

// Processes.
export const rlimit = struct('rlimit', ulongs('rlim_cur', 'rlim_max'));
export const rusage = struct('rusage', {
  ru_utime: timeval, ru_stime: timeval,
  ...longs('ru_maxrss', 'ru_ixrss', 'ru_idrss', 'ru_isrss', 'ru_minflt', 'ru_majflt', 'ru_nswap', 'ru_inblock', 'ru_oublock', 'ru_msgsnd', 'ru_msgrcv',
    'ru_nsignals', 'ru_nvcsw', 'ru_nivcsw'),
});
export const sysinfo = struct('sysinfo', {
  uptime: 'long', loads: { array: 'ulong', length: 3 }, ...ulongs('totalram', 'freeram', 'sharedram', 'bufferram', 'totalswap', 'freeswap'), procs: 'u16', pad: 'u16',
  ...ulongs('totalhigh', 'freehigh'), mem_unit: 'u32',
});
export const utsname = struct('new_utsname', {
  sysname: { bytes: 65 }, nodename: { bytes: 65 }, release: { bytes: 65 }, version: { bytes: 65 }, machine: { bytes: 65 }, domainname: { bytes: 65 },
});

// Events.
export const epollEvent = struct('epoll_event', { events: 'u32', data: 'u64' });
export const hostEpollEvent = struct('epoll_event (x86-64)', { events: 'u32', data: 'u64' }, { packed: true });

// Sockets.
export const msghdr = struct('msghdr', {
  msg_name: 'pointer', msg_namelen: 'i32', msg_iov: 'pointer', msg_iovlen: 'ulong', msg_control: 'pointer', msg_controllen: 'ulong', msg_flags: 'u32',
});
export const mmsghdr = struct('mmsghdr', { msg_hdr: msghdr, msg_len: 'u32' });
export const cmsghdr = struct('cmsghdr', { cmsg_len: 'ulong', cmsg_level: 'i32', cmsg_type: 'i32' });

// System V and POSIX IPC.
const ipcPerm = struct('ipc64_perm', {
  key: 'i32', uid: 'u32', gid: 'u32', cuid: 'u32', cgid: 'u32', mode: 'u16', pad1: 'u16', seq: 'u16', pad2: 'u16', unused1: 'ulong', unused2: 'ulong',
});
const hostIpcPerm = struct('ipc64_perm (x86-64)', {
  key: 'i32', uid: 'u32', gid: 'u32', cuid: 'u32', cgid: 'u32', mode: 'u32', seq: 'u16', pad2: 'u16', unused1: 'ulong', unused2: 'ulong',
});
const high = (name: string): Record<string, Type> => ({ [name]: 'ulong', [`${name}_high`]: 'ulong' });
/** The 32-bit forms have the upper half of each time in a word of its own. */
const shmidDs32 = struct('shmid64_ds (32-bit)', {
  shm_perm: ipcPerm, shm_segsz: 'ulong', ...high('shm_atime'), ...high('shm_dtime'), ...high('shm_ctime'), shm_cpid: 'i32', shm_lpid: 'i32', shm_nattch: 'ulong', unused4: 'ulong', unused5: 'ulong',
});
const semidDs32 = struct('semid64_ds (32-bit)', { sem_perm: ipcPerm, ...high('sem_otime'), ...high('sem_ctime'), sem_nsems: 'ulong', unused3: 'ulong', unused4: 'ulong' });
const msqidDs32 = struct('msqid64_ds (32-bit)', {
  msg_perm: ipcPerm, ...high('msg_stime'), ...high('msg_rtime'), ...high('msg_ctime'), msg_cbytes: 'ulong', msg_qnum: 'ulong', msg_qbytes: 'ulong', msg_lspid: 'i32', msg_lrpid: 'i32', unused4: 'ulong', unused5: 'ulong',
});
export const hostShmidDs = struct('shmid64_ds (x86-64)', {
  shm_perm: hostIpcPerm, shm_segsz: 'ulong', shm_atime: 'i64', shm_dtime: 'i64', shm_ctime: 'i64', shm_cpid: 'i32', shm_lpid: 'i32', shm_nattch: 'ulong', unused4: 'ulong', unused5: 'ulong',
});
export const hostSemidDs = struct('semid64_ds (x86-64)', {
  sem_perm: hostIpcPerm, sem_otime: 'i64', unused1: 'u64', sem_ctime: 'i64', unused2: 'u64', sem_nsems: 'ulong', unused3: 'ulong', unused4: 'ulong',
});
export const hostMsqidDs = struct('msqid64_ds (x86-64)', {
  msg_perm: hostIpcPerm, msg_stime: 'i64', msg_rtime: 'i64', msg_ctime: 'i64', msg_cbytes: 'ulong', msg_qnum: 'ulong', msg_qbytes: 'ulong', msg_lspid: 'i32', msg_lrpid: 'i32', unused4: 'ulong', unused5: 'ulong',
});
/** 64-bit guests have the generic forms: as x86-64, but for the words that it leaves unused in semid64_ds. */
const semidDs64 = struct('semid64_ds (64-bit)', { sem_perm: hostIpcPerm, sem_otime: 'i64', sem_ctime: 'i64', sem_nsems: 'ulong', unused3: 'ulong', unused4: 'ulong' });
const wideOr = (name: string, wide: Struct, narrow: Struct): Struct => Object.assign((model: DataModel) => (model.pointer === 8 ? wide : narrow)(model), { structName: name });
export const shmidDs = wideOr('shmid64_ds', hostShmidDs, shmidDs32);
export const semidDs = wideOr('semid64_ds', semidDs64, semidDs32);
export const msqidDs = wideOr('msqid64_ds', hostMsqidDs, msqidDs32);
export const shminfo = struct('shminfo64', ulongs('shmmax', 'shmmin', 'shmmni', 'shmseg', 'shmall', 'unused1', 'unused2', 'unused3', 'unused4'));
export const shmInfo = struct('shm_info', { used_ids: 'i32', ...ulongs('shm_tot', 'shm_rss', 'shm_swp', 'swap_attempts', 'swap_successes') });
export const mqAttr = struct('mq_attr', { ...longs('mq_flags', 'mq_maxmsg', 'mq_msgsize', 'mq_curmsgs'), reserved: { array: 'long', length: 4 } });
