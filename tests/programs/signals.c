//> exit: SIGTERM
// Signals: handlers with siginfo, masks, alarm and timers, EINTR and SA_RESTART, alternate stack, nesting, sigwait,
// faults.
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t count, last, code;
static char *volatile address;
static volatile int value;
static void handler(int s) {
  count++;
  last = s;
}
static void informed(int s, siginfo_t *info, void *context) {
  (void)context;
  last = s;
  code = info->si_code;
  value = info->si_value.sival_int;
  address = info->si_addr;
}
static void install(int s, void (*f)(int), int flags) {
  struct sigaction a = {.sa_handler = f, .sa_flags = flags};
  sigaction(s, &a, 0);
}

static char alternate[32768];
static volatile int on_alternate;
static void elsewhere(int s) {
  (void)s;
  char here;
  on_alternate = &here >= alternate && &here < alternate + sizeof alternate;
}

static sigjmp_buf back;
static void out(int s, siginfo_t *info, void *context) {
  (void)context;
  code = info->si_code;
  address = info->si_addr;
  siglongjmp(back, s);
}
static volatile double kept;
static void floats(int s) {
  (void)s;
  kept = 1.0 / (count + 3) * 7;
}

static void nested(int s) {
  count += s == SIGUSR1 ? 1 : 100;
  if (s == SIGUSR1) {
    raise(SIGUSR2);
  }
}

int main(void) {
  install(SIGUSR1, handler, 0);
  raise(SIGUSR1);
  kill(getpid(), SIGUSR1);
  printf("%d %d\n", count, last);
  sigset_t set, old, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, &old);
  raise(SIGUSR1);
  raise(SIGUSR1);
  sigpending(&pending);
  printf("%d %d ", count, sigismember(&pending, SIGUSR1));
  sigprocmask(SIG_SETMASK, &old, 0);
  printf("%d\n", count);
  struct sigaction a = {.sa_sigaction = informed, .sa_flags = SA_SIGINFO};
  sigaction(SIGRTMIN + 1, &a, 0);
  sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 77});
  printf("%d %d %d\n", last == SIGRTMIN + 1, code == SI_QUEUE, value);

  int fds[2];
  pipe(fds);
  char c;
  /* Again and again: on a slow machine the first may come before the call that it is to interrupt. */
  struct itimerval soon = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
  count = 0;
  install(SIGALRM, handler, 0);
  setitimer(ITIMER_REAL, &soon, 0);
  printf("%d ", (int)read(fds[0], &c, 1));
  printf("%d %d\n", errno == EINTR, count > 0);
  setitimer(ITIMER_REAL, &never, 0);
  install(SIGALRM, handler, SA_RESTART);
  if (fork() == 0) {
    usleep(60000);
    write(fds[1], "x", 1);
    _exit(0);
  }
  setitimer(ITIMER_REAL, &soon, 0);
  printf("%d %c %d\n", (int)read(fds[0], &c, 1), c, count > 0);
  setitimer(ITIMER_REAL, &never, 0);
  wait(0);
  count = 0;
  soon.it_interval.tv_usec = 5000;
  setitimer(ITIMER_REAL, &soon, 0);
  while (count < 5);
  setitimer(ITIMER_REAL, &never, 0);
  printf("ticked in a loop\n");
  struct timespec nap = {1, 0}, rest;
  soon.it_interval.tv_usec = 20000;
  setitimer(ITIMER_REAL, &soon, 0);
  printf("%d %d %d\n", nanosleep(&nap, &rest), errno == EINTR, rest.tv_sec == 0 && rest.tv_nsec > 500000000);
  setitimer(ITIMER_REAL, &never, 0);

  stack_t st = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&st, 0);
  install(SIGUSR2, elsewhere, SA_ONSTACK);
  raise(SIGUSR2);
  printf("alternate %d\n", on_alternate);
  count = 0;
  install(SIGUSR1, nested, 0);
  install(SIGUSR2, nested, 0);
  raise(SIGUSR1);
  printf("nested %d\n", count);
  install(SIGUSR1, handler, SA_RESETHAND);
  raise(SIGUSR1);
  sigaction(SIGUSR1, 0, &a);
  printf("reset %d\n", a.sa_handler == SIG_DFL);
  install(SIGUSR1, floats, 0);
  volatile double before = 0.1, sum = 0;
  for (int i = 0; i < 100; i++) {
    sum += before * i;
    if (i % 10 == 0) raise(SIGUSR1);
  }
  printf("%.3f %.3f\n", sum, kept);

  a = (struct sigaction){.sa_sigaction = out, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &a, 0);
  sigaction(SIGILL, &a, 0);
  sigaction(SIGTRAP, &a, 0);
  int s = sigsetjmp(back, 1);
  if (!s) *(volatile int *)0x1234 = 1;
  printf("%d %d %p\n", s, code, address);
  s = sigsetjmp(back, 1);
  if (!s) printf("%d", *(volatile int *)0xfffffff0);
  printf("%d\n", s);
  s = sigsetjmp(back, 1);
  if (!s) ((void (*)(void))0x5678)();
  printf("%d %p\n", s, address);
  s = sigsetjmp(back, 1);
  if (!s) __builtin_trap();
  printf("%d %d\n", s == SIGILL || s == SIGTRAP, s);

  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, 0);
  raise(SIGUSR1);
  sigwait(&set, &s);
  printf("waited %d\n", s);
  struct timespec brief = {0, 1000000};
  printf("%d %d\n", sigtimedwait(&set, 0, &brief), errno == EAGAIN);
  install(SIGUSR1, handler, 0);
  count = 0;
  if (fork() == 0) {
    usleep(20000);
    kill(getppid(), SIGUSR1);
    _exit(0);
  }
  sigsuspend(&old);
  printf("suspended %d %d\n", count, errno == EINTR);
  wait(0);
  signal(SIGPIPE, SIG_IGN);
  close(fds[0]);
  printf("%d %d\n", (int)write(fds[1], "x", 1), errno == EPIPE);
  signal(SIGTERM, SIG_DFL);
  fflush(stdout);
  raise(SIGTERM);
  return 0;
}
