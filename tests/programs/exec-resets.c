//> exit: 0
//> modes: thumb O2 static,dynamic
//> stdout: caught is default: 1\nignored is ignored: 1\nmask stays: 1, pending stays: 1\ndescriptors: 1 0\nno alternate stack: 1\npid stays: 1\nno timer fired\n
// What execve keeps and what it does not: execve(2), "attributes preserved".
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void handler(int n) { (void)n; }

static int second(char **argv) {
  struct sigaction a;
  sigset_t mask, pending;
  sigaction(SIGUSR1, 0, &a);
  printf("caught is default: %d\n", a.sa_handler == SIG_DFL);
  sigaction(SIGUSR2, 0, &a);
  printf("ignored is ignored: %d\n", a.sa_handler == SIG_IGN);
  sigprocmask(0, 0, &mask);
  sigpending(&pending);
  printf("mask stays: %d, pending stays: %d\n", sigismember(&mask, SIGTERM), sigismember(&pending, SIGTERM));
  printf("descriptors: %d %d\n", fcntl(atoi(argv[2]), F_GETFD) >= 0, fcntl(atoi(argv[3]), F_GETFD) >= 0);
  stack_t stack;
  sigaltstack(0, &stack);
  printf("no alternate stack: %d\n", stack.ss_flags == SS_DISABLE);
  printf("pid stays: %d\n", getpid() == atoi(argv[4]));
  sleep(2);
  printf("no timer fired\n");
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "second")) return second(argv);
  setvbuf(stdout, 0, _IOLBF, 0);
  signal(SIGUSR1, handler);
  signal(SIGUSR2, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, 0);
  kill(getpid(), SIGTERM);
  stack_t stack = {.ss_sp = malloc(16384), .ss_size = 16384};
  sigaltstack(&stack, 0);
  timer_t t;
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
  struct itimerspec soon = {{0, 0}, {2, 0}};
  timer_create(CLOCK_MONOTONIC, &e, &t);
  timer_settime(t, 0, &soon, 0);
  char kept[12], closed[12], pid[12];
  sprintf(kept, "%d", open("/dev/null", O_RDONLY));
  sprintf(closed, "%d", open("/dev/null", O_RDONLY | O_CLOEXEC));
  sprintf(pid, "%d", getpid());
  execl(argv[0], argv[0], "second", kept, closed, pid, (char *)0);
  return 1;
}
