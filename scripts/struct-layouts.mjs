// Writes src/syscalls/layouts.json: where the kernel's own headers put the members of the structures that
// src/syscalls/structs.ts declares, for each processor whose cross compiler is installed. A test compares the two.
//   node scripts/struct-layouts.mjs
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Compiler by data model or guest; the host's own is what the kernel gets. */
const compilers = {
  host: 'gcc', arm: 'arm-linux-gnueabihf-gcc', aarch64: 'aarch64-linux-gnu-gcc', riscv64: 'riscv64-linux-gnu-gcc', i386: 'i686-linux-gnu-gcc', ppc: 'powerpc-linux-gnu-gcc',
};

/** By the name of our declaration: the header, the C type, and the members. `32` and `64` for those of one width only. */
const kernel = [
  ['timeval', 'sys/time.h', 'struct timeval', 'tv_sec tv_usec'],
  ['timespec64', 'linux/time_types.h', 'struct __kernel_timespec', 'tv_sec'],
  ['itimerspec64', 'linux/time_types.h', 'struct __kernel_itimerspec', 'it_interval.tv_sec it_value.tv_sec'],
  ['stat64', 'asm/stat.h', 'struct stat64', 'st_dev st_ino st_mode st_nlink st_uid st_gid st_rdev st_size st_blksize st_blocks st_atime st_atime_nsec st_mtime st_mtime_nsec st_ctime st_ctime_nsec', ['arm', 'i386']],
  ['oldStat', 'asm/stat.h', 'struct stat', 'st_dev st_ino st_mode st_nlink st_uid st_gid st_rdev st_size st_blksize st_blocks st_atime st_mtime st_ctime_nsec', ['arm', 'i386']],
  ['hostStat', 'asm/stat.h', 'struct stat', 'st_dev st_ino st_nlink st_mode st_uid st_gid st_rdev st_size st_blksize st_blocks st_atime st_atime_nsec st_mtime st_mtime_nsec st_ctime st_ctime_nsec', ['host']],
  ['statfs', 'asm/statfs.h', 'struct statfs', 'f_type f_bsize f_blocks f_bfree f_bavail f_files f_ffree f_fsid f_namelen f_frsize f_flags'],
  ['statfs64', 'asm/statfs.h', 'struct statfs64', 'f_type f_bsize f_blocks f_bfree f_bavail f_files f_ffree f_fsid f_namelen f_frsize f_flags', ['arm', 'i386', 'ppc']],
  ['flock', 'asm/fcntl.h', 'struct flock', 'l_type l_whence l_start l_len l_pid'],
  ['flock64', 'asm/fcntl.h', 'struct flock64', 'l_type l_whence l_start l_len l_pid', ['arm', 'i386', 'ppc']],
  ['rlimit', 'sys/resource.h', 'struct rlimit', 'rlim_cur rlim_max'],
  ['rusage', 'sys/resource.h', 'struct rusage', 'ru_utime.tv_sec ru_stime.tv_usec ru_maxrss ru_minflt ru_nivcsw'],
  ['sysinfo', 'linux/sysinfo.h', 'struct sysinfo', 'uptime loads totalram freeram sharedram bufferram totalswap freeswap procs totalhigh freehigh mem_unit'],
  ['utsname', 'linux/utsname.h', 'struct new_utsname', 'sysname nodename release version machine domainname'],
  ['epollEvent', 'linux/eventpoll.h', 'struct epoll_event', 'events data', ['arm', 'i386', 'ppc', 'aarch64', 'riscv64']],
  ['hostEpollEvent', 'linux/eventpoll.h', 'struct epoll_event', 'events data', ['host']],
  ['msghdr', 'sys/socket.h', 'struct msghdr', 'msg_name msg_namelen msg_iov msg_iovlen msg_control msg_controllen msg_flags'],
  ['mmsghdr', 'sys/socket.h', 'struct mmsghdr', 'msg_hdr.msg_flags msg_len'],
  ['cmsghdr', 'sys/socket.h', 'struct cmsghdr', 'cmsg_len cmsg_level cmsg_type'],
  ['shmidDs', 'asm/shmbuf.h', 'struct shmid64_ds', 'shm_perm.key shm_perm.mode shm_perm.seq shm_segsz shm_atime shm_dtime shm_ctime shm_cpid shm_lpid shm_nattch', ['arm', 'i386', 'riscv64', 'aarch64']],
  ['semidDs', 'asm/sembuf.h', 'struct semid64_ds', 'sem_perm.key sem_otime sem_ctime sem_nsems', ['arm', 'i386', 'riscv64', 'aarch64']],
  ['msqidDs', 'asm/msgbuf.h', 'struct msqid64_ds', 'msg_perm.key msg_stime msg_rtime msg_ctime msg_qnum msg_qbytes msg_lspid msg_lrpid', ['arm', 'i386', 'riscv64', 'aarch64']],
  ['hostShmidDs', 'asm/shmbuf.h', 'struct shmid64_ds', 'shm_perm.key shm_perm.mode shm_perm.seq shm_segsz shm_atime shm_dtime shm_ctime shm_cpid shm_lpid shm_nattch', ['host']],
  ['hostSemidDs', 'asm/sembuf.h', 'struct semid64_ds', 'sem_perm.key sem_otime sem_ctime sem_nsems', ['host']],
  ['hostMsqidDs', 'asm/msgbuf.h', 'struct msqid64_ds', 'msg_perm.key msg_stime msg_rtime msg_ctime msg_qnum msg_qbytes msg_lspid msg_lrpid', ['host']],
  ['shminfo', 'asm/shmbuf.h', 'struct shminfo64', 'shmmax shmmin shmmni shmseg shmall'],
  ['shmInfo', 'linux/shm.h', 'struct shm_info', 'used_ids shm_tot shm_swp swap_successes'],
  ['mqAttr', 'linux/mqueue.h', 'struct mq_attr', 'mq_flags mq_maxmsg mq_msgsize mq_curmsgs'],
  ['timex', 'sys/timex.h', 'struct timex', 'modes offset freq maxerror esterror status constant precision tolerance time.tv_sec tick ppsfreq jitter shift stabil jitcnt stbcnt tai', ['host', 'arm', 'aarch64', 'riscv64']],
  ['sigevent', 'asm/siginfo.h', 'struct sigevent', 'sigev_value sigev_signo sigev_notify'],
];

