//> modes: thumb,arm O1 static
//> flags: -mfpu=neon-vfpv4
//> tiers: 0,1,auto
// Faults in the middle of everything: multiple loads and stores with write-back that run into a page, IT blocks, vectors, jumps to nowhere,
// instructions that are none. Each is met by cold code and by code that has run often, and the handler repairs the memory, repairs the
// base register, goes on behind the instruction, or jumps out.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { PAGE = 4096, COUNT = 13, HOT = 15000 };
enum repair { MEMORY, BASE, SKIP, JUMP };

// The code of a case runs with r0 to r12 from `in`, and leaves them in `out`; r0 is the base register of its access, r7 is 7.
struct registers {
  uint32_t r[COUNT];
  uint64_t d[16];
};
void run(void *code, struct registers *registers);
__asm__(".text\n.syntax unified\n.arm\n.globl run\n.type run, %function\nrun:\n"
        "push {r0, r1, r4-r11, lr}\n"
        "add r3, r1, #56\n vldmia r3, {d0-d15}\n"
        "mov lr, r0\n"
        "str lr, [sp, #-8]!\n"
        "ldm r1, {r0-r12}\n"
        "ldr lr, [sp], #8\n"
        "blx lr\n"
        "push {r12}\n"
        "ldr lr, [sp, #8]\n"
        "stm lr!, {r0-r11}\n"
        "pop {r12}\n"
        "str r12, [lr], #8\n"
        "vstmia lr, {d0-d15}\n"
        "pop {r0, r1, r4-r11, pc}\n");

static char *memory; // two pages that can be used, one that cannot, one that is not there
static struct registers initial, now;
static uint32_t ignored; // registers whose values are not known after the fault
static enum repair repair;
static uint32_t code_at;
static sigjmp_buf out;
static char line[400];

static const char *where(uint32_t address) {
  static char text[2][32];
  static int turn;
  char *to = text[turn ^= 1];
  uint32_t m = (uint32_t)memory;
  if (address - m < 6 * PAGE) sprintf(to, "memory+%u", address - m);
  else if (address - code_at < 64) sprintf(to, "code+%u", address - code_at);
  else sprintf(to, "%#x", address);
  return to;
}

static void on_fault(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  unsigned long *r = &uc->uc_mcontext.arm_r0;
  unsigned long cpsr = uc->uc_mcontext.arm_cpsr;
  unsigned it = (cpsr >> 25 & 3) | (cpsr >> 8 & 0xfc);
  // What qemu-arm has wrong is in arm-fault-codes.c: si_code of SIGILL, si_addr past the end of a file.
  int code = sig == SIGILL ? 0 : info->si_code;
  uint32_t at = (sig == SIGBUS && code == BUS_ADRERR) ? 0 : (uint32_t)info->si_addr;
  int length = sprintf(line, "signal %d code %d at %s, pc %s, IT %02x, flags %lx", sig, code, where(at),
                       where(uc->uc_mcontext.arm_pc), it, cpsr >> 28);
  for (int i = 0; i < COUNT; i++)
    if (r[i] != initial.r[i] && !(ignored >> i & 1)) length += sprintf(line + length, ", r%d %s", i, where(r[i]));
  switch (repair) {
  case MEMORY: mprotect(memory + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE); break;
  case BASE: r[0] = (uint32_t)memory + 256 + (r[0] & 3 ? 0 : r[0] & 63); break;
  case SKIP: {
    uint16_t half = *(uint16_t *)uc->uc_mcontext.arm_pc;
    int narrow = (cpsr & 0x20) && half >> 11 < 0x1d;
    uc->uc_mcontext.arm_pc += narrow ? 2 : 4;
    uc->uc_mcontext.arm_cpsr &= ~0x0600fc00ul;
    break;
  }
  case JUMP: siglongjmp(out, sig);
  }
}

static void fill(void) {
  mprotect(memory + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE);
  for (int i = 0; i < 3 * PAGE; i++) memory[i] = i * 7 + (i >> 8);
}

static uint32_t sum(void) {
  uint32_t s = 0;
  mprotect(memory + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE);
  for (int i = 0; i < 3 * PAGE; i++) s = s * 31 + (unsigned char)memory[i];
  return s;
}

