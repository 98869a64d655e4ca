//> exit: 7
//> stdout: 0 0 10 0\n11 1 68\n0 10\n180000\n0 17 1 5 1 from the child\n-38\n0 0 8589934596 6 3 cde 0 4294967318\n97 4 88 99 0 0\n0 0 1 0 -38\n1 2 3\n
// What a 32-bit kernel of the newest sort gives: 64-bit times only, no wait4, offsets in pairs; signals, threads, processes.
// (qemu-riscv32 7.2 does not wait for the thread, and maps another page of the file.)
#include "freestanding.h"

enum { OPENAT = 56, CLOSE = 57, LLSEEK = 62, READV = 65, WAITID = 95, EXIT = 93, FUTEX = 422, CLOCK_GETTIME = 403, NANOSLEEP = 407, PPOLL = 414,
  KILL = 129, RT_SIGACTION = 134, RT_SIGPROCMASK = 135, GETPID = 172, GETTID = 178, MUNMAP = 215, CLONE = 220, MMAP2 = 222, MPROTECT = 226,
  PRLIMIT64 = 261, STATX = 291, FTRUNCATE64 = 46, PWRITE64 = 68, PREAD64 = 67, UNLINKAT = 35, PIPE2 = 59, WRITE = 64, READ = 63,
  SETITIMER = 103, UNAME = 160, GETTIMEOFDAY = 169, WAIT4 = 260, FLUSH_ICACHE = 259 };
enum { AT_FDCWD = -100 };
typedef struct { s64 seconds; long nanoseconds, padding; } timespec;

static volatile int caught, seen_code;
static void *volatile seen_address;
static void handler(int signal, int *info, void *context) {
  caught = signal;
  seen_code = info[2];
  seen_address = (void *)info[3];
  if (signal == 11) ((unsigned *)((char *)context + 16 + 16 + 128))[0] += 4; // uc_mcontext: the pc, over the load that faulted
}

static void signals(void) {
  struct { void *handler; unsigned long flags; u64 mask; } action = {handler, 4, 0};
  number(call6(RT_SIGACTION, 10, (long)&action, 0, 8, 0, 0), ' ');
  number(call6(RT_SIGACTION, 11, (long)&action, 0, 8, 0, 0), ' ');
  call(KILL, call(GETPID, 0, 0, 0), 10, 0);
  number(caught, ' '), number(seen_code, '\n');
  asm volatile(".option push\n.option norvc\nlw t0, 0(%0)\n.option pop" : : "r"(0x44) : "t0", "memory");
  number(caught, ' '), number(seen_code, ' '), number((long)seen_address, '\n');
  u64 mask = 1ull << 9, old = 0;
  call6(RT_SIGPROCMASK, 0, (long)&mask, (long)&old, 8, 0, 0);
  caught = 0;
  call(KILL, call(GETPID, 0, 0, 0), 10, 0);
  number(caught, ' ');
  call6(RT_SIGPROCMASK, 1, (long)&mask, 0, 8, 0, 0);
  number(caught, '\n');
}

static int counter;
static void add(int times) {
  for (int i = 0; i < times; i++) {
    int value, failed;
    asm volatile("1: lr.w.aq %0, %2\naddi %0, %0, 1\nsc.w.rl %1, %0, %2\nbnez %1, 1b" : "=&r"(value), "=&r"(failed), "+A"(counter) : : "memory");
    asm volatile("amoadd.w zero, %1, %0" : "+A"(counter) : "r"(2) : "memory");
  }
}

