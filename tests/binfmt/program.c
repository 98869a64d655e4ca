// Does what needs the emulator's own files or /proc elsewhere: forks, starts a thread, executes itself (or its first argument). Says what
// it was given.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

static void *in_thread(void *argument) {
  printf("thread %s\n", (char *)argument);
  return NULL;
}

static void thread(const char *name) {
  pthread_t other;
  if (pthread_create(&other, NULL, in_thread, (void *)name) != 0) printf("no thread\n");
  else pthread_join(other, NULL);
}

int main(int argc, char **argv) {
  for (int i = 0; i < argc; i++) printf("argv[%d] %s\n", i, argv[i]);
  printf("secure %d, same user %d\n", getauxval(AT_SECURE) != 0, getuid() == geteuid());
  const char *variable = getenv("LD_PRELOAD");
  if (variable != NULL) printf("LD_PRELOAD %s\n", variable);
  if (argc > 1 && strcmp(argv[1], "again") == 0) {
    printf("descriptor 70 is %s\n", fcntl(70, F_GETFD) < 0 ? "closed" : "open");
    return 5;
  }
  thread("one");
  // Closed when the program is executed; nobody else has one open.
  fcntl(1, F_DUPFD_CLOEXEC, 70);
  for (int fd = 3; fd < 70; fd++) if (fcntl(fd, F_GETFD) >= 0) printf("descriptor %d is open\n", fd);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    thread("in a child");
    fflush(stdout);
    execv(argc > 1 ? argv[1] : argv[0], (char *[]){ "named", argc > 2 ? argv[2] : "again", NULL });
    perror("execv");
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  printf("child %d\n", WEXITSTATUS(status));
  return 0;
}
