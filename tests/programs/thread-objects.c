//> reference: host
//> modes: thumb O2 static
//> flags: -pthread -DMANY=60 -DIN_TURN=300
//> timeout: 120
//> tiers: 0
// What threads have of their own and share: cancellation, barriers, objects shared with other processes, names, processors, clocks, user
// ids, thread-specific data; fork and exec from a thread; the end of a process from several at once; many at once and many in turn.
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_int count, cleaned;
static void cleanup(void *arg) { cleaned += (long)arg; }

static void *cancelled(void *arg) {
  pthread_cleanup_push(cleanup, (void *)1);
  pthread_cleanup_push(cleanup, (void *)10);
  if (arg) pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);
  count++;
  if (arg) for (;;) {} else for (;;) pause();
  pthread_cleanup_pop(0);
  pthread_cleanup_pop(0);
  return 0;
}

static void *not_cancelled(void *arg) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0);
  count++;
  usleep(20000);
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, 0);
  count++;
  pthread_testcancel();
  return (void *)1;
}

static void cancelling(void) {
  void *result;
  pthread_t t;
  for (long kind = 0; kind < 3; kind++) {
    count = 0;
    pthread_create(&t, 0, kind == 2 ? not_cancelled : cancelled, (void *)kind);
    while (!count) sched_yield();
    pthread_cancel(t);
    pthread_join(t, &result);
    printf("cancelled %d %d %d\n", result == PTHREAD_CANCELED, cleaned, count);
  }
}

static pthread_barrier_t barrier;
static void *meets(void *arg) {
  for (int i = 0; i < 20; i++) if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) count++;
  return 0;
}

static void barriers(void) {
  pthread_t t[5];
  count = 0;
  pthread_barrier_init(&barrier, 0, 5);
  for (int i = 0; i < 5; i++) pthread_create(&t[i], 0, meets, 0);
  for (int i = 0; i < 5; i++) pthread_join(t[i], 0);
  printf("barriers %d\n", count);
}

struct shared { pthread_mutex_t mutex; pthread_cond_t cond; pthread_barrier_t barrier; pthread_rwlock_t rw; sem_t sem; int turn, n; };

static void take_turns(struct shared *s, int me) {
  for (int i = 0; i < 50; i++) {
    pthread_mutex_lock(&s->mutex);
    while (s->turn != me) pthread_cond_wait(&s->cond, &s->mutex);
    s->turn = !me;
    s->n++;
    pthread_cond_broadcast(&s->cond);
    pthread_mutex_unlock(&s->mutex);
    sem_post(&s->sem);
    pthread_rwlock_wrlock(&s->rw);
    s->n++;
    pthread_rwlock_unlock(&s->rw);
  }
  pthread_barrier_wait(&s->barrier);
}

static void process_shared(void) {
  struct shared *s = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t ma;
  pthread_condattr_t ca;
  pthread_barrierattr_t ba;
  pthread_rwlockattr_t ra;
  pthread_mutexattr_init(&ma);
  pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&s->mutex, &ma);
  pthread_condattr_init(&ca);
  pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&s->cond, &ca);
  pthread_barrierattr_init(&ba);
  pthread_barrierattr_setpshared(&ba, PTHREAD_PROCESS_SHARED);
  pthread_barrier_init(&s->barrier, &ba, 2);
  pthread_rwlockattr_init(&ra);
  pthread_rwlockattr_setpshared(&ra, PTHREAD_PROCESS_SHARED);
  pthread_rwlock_init(&s->rw, &ra);
  sem_init(&s->sem, 1, 0);
  fflush(stdout);
  pid_t child = fork();
  take_turns(s, child == 0);
  if (child == 0) _exit(0);
  waitpid(child, 0, 0);
  int posted;
  sem_getvalue(&s->sem, &posted);
  printf("shared %d\n", posted);
}

static void *named(void *arg) {
  char name[16];
  pthread_setname_np(pthread_self(), "worker thread");
  pthread_getname_np(pthread_self(), name, 16);
  printf("name %s\n", name);
  cpu_set_t one, got;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  check("affinity", pthread_setaffinity_np(pthread_self(), sizeof one, &one));
  pthread_getaffinity_np(pthread_self(), sizeof got, &got);
  printf("%d %d\n", CPU_COUNT(&got), sched_getcpu());
  struct timespec a, b;
  clockid_t clock;
  volatile int x = 0;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
  for (int i = 0; i < 2000000; i++) x += i;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
  check("getcpuclockid", pthread_getcpuclockid(pthread_self(), &clock));
  check("clock_gettime", clock_gettime(clock, &a));
  printf("ran %d %d\n", b.tv_nsec != a.tv_nsec, a.tv_sec >= b.tv_sec);
  return 0;
}

