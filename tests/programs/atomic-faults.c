// Faults of atomic accesses: to nothing, to a page that may be read only, to one that may be neither. Twice over, so that
// compiled code has its turn, and in rounds: the same code has to go on working where access is allowed.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

static sigjmp_buf again;
static volatile int number, code;
static char *volatile address;

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)context;
  number = signal, code = info->si_code, address = info->si_addr;
  siglongjmp(again, 1);
}

/** One atomic access. The function's address is taken, so that each kind is code of its own. */
typedef int access_kind(int *at);
static int load(int *at) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }
static int store(int *at) { return __atomic_store_n(at, 5, __ATOMIC_SEQ_CST), 0; }
static int add(int *at) { return __atomic_fetch_add(at, 1, __ATOMIC_SEQ_CST); }
static int and(int *at) { return __atomic_fetch_and(at, 0xff, __ATOMIC_SEQ_CST); }
static int or(int *at) { return __atomic_fetch_or(at, 3, __ATOMIC_SEQ_CST); }
static int xor(int *at) { return __atomic_fetch_xor(at, 9, __ATOMIC_SEQ_CST); }
static int swap(int *at) { return __atomic_exchange_n(at, 7, __ATOMIC_SEQ_CST); }
static int compare(int *at) {
  int expected = 7;
  return __atomic_compare_exchange_n(at, &expected, 8, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) + expected;
}
#ifdef __arm__ // others have no atomic access to bytes
static int byte(int *at) { return __atomic_fetch_add((char *)at, 1, __ATOMIC_SEQ_CST); }
#endif

static void try(const char *name, access_kind *kind, const char *where, int *at) {
  number = code = 0, address = 0;
  int result = 0;
  if (sigsetjmp(again, 1) == 0) result = kind(at);
  if (number) printf("%s, %s: %d %d %d\n", name, where, number, code, address == (char *)at);
  else printf("%s, %s: %d\n", name, where, result);
}

int main(void) {
  static const struct { const char *name; access_kind *kind; } kinds[] = {
    {"load", load}, {"store", store}, {"add", add}, {"and", and}, {"or", or}, {"xor", xor}, {"swap", swap}, {"compare", compare},
#ifdef __arm__
    {"byte", byte},
#endif
  };
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGSEGV, &action, 0), sigaction(SIGBUS, &action, 0);
  char *pages = mmap(0, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(pages + 4096, 4096, PROT_READ);
  mprotect(pages + 2 * 4096, 4096, PROT_NONE);
  munmap(pages + 3 * 4096, 4096);
  for (int round = 0; round < 2; round++) {
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
      try(kinds[i].name, kinds[i].kind, "writable", (int *)(pages + 64));
      try(kinds[i].name, kinds[i].kind, "read-only", (int *)(pages + 4096 + 64));
      try(kinds[i].name, kinds[i].kind, "no access", (int *)(pages + 2 * 4096 + 64));
      try(kinds[i].name, kinds[i].kind, "nothing", (int *)(pages + 3 * 4096 + 64));
    }
  }
  return 0;
}
