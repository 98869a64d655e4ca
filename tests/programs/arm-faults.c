//> modes: thumb,arm O2 static
// Instructions that fault leave the registers as they were, say where they are, and can be taken up again, in the
// middle of an IT block or a conditional run too; exclusives at unaligned addresses are SIGBUS.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

static char *page;
static volatile sig_atomic_t faults;

static void on_fault(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  unsigned long cpsr = uc->uc_mcontext.arm_cpsr;
  unsigned it = (cpsr >> 25 & 3) | (cpsr >> 8 & 0xfc);
  printf("signal %d at page+%ld, IT %02x, flags %lx, r1 %lx r2 %lx r3 %lx r4 %lx\n", sig,
         (long)((char *)info->si_addr - page), it, cpsr >> 28, uc->uc_mcontext.arm_r1 - (unsigned long)page,
         uc->uc_mcontext.arm_r2, uc->uc_mcontext.arm_r3, uc->uc_mcontext.arm_r4);
  if (sig == SIGBUS) {
    uc->uc_mcontext.arm_r1 &= ~3ul;
    return;
  }
  faults++;
  mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static void protect(void) { mprotect(page, 4096, PROT_NONE); }

int main(void) {
  page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 8192; i++) page[i] = i * 7;
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, 0);
  sigaction(SIGBUS, &action, 0);

  register uint32_t r1 __asm__("r1"), r2 __asm__("r2"), r3 __asm__("r3"), r4 __asm__("r4");
#define SET()                 \
  do {                        \
    r1 = (uint32_t)page + 64; \
    r2 = 2;                   \
    r3 = 3;                   \
    r4 = 4;                   \
  } while (0)
#define RUN(text)                                                                       \
  do {                                                                                  \
    protect();                                                                          \
    SET();                                                                              \
    __asm__ volatile(text : "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4) : : "cc", "memory"); \
    uint32_t a = r1, b = r2, c = r3, d = r4;                                            \
    printf("%s: %x %x %x %x\n", #text, a - (uint32_t)page, b, c, d);                    \
  } while (0)

  RUN("cmp r2, #2\n ldr r2, [r1], #4");
  RUN("cmp r2, #2\n ldr r2, [r1, #8]!");
  RUN("cmp r2, #2\n str r2, [r1, #-4]!");
  RUN("cmp r2, #2\n ldmia r1!, {r2, r3, r4}");
  RUN("cmp r2, #2\n stmdb r1!, {r2, r3, r4}");
  RUN("cmp r2, #2\n ldrd r2, r3, [r1, #8]!");
  RUN("cmp r2, #2\n ittet eq\n addeq r3, r3, #1\n ldreq r2, [r1, #4]\n addne r4, r4, #5\n addeq r4, r4, #1");
  RUN("cmp r2, #3\n itete eq\n addeq r3, r3, #1\n ldrne r2, [r1, #4]\n addeq r4, r4, #5\n strne r4, [r1, #8]");
  RUN("cmp r2, #2\n itttt eq\n addeq r3, r3, #1\n ldreq r4, [r1, #4]!\n ldreq r2, [r1, #4]!\n streq r3, [r1]");
  // From a page that can be read into one that cannot
  munmap(page + 4096, 4096);
  mprotect(page, 4096, PROT_READ | PROT_WRITE);
  r1 = (uint32_t)page + 65;
  r2 = 2;
  r3 = 3;
  r4 = 4;
  __asm__ volatile("ldrex r2, [r1]\n strex r3, r4, [r1]" : "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4) : : "memory");
  uint32_t a = r1, b = r2, c = r3, d = r4;
  printf("exclusive %x %x %x %x, %d faults\n", a - (uint32_t)page, b, c, d, (int)faults);
  return 0;
}
