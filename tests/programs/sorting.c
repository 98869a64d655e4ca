// qsort and bsearch: calls through pointers, struct copies, memory.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record {
  int key;
  double weight;
  char name[12];
};

static int by_key(const void *a, const void *b) {
  const struct record *x = a, *y = b;
  return x->key < y->key ? -1 : x->key > y->key;
}
static int by_name(const void *a, const void *b) {
  return strcmp(((const struct record *)a)->name, ((const struct record *)b)->name);
}
static int reversed(const void *a, const void *b) { return -by_key(a, b); }

int main(void) {
  enum { N = 5000 };
  int (*orders[])(const void *, const void *) = {by_key, by_name, reversed};
  struct record *all = malloc(N * sizeof *all);
  unsigned seed = 42;
  for (int i = 0; i < N; i++) {
    seed = seed * 1664525 + 1013904223;
    all[i].key = seed >> 8;
    all[i].weight = seed / 3.0;
    snprintf(all[i].name, sizeof all[i].name, "n%08x", seed * 7);
  }
  for (int o = 0; o < 3; o++) {
    qsort(all, N, sizeof *all, orders[o]);
    for (int i = 0; i < N; i += 997) printf("%d %s %.2f\n", all[i].key, all[i].name, all[i].weight);
  }
  qsort(all, N, sizeof *all, by_key);
  struct record *hit = bsearch(&all[1234], all, N, sizeof *all, by_key);
  printf("%ld\n", (long)(hit - all));
  free(all);
  return 0;
}
