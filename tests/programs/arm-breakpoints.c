//> modes: thumb,arm O2 static
// What debuggers put into code is SIGTRAP: BKPT, and those undefined instructions that Linux takes for breakpoints.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>

static void on_trap(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  unsigned long pc = uc->uc_mcontext.arm_pc;
  printf("signal %d code %d, address is %s\n", sig, info->si_code, (unsigned long)info->si_addr == pc ? "the instruction's" : "another");
#ifdef __thumb__
  uc->uc_mcontext.arm_pc = pc + ((*(unsigned short *)pc >> 11) >= 0x1d ? 4 : 2);
#else
  uc->uc_mcontext.arm_pc = pc + 4;
#endif
}

int main(void) {
  struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &action, 0);
  __asm__ volatile("bkpt #3");
#ifdef __thumb__
  __asm__ volatile(".inst.n 0xde01\n\t.inst.w 0xf7f0a000");
#else
  __asm__ volatile(".inst 0xe7f001f0");
#endif
  return 0;
}
