//> modes: arm O1 static
//> flags: -lm
// FPSCR in signal frames: the flags of all that ran before, in cold and in hot code; what a handler raises is gone after it, and what it
// writes into the frame, a rounding mode, holds.
#define _GNU_SOURCE
#include <fenv.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <ucontext.h>

enum { VFP_MAGIC = 0x56465001, REGISTERS = 64, RMODE = 3 << 22, UPWARD = 1 << 22, EXCEPTIONS = 0x9f, HOT = 20000 };

static int change;
static volatile double zero = 0, one = 1, three = 3, quotient;

static uint32_t fpscr(void) {
  uint32_t now;
  __asm__ volatile("vmrs %0, fpscr" : "=r"(now));
  return now;
}

static void on_undefined(int sig, siginfo_t *info, void *context) {
  (void)sig, (void)info;
  ucontext_t *uc = context;
  uint32_t *block = (uint32_t *)uc->uc_regspace;
  while (*block != VFP_MAGIC) block += block[1] / 4;
  uint32_t *saved = block + 2 + REGISTERS;
  printf("frame %08x, in the handler %08x\n", *saved, fpscr());
  if (change) *saved = (*saved & ~(RMODE | EXCEPTIONS)) | UPWARD;
  quotient = one / zero;
  uc->uc_mcontext.arm_pc += 4;
}

int main(void) {
  struct sigaction action = {.sa_sigaction = on_undefined, .sa_flags = SA_SIGINFO};
  sigaction(SIGILL, &action, 0);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < (round == 1 ? HOT : 1); i++) {
      feclearexcept(FE_ALL_EXCEPT);
      quotient = one / three;
    }
    change = round == 2;
    __asm__ volatile("udf #3");
    uint32_t after = fpscr();
    quotient = one / three;
    printf("after it %08x, then %08x %a\n", after, fpscr(), quotient);
  }
  return 0;
}
