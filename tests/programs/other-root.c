//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
// A root in which there is nothing, not even /proc: the program goes on, forks and starts threads.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void *runs(void *arg) { return (void *)((long)arg + 1); }

int main(void) {
  char root[] = "/tmp/root-XXXXXX";
  mkdtemp(root);
  chdir(root);
  if (geteuid() != 0) unshare(CLONE_NEWUSER);
  check("chroot", chroot("."));
  rmdir(root);
  check("open", open("/proc/self/maps", O_RDONLY));
  int status = 0;
  for (int i = 0; i < 2; i++) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
      pthread_t t;
      void *result = 0;
      if (pthread_create(&t, 0, runs, (void *)40) || pthread_join(t, &result)) _exit(1);
      _exit((long)result);
    }
    waitpid(child, &status, 0);
    printf("child %d\n", WEXITSTATUS(status));
  }
  pthread_t t;
  void *result = 0;
  check("thread", pthread_create(&t, 0, runs, (void *)1));
  pthread_join(t, &result);
  printf("%ld\n", (long)result);
  char *argv[] = {"nothing", 0};
  check("execve", execv("/nothing", argv));
}
