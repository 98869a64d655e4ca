//> flags: -pthread
//> stdout: lr.w 160000\nlr.d 160000\namoadd 480000 480000\namocas 160000 160000 160000 480001 torn 0\nbits 0 ffffffff\nmin -39999 max 39999 umin 1 umax 18446744073709551615\nlock 160000\nsc: 1 1 0 1\nq: 7 1, 11 2, 4 1, 0\n
// Atomic instructions among four threads: LR and SC, AMOs, and the compare-and-swaps of Zacas, which qemu-riscv64 7.2 lacks. And
// what a store-conditional without a reservation answers, and faults of a compare-and-swap of 16 bytes.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

enum { THREADS = 4, ROUNDS = 40000 };

static int lr_w, add_w, cas_w;
static long lr_d, add_d, cas_d, lowest = 1, highest = -1;
static unsigned long umin = -1ul, umax;
static unsigned bits_xor, bits_or;
static volatile int lock;
static long guarded;
static _Alignas(16) uint64_t pair[2] = {0, 1};
static int torn;

#define RETRY(width, cell) \
  asm volatile("1: lr." width ".aq t0, %0\naddi t0, t0, 1\nsc." width ".rl t1, t0, %0\nbnez t1, 1b" : "+A"(cell) : : "t0", "t1", "memory")
#define AMO(name, cell, value) asm volatile(name " zero, %1, %0" : "+A"(cell) : "r"(value) : "memory")

/** funct3: 2 for words, 3 for doublewords. The binutils at hand do not know the names. */
#define CAS(funct3, cell, expected, value) \
  asm volatile(".insn r 0x2f, " #funct3 ", 0x14, %0, %1, %2" : "+r"(expected) : "r"(&(cell)), "r"(value) : "memory")

static void cas_q(uint64_t *at, uint64_t expected[2], uint64_t low, uint64_t high) {
  register uint64_t a0 asm("a0") = expected[0], a1 asm("a1") = expected[1], a2 asm("a2") = low, a3 asm("a3") = high;
  asm volatile(".insn r 0x2f, 4, 0x14, a0, %2, a2" : "+r"(a0), "+r"(a1) : "r"(at), "r"(a2), "r"(a3) : "memory");
  expected[0] = a0, expected[1] = a1;
}

static void *work(void *argument) {
  long self = (long)argument;
  uint64_t mine[2] = {0, 0};
  for (long i = 0; i < ROUNDS; i++) {
    RETRY("w", lr_w);
    RETRY("d", lr_d);
    AMO("amoadd.w", add_w, 3);
    AMO("amoadd.d", add_d, 3l);
    for (int seen = cas_w, wanted;;) {
      wanted = seen;
      CAS(2, cas_w, seen, wanted + 1);
      if (seen == wanted) break;
    }
    for (long seen = cas_d, wanted;;) {
      wanted = seen;
      CAS(3, cas_d, seen, wanted + 1);
      if (seen == wanted) break;
    }
    for (uint64_t wanted[2];;) {
      wanted[0] = mine[0], wanted[1] = mine[1];
      cas_q(pair, mine, wanted[0] + 1, wanted[1] + 3);
      if (mine[1] != 3 * mine[0] + 1) torn = 1;
      if (mine[0] == wanted[0] && mine[1] == wanted[1]) break;
    }
    AMO("amoxor.w", bits_xor, 1u << (self + 4 * (i & 7)));
    AMO("amoor.w", bits_or, 1u << (self + 4 * (i & 7)));
    AMO("amomin.d", lowest, -i);
    AMO("amomax.d", highest, i);
    AMO("amominu.d", umin, i + 1);
    AMO("amomaxu.d", umax, -1ul - i);
    int taken;
    do asm volatile("amoswap.w.aq %0, %2, %1" : "=r"(taken), "+A"(lock) : "r"(1) : "memory"); while (taken);
    guarded++;
    asm volatile("amoswap.w.rl zero, zero, %0" : "+A"(lock) : : "memory");
  }
  return 0;
}

static sigjmp_buf again;
static volatile int number, code;
static void *volatile address;
static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)context;
  number = signal, code = info->si_code, address = info->si_addr;
  siglongjmp(again, 1);
}

static void faults(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGBUS, &action, 0), sigaction(SIGSEGV, &action, 0), sigaction(SIGILL, &action, 0);
  uint64_t any[2] = {0, 0};
  if (sigsetjmp(again, 1)) printf("q: %d %d, ", number, address == (char *)pair + 8 ? code : -1);
  else cas_q((uint64_t *)((char *)pair + 8), any, 1, 1);
  uint64_t *page = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sigsetjmp(again, 1)) printf("%d %d, ", number, address == page + 2 ? code : -1);
  else cas_q(page + 2, any, 1, 1);
  if (sigsetjmp(again, 1)) printf("%d %d, ", number, code);
  else asm volatile(".insn r 0x2f, 4, 0x14, a1, %0, a2" : : "r"(pair) : "a1", "a2", "memory");
  mprotect(page, 4096, PROT_READ | PROT_WRITE);
  cas_q(page + 2, any, 1, 1);
  printf("%d\n", (int)(any[0] + any[1]));
}

int main(void) {
  pthread_t threads[THREADS];
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], 0, work, (void *)i);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], 0);
  printf("lr.w %d\nlr.d %ld\namoadd %d %ld\n", lr_w, lr_d, add_w, add_d);
  printf("amocas %d %ld %lu %lu torn %d\n", cas_w, cas_d, pair[0], pair[1], torn);
  printf("bits %x %x\nmin %ld max %ld umin %lu umax %lu\nlock %ld\n", bits_xor, bits_or, lowest, highest, umin, umax, guarded);
  long cell = 5, other = 5, none, elsewhere, good, twice;
  asm volatile("sc.d %0, zero, %1" : "=r"(none), "+A"(cell) : : "memory");
  asm volatile("lr.d t0, %1\nsc.d %0, zero, %2" : "=&r"(elsewhere), "+A"(cell), "+A"(other) : : "t0", "memory");
  asm volatile("lr.d t0, %2\nsc.d %0, t0, %2\nsc.d %1, t0, %2" : "=&r"(good), "=&r"(twice), "+A"(cell) : : "t0", "memory");
  printf("sc: %ld %ld %ld %ld\n", none, elsewhere, good, twice);
  faults();
  return 0;
}
