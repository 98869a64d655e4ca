// Four threads share a mutex and atomic counters.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint counter;
static unsigned plain;
static int rounds;
static void *work(void *x) {
  for (int i = 0; i < rounds; i++) {
    atomic_fetch_add(&counter, 1);
    if (i % 8 == 0) {
      pthread_mutex_lock(&lock);
      plain += 3;
      pthread_mutex_unlock(&lock);
    }
  }
  return x;
}

int main(int argc, char **argv) {
  rounds = argc > 1 ? atoi(argv[1]) : 1000000;
  pthread_t t[4];
  for (int k = 0; k < 4; k++) pthread_create(&t[k], 0, work, 0);
  for (int k = 0; k < 4; k++) pthread_join(t[k], 0);
  printf("%u %u\n", counter, plain);
}
