// Big-endian data by SETEND: in code that ran before, in hot loops, over signals, in one thread and not in another.
//> modes: thumb,arm O2 static
//> flags: -pthread
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static uint32_t data[64] __attribute__((aligned(8)));
static volatile int order, seen;

/* The same code for both orders, so that it is there when the order changes. */
__attribute__((noinline)) static uint32_t sum(const uint32_t *p, int n) {
  uint32_t all = 0;
  for (int i = 0; i < n; i++) {
    uint32_t value;
    __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(p + i % 64) : "memory");
    all = all * 31 + value;
  }
  return all;
}

__attribute__((noinline, target("arm"))) static uint32_t bigSum(const uint32_t *p, int n) {
  uint32_t all = 0, value;
  for (int i = 0; i < n; i++) {
    __asm__ volatile("setend be\n\tldr %0, [%1]\n\tsetend le" : "=r"(value) : "r"(p + i % 64) : "memory");
    all = all * 31 + value;
  }
  return all;
}

/* MRS shows the order. */
static int isBig(void) {
  uint32_t cpsr;
  __asm__ volatile("mrs %0, cpsr" : "=r"(cpsr));
  return (cpsr >> 9) & 1;
}

static void fix(int signal, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  order = isBig();
  seen = (uc->uc_mcontext.arm_cpsr >> 9) & 1;
  uc->uc_mcontext.arm_r1 = (uintptr_t)data;
  (void)signal; (void)info;
}

/* The load faults in big-endian state; the handler, itself little-endian, makes it succeed. */
static uint32_t loadAt(void *bad) {
  register uint32_t value __asm__("r0");
  register void *at __asm__("r1") = bad;
  __asm__ volatile("setend be\n\tldr r0, [r1]\n\tsetend le" : "=r"(value), "+r"(at) : : "memory");
  return value;
}

__attribute__((noinline, target("arm"))) static uint32_t eitherSum(const uint32_t *p, int n, int big) {
  uint32_t all = 0, value;
  for (int i = 0; i < n; i++) {
    __asm__ volatile("cmp %2, #0\n\tbeq 1f\n\tsetend be\n1:\tldr %0, [%1]\n\tsetend le" : "=&r"(value) : "r"(p + i % 64), "r"(big) : "cc", "memory");
    all = all * 31 + value;
  }
  return all;
}

static volatile int running, entered;

/* Its code was made before the first thread entered the mode; then it enters it too. */
static void *other(void *argument) {
  uint32_t *sums = argument, little = 0;
  do {
    little = eitherSum(data, 5000, 0);
    running = 1;
  } while (!entered);
  sums[0] = little;
  sums[1] = eitherSum(data, 5000, 1);
  return 0;
}

int main(void) {
  for (int i = 0; i < 64; i++) data[i] = 0x01020304u * (uint32_t)(i + 1);
  printf("before: %08x\n", sum(data, 100000));

  pthread_t thread;
  uint32_t others[2];
  pthread_create(&thread, 0, other, others);
  while (!running) usleep(1000);
  printf("big: %08x\n", bigSum(data, 100000));
  entered = 1;
  pthread_join(thread, 0);
  printf("little again: %08x, the thread's: %08x %08x\n", sum(data, 100000), others[0], others[1]);

  struct sigaction action = { .sa_sigaction = fix, .sa_flags = SA_SIGINFO };
  sigaction(SIGSEGV, &action, 0);
  void *none = mmap(0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint32_t value = loadAt(none);
  printf("fault: %08x, handler %d, interrupted %d, now %d\n", value, order, seen, isBig());

  uint32_t pair[2], block[3];
  __asm__ volatile("setend be\n\tldrd r2, r3, [%0]\n\tldm %0, {r4, r5, r6}\n\tstm %1, {r2, r3}\n\tstm %2, {r4, r5, r6}\n\tsetend le"
                   : : "r"(data), "r"(pair), "r"(block) : "r2", "r3", "r4", "r5", "r6", "memory");
  printf("moved: %d %d\n", memcmp(pair, data, 8), memcmp(block, data, 12));

  if (fork() == 0) {
    printf("child: %08x %08x\n", bigSum(data, 1000), sum(data, 1000));
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  return 0;
}
