//> modes: thumb,arm O2 static
// Loads and stores of VFP and Advanced SIMD that have to be aligned are SIGBUS (BUS_ADRALN) where they are not: with exact place,
// address and registers; and can be taken up again.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <ucontext.h>

static _Alignas(64) unsigned char memory[256];
static volatile uintptr_t expected;

static void on_fault(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  unsigned long wrong = uc->uc_mcontext.arm_r1;
  printf("  signal %d code %d at memory%+ld, r1 memory%+ld, r2 %lx, pc is %s\n", sig, info->si_code,
         (long)((unsigned char *)info->si_addr - memory), (long)(wrong - (unsigned long)memory), uc->uc_mcontext.arm_r2,
         (uc->uc_mcontext.arm_pc & ~1ul) == expected ? "right" : "wrong");
  uc->uc_mcontext.arm_r1 = (unsigned long)memory + 64;
}

/* Runs an instruction with r1 = memory + offset. */
#define TRY(text, offset)                                                                                     \
  do {                                                                                                        \
    uint64_t d0, d1;                                                                                          \
    for (int i = 0; i < 256; i++) memory[i] = i * 7 + 3;                                                      \
    printf("%s, %d\n", text, (int)(offset));                                                                  \
    register uintptr_t r1 __asm__("r1") = (uintptr_t)memory + (offset);                                       \
    register uint32_t r2 __asm__("r2") = 0x1234;                                                              \
    __asm__ volatile(".fpu neon-fp-armv8\n\tadr r3, 1f\n\tbic r3, #1\n\tstr r3, %4\n\tvmov.i8 q0, #0x55\n\t.balign 4\n1:\t" text \
                     "\n\tvmov %Q2, %R2, d0\n\tvmov %Q3, %R3, d1"                                             \
                     : "+r"(r1), "+r"(r2), "=&r"(d0), "=&r"(d1), "=m"(expected)                               \
                     :: "r3", "d0", "d1", "d2", "d3", "d16", "d17", "memory");                                \
    uint32_t sum = 0;                                                                                         \
    for (int i = 0; i < 256; i++) sum = sum * 31 + memory[i];                                                 \
    printf("  d0 %016llx d1 %016llx r1 memory%+ld, sum %08x\n", (unsigned long long)d0, (unsigned long long)d1, \
           (long)(r1 - (uintptr_t)memory), (unsigned)sum);                                                    \
  } while (0)

int main(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGBUS, &action, 0);
  static const int offsets[] = {64, 65, 66, 68, 72, 80, 96};
  for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++) {
    int at = offsets[i];
    TRY("vldr d0, [r1]", at);
    TRY("vldr s1, [r1, #-8]", at);
    TRY("vldr d1, [r1, #20]", at);
    TRY("vstr d0, [r1, #8]", at);
    TRY("vstr s0, [r1]", at);
    TRY("vldmia r1!, {d0-d1}", at);
    TRY("vldmdb r1!, {s0-s2}", at);
    TRY("vstmia r1, {d0-d1}", at);
    TRY("vstmdb r1!, {d0-d1}", at);
    TRY("vld1.8 {d0}, [r1]", at);
    TRY("vld1.32 {d0}, [r1]!", at);
    TRY("vld1.8 {d0}, [r1 :64]!", at);
    TRY("vld1.16 {d0-d1}, [r1 :128], r2", at);
    TRY("vst1.8 {d0-d1}, [r1 :64]", at);
    TRY("vld2.8 {d0-d1}, [r1 :128]", at);
    TRY("vst4.16 {d0-d3}, [r1 :64]!", at);
    TRY("vld1.16 {d0[1]}, [r1 :16]", at);
    TRY("vld1.32 {d1[0]}, [r1 :32]", at);
    TRY("vst1.32 {d1[1]}, [r1 :32]!", at);
    TRY("vld2.8 {d0[3], d1[3]}, [r1 :16]", at);
    TRY("vld4.32 {d0[0], d1[0], d2[0], d3[0]}, [r1 :128]", at);
    TRY("vld1.32 {d0[], d1[]}, [r1 :32]", at);
    TRY("vld2.16 {d0[], d1[]}, [r1 :32]", at);
    TRY("vld4.32 {d0[], d1[], d2[], d3[]}, [r1 :64]", at);
  }
  return 0;
}