static int child_tid;
static char stacks[65536] __attribute__((aligned(16)));
static void threads(void) {
  long flags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x200000 | 0x100000; // VM FS FILES SIGHAND THREAD CHILD_CLEARTID PARENT_SETTID
  register long a7 asm("a7") = CLONE, a0 asm("a0") = flags, a1 asm("a1") = (long)(stacks + sizeof stacks), a2 asm("a2") = (long)&child_tid,
    a3 asm("a3") = 0, a4 asm("a4") = (long)&child_tid;
  asm volatile("ecall\nbnez a0, 1f\nli a0, 30000\ncall add\nli a0, 0\nli a7, 93\necall\n1:"
    : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "i"(add) : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a5", "a6");
  add(30000);
  for (int tid; (tid = *(volatile int *)&child_tid) != 0;) call6(FUTEX, (long)&child_tid, 0, tid, 0, 0, 0);
  number(counter, '\n');
}

static void processes(void) {
  int pipe[2];
  call(PIPE2, (long)pipe, 0, 0);
  long child = call6(CLONE, 17, 0, 0, 0, 0, 0);
  if (child == 0) {
    call(WRITE, pipe[1], (long)"from the child\n", 15);
    call(EXIT, 5, 0, 0);
  }
  int info[32] = {0};
  number(call6(WAITID, 1, child, (long)info, 4, 0, 0), ' ');
  number(info[0], ' '), number(info[3] == child, ' '), number(info[5], ' '), number(info[2], ' ');
  length += call(READ, pipe[0], (long)(text + length), 100);
  number(call6(WAIT4, -1, 0, 1, 0, 0, 0), '\n'); // ECHILD, or ENOSYS
}

static void files(void) {
  long fd = call6(OPENAT, AT_FDCWD, (long)"file", 0102, 0600, 0, 0);
  number(call(FTRUNCATE64, fd, 5, 1), ' '); // 2^32 + 5, in a pair
  u64 position = 0;
  number(call6(LLSEEK, fd, 0, -1, (long)&position, 2, 0), ' ');
  number(position, ' ');
  number(call6(PWRITE64, fd, (long)"abcdef", 6, 16, 1, 0), ' ');
  char bytes[8] = {0};
  number(call6(PREAD64, fd, (long)bytes, 3, 18, 1, 0), ' ');
  put(bytes), put(" ");
  static unsigned char x[256];
  number(call6(STATX, fd, (long)"", 0x1000, 0x7ff, (long)x, 0), ' ');
  number(*(u64 *)(x + 40), '\n');
  char *page = (char *)call6(MMAP2, 0, 4096, 3, 1, fd, 0x100000); // page 2^20: the last one, at 2^32
  number(page[16], ' ');
  page[17] = 'X';
  struct { char *at; int size; } parts[2] = {{bytes, 2}, {bytes + 4, 2}};
  call6(LLSEEK, fd, 1, 16, (long)&position, 0, 0);
  number(call(READV, fd, (long)parts, 2), ' ');
  number(bytes[1], ' '), number(bytes[4], ' ');
  number(call(MUNMAP, (long)page, 4096, 0), ' ');
  call(CLOSE, fd, 0, 0);
  number(call(UNLINKAT, AT_FDCWD, (long)"file", 0), '\n');
}

static void times(void) {
  timespec now, later, little = {0, 3000000, 0};
  number(call(CLOCK_GETTIME, 1, (long)&now, 0), ' ');
  number(call6(NANOSLEEP, 1, 0, (long)&little, 0, 0, 0), ' ');
  call(CLOCK_GETTIME, 1, (long)&later, 0);
  s64 gone = (later.seconds - now.seconds) * 1000000000 + later.nanoseconds - now.nanoseconds;
  number(gone >= 3000000 && gone < 5000000000ll, ' ');
  number(call6(PPOLL, 0, 0, (long)&little, 0, 8, 0), ' ');
  number(call(113, 1, (long)&now, 0), '\n'); // clock_gettime with 32-bit times: there is none
}

/** Code written at run time runs as it was written, also the second time. */
static void new_code(void) {
  unsigned *code = (unsigned *)call6(MMAP2, 0, 4096, 7, 0x22, -1, 0);
  for (int i = 1; i <= 3; i++) {
    code[0] = 0x00000513 | i << 20; // li a0, i
    code[1] = 0x00008067;           // ret
    call(FLUSH_ICACHE, (long)code, (long)(code + 2), 0);
    number(((int (*)(void))code)(), i == 3 ? '\n' : ' ');
  }
}

static int program(void) {
  signals(), threads(), processes(), files(), times(), new_code();
  return 7;
}
