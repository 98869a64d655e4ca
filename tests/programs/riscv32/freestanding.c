//> flags: -march=rv32gc -mabi=ilp32d -ffreestanding -nostdlib -fno-stack-protector
//> modes: static
//> exit: 31
// Without a C library, which Debian does not have for RV32: integer, 64-bit and floating-point work, and two system calls.
typedef unsigned long long ull;
static char buffer[64];
static int length;

static long call(long number, long a, long b, long c) {
  register long a7 asm("a7") = number, a0 asm("a0") = a, a1 asm("a1") = b, a2 asm("a2") = c;
  asm volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
  return a0;
}

static void print(unsigned value) {
  char digits[12];
  int i = 0;
  do digits[i++] = '0' + value % 10; while (value /= 10);
  while (i) buffer[length++] = digits[--i];
  buffer[length++] = '\n';
}

static unsigned primes(unsigned below) {
  static unsigned char composite[100000];
  unsigned count = 0;
  for (unsigned i = 2; i < below; i++) {
    if (composite[i]) continue;
    count++;
    for (unsigned j = 2 * i; j < below; j += i) composite[j] = 1;
  }
  return count;
}

static double series(int terms) {
  double sum = 0;
  for (int i = 1; i <= terms; i++) sum += 1.0 / i;
  return sum;
}

static int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

void _start(void) {
  print(primes(100000));
  print((unsigned)(series(100000) * 1000000));
  print(fibonacci(25));
  print((unsigned)(0x123456789abcull * 1000003u >> 20));
  call(64, 1, (long)buffer, length);
  call(93, length, 0, 0);
}
