//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
//> tiers: auto
//> argv: 5000
//> timeout: 60
// A storm: so many queued signals over ten threads that compute meanwhile. None is lost or comes out of order, each brings its value, and what the
// threads compute in integers, floating point and memory is what it would be without. docs/testing.md says how to run a million.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 10 };
static pthread_t threads[THREADS];
static _Thread_local int self = -1;
static volatile int got[THREADS], wrong[THREADS];
static atomic_int ready, over;

static void handler(int signal, siginfo_t *info, void *context) {
  (void)signal; (void)context;
  volatile double scratch = info->si_value.sival_int;
  for (int i = 0; i < 4; i++) scratch = scratch * 1.5 + i;
  if (self < 0 || info->si_value.sival_int != got[self] || info->si_code != SI_QUEUE) wrong[self < 0 ? 0 : self]++;
  else got[self]++;
}

static unsigned round_of(unsigned seed, double *real) {
  unsigned memory[64], sum = seed;
  for (int i = 0; i < 64; i++) memory[i] = sum = sum * 1664525 + 1013904223;
  for (int i = 0; i < 64; i++) { sum ^= memory[63 - i] >> (i & 7); *real = *real * 0.5 + (sum & 255); }
  return sum;
}

static void *computes(void *arg) {
  self = (int)(long)arg;
  unsigned bad = 0;
  double right = 0, real;
  unsigned wanted = round_of(self, &right);
  ready++;
  while (!over) {
    real = 0;
    bad += round_of(self, &real) != wanted || real != right;
  }
  return (void *)(long)bad;
}

int main(int argc, char **argv) {
  int each = (argc > 1 ? atoi(argv[1]) : 1000000) / THREADS, failed = 0;
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGRTMIN + 1, &action, 0);
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], 0, computes, (void *)i);
  while (ready < THREADS) sched_yield();
  for (int n = 0; n < each; n++) for (int t = 0; t < THREADS; t++) {
    int e;
    while ((e = pthread_sigqueue(threads[t], SIGRTMIN + 1, (union sigval){.sival_int = n})) == EAGAIN) sched_yield();
    if (e) failed++;
  }
  for (int t = 0; t < THREADS; t++) while (got[t] + wrong[t] < each) usleep(1000);
  over = 1;
  printf("failed %d\n", failed);
  for (int t = 0; t < THREADS; t++) {
    void *bad;
    pthread_join(threads[t], &bad);
    printf("thread %d: got %d, wrong %d, bad sums %ld\n", t, got[t] == each, wrong[t], (long)bad);
  }
}
