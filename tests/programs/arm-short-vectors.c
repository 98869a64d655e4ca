// VFP's short vectors in a program: FPSCR.Len is set and cleared around loops of vector arithmetic that have run as scalars before; a handler runs
// with scalars. qemu-arm leaves Len as it is there.
//> modes: arm O2 static
//> stdout: scalar 9 2 3 4\nvector 9 18 27 36\nscalar 9 2 3 4\nvector 9 18 27 36\nhandler 0, after 3\n
#include <signal.h>
#include <stdint.h>
#include <stdio.h>

static float from[4] = { 1, 2, 3, 4 }, to[4];
static volatile uint32_t inHandler = 99;

static uint32_t control(void) {
  uint32_t fpscr;
  __asm__ volatile("vmrs %0, fpscr" : "=r"(fpscr));
  return fpscr;
}

static void setLen(uint32_t len) { __asm__ volatile("vmsr fpscr, %0" : : "r"((control() & ~0x00370000u) | len << 16)); }

__attribute__((noinline)) static void multiply(float by) {
  __asm__ volatile("vmov s0, %2\n\tvldm %0, {s8-s11}\n\tvmul.f32 s8, s8, s0\n\tvstm %1, {s8-s11}"
                   : : "r"(from), "r"(to), "r"(by) : "s0", "s8", "s9", "s10", "s11", "memory");
}

static void handler(int signal) { inHandler = (control() >> 16) & 7; (void)signal; }

static void show(const char *what, uint32_t len) {
  for (int i = 0; i < 50000; i++) {
    setLen(len);
    multiply(9);
    setLen(0);
  }
  printf("%s %g %g %g %g\n", what, to[0], to[1], to[2], to[3]);
}

int main(void) {
  show("scalar", 0);
  show("vector", 3);
  show("scalar", 0);
  show("vector", 3);
  signal(SIGUSR1, handler);
  setLen(3);
  raise(SIGUSR1);
  uint32_t after = (control() >> 16) & 7;
  setLen(0);
  printf("handler %u, after %u\n", inHandler, after);
  return 0;
}
