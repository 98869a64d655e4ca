//> flags: -lm
//> stdout: 11 1 (nil)\n11 1 0x8\n11 1 0xfff8\n11 1 0xffffffffffffffff\n11 1 0xdeadbeefdeadbee8\n11 1 0x7ffffffffffffff8\n11 1 0x8000000000000000\n11 1 0x4000000000\n11 1 0x400000000\n11 1 0x100000000000000\njump 11 1 (nil) 0\njump 11 1 0x1000 1000\njump 11 1 0x400000000000 400000000000\namo 7 1\nillegal 4 1\ncsr 4 1\nbreakpoint 5 1\n0.33333333333333331 1\n0.33333333333333337 1\n0.33333333333333331 1\n0.33333333333333331 1\n
// What the processor does not do: wild pointers of all kinds with their addresses, jumps to nowhere, unaligned atomics, illegal
// instructions. (qemu-riscv64 has no si_addr for addresses that its host has no form for.) And the rounding modes of C.
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <ucontext.h>

static sigjmp_buf again;
static volatile int signal_number, code;
static void *volatile address;
static volatile uint64_t pc;

static void on_fault(int number, siginfo_t *info, void *context) {
  signal_number = number;
  code = info->si_code;
  address = info->si_addr;
  pc = ((ucontext_t *)context)->uc_mcontext.__gregs[0];
  siglongjmp(again, 1);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP};
  for (int i = 0; i < 4; i++) sigaction(signals[i], &action, 0);

  static const uint64_t data[] = {0, 8, 0xfff8, -1, 0xdeadbeefdeadbee8, 0x7ffffffffffffff8, 0x8000000000000000, 0x4000000000, 0x400000000, 0x100000000000000};
  // Some rounds, so that compiled code is asked too.
  for (int round = 0; round < 400; round++) {
    for (unsigned i = 0; i < sizeof data / sizeof *data; i++) {
      volatile long *p = (volatile long *)data[i];
      if (sigsetjmp(again, 1)) {
        if (round == 399) printf("%d %d %p\n", signal_number, code, address);
      } else if (i & 1) *p = 1;
      else (void)*p;
    }
  }
  static const uint64_t code_at[] = {0, 0x1000, 0x400000000000};
  for (int i = 0; i < 3; i++) {
    if (sigsetjmp(again, 1)) printf("jump %d %d %p %lx\n", signal_number, code, address, pc);
    else ((void (*)(void))code_at[i])();
  }
  static long words[4];
  if (sigsetjmp(again, 1)) printf("amo %d %d\n", signal_number, address == (char *)words + 4);
  else asm volatile("amoadd.d a0, a0, (%0)" ::"r"((char *)words + 4) : "a0", "memory");
  if (sigsetjmp(again, 1)) printf("illegal %d %d\n", signal_number, code);
  else asm volatile(".word 0");
  if (sigsetjmp(again, 1)) printf("csr %d %d\n", signal_number, code);
  else asm volatile("csrr a0, 0x300" ::: "a0");
  if (sigsetjmp(again, 1)) printf("breakpoint %d %d\n", signal_number, code);
  else asm volatile("ebreak");

  volatile double one = 1, three = 3;
  static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  for (int i = 0; i < 4; i++) {
    fesetround(modes[i]);
    feclearexcept(FE_ALL_EXCEPT);
    volatile double third = one / three;
    int raised = fetestexcept(FE_ALL_EXCEPT);
    fesetround(FE_TONEAREST);
    printf("%.17g %x\n", third, raised);
  }
  return 0;
}
