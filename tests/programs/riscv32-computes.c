//> exit: 31
// Integer, 64-bit and floating-point work.
#include "freestanding.h"

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

static u64 mix(u64 x) {
  for (int i = 0; i < 1000; i++) x = (x ^ x >> 29) * 0x9e3779b97f4a7c15ull + (x << 7 | x >> 57);
  return x;
}

static float root(float x) {
  float y = x;
  for (int i = 0; i < 20; i++) y = (y + x / y) / 2;
  return y;
}

static int program(void) {
  number(primes(100000), '\n');
  number((unsigned)(series(100000) * 1000000), '\n');
  number(fibonacci(25), '\n');
  volatile u64 seed = 0x123456789abcull;
  number((s64)mix(seed), '\n');
  number((int)(root(2) * 1e6f), '\n');
  volatile int most = 0x7fffffff, least = -most - 1, zero = 0, minus = -1;
  number(least / minus, ' '), number(least % minus, ' '), number(most / zero, ' '), number(most % zero, '\n');
  unsigned bits = 0;
  for (int i = 0; i < 32; i++) bits += (unsigned)most >> i & 1u << (i & 3);
  number(bits, '\n');
  return 31;
}
