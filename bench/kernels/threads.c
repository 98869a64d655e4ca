// Threads created and joined, one after the other and four at a time.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void *twice(void *x) { return (void *)((intptr_t)x * 2); }

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 600;
  intptr_t sum = 0;
  void *result;
  pthread_t t[4];
  for (int i = 0; i < rounds; i++) {
    int n = i % 10 ? 1 : 4;
    for (intptr_t k = 0; k < n; k++) pthread_create(&t[k], 0, twice, (void *)(i + k));
    for (int k = 0; k < n; k++) {
      pthread_join(t[k], &result);
      sum += (intptr_t)result;
    }
  }
  printf("%ld\n", (long)sum);
}
