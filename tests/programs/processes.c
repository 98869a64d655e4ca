// fork, exec, wait, pipes, environment, exit handlers.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void last(void) { puts("atexit"); }

static void many(void) {
  int sum = 0;
  for (int i = 0; i < 20; i++) {
    pid_t p = fork();
    if (p == 0) _exit(i);
    int status;
    waitpid(p, &status, 0);
    sum += WEXITSTATUS(status);
  }
  printf("many %d\n", sum);
  for (int i = 0; i < 5; i++)
    if (fork() == 0) {
      usleep(1000 * (5 - i));
      _exit(i);
    }
  sum = 0;
  int status;
  while (wait(&status) > 0) sum = sum + WEXITSTATUS(status);
  printf("at once %d %d\n", sum, errno == ECHILD);
}

static void chain(void) {
  int fds[2], in = -1;
  for (int stage = 0; stage < 5; stage++) {
    pipe2(fds, O_CLOEXEC);
    if (fork() == 0) {
      char text[256] = "x";
      ssize_t n = 1;
      if (in >= 0) n = read(in, text, 200);
      text[n++] = '0' + stage;
      write(fds[1], text, n);
      _exit(0);
    }
    close(fds[1]);
    if (in >= 0) close(in);
    in = fds[0];
  }
  char text[256] = {0};
  read(in, text, 255);
  close(in);
  while (wait(0) > 0);
  printf("chain %s\n", text);
}

static void nested(int depth) {
  if (depth == 0) return;
  fflush(stdout);
  pid_t p = fork();
  if (p == 0) {
    nested(depth - 1);
    printf("depth %d\n", depth);
    fflush(stdout);
    _exit(depth);
  }
  int status;
  waitpid(p, &status, 0);
  if (WEXITSTATUS(status) != depth) puts("wrong status");
}

static void dying(void) {
  int signals[] = {SIGTERM, SIGKILL, SIGSEGV, SIGABRT};
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  for (int i = 0; i < 4; i++) {
    pid_t p = fork();
    if (p == 0) {
      raise(signals[i]);
      _exit(1);
    }
    int status;
    waitpid(p, &status, 0);
    printf("%d ", WIFSIGNALED(status) ? WTERMSIG(status) : -1);
  }
  pid_t p = fork();
  if (p == 0) {
    *(volatile int *)8 = 1;
    _exit(1);
  }
  int status;
  waitpid(p, &status, 0);
  printf("%d\n", WTERMSIG(status));
  p = fork();
  if (p == 0) {
    raise(SIGSTOP);
    _exit(9);
  }
  waitpid(p, &status, WUNTRACED);
  printf("stopped %d ", WIFSTOPPED(status));
  kill(p, SIGCONT);
  waitpid(p, &status, 0);
  printf("then %d\n", WEXITSTATUS(status));
}

int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (argc > 1) {
    printf("executed %s %s %s\n", argv[1], argv[2] + 1, getenv("GIVEN"));
    return 7;
  }
  atexit(last);
  setenv("ADDED", "value", 1);
  printf("%s %s\n", getenv("ADDED"), getenv("MISSING") ? "?" : "none");
  many();
  chain();
  nested(4);
  dying();
  fflush(stdout);
  pid_t v = vfork();
  if (v == 0) _exit(3);
  int status;
  waitpid(v, &status, 0);
  printf("vfork %d\n", WEXITSTATUS(status));
  printf("%d %d\n", execl("/nowhere", "x", (char *)0), errno == ENOENT);
  fflush(stdout);
  if (fork() == 0) exit(0);
  wait(0);
  return 0;
}
