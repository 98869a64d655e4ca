// What gdb.test.ts debugs: argv[1] says what it does.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
struct point { int x; double y; const char *name; };
volatile int counter, spins, seen;
volatile long table[4] = { 1, 2, 3, 4 };
static pthread_barrier_t barrier;
int square(int n) { int r = n * n; return r; }
int add(struct point *p, int n) {
  p->x += n;
  counter += square(n);
  return p->x;
}
void together(void) { seen = 1; }
void handler(int signal) { seen = signal; }
int child(void) { seen = 2; return 3; }
void innermost(void) { abort(); }
void middle(int n) { if (n > 0) middle(n - 1); else innermost(); }
volatile long watched[600];
__attribute__((noinline)) void hit(void) { __sync_fetch_and_add(&watched[0], 1); }
void *hitter(void *arg) { for (int i = 0; i < 20; i++) { hit(); usleep(100); } return 0; }
void *worker(void *arg) {
  char name[16];
  snprintf(name, sizeof name, "worker-%d", (int)(long)arg);
  pthread_setname_np(pthread_self(), name);
  pthread_barrier_wait(&barrier);
  for (;;) { if ((long)arg == 1) spins++; else sleep(100); }
}
int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  struct point p = { 1, 2.5, "origin" };
  if (!strcmp(mode, "steps")) {
    for (int i = 0; i < 3; i++) add(&p, i + 1);
    spins += table[2];
    return p.x;
  }
  if (!strcmp(mode, "threads")) {
    pthread_t t[2];
    pthread_barrier_init(&barrier, 0, 3);
    for (long i = 1; i <= 2; i++) pthread_create(&t[i - 1], 0, worker, (void *)i);
    pthread_barrier_wait(&barrier);
    while (spins < 1000);
    together();
    return 4;
  }
  if (!strcmp(mode, "crowd")) {
    pthread_t t[4];
    for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, hitter, 0);
    for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
    watched[300] = watched[0];
    return watched[0];
  }
  if (!strcmp(mode, "loop")) for (;;) spins++;
  if (!strcmp(mode, "sleep")) return sleep(1) ? 9 : 5;
  if (!strcmp(mode, "signal")) { signal(SIGUSR1, handler); raise(SIGUSR1); return seen == SIGUSR1 ? 6 : 8; }
  if (!strcmp(mode, "call")) { syscall(SYS_getppid); return 6; }
  if (!strcmp(mode, "fork")) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) _exit(child());
    waitpid(pid, &status, 0);
    together();
    return WEXITSTATUS(status) + 10;
  }
  if (!strcmp(mode, "exec")) { execl(argv[0], argv[0], "signal", (char *)0); return 1; }
  if (!strcmp(mode, "deep")) middle(2);
#ifdef __arm__
  if (!strcmp(mode, "illegal")) asm volatile("udf #0");
#else
  if (!strcmp(mode, "illegal")) asm volatile("unimp");
#endif
  if (!strcmp(mode, "segv")) *(volatile int *)16 = 1;
  return 2;
}
