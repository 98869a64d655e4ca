//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
// futex2 (futex_waitv, futex_wait, futex_wake, futex_requeue), robust lists and locks that inherit priority.
#define _GNU_SOURCE
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FUTEX2_32 2
#define FUTEX2_PRIVATE 128
enum { waitv_nr = 449, wake_nr = 454, wait_nr = 455, requeue_nr = 456 };

struct waiter { unsigned long long value, address; unsigned flags, reserved; };
struct time64 { long long seconds, nanoseconds; };

static unsigned words[4];
static struct time64 soon(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long then = now.tv_nsec + 20000000;
  return (struct time64){now.tv_sec + then / 1000000000, then % 1000000000};
}

static void *waker(void *arg) {
  long woken;
  while ((woken = syscall(wake_nr, &words[2], 0xfffffffful, 1, FUTEX2_32 | FUTEX2_PRIVATE)) == 0) usleep(1000);
  return (void *)woken;
}

static void *sleeper(void *arg) {
  return (void *)syscall(wait_nr, &words[0], 7ul, 0xfffffffful, FUTEX2_32 | FUTEX2_PRIVATE, 0, CLOCK_MONOTONIC);
}

static void newer(void) {
  struct waiter list[3] = {{0, (unsigned long)&words[1], FUTEX2_32 | FUTEX2_PRIVATE}, {0, (unsigned long)&words[2], FUTEX2_32 | FUTEX2_PRIVATE},
    {0, (unsigned long)&words[3], FUTEX2_32 | FUTEX2_PRIVATE}};
  pthread_t t;
  pthread_create(&t, 0, waker, 0);
  void *woken;
  check("futex_waitv", syscall(waitv_nr, list, 3, 0, 0, CLOCK_MONOTONIC));
  pthread_join(t, &woken);
  check("futex_wake", (long)woken);
  list[1].value = 5;
  check("futex_waitv other value", syscall(waitv_nr, list, 3, 0, 0, CLOCK_MONOTONIC));
  list[1].value = 0;
  struct time64 end = soon();
  check("futex_waitv times out", syscall(waitv_nr, list, 3, 0, &end, CLOCK_MONOTONIC));
  check("futex_waitv none", syscall(waitv_nr, list, 0, 0, 0, CLOCK_MONOTONIC));
  check("futex_waitv many", syscall(waitv_nr, list, 129, 0, 0, CLOCK_MONOTONIC));
  check("futex_waitv wild", syscall(waitv_nr, 16, 1, 0, 0, CLOCK_MONOTONIC));
  list[0].address = 16;
  check("futex_waitv wild word", syscall(waitv_nr, list, 1, 0, 0, CLOCK_MONOTONIC));
  list[0].address = 17;
  check("futex_waitv unaligned", syscall(waitv_nr, list, 1, 0, 0, CLOCK_MONOTONIC));
  end = soon();
  check("futex_wait times out", syscall(wait_nr, &words[0], 0ul, 0xfffffffful, FUTEX2_32 | FUTEX2_PRIVATE, &end, CLOCK_MONOTONIC));
  check("futex_wait value", syscall(wait_nr, &words[0], 3ul, 0xfffffffful, FUTEX2_32 | FUTEX2_PRIVATE, 0, CLOCK_MONOTONIC));
  check("futex_wait flags", syscall(wait_nr, &words[0], 0ul, 0xfffffffful, 0x40, 0, CLOCK_MONOTONIC));
  words[0] = 7;
  pthread_t sleepers[3];
  for (int i = 0; i < 3; i++) pthread_create(&sleepers[i], 0, sleeper, 0);
  struct waiter pair[2] = {{7, (unsigned long)&words[0], FUTEX2_32 | FUTEX2_PRIVATE}, {0, (unsigned long)&words[3], FUTEX2_32 | FUTEX2_PRIVATE}};
  long moved = 0;
  while (moved < 3) moved += syscall(requeue_nr, pair, 0, 0, 3);
  check("futex_requeue", moved);
  long rest = 0;
  while (rest < 3) rest += syscall(wake_nr, &words[3], 0xfffffffful, 9, FUTEX2_32 | FUTEX2_PRIVATE);
  for (int i = 0; i < 3; i++) {
    void *r;
    pthread_join(sleepers[i], &r);
    check("slept", (long)r);
  }
}

static pthread_mutex_t *shared_mutex(int type) {
  pthread_mutex_t *m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_setprotocol(&a, type);
  pthread_mutex_init(m, &a);
  return m;
}

static void *dies(void *m) {
  printf("lock %d\n", pthread_mutex_lock(m));
  return 0;
}

static void robust(int protocol) {
  pthread_mutex_t *m = shared_mutex(protocol);
  pthread_t t;
  pthread_create(&t, 0, dies, m);
  pthread_join(t, 0);
  printf("after a thread: %s\n", strerrorname_np(pthread_mutex_lock(m)));
  printf("%d\n", pthread_mutex_consistent(m));
  pthread_mutex_unlock(m);
  fflush(stdout);
  for (int executes = 0; executes < 2; executes++) {
    pid_t child = fork();
    if (child == 0) {
      pthread_mutex_lock(m);
      if (executes) execl("/proc/self/exe", "futexes", "executed", NULL);
      _exit(0);
    }
    waitpid(child, 0, 0);
    printf("after a process: %s\n", strerrorname_np(pthread_mutex_trylock(m)));
    printf("%d\n", pthread_mutex_unlock(m));
    m = shared_mutex(protocol);
  }
}

static pthread_mutex_t pi;
static int order;
static void *contend(void *arg) {
  pthread_mutex_lock(&pi);
  order++;
  pthread_mutex_unlock(&pi);
  return 0;
}

static void inheriting(void) {
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&pi, &a);
  pthread_mutex_lock(&pi);
  pthread_t t[4];
  for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, contend, 0);
  usleep(30000);
  printf("%d\n", order);
  pthread_mutex_unlock(&pi);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
  printf("%d\n", order);
  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_nsec += 10000000;
  if (end.tv_nsec >= 1000000000) { end.tv_sec++; end.tv_nsec -= 1000000000; }
  pthread_mutex_lock(&pi);
  printf("timed %s\n", strerrorname_np(pthread_mutex_timedlock(&pi, &end)));
}

int main(int argc, char **argv) {
  if (argc > 1) return 0;
  setvbuf(stdout, 0, _IOLBF, 0);
  newer();
  void *head;
  size_t length;
  check("get_robust_list", syscall(SYS_get_robust_list, 0, &head, &length));
  printf("%d\n", length == 3 * sizeof(void *) && head != 0);
  check("set_robust_list", syscall(SYS_set_robust_list, head, length + 1));
  check("get_robust_list pid", syscall(SYS_get_robust_list, getppid() + 100000, &head, &length));
  robust(PTHREAD_PRIO_NONE);
  robust(PTHREAD_PRIO_INHERIT);
  inheriting();
}
