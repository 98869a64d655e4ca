// Sorting integers with a quicksort of our own and records with the C library's qsort.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 200000 };
static uint32_t numbers[N];
struct record {
  uint32_t key;
  char rest[12];
};
static struct record records[N / 10];

static void sort(uint32_t *from, uint32_t *to) {
  while (to - from > 16) {
    uint32_t pivot = from[(to - from) / 2], *l = from, *r = to - 1;
    while (l <= r) {
      while (*l < pivot) l++;
      while (*r > pivot) r--;
      if (l <= r) {
        uint32_t t = *l;
        *l++ = *r;
        *r-- = t;
      }
    }
    sort(from, r + 1);
    from = l;
  }
  for (uint32_t *i = from + 1; i < to; i++) {
    uint32_t x = *i, *j = i;
    for (; j > from && j[-1] > x; j--) *j = j[-1];
    *j = x;
  }
}
static int compare(const void *a, const void *b) {
  uint32_t x = ((const struct record *)a)->key, y = ((const struct record *)b)->key;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 35;
  uint32_t seed = 1, sum = 0;
  for (int r = 0; r < rounds; r++) {
    for (int i = 0; i < N; i++) {
      seed = seed * 1664525 + 1013904223;
      numbers[i] = seed;
    }
    sort(numbers, numbers + N);
    for (int i = 0; i < N / 10; i++) records[i].key = numbers[i * 7 % N] ^ seed;
    qsort(records, N / 10, sizeof *records, compare);
    sum = sum * 31 + numbers[N / 3] + records[100].key;
  }
  printf("%08x\n", sum);
}
