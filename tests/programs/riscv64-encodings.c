//> modes: O2 static
//> stdout: hints 0\nreserved 0\ncounters 0\n
// Hints do nothing, reserved encodings are illegal instructions, the counters of a user count and cannot be written: each word
// is made code of and called. (qemu-riscv64 7.2 has no Zcmop.)
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static const uint32_t hints[] = {
  0x00001037, 0x00001017,                                     // lui, auipc x0
  0x00106013, 0x00000013, 0x00208033, 0x00209033, 0x4020d033, // prefetch.r or ori, nop, add, sll, sra x0
  0x0000001b, 0x0020803b, 0x00306013, 0x00046013,             // addiw, addw x0, prefetch.w, prefetch.i
  0x0100000f, 0x0000000f, 0x8330000f, 0xfff0000f,             // pause, fences of nothing, fence.tso, a fence with a reserved mode
  0x00200033, 0x00300033, 0x00400033, 0x00500033,             // ntl.p1, ntl.pall, ntl.s1, ntl.all
  0x0000100f, 0x00001d0f,                                     // fence.i, and with a reserved register
  0x0001, 0x0005, 0x0501, 0x4001, 0x6005, 0x900a, 0x9006,     // c.nop with and without a constant, c.addi of 0, c.li, c.lui x0, c.add x0, c.ntl.p1
  0x0002, 0x0502, 0x8101, 0x8501,                             // c.slli x0, c.slli, c.srli, c.srai of 0
  0x6081, 0x6181, 0x6781,                                     // c.mop.1, 3, 15
};
static const uint32_t reserved[] = {
  0x0000, 0x0004, 0x6101, 0x6201, 0x6881, 0x2001, 0x4002, 0x6002, 0x8002, // C: all zeros, c.addi4spn, c.addi16sp, c.lui of 0, c.addiw x0, c.lwsp, c.ldsp x0, c.jr x0
  0x9d79, 0x9c79, 0x8c74,                                     // the rest of Zcb's room
  0xffffffff, 0x0000000b, 0x0000002b, 0x0000005b, 0x0000007b, 0x00000057, 0x00000077, 0x0000006b, // custom and vector opcodes
  0x0000703f, 0x00007003, 0x00004023, 0x00003063, 0x00002063, 0x00001067, // loads, stores, branches and jalr of no kind
  0x4000101b, 0x40001013, 0x08001033, 0x0400003b, // shifts and arithmetic of no kind
  0x1000202f | 1 << 20, 0x0000402f, 0x0800502f,               // lr with a register, AMOs of no width
  0x280044af, 0x2810442f,                                     // amocas.q of odd registers
  0x00005053, 0x00006053, 0x06000053, 0xf8000053, 0x40000053, // rounding modes 5 and 6, quadruple precision, no operation, fcvt.s.s
  0x30002573, 0x30529073, 0xc0001073, 0xc0102073 | 1 << 15, 0xc8002573, 0x14202573, 0x7c002573, // machine's, supervisor's, custom CSRs; writes of counters; upper halves
  0x30200073, 0x10200073, 0x10500073, 0x00200073, 0x12000073, // mret, sret, wfi, uret, sfence.vma
  0x0000200f, 0x0000300f,                                     // cbo.inval, no fence
};

static sigjmp_buf again;
static volatile int caught;
static void on_signal(int number) { caught = number; siglongjmp(again, 1); }

/** The signal that a word ends with, 0 when it returns; and whether it left a0 to a5 as they were. */
static int run(void *page, uint32_t word, int *changed) {
  uint16_t *code = page;
  *code++ = word;
  if ((word & 3) == 3) *code++ = word >> 16;
  *code = 0x8082; // ret
  __builtin___clear_cache(page, (char *)page + 8);
  caught = 0;
  if (sigsetjmp(again, 1)) return caught;
  register long a0 asm("a0") = 11, a1 asm("a1") = 12, a2 asm("a2") = 13, a3 asm("a3") = 14, a4 asm("a4") = 15, a5 asm("a5") = 16;
  asm volatile("jalr %6" : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5) : "r"(page) : "ra", "memory");
  *changed = a0 != 11 || a1 != 12 || a2 != 13 || a3 != 14 || a4 != 15 || a5 != 16;
  return 0;
}

#define COUNT(array) (sizeof array / sizeof *array)

int main(void) {
  void *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  signal(SIGILL, on_signal), signal(SIGSEGV, on_signal), signal(SIGBUS, on_signal), signal(SIGTRAP, on_signal);
  int wrong = 0, changed = 0;
  for (unsigned i = 0; i < COUNT(hints); i++) {
    int signal = run(page, hints[i], &changed);
    if (signal != 0 || changed) wrong++, printf("%08x: signal %d\n", hints[i], signal);
  }
  printf("hints %d\n", wrong);
  wrong = 0;
  for (unsigned i = 0; i < COUNT(reserved); i++) {
    int signal = run(page, reserved[i], &changed);
    if (signal != SIGILL) wrong++, printf("%08x: signal %d\n", reserved[i], signal);
  }
  printf("reserved %d\n", wrong);
  wrong = 0;
  unsigned long before[3], after[3];
  asm volatile("rdcycle %0\n rdtime %1\n rdinstret %2" : "=r"(before[0]), "=r"(before[1]), "=r"(before[2]));
  for (volatile int i = 0; i < 100000; i++);
  asm volatile("rdcycle %0\n rdtime %1\n rdinstret %2" : "=r"(after[0]), "=r"(after[1]), "=r"(after[2]));
  for (int i = 0; i < 3; i++) if (after[i] <= before[i]) wrong++;
  printf("counters %d\n", wrong);
  return 0;
}
