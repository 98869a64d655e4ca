//> modes: arm O1 static
//> flags: -march=armv5te -mfloat-abi=soft -ffreestanding -nostdlib -fno-stack-protector
//> tiers: auto
//> stdout: 0fffb0d6 0000003f v8l armv7l\n
// What the kernel tells of the processor: AT_HWCAP, AT_HWCAP2, AT_PLATFORM and uname's machine. tests/instructions/arm-models.test.ts
// runs it on all of them, so it needs no more than ARMv5. qemu-arm 7.2 tells other things (said there).
enum { AT_PLATFORM = 15, AT_HWCAP = 16, AT_HWCAP2 = 26, EXIT = 1, WRITE = 4, UNAME = 122 };

static long call(long number, long a, long b, long c) {
  register long r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c, r7 __asm__("r7") = number;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
  return r0;
}

static char line[256];
static int length;
static void put(const char *text) {
  while (*text) line[length++] = *text++;
}
static void hex(unsigned value) {
  for (int shift = 28; shift >= 0; shift -= 4) line[length++] = "0123456789abcdef"[value >> shift & 15];
  put(" ");
}

__attribute__((used, noreturn)) static void run(long *stack) {
  long *at = stack + 1 + *stack + 1;
  while (*at++) {}
  static unsigned told[32];
  for (; *at; at += 2)
    if (*at < 32) told[*at] = at[1];
  static struct { char field[6][65]; } names;
  call(UNAME, (long)&names, 0, 0);
  hex(told[AT_HWCAP]);
  hex(told[AT_HWCAP2]);
  put((const char *)told[AT_PLATFORM]);
  put(" ");
  put(names.field[4]);
  put("\n");
  call(WRITE, 1, (long)line, length);
  for (;;) call(EXIT, 0, 0, 0);
}

__asm__(".globl _start\n.type _start, %function\n.arm\n_start:\n\tmov r0, sp\n\tb run\n");