static void try(const char *name, void *code, int32_t offset, enum repair how, uint32_t unknown, int hot) {
  for (int i = 0; i < COUNT; i++) initial.r[i] = 0x01010101 * i;
  for (int i = 0; i < 16; i++) initial.d[i] = 0x0102030405060708ull * i;
  initial.r[7] = 7;
  code_at = (uint32_t)code & ~1;
  repair = how;
  ignored = unknown;
  fill();
  for (int i = 0; i < hot; i++) {
    initial.r[0] = (uint32_t)memory + PAGE;
    now = initial;
    run(code, &now);
  }
  fill();
  initial.r[0] = (uint32_t)memory + offset;
  initial.d[15] = offset;
  now = initial;
  mprotect(memory + 2 * PAGE, PAGE, PROT_NONE);
  *line = 0;
  int jumped = sigsetjmp(out, 1);
  if (!jumped) run(code, &now);
  printf("%s%s: %s\n ", name, hot ? ", hot" : "", line);
  if (jumped) printf(" jumped out with %d", jumped);
  else
    for (int i = 0; i < COUNT; i++)
      if (now.r[i] != initial.r[i]) printf(" r%d %s", i, where(now.r[i]));
  uint32_t vectors = 0;
  for (int i = 0; i < 16; i++) vectors = vectors * 31 + (uint32_t)now.d[i] + (uint32_t)(now.d[i] >> 32);
  printf(" vectors %x memory %x\n", vectors, sum());
}

