//> flags: -lm
//> modes: thumb O2 static
// long double: on RISC-V quadruple precision, by the compiler's library; on ARM it is double.
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static long double sum(int count, ...) {
  va_list list;
  long double total = 0;
  va_start(list, count);
  for (int i = 0; i < count; i++) total += i % 2 ? va_arg(list, long double) : va_arg(list, int);
  va_end(list);
  return total;
}

struct mixed { char c; long double x; float f; };
static struct mixed scaled(struct mixed m, long double by) { return (struct mixed){m.c + 1, m.x * by, m.f * (float)by}; }

int main(void) {
  printf("%d %d %zu %La %La\n", LDBL_MANT_DIG, LDBL_MAX_EXP, sizeof(long double), LDBL_MAX, LDBL_MIN);
  volatile long double third = 1 / 3.0L, big = 1e30L, tiny = 1e-40L, minus = -0.0L;
  printf("%.36Lg %La %.33Lf\n", third, third * 3 - 1, big / 7);
  printf("%La %La %La %Lg\n", big + tiny, big * tiny, tiny / big, minus);
  printf("%La %La %La\n", sqrtl(2), fmal(third, 3, -1), fmodl(big, third));
  printf("%.30Lg %.30Lg %.30Lg %.30Lg\n", sinl(1), expl(1), logl(10), powl(2, 0.5L));
  printf("%La %La %La %ld\n", roundl(2.5L), nearbyintl(2.5L), truncl(-2.75L), lrintl(-1e9L));
  int exponent;
  long double fraction = frexpl(big, &exponent);
  printf("%La %d %La %La\n", fraction, exponent, ldexpl(fraction, -100), nextafterl(1, 2) - 1);
  printf("%La %La %La\n", strtold("0x1.fffffffffffffffffffffffffffp+3", 0), strtold("1e-4000", 0), strtold("123456789.123456789123456789e5", 0));
  printf("%d %d %d %d\n", third < 0.5L, third != third, isnan(big * INFINITY - INFINITY), isinf(LDBL_MAX * 2));
  printf("%lld %llu %d %.17g %.9g\n", (long long)(big / 1e12L), (unsigned long long)1.8e19L, (int)-2.9L, (double)third, (float)third);
  printf("%La %La %La\n", (long double)-9007199254740993LL, (long double)18446744073709551615ULL, (long double)0.1f);
  printf("%La\n", sum(4, 1, third, 2, big));
  struct mixed m = scaled((struct mixed){'a', third, 0.5f}, 2);
  printf("%c %La %g\n", m.c, m.x, m.f);
  long double x = 1;
  for (int i = 1; i < 200; i++) x = x * i / (i + third);
  printf("%.30Lg\n", x);
  return 0;
}