static void own_things(void) {
  pthread_t t;
  char name[16];
  pthread_create(&t, 0, named, 0);
  pthread_join(t, 0);
  cpu_set_t all;
  sched_getaffinity(0, sizeof all, &all);
  printf("affinity of the first thread is its own %d\n", CPU_COUNT(&all) == sysconf(_SC_NPROCESSORS_ONLN));
  pthread_getname_np(pthread_self(), name, 16);
  printf("name differs %d\n", strcmp(name, "worker thread") != 0);
}

static pthread_key_t key;
static void key_gone(void *value) { count += (long)value; }
static void *has_key(void *arg) { pthread_setspecific(key, arg); return 0; }

static void *ids(void *arg) {
  while (count == 0) usleep(1000);
  uid_t r, e, s;
  getresuid(&r, &e, &s);
  printf("ids %d %d %d\n", r, e, s);
  return 0;
}

static void set_ids(void) {
  fflush(stdout);
  if (geteuid() != 0) { printf("ids 77 77 77\n"); return; }
  pid_t child = fork();
  if (child == 0) {
    pthread_t t;
    count = 0;
    pthread_create(&t, 0, ids, 0);
    if (setresuid(77, 77, 77)) printf("setresuid failed\n");
    count = 1;
    pthread_join(t, 0);
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, 0, 0);
}

static void *forks(void *arg) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    pthread_t t;
    pthread_create(&t, 0, has_key, (void *)1000);
    pthread_join(t, 0);
    printf("child of a thread %d %d\n", count, (int)syscall(SYS_gettid) == getpid());
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, 0, 0);
  return 0;
}

static void *executes(void *arg) {
  usleep(5000);
  execl("/proc/self/exe", "thread-objects", "executed", NULL);
  return 0;
}

static void *spins(void *arg) {
  for (;;) getppid();
  return 0;
}

static void *ends(void *arg) {
  usleep(3000);
  _exit(5);
}

/** A process of four busy threads in which one does `what`; -1 when it does not end. */
static void in_process(const char *name, void *(*what)(void *)) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    pthread_t t;
    for (int i = 0; i < 4; i++) pthread_create(&t, 0, spins, 0);
    pthread_create(&t, 0, what, 0);
    if (what == ends) pthread_create(&t, 0, what, 0);
    pause();
  }
  int status;
  waitpid(child, &status, 0);
  printf("%s %x\n", name, status);
}

static void *first_ends(void *arg) {
  usleep(20000);
  printf("after the first thread\n");
  fflush(stdout);
  _exit(6);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static void *waits(void *arg) {
  count++;
  pthread_mutex_lock(&gate);
  pthread_mutex_unlock(&gate);
  return arg;
}

static void many(int n) {
  pthread_t *t = calloc(n, sizeof *t);
  pthread_attr_t a;
  pthread_attr_init(&a);
  pthread_attr_setstacksize(&a, 65536);
  count = 0;
  pthread_mutex_lock(&gate);
  int made = 0;
  for (int i = 0; i < n; i++) made += pthread_create(&t[i], &a, waits, (void *)(long)i) == 0;
  while (count < made) usleep(1000);
  pthread_mutex_unlock(&gate);
  long sum = 0;
  for (int i = 0; i < made; i++) {
    void *r;
    pthread_join(t[i], &r);
    sum += (long)r;
  }
  printf("at once %d %ld\n", made, sum);
  free(t);
}

static void *nothing(void *arg) { return arg; }

static void in_turn(int n) {
  int right = 0;
  for (int i = 0; i < n; i++) {
    pthread_t t;
    void *r = 0;
    if (pthread_create(&t, 0, nothing, (void *)(long)i)) break;
    pthread_join(t, &r);
    right += (long)r == i;
  }
  printf("in turn %d\n", right);
}

int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (argc > 1) {
    printf("executed, pid is tid %d\n", (int)syscall(SYS_gettid) == getpid());
    return 4;
  }
  cancelling();
  barriers();
  process_shared();
  own_things();
  count = 0;
  pthread_t t;
  pthread_key_create(&key, key_gone);
  pthread_create(&t, 0, has_key, (void *)100);
  pthread_join(t, 0);
  printf("destructor %d\n", count);
  set_ids();
  count = 0;
  pthread_create(&t, 0, forks, 0);
  pthread_join(t, 0);
  in_process("exit", ends);
  in_process("exec", executes);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    pthread_create(&t, 0, first_ends, 0);
    pthread_exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  printf("first thread ended %x\n", status);
  many(MANY);
  in_turn(IN_TURN);
}