#ifdef __thumb__
#define SET ".thumb\n.thumb_func\n"
#else
#define SET ".arm\n"
#endif
#define CASE(name, text) \
  extern char name[];    \
  __asm__(".text\n.balign 4\n.globl " #name "\n.type " #name ", %function\n" SET #name ":\n" text "\nbx lr\n")

CASE(load_many, "nop\n ldmia r0!, {r1-r6}");
CASE(load_many_down, "ldmdb r0!, {r1-r6}");
CASE(store_many, "nop\n stmia r0!, {r1-r6}");
CASE(store_many_down, "stmdb r0!, {r1-r6}");
CASE(load_vectors, "vldmia r0!, {d0-d7}");
CASE(load_singles_down, "vldmdb r0!, {s1-s9}");
CASE(store_vectors, "vstmia r0!, {d0-d7}");
CASE(store_vectors_down, "vstmdb r0!, {d0-d7}");
CASE(load_before, "add r3, r3, #1\n ldr r1, [r0, #8]!");
CASE(store_after, "str r1, [r0], #-4");
CASE(load_byte_after, "ldrb r1, [r0], #1\n add r2, r2, r1");
CASE(load_pair, "ldrd r2, r3, [r0, #8]!");
CASE(store_pair, "strd r2, r3, [r0], #-8");
CASE(in_block, "cmp r7, #7\n itett eq\n addeq r3, r3, #1\n addne r4, r4, #1\n ldreq r1, [r0, #4]!\n addeq r5, r5, #1\n add r6, r6, #1");
CASE(in_other_block, "cmp r7, #8\n itte ne\n addne r3, r3, #1\n strne r1, [r0], #4\n addeq r5, r5, #1\n add r6, r6, #1");
CASE(many_in_block, "cmp r7, #7\n itt eq\n ldmiaeq r0!, {r1, r2, r3}\n addeq r5, r5, #1");
CASE(vector_elements, "vld1.32 {d0-d3}, [r0]!\n vadd.i32 d4, d0, d1");
CASE(vector_structures, "vst4.8 {d0-d3}, [r0]!");
CASE(vector_lane, "vld2.16 {d0[1], d1[1]}, [r0]!");
CASE(exclusive_odd, "ldrex r1, [r0]\n strex r2, r1, [r0]");
CASE(exclusive_pair, "ldrexd r2, r3, [r0]");
CASE(undefined, "add r1, r1, #1\n udf #5\n add r2, r2, #1");
CASE(undefined_in_block, "cmp r7, #7\n itt eq\n addeq r1, r1, #1\n udfeq #0\n add r2, r2, #1");
CASE(breakpoint, "add r1, r1, #1\n bkpt #5\n add r2, r2, #1");
CASE(table_jump, "mov r12, lr\n blx r0\n mov lr, r12");
CASE(load_target, "ldr pc, [r0]");
CASE(second_of_two, "str r1, [r0, #-4]\n str r2, [r0]\n str r3, [r0, #4]");

static volatile int depth;
#pragma GCC diagnostic ignored "-Winfinite-recursion"
__attribute__((noinline)) static int overflow(int n) {
  volatile char room[2000];
  room[0] = n;
  depth = n;
  return overflow(n + 1) + room[0];
}
static uint32_t stack_pointer;
static void on_overflow(int sig, siginfo_t *info, void *context) {
  char here;
  ucontext_t *uc = context;
  uint32_t at = (uint32_t)info->si_addr, sp = uc->uc_mcontext.arm_sp;
  stack_pointer = (uint32_t)&here;
  printf("overflow: signal %d code %d, near the stack pointer: %d\n", sig, info->si_code, at - sp < 4096 || sp - at < 4096);
  siglongjmp(out, 1);
}

int main(void) {
  memory = mmap(0, 6 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(memory + 3 * PAGE, PAGE);
  int file = memfd_create("short", 0);
  ftruncate(file, 100);
  mmap(memory + 4 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  for (int sig = SIGILL; sig <= SIGSEGV; sig++) sigaction(sig, &action, 0);

  enum { END = 2 * PAGE, GONE = 3 * PAGE, PAST = 5 * PAGE };
  for (int i = 0; i < 2; i++) {
    int hot = i ? HOT : 0;
    try("load_many", load_many, END - 8, MEMORY, 0x7e, hot);
    try("load_many base", load_many, END - 8, BASE, 0x7e, hot);
    try("load_many jump", load_many, END, JUMP, 0x7e, hot);
    try("load_many_down", load_many_down, END + 8, MEMORY, 0x7e, hot);
    try("store_many", store_many, END - 8, MEMORY, 0, hot);
    try("store_many base", store_many, END - 12, BASE, 0, hot);
    try("store_many_down", store_many_down, END + 8, MEMORY, 0, hot);
    try("load_vectors", load_vectors, END - 16, MEMORY, 0, hot);
    try("load_vectors base", load_vectors, END - 16, BASE, 0, hot);
    try("load_singles_down", load_singles_down, END + 4, MEMORY, 0, hot);
    try("store_vectors", store_vectors, END - 16, MEMORY, 0, hot);
    try("store_vectors_down", store_vectors_down, END + 16, MEMORY, 0, hot);
    try("load_before", load_before, END - 8, MEMORY, 0, hot);
    try("load_before gone", load_before, GONE, BASE, 0, hot);
    try("load_before past the file", load_before, PAST, SKIP, 0, hot);
    try("store_after", store_after, END, MEMORY, 0, hot);
    try("store_after across", store_after, END - 2, MEMORY, 0, hot);
    try("store_after skipped", store_after, END + 4, SKIP, 0, hot);
    try("store_after past the file", store_after, PAST + 8, JUMP, 0, hot);
    try("load_byte_after", load_byte_after, END, BASE, 0, hot);
    try("load_pair", load_pair, END - 8, MEMORY, 0, hot);
    try("store_pair", store_pair, END, BASE, 0, hot);
    try("in_block", in_block, END - 4, MEMORY, 0, hot);
    try("in_block base", in_block, GONE, BASE, 0, hot);
    try("in_block skipped", in_block, END - 4, SKIP, 0, hot);
    try("in_other_block", in_other_block, END, MEMORY, 0, hot);
    try("many_in_block", many_in_block, END - 4, MEMORY, 0xe, hot);
    try("vector_elements", vector_elements, END - 16, MEMORY, 0, hot);
    try("vector_structures", vector_structures, END, BASE, 0, hot);
    try("vector_lane", vector_lane, END, MEMORY, 0, hot);
    try("exclusive_odd", exclusive_odd, PAGE + 1, BASE, 0, hot);
    try("exclusive_pair", exclusive_pair, END, MEMORY, 0, hot);
    try("undefined", undefined, 0, SKIP, 0, 0);
    try("undefined_in_block", undefined_in_block, 0, SKIP, 0, 0);
    try("breakpoint", breakpoint, 0, SKIP, 0, 0);
    try("breakpoint jump", breakpoint, 0, JUMP, 0, 0);
    try("table_jump", table_jump, GONE, JUMP, 0x1000, 0);
    try("table_jump to data", table_jump, 0, JUMP, 0x1000, 0);
    try("load_target", load_target, END, JUMP, 0, 0);
    try("second_of_two", second_of_two, END, MEMORY, 0, hot);
  }

  stack_t alternate = {.ss_sp = malloc(65536), .ss_size = 65536};
  sigaltstack(&alternate, 0);
  action.sa_sigaction = on_overflow;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, 0);
  for (int i = 0; i < 3; i++) {
    if (!sigsetjmp(out, 1)) overflow(0);
    printf("deep: %d, on the alternate stack: %d\n", depth > 3000, stack_pointer - (uint32_t)alternate.ss_sp < 65536);
  }
  return 0;
}
