//> flags: -lm
// Floating point: printing, parsing, conversions at the edges, comparisons with NaN, the mathematics library.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static volatile double values[] = {
    0.0,    -0.0,     1,       -1,      0.1,          1.0 / 3,       1e10,         -2.5,   3.5,      1e300,
    1e-300, 4.9e-324, DBL_MAX, DBL_MIN, 2147483647.5, -2147483648.5, 4294967296.0, 9.3e18, INFINITY, -INFINITY};
enum { N = sizeof values / sizeof *values };

static void printing(void) {
  for (int i = 0; i < N; i++)
    printf("%g %.17g %e %a %10.3f|%-12.4g|%+d\n", values[i], values[i], values[i], values[i],
           values[i] > 1e20 ? 0 : values[i], values[i], values[i] > 0);
  printf("%f %s\n", 123456789.125, isnan(values[18] - values[18]) ? "nan" : "number");
  printf("%Lg %.3Lf\n", 1.5L, 2.75L);
}

static void arithmetic(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j += 3) {
      double a = values[i], b = values[j];
      float f = (float)a, g = (float)b;
      double results[] = {a + b, a - b,         a * b,        a / b,      f + g,     f * g,
                          f / g, sqrt(fabs(a)), copysign(a, b), fmin(a, b), fmax(a, b)};
      for (unsigned k = 0; k < sizeof results / sizeof *results; k++)
        if (isnan(results[k]))
          printf("nan ");
        else
          printf("%a ", results[k]);
      printf("%d%d%d%d%d\n", a < b, a <= b, a == b, a != b, a >= b);
    }
}

static void conversions(void) {
  for (int i = 0; i < N; i++) {
    double a = values[i];
    if (fabs(a) < 2e9) printf("%d %d %lld ", (int)a, (int)(float)a, (long long)a);
    if (a >= 0 && a < 4e9) printf("%u %llu ", (unsigned)a, (unsigned long long)a);
    printf("%a %a %a %a %a\n", floor(a), ceil(a), trunc(a), rint(a), round(a));
  }
  for (int i = -3; i < 4; i++)
    printf("%a %a %a\n", (double)(i * 1000000007LL), (double)(float)(i * 16777217), (double)(unsigned)i);
}

static void library(void) {
  for (double x = -2; x < 3; x += 0.37)
    printf("%.15g %.15g %.15g %.15g %.15g %.15g %.15g\n", sin(x), cos(x), tan(x), exp(x), log(x + 3), pow(x + 3, 1.7),
           atan2(x, 2));
  printf("%.15g %.15g %.15g %.15g\n", fmod(10, 3.3), hypot(3, 4), cbrt(27), tgamma(5));
  printf("%a %d %a\n", frexp(10, &(int){0}), ilogb(1000), ldexp(0.75, -5));
  printf("%.17g %.17g %.9g\n", strtod("0x1.8p3", 0), strtod("2.2250738585072011e-308", 0), strtof("3.4e38", 0));
  printf("%d %d %d %d\n", isunordered(NAN, 1), NAN == NAN, signbit(-0.0) != 0, fpclassify(4.9e-324) == FP_SUBNORMAL);
}

int main(void) {
  printing();
  arithmetic();
  conversions();
  library();
  return 0;
}
