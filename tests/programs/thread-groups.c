//> exit: 4
//> timeout: 60
//> flags: -pthread
//> modes: thumb O2 static,dynamic
//> stdout: forks 10\nread 1\nanother thread caught it: 1\nwaited for 12\nspawn 2\nsecond program, pid is tid: 1\nexecuted 4\nsecond program, pid is tid: 1\n
// Processes with several threads: fork, execve and exit while others run, signals to one thread and to whichever takes them,
// posix_spawn.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int rounds, stop, caught;
static _Atomic(pid_t) catcher;

static void *busy(void *arg) {
  char *p = 0;
  while (!stop) {
    p = malloc(100 + rounds % 900);
    p[0] = 1;
    free(p);
    rounds++;
  }
  return arg;
}

static void *blocked(void *arg) {
  int *fds = arg;
  char c;
  return (void *)(long)read(fds[0], &c, 1);
}

static void handler(int n) { (void)n; catcher = syscall(SYS_gettid); caught++; }

static void *waiter(void *arg) {
  sigset_t *set = arg;
  int got = 0;
  sigwait(set, &got);
  return (void *)(long)got;
}

static void *spinner(void *arg) {
  while (!caught);
  return arg;
}

static void *executor(void *arg) {
  execv(((char **)arg)[0], (char *[]){((char **)arg)[0], "second", 0});
  return 0;
}

static void *leaver(void *arg) { (void)arg; usleep(10000); exit(4); }

extern char **environ;

int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (argc > 1 && !strcmp(argv[1], "second")) {
    pthread_t t;
    printf("second program, pid is tid: %d\n", getpid() == syscall(SYS_gettid));
    pthread_create(&t, 0, leaver, 0);
    pthread_exit(0);
  }
  int fds[2], status;
  pipe(fds);
  pthread_t a, b, c;
  pthread_create(&a, 0, busy, 0);
  pthread_create(&b, 0, blocked, fds);
  while (rounds < 10);
  int good = 0;
  for (int i = 0; i < 10; i++) {
    pid_t child = fork();
    if (child == 0) {
      free(malloc(5000));
      _exit(getpid() == syscall(SYS_gettid) ? 3 : 0);
    }
    waitpid(child, &status, 0);
    good += WEXITSTATUS(status) == 3;
  }
  printf("forks %d\n", good);
  stop = 1;
  pthread_join(a, 0);
  write(fds[1], "x", 1);
  void *result;
  pthread_join(b, &result);
  printf("read %ld\n", (long)result);

  signal(SIGUSR1, handler);
  pthread_create(&a, 0, spinner, 0);
  pthread_kill(a, SIGUSR1);
  pthread_join(a, 0);
  printf("another thread caught it: %d\n", catcher != 0 && catcher != getpid());
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &set, 0);
  pthread_create(&c, 0, waiter, &set);
  kill(getpid(), SIGUSR2);
  pthread_join(c, &result);
  printf("waited for %ld\n", (long)result);

  pid_t child;
  printf("spawn %d\n", posix_spawn(&child, "/nonexistent/program", 0, 0, argv, environ));
  stop = 0;
  pthread_create(&a, 0, busy, 0);
  pthread_create(&b, 0, blocked, fds);
  child = fork();
  if (child == 0) {
    pthread_create(&c, 0, busy, 0);
    pthread_create(&c, 0, blocked, fds);
    usleep(20000);
    executor(argv);
  }
  waitpid(child, &status, 0);
  printf("executed %d\n", WEXITSTATUS(status));
  executor(argv);
}
