//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
// A program that looks at all descriptors, closes all of them, puts others in their places and goes on: threads, forks, files, /proc/self/fd.
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void list(const char *where) {
  DIR *d = opendir(where);
  struct dirent *e;
  int own = dirfd(d);
  printf("%s:", where);
  int found[64], n = 0;
  while ((e = readdir(d))) if (e->d_name[0] != '.' && atoi(e->d_name) != own) found[n++] = atoi(e->d_name);
  for (int i = 0; i < n; i++) printf(" %d", found[i]);
  printf("\n");
  closedir(d);
}

static void *thread(void *arg) { return arg; }

static void lives(void) {
  pthread_t t;
  void *r = 0;
  pthread_create(&t, 0, thread, (void *)5);
  pthread_join(t, &r);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) _exit(7);
  int status;
  waitpid(child, &status, 0);
  int fd = open("/tmp/tsemu-descriptors", O_CREAT | O_RDWR, 0600);
  printf("thread %ld child %d file %d\n", (long)r, WEXITSTATUS(status), fd);
  close(fd);
  unlink("/tmp/tsemu-descriptors");
}

int main(int argc, char **argv) {
  if (argc > 1) {
    list("/proc/self/fd");
    return 0;
  }
  // Whatever came from the test's own surroundings.
  syscall(SYS_close_range, 3, ~0u, 0);
  list("/proc/self/fd");
  list("/dev/fd");
  chdir("/proc/self");
  list("fd");
  list("fdinfo");
  list("task/../fd");
  chdir("/tmp");
  int closed = 0;
  for (int i = 3; i < 1000; i++) closed += close(i) == 0;
  printf("closed %d\n", closed);
  lives();
  int open_there = 0;
  for (int i = 3; i < 1000; i++) open_there += fcntl(i, F_GETFD) >= 0;
  for (int i = 3; i < 1000; i++) { struct stat st; open_there += fstat(i, &st) == 0; }
  printf("open %d\n", open_there);
  int put = 0;
  // From 768 on an emulator may have numbers to itself.
  for (int i = 3; i < 1000; i++) put += dup2(1, i) == i || i >= 768;
  printf("put %d\n", put);
  check("dup", dup(0) >= 1000);
  pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, 0, 0);
  syscall(SYS_close_range, 3, ~0u, 0);
  lives();
  struct rlimit few = {10, 10};
  check("setrlimit", setrlimit(RLIMIT_NOFILE, &few));
  int n = 0;
  while (open("/dev/null", O_RDONLY) >= 0) n++;
  check("open", -1);
  printf("opened %d\n", n);
  getrlimit(RLIMIT_NOFILE, &few);
  printf("%ld %ld\n", (long)few.rlim_cur, (long)few.rlim_max);
  for (int i = 3; i < 10; i++) close(i);
  int cloexec = open("/dev/null", O_RDONLY | O_CLOEXEC), kept = open("/dev/null", O_RDONLY);
  printf("%d %d\n", cloexec, kept);
  fflush(stdout);
  execl("/proc/self/exe", "descriptors", "executed", NULL);
}