/** What the compiler says about one struct. Members are asked for one file each: headers of the kernel and of libc do not mix. */
function measure(compiler, [, header, type, members]) {
  const dir = mkdtempSync(join(tmpdir(), 'layout-'));
  const source = join(dir, 'a.c'), object = join(dir, 'a.o');
  const names = members.split(' ');
  const numbers = [`sizeof(${type})`, ...names.map((name) => `__builtin_offsetof(${type}, ${name})`), ...names.map((name) => `sizeof(((${type} *)0)->${name})`)];
  writeFileSync(source, `#define _GNU_SOURCE\n#include <linux/types.h>\n${header.startsWith('asm/') ? '#include <linux/ipc.h>\n#include <linux/posix_types.h>\n' : '#include <stddef.h>\n#include <sys/types.h>\n'}#include <${header}>\n`
    + `__attribute__((section(".numbers"), used)) const unsigned int numbers[] = { ${numbers.join(', ')} };\n`);
  try {
    execFileSync(compiler, ['-c', '-o', object, source], { stdio: ['ignore', 'ignore', 'pipe'] });
    const raw = join(dir, 'raw');
    execFileSync(compiler.replace(/gcc$/, 'objcopy'), ['-O', 'binary', '-j', '.numbers', '--set-section-flags', '.numbers=alloc', object, raw]);
    const bytes = readFileSync(raw);
    const big = compiler.startsWith('powerpc-');
    const at = (i) => (big ? bytes.readUInt32BE(i * 4) : bytes.readUInt32LE(i * 4));
    return { size: at(0), members: Object.fromEntries(names.map((name, i) => [name, [at(1 + i), at(1 + names.length + i)]])) };
  } finally { rmSync(dir, { recursive: true }); }
}

const found = {};
for (const [guest, compiler] of Object.entries(compilers)) {
  try { execFileSync(compiler, ['--version'], { stdio: 'ignore' }); } catch { console.log(`${compiler} is not installed: ${guest} is left as it was`); continue; }
  found[guest] = {};
  for (const row of kernel) {
    if (row[4] && !row[4].includes(guest)) continue;
    try { found[guest][row[0]] = measure(compiler, row); } catch (error) { console.log(`${guest} ${row[0]}: ${String(error.stderr ?? error).split('\n').find((line) => line.includes('error')) ?? error}`); }
  }
}
const file = new URL('../src/syscalls/layouts.json', import.meta.url);
const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const text = Object.entries({ ...before, ...found }).map(([guest, structs]) => `  "${guest}": {\n${Object.entries(structs).map(([name, layout]) => `    "${name}": ${JSON.stringify(layout)}`).join(',\n')}\n  }`).join(',\n');
writeFileSync(file, `{\n${text}\n}\n`);
