// Recursion of a function with many values that live across the call: deep enough for any stack that an emulator nests its own calls on.
//> modes: O1 static
#include <stdio.h>

#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19)
static volatile unsigned values[100];

__attribute__((noipa)) static unsigned mix(unsigned n) {
  if (n == 0) return 1;
#define BEFORE(i) unsigned a##i = values[i] * n + i; float f##i = values[i + 20] * 1.5f + n; double d##i = values[i + 40] * 0.25 + n;
  EACH(BEFORE)
  unsigned s = mix(n - 1);
#define AFTER(i) \
  s = s * 31 + a##i; \
  if (s & (1u << i)) { f##i += d##i; values[i] ^= s; a##i += values[i + 60]; } \
  s += (unsigned)(long long)(f##i * d##i) + a##i;
  EACH(AFTER)
  EACH(AFTER)
  return s;
}

int main(void) {
  for (unsigned n = 1; n <= 10000; n *= 10) printf("%u\n", mix(n));
  for (int i = 0; i < 20; i++) printf("%u\n", values[i]);
}
