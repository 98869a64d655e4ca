//> flags: -lm -pthread -frounding-math
//> modes: thumb,arm O2 static,dynamic
// Rounding modes and exception flags as programs use them: <fenv.h>, fma and the rint family, conversions, parsing and
// printing in each mode; flush to zero and default NaNs (on ARM); what a thread inherits.
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
static volatile double values[] = {
    0.0,         -0.0,          1,           -1,          0.1,          1.0 / 3,       3,           -2.5,          0.5,
    1e300,       -1e300,        1e-300,      4.9e-324,    -1.5e-323,    DBL_MAX,       DBL_MIN,     -DBL_MIN,      2.2e-308,
    0x1p-537,    0x1.8p-538,    0x1p1023,    0x1.fp511,   2147483647.5, -2147483648.5, 4294967295.5, 0x1p53,       0x1.fffffffffffffp0,
    0x1p-53,     FLT_MAX,       FLT_MIN,     0x1p-149,    0x1.8p-150,   0x1.ffffffp127, INFINITY,    -INFINITY,     NAN};
enum { N = sizeof values / sizeof *values };

static uint64_t bits(double x) {
  uint64_t b;
  memcpy(&b, &x, sizeof b);
  return x != x ? 1 : b;
}
/* A number for everything that an operation gave, in order. */
static uint64_t sum;
static void add(uint64_t x) { sum = (sum ^ x ^ (x >> 29)) * 0x9e3779b97f4a7c15u + 1; }

static volatile double result;
#define EACH(name, expression)                                                                                         \
  do {                                                                                                                 \
    sum = 0;                                                                                                           \
    for (int i = 0; i < N; i++)                                                                                        \
      for (int j = 0; j < N; j++) {                                                                                    \
        volatile double a = values[i], b = values[j];                                                                  \
        volatile float f = (float)a, g = (float)b;                                                                     \
        feclearexcept(FE_ALL_EXCEPT);                                                                                  \
        result = (expression);                                                                                         \
        add(fetestexcept(FE_ALL_EXCEPT));                                                                              \
        add(bits(result));                                                                                             \
        (void)f, (void)g, (void)a, (void)b;                                                                            \
      }                                                                                                                \
    printf(" %s %016llx", name, (unsigned long long)sum);                                                              \
  } while (0)

static void operations(void) {
  EACH("add", a + b);
  EACH("sub", a - b);
  EACH("mul", a * b);
  EACH("div", a / b);
  EACH("addf", f + g);
  EACH("subf", f - g);
  EACH("mulf", f *g);
  EACH("divf", f / g);
  EACH("sqrt", sqrt(a));
  EACH("sqrtf", sqrtf(f));
  EACH("narrow", (float)a);
  EACH("less", a < b);
  EACH("equal", a == b);
  EACH("quiet less", isless(f, g));
  EACH("fma", fma(a, b, values[(i + j) % N]));
  EACH("fmaf", fmaf(f, g, (float)values[(i + j) % N]));
  EACH("remainder", remainder(a, b));
  EACH("fmax", fmax(a, b));
  printf("\n");
}

static void integers(void) {
  for (int i = 0; i < N; i++) {
    volatile double a = values[i];
    volatile float f = (float)a;
    feclearexcept(FE_ALL_EXCEPT);
    double r = rint(a), n = nearbyint(a);
    printf("%a: %a %a %a %a %a %a", a, r, n, floor(a), ceil(a), trunc(a), round(a));
    printf(" [%x]", fetestexcept(FE_ALL_EXCEPT & ~FE_INEXACT) | (fetestexcept(FE_INEXACT) && isfinite(a)));
    feclearexcept(FE_ALL_EXCEPT);
    printf(" %d %u %d [%x]", (int)a, (unsigned)f, (int)f, fetestexcept(FE_ALL_EXCEPT));
    if (fabs(a) < 2e9) {
      feclearexcept(FE_ALL_EXCEPT);
      printf(" %ld %lld %ld [%x]", lrint(a), llrint(a), lrintf(f), fetestexcept(FE_ALL_EXCEPT));
    }
    printf("\n");
  }
  for (int i = 0; i < 40; i++) {
    volatile int n = (int)(0x7ffffff1u + 0x01234567u * (unsigned)i);
    volatile unsigned u = (unsigned)n;
    feclearexcept(FE_ALL_EXCEPT);
    printf("%a %a [%x] ", (float)n, (float)u, fetestexcept(FE_ALL_EXCEPT));
  }
  printf("\n");
}

