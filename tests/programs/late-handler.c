//> flags: -pthread
// A handler for bad accesses that comes when the code is hot already, by this thread or another one: what it sees is exact.
// The same loop writes to a page of code, which is not read-only for the guest.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static sigjmp_buf out;
static volatile uintptr_t where;
static volatile int ready, stop;
static volatile unsigned long turns;

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  where = (uintptr_t)info->si_addr;
  siglongjmp(out, 1);
}

static void catch_faults(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, NULL);
}

/* Writes words until an access fails. Where it was is also in memory, written before each access, and must fit the address. */
static __attribute__((noinline)) long fill(volatile uint32_t *p, long count, volatile long *at) {
  long sum = 0;
  for (long i = 0; i < count; i++) {
    *at = i;
    p[i] = (uint32_t)(sum += i ^ (sum >> 3));
  }
  return sum;
}

static void *busy(void *unused) {
  (void)unused;
  volatile uint32_t words[64];
  volatile long at;
  while (!stop) { fill(words, 64, &at); turns++; ready = 1; }
  return NULL;
}

int main(void) {
  long page = sysconf(_SC_PAGESIZE);
  char *area = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(area + page, page, PROT_NONE);
  volatile long at = 0;
  long sum = 0;
  for (int i = 0; i < 300; i++) sum += fill((uint32_t *)area, page / 4, &at);
  printf("%ld\n", sum);

  // Another thread is in the same loop when the handler comes.
  pthread_t thread;
  pthread_create(&thread, NULL, busy, NULL);
  while (!ready) usleep(1000);
  catch_faults();
  for (int i = 0; i < 3; i++) {
    if (sigsetjmp(out, 1) == 0) fill((uint32_t *)area, page, &at);
    else printf("at %ld, fault %ld after the end of the page\n", (long)(at * 4 - page), (long)(where - (uintptr_t)area - page));
  }
  unsigned long before = turns;
  while (turns == before) usleep(1000);
  stop = 1;
  pthread_join(thread, NULL);

  // A page that holds code and data: the code is as it was, the data as written.
  uint32_t *mixed = mmap(NULL, page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#if defined __arm__
  static const uint32_t code[] = { 0xe2800003, 0xe12fff1e }; // add r0, r0, #3; bx lr
#elif defined __riscv
  static const uint32_t code[] = { 0x00350513, 0x00008067 }; // addi a0, a0, 3; ret
#endif
  memcpy(mixed, code, sizeof code);
  __builtin___clear_cache((char *)mixed, (char *)mixed + sizeof code);
  long (*add)(long) = (long (*)(long))mixed;
  long value = 0;
  unsigned check = 0;
  for (int i = 0; i < 400; i++) {
    value = add(value);
    mixed[16 + i % 64] += (uint32_t)value;
    if (i % 50 == 0) fill(mixed + 128, 64, &at);
  }
  for (int i = 16; i < 16 + 64; i++) check = check * 31 + mixed[i];
  printf("%ld %u\n", value, check);
  return 0;
}
