// 64-bit arithmetic on a 32-bit processor: modular powers, long division, xorshift.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t power(uint32_t base, uint32_t exponent, uint32_t modulus) {
  uint64_t result = 1, b = base;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1) result = result * b % modulus;
    b = b * b % modulus;
  }
  return result;
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 150000;
  uint64_t x = 88172645463325252ull, sum = 0;
  for (int r = 0; r < rounds; r++) {
    for (int i = 0; i < 100; i++) {
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
      sum += x >> (i & 31);
    }
    sum += power((uint32_t)x, r, 1000000007);
    sum += x / (sum >> 40 | 1) + (int64_t)x % 1000003;
  }
  printf("%016llx\n", (unsigned long long)sum);
}