static void environments(void) {
  fenv_t held, saved;
  fegetenv(&saved);
  fesetround(FE_UPWARD);
  feclearexcept(FE_ALL_EXCEPT);
  result = values[4] * values[5];
  printf("%a %x\n", result, fetestexcept(FE_ALL_EXCEPT));
  feholdexcept(&held);
  printf("%x %d\n", fetestexcept(FE_ALL_EXCEPT), fegetround() == FE_UPWARD);
  result = values[1] / values[0];
  printf("%x\n", fetestexcept(FE_ALL_EXCEPT));
  feupdateenv(&held);
  printf("%x\n", fetestexcept(FE_ALL_EXCEPT));
  feraiseexcept(FE_DIVBYZERO | FE_OVERFLOW);
  printf("%x\n", fetestexcept(FE_ALL_EXCEPT));
  fesetenv(&saved);
  printf("%d\n", fegetround() == FE_TONEAREST);
}

static void *inside(void *unused) {
  printf("a thread rounds %s\n", fegetround() == FE_DOWNWARD ? "down" : "otherwise");
  result = values[2] / values[6];
  printf("%a\n", result);
  return unused;
}

#ifdef __arm__
static unsigned status(void) {
  unsigned r;
  __asm__ volatile("vmrs %0, fpscr" : "=r"(r));
  return r;
}
static void setStatus(unsigned r) { __asm__ volatile("vmsr fpscr, %0" ::"r"(r)); }

static void controls(void) {
  enum { FZ = 1 << 24, DN = 1 << 25 };
  static const unsigned each[] = {FZ, DN, FZ | DN};
  for (int k = 0; k < 3; k++) {
    double out[6];
    unsigned flags[6];
    setStatus(each[k]);
    for (int i = 0; i < N; i++) {
      volatile double a = values[i], b = values[17];
      volatile float f = 0x1p-130f, g = (float)a;
      setStatus(each[k]);
      out[0] = a * b; flags[0] = status(); setStatus(each[k]);
      out[1] = a + values[12]; flags[1] = status(); setStatus(each[k]);
      out[2] = f * g; flags[2] = status(); setStatus(each[k]);
      out[3] = a == values[12] || a < values[12]; flags[3] = status() & 0xfff; setStatus(each[k]);
      out[4] = (float)a; flags[4] = status(); setStatus(each[k]);
      out[5] = -values[N - 1] + a; flags[5] = status();
      setStatus(0);
      for (int n = 0; n < 6; n++) {
        uint64_t b64;
        memcpy(&b64, &out[n], 8);
        printf("%016llx %x ", (unsigned long long)b64, flags[n]);
      }
      printf("\n");
    }
  }
}
#else
static void controls(void) {}
#endif

int main(void) {
  result = 1.0 / 3;
  volatile double one = 1, three = 3;
  result = one + three;
  printf("%d", fetestexcept(FE_INEXACT) != 0);
  result = one / three;
  printf("%d\n", fetestexcept(FE_INEXACT) != 0);
  for (unsigned m = 0; m < sizeof modes / sizeof *modes; m++) {
    fesetround(modes[m]);
    printf("mode %x\n", fegetround());
    operations();
    integers();
    printf("%.3f %.0f %.10g %a %a\n", values[5], values[7], values[4], strtod("0.1", NULL), strtof("1e-40", NULL));
    printf("%a %a %a %a\n", exp(values[4]), sin(values[6]), pow(values[6], values[5]), log(values[6]));
  }
  fesetround(FE_DOWNWARD);
  pthread_t thread;
  pthread_create(&thread, NULL, inside, NULL);
  pthread_join(thread, NULL);
  fesetround(FE_TONEAREST);
  environments();
  controls();
}
