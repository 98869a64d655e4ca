//> exit: 42
// Control flow: switch tables, computed goto, recursion, variable arguments, function pointers, setjmp out of depth.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

static int dense(int x) {
  switch (x) {
    case 0:
      return 7;
    case 1:
      return 1;
    case 2:
      return 9;
    case 3:
      return 4;
    case 4:
      return 4;
    case 5:
      return 0;
    case 6:
      return x * 3;
    case 7:
      return 8;
    case 8:
      return -1;
    default:
      return 100;
  }
}
static int sparse(int x) {
  switch (x) {
    case -1000:
      return 1;
    case 5:
      return 2;
    case 77:
      return 3;
    case 1000000:
      return 4;
    case 0x7fffffff:
      return 5;
    default:
      return 6;
  }
}

static int machine(const unsigned char *code) {
  static void *const labels[] = {&&push, &&add, &&mul, &&dup, &&jumpnz, &&dec, &&halt};
  int stack[16], *sp = stack, counter = 5;
  const unsigned char *pc = code;
#define NEXT goto *labels[*pc++]
  NEXT;
push:
  *sp++ = *pc++;
  NEXT;
add:
  sp--;
  sp[-1] += *sp;
  NEXT;
mul:
  sp--;
  sp[-1] = sp[-1] * *sp % 1000003;
  NEXT;
dup:
  *sp = sp[-1];
  sp++;
  NEXT;
dec:
  counter--;
  NEXT;
jumpnz:
  if (counter) {
    pc = code + *pc;
  } else
    pc++;
  NEXT;
halt:
  return sp[-1];
}

static long long sum(const char *kinds, ...) {
  va_list args;
  long long total = 0;
  va_start(args, kinds);
  for (; *kinds; kinds++) switch (*kinds) {
      case 'i':
        total += va_arg(args, int);
        break;
      case 'l':
        total += va_arg(args, long long);
        break;
      case 'd':
        total += (long long)va_arg(args, double);
        break;
      case 's':
        for (const char *s = va_arg(args, char *); *s; s++) total += *s;
        break;
    }
  va_end(args);
  return total;
}

static int ackermann(int m, int n) {
  return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}
static int odd(int n);
static int even(int n) { return n == 0 ? 1 : odd(n - 1); }
static int odd(int n) { return n == 0 ? 0 : even(n - 1); }

static jmp_buf back;
static void dive(int depth) {
  volatile char here[64];
  here[depth & 63] = depth;
  if (depth == 0) longjmp(back, 33);
  dive(depth - 1);
  here[0]++;
}

struct big {
  int values[20];
};
static struct big twice(struct big b) {
  for (int i = 0; i < 20; i++) b.values[i] *= 2;
  return b;
}
static int apply(int (*f)(int), int x) { return f(x); }

int main(void) {
  for (int i = -1; i < 10; i++) printf("%d ", dense(i));
  int keys[] = {-1000, 5, 76, 77, 1000000, 0x7fffffff, 0};
  for (int i = 0; i < 7; i++) printf("%d ", sparse(keys[i]));
  printf("\n%d\n", machine((unsigned char[]){0, 3, 0, 7, 2, 3, 1, 5, 4, 2, 6}));
  printf("%lld\n", sum("ildsdlii", 1, 1LL << 40, 2.9, "abc", -7.5, -3LL, 4, 5));
  printf("%d %d %d\n", ackermann(2, 9), even(1000), odd(777));
  int came = setjmp(back);
  if (came == 0) dive(1000);
  printf("came back with %d\n", came);
  for (volatile int i = 0; i < 3; i++)
    if (setjmp(back) == 0)
      dive(i * 10);
    else
      printf("again %d\n", i);
  struct big b;
  for (int i = 0; i < 20; i++) b.values[i] = i;
  b = twice(twice(b));
  printf("%d %d\n", b.values[1], b.values[19]);
  printf("%d %d\n", apply(dense, 6), apply(sparse, 77));
  return 42;
}
