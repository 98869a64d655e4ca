//> modes: thumb,arm O0,O2 static
//> flags: -march=armv5te -mfloat-abi=soft -ffreestanding -nostdlib -fno-stack-protector
//> exit: 7
// A program of the soft-float ABI for ARMv5 (Debian's armel): Thumb-1 and interworking, TLS and compare-and-swap by the kernel's helpers,
// doubles in core registers.
typedef unsigned long long u64;
typedef unsigned u32;

static long call(long number, long a, long b, long c) {
  register long r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c;
#ifdef __thumb__
  __asm__ volatile("push {r7}\n\tmov r7, %[n]\n\tsvc #0\n\tpop {r7}" : "+r"(r0) : [n] "r"(number), "r"(r1), "r"(r2) : "memory");
#else
  register long r7 __asm__("r7") = number;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
#endif
  return r0;
}

static char text[512];
static int length;
static void hex(const char *name, u64 value) {
  while (*name) text[length++] = *name++;
  for (int i = 60; i >= 0; i -= 4) text[length++] = "0123456789abcdef"[value >> i & 15];
  text[length++] = '\n';
}

/* The library that compilers call for doubles is for hard floats here: the one addition that is needed, of numbers that are exact. */
static double sum(double a, double b) {
  union { double d; u64 u; } x = {a}, y = {b}, r;
  int ex = x.u >> 52 & 0x7ff, ey = y.u >> 52 & 0x7ff;
  u64 m = (x.u & 0xfffffffffffffull) | 1ull << 52, n = (y.u & 0xfffffffffffffull) | 1ull << 52;
  if (ex < ey) { u64 t = m; m = n; n = t; int e = ex; ex = ey; ey = e; }
  m += n >> (ex - ey);
  if (m >> 53) { m >>= 1; ex++; }
  r.u = (u64)ex << 52 | (m & 0xfffffffffffffull);
  return r.d;
}

typedef int compare_and_swap(int before, int after, volatile int *at);
typedef void *thread_pointer(void);
static volatile int word = 5;
static int block[4];

__attribute__((noinline, target("arm"))) static u32 in_arm(u32 x) {
  u32 zeros, saturated;
  __asm__("clz %0, %1" : "=r"(zeros) : "r"(x));
  __asm__("qadd %0, %1, %1" : "=r"(saturated) : "r"(x | 0x60000000));
  return zeros + saturated;
}
__attribute__((noinline, target("thumb"))) static u32 in_thumb(u32 x) { return in_arm(x >> 3) ^ x; }

__attribute__((used, noreturn)) static void run(void) {
  union { double d; u64 u; } r = {sum(1.5, 1024.25)};
  hex("sum ", r.u);
  hex("interworking ", in_thumb(0x1234567));
  int failed = ((compare_and_swap *)0xffff0fc0)(5, 6, &word), failedAgain = ((compare_and_swap *)0xffff0fc0)(5, 7, &word);
  hex("word ", word);
  hex("failed ", (failed != 0) << 4 | (failedAgain != 0));
  call(0xf0005, (long)block, 0, 0);
  hex("thread pointer ", ((thread_pointer *)0xffff0fe0)() == block);
  hex("helpers ", *(int *)0xffff0ffc);
  call(4, 1, (long)text, length);
  for (;;) call(1, 7, 0, 0);
}

__asm__(".globl _start\n.type _start, %function\n.arm\n_start:\n\tldr r0, =run\n\tbx r0\n.ltorg\n");
