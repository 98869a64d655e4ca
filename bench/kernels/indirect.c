// Indirect calls: objects with tables of methods, callbacks, a switch with many cases.
#include <stdio.h>
#include <stdlib.h>

struct shape;
struct methods {
  int (*area)(const struct shape *);
  void (*grow)(struct shape *, int);
};
struct shape {
  const struct methods *methods;
  int a, b;
};
static int square(const struct shape *s) { return s->a * s->a; }
static int rectangle(const struct shape *s) { return s->a * s->b; }
static int triangle(const struct shape *s) { return s->a * s->b / 2; }
static int circle(const struct shape *s) { return s->a * s->a * 355 / 113; }
static void wider(struct shape *s, int n) { s->a = (s->a + n) & 1023; }
static void taller(struct shape *s, int n) { s->b = (s->b ^ n) & 1023; }
static const struct methods kinds[] = {{square, wider}, {rectangle, taller}, {triangle, wider}, {circle, wider}};
static int many(int op, int x) {
  switch (op & 15) {
    case 0:
      return x + 1;
    case 1:
      return x ^ 5;
    case 2:
      return x * 3;
    case 3:
      return x >> 1;
    case 4:
      return x - 7;
    case 5:
      return ~x;
    case 6:
      return x | 1;
    case 7:
      return x & 0xffff;
    case 8:
      return x + op;
    case 9:
      return x << 1;
    case 10:
      return -x;
    case 11:
      return x * x;
    case 12:
      return x ^ op;
    case 13:
      return x + 13;
    case 14:
      return x >> 3;
    default:
      return op;
  }
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 250000;
  struct shape shapes[64];
  unsigned sum = 0;
  int x = 1;
  for (int i = 0; i < 64; i++) shapes[i] = (struct shape){&kinds[i * 7 % 13 & 3], i, i * 3};
  for (int r = 0; r < rounds; r++)
    for (int i = 0; i < 64; i++) {
      struct shape *s = &shapes[i];
      sum += s->methods->area(s);
      s->methods->grow(s, r & 15);
      x = many(x + i, x) & 0xfffff;
      sum += x;
    }
  printf("%u\n", sum);
}
