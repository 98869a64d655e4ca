//> modes: thumb,arm O1 static
//> tiers: 0,1,auto
//> stdout: 7 2 5008 1\n7 2 5004 1\n4 1 0 1\n4 1 0 1\n4 1 0 1\n5 1 0 1\n11 1 3004 1\n11 2 2004 1\n
// What Linux tells of a fault, where qemu-arm tells something else: si_code ILL_ILLOPC, and si_addr of an access past the end of a file.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { PAGE = 4096 };
static char *memory;
static sigjmp_buf out;

static void on_fault(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  uint32_t address = (uint32_t)info->si_addr, pc = uc->uc_mcontext.arm_pc;
  int in_memory = address - (uint32_t)memory < 6 * PAGE;
  printf("%d %d %x %d\n", sig, info->si_code, in_memory ? address - (uint32_t)memory : 0, in_memory ? uc->uc_mcontext.fault_address == address : address == pc);
  siglongjmp(out, 1);
}

#define TRY(text) \
  if (!sigsetjmp(out, 1)) __asm__ volatile(text : : "r"(at) : "memory", "r1")

int main(void) {
  memory = mmap(0, 6 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(memory + 2 * PAGE, PAGE, PROT_NONE);
  munmap(memory + 3 * PAGE, PAGE);
  int file = memfd_create("short", 0);
  ftruncate(file, 100);
  mmap(memory + 4 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  for (int sig = SIGILL; sig <= SIGSEGV; sig++) sigaction(sig, &action, 0);
  char *volatile place = memory + 5 * PAGE;
  char *at = place;
  TRY("ldr r1, [%0, #8]");
  TRY("str r1, [%0, #4]");
  TRY("udf #3");
  TRY(".inst 0xee000100");
  TRY("cmp r1, r1\n it eq\n udfeq #0");
  TRY("bkpt #0");
  at = place - 2 * PAGE;
  TRY("ldr r1, [%0, #4]");
  at = place - 3 * PAGE;
  TRY("str r1, [%0, #4]");
  return 0;
}
