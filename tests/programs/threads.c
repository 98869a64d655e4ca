//> exit: 9
//> flags: -pthread
// POSIX threads: create and join, mutexes, condition variables, thread-local storage, once, barriers, atomics, cancel,
// detach.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static __thread int mine = 5;
static atomic_int total;
static atomic_ullong wide;
static long plain;
static int turn;

static void *counting(void *arg) {
  for (int i = 0; i < 3000; i++) {
    atomic_fetch_add(&total, 1);
    atomic_fetch_add(&wide, 0x100000001ull);
    pthread_mutex_lock(&lock);
    plain++;
    pthread_mutex_unlock(&lock);
  }
  mine += (intptr_t)arg;
  return (void *)(intptr_t)mine;
}

static void *player(void *arg) {
  int me = (intptr_t)arg;
  for (int i = 0; i < 200; i++) {
    pthread_mutex_lock(&lock);
    while (turn % 3 != me) pthread_cond_wait(&changed, &lock);
    turn++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  return 0;
}

static pthread_barrier_t barrier;
static atomic_int serial;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int onces;
static sem_t sem;
static void initialise(void) { onces++; }
static void *meeting(void *arg) {
  for (int i = 0; i < 20; i++) {
    pthread_once(&once, initialise);
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) serial++;
  }
  sem_post(&sem);
  return arg;
}

static void cleanup(void *what) { printf("cleanup %s\n", (char *)what); }
static void *endless(void *arg) {
  pthread_cleanup_push(cleanup, "ran");
  for (;;) usleep(1000);
  pthread_cleanup_pop(0);
  return arg;
}
static void destructor(void *value) {
  printf("destroyed %s\n", (char *)value);
  free(value);
}
static void *specific(void *key) {
  pthread_setspecific(*(pthread_key_t *)key, strdup("value"));
  pthread_exit("left");
}
static void *returns(void *arg) { return arg; }

int main(void) {
  pthread_t t[4];
  void *result;
  for (intptr_t i = 0; i < 4; i++) pthread_create(&t[i], 0, counting, (void *)i);
  for (int i = 0; i < 4; i++) {
    pthread_join(t[i], &result);
    printf("%d ", (int)(intptr_t)result);
  }
  printf("%d %ld %llx %d\n", total, plain, (unsigned long long)wide, mine);
  for (intptr_t i = 0; i < 3; i++) pthread_create(&t[i], 0, player, (void *)i);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
  printf("turns %d\n", turn);
  pthread_barrier_init(&barrier, 0, 3);
  sem_init(&sem, 0, 0);
  for (int i = 0; i < 3; i++) {
    pthread_create(&t[i], 0, meeting, 0);
    pthread_detach(t[i]);
  }
  for (int i = 0; i < 3; i++) sem_wait(&sem);
  printf("%d %d\n", serial, onces);
  pthread_create(&t[0], 0, endless, 0);
  usleep(20000);
  pthread_cancel(t[0]);
  pthread_join(t[0], &result);
  printf("%d\n", result == PTHREAD_CANCELED);
  pthread_key_t key;
  pthread_key_create(&key, destructor);
  pthread_create(&t[0], 0, specific, &key);
  pthread_join(t[0], &result);
  puts(result);
  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_nsec += 20000000;
  if (soon.tv_nsec >= 1000000000) soon.tv_nsec -= 1000000000, soon.tv_sec++;
  pthread_mutex_lock(&lock);
  printf("timeout %d\n", pthread_cond_timedwait(&changed, &lock, &soon) == ETIMEDOUT);
  pthread_mutex_unlock(&lock);
  int made = 0;
  for (int i = 0; i < 60; i++)
    if (pthread_create(&t[0], 0, returns, (void *)(intptr_t)i) == 0) {
      pthread_join(t[0], &result);
      made += (intptr_t)result == i;
    }
  printf("made %d\n", made);
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, 65536);
  printf("%d\n", pthread_create(&t[0], &attr, returns, 0));
  pthread_join(t[0], 0);
  pthread_create(&t[0], 0, endless, 0);
  exit(9);  // with a thread still running
}
