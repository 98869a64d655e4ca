//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
// What a thread has of its own: a new one has its maker's, also where an earlier thread has changed its own or has ended before the change.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int nice_at_first;

static long nanoseconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void *tell(void *what) {
  char name[16];
  prctl(PR_GET_NAME, name);
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
  printf("%s: uid %d, nice %d, slack %d, name %s, processors %d, no new privileges %d, clock %d\n", (char *)what, (int)syscall(SYS_getuid) == 54321, getpriority(PRIO_PROCESS, 0) - nice_at_first,
    prctl(PR_GET_TIMERSLACK), name, CPU_COUNT(&set) == 1, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), nanoseconds(CLOCK_THREAD_CPUTIME_ID) < 400000000);
  fflush(stdout);
  return 0;
}

static void *change(void *what) {
  setpriority(PRIO_PROCESS, 0, nice_at_first + 5);
  prctl(PR_SET_TIMERSLACK, 77777);
  prctl(PR_SET_NAME, "changed");
  cpu_set_t one;
  sched_getaffinity(0, sizeof one, &one);
  int first = 0;
  while (!CPU_ISSET(first, &one)) first++;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  sched_setaffinity(0, sizeof one, &one);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  while (*(char *)what == 's' && nanoseconds(CLOCK_THREAD_CPUTIME_ID) < 500000000) ;
  return tell(what);
}

static void *makes(void *what) {
  change(what);
  pthread_t t;
  pthread_create(&t, 0, tell, "made by the changed one");
  pthread_join(t, 0);
  return 0;
}

static void *clocked(void *arg) {
  pthread_barrier_t *b = arg;
  pthread_barrier_wait(b);
  pthread_barrier_wait(b);
  return 0;
}

static void run(void *(*f)(void *), const char *what) {
  pthread_t t;
  if (pthread_create(&t, 0, f, (void *)what) == 0) pthread_join(t, 0);
}

int main(void) {
  prctl(PR_SET_NAME, "original");
  nice_at_first = getpriority(PRIO_PROCESS, 0);
  run(tell, "first");
  run(change, "spins");
  run(tell, "after the changed one");
  run(makes, "changed and makes");
  run(tell, "after those");
  prctl(PR_SET_NAME, "renamed");
  run(tell, "renamed");
  setpriority(PRIO_PROCESS, 0, nice_at_first + 3);
  run(tell, "nice");
  pthread_barrier_t b;
  pthread_barrier_init(&b, 0, 2);
  pthread_t t;
  clockid_t clock;
  pthread_create(&t, 0, clocked, &b);
  pthread_barrier_wait(&b);
  check("clock", pthread_getcpuclockid(t, &clock));
  printf("another's clock %d\n", nanoseconds(clock) < 400000000);
  pthread_barrier_wait(&b);
  pthread_join(t, 0);
  // All threads that there are; those to come have their makers' ids.
  if (getuid() == 0) setresuid(54321, 54321, 54321);
  run(tell, "other ids");
  run(tell, "again");
}
