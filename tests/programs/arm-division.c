//> modes: thumb O1 static
//> flags: -mcpu=cortex-a15 -lm
// Where ARM Linux has SIGFPE and where not: the instructions divide by zero to zero, floating point sets flags whatever traps are asked for, and
// the compiler's library for processors without division sends the signal itself.
#define _GNU_SOURCE
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

int __aeabi_idiv(int, int);
unsigned __aeabi_uidiv(unsigned, unsigned);

static sigjmp_buf out;

static void on_fpe(int sig, siginfo_t *info, void *context) {
  (void)context;
  printf("library: signal %d code %d from %s\n", sig, info->si_code, info->si_pid == getpid() ? "itself" : "another");
  siglongjmp(out, 1);
}

int main(void) {
  volatile int zero = 0, one = 1, least = INT32_MIN, minus = -1;
  int a, b, c, d;
  __asm__("sdiv %0, %1, %2" : "=r"(a) : "r"(one), "r"(zero));
  __asm__("udiv %0, %1, %2" : "=r"(b) : "r"(one), "r"(zero));
  __asm__("sdiv %0, %1, %2" : "=r"(c) : "r"(least), "r"(minus));
  __asm__("udiv %0, %1, %2" : "=r"(d) : "r"(least), "r"(minus));
  printf("divide %x %x %x %x\n", a, b, c, d);

  struct sigaction action = {.sa_sigaction = on_fpe, .sa_flags = SA_SIGINFO};
  sigaction(SIGFPE, &action, 0);
  volatile double x = 1, y = 0, z;
  int enabled = feenableexcept(FE_DIVBYZERO);
  z = x / y;
  printf("enabled %d, %g, flags %x\n", enabled, z, fetestexcept(FE_ALL_EXCEPT));

  if (!sigsetjmp(out, 1)) printf("%d\n", __aeabi_idiv(one, zero));
  if (!sigsetjmp(out, 1)) printf("%u\n", __aeabi_uidiv(one, zero));
  return 0;
}
