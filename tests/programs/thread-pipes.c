//> flags: -pthread
//> modes: thumb O1 static,dynamic
// Starting a thread changes nothing about the standard descriptors.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *nothing(void *x) { return x; }

int main(void) {
  int fds[2], out = dup(1);
  pthread_t t;
  if (pipe(fds)) return 1;
  for (int fd = 0; fd < 3; fd++) dup2(fds[fd != 0], fd);
  pthread_create(&t, 0, nothing, 0);
  pthread_join(t, 0);
  for (int fd = 0; fd < 3; fd++) dprintf(out, "%d ", fcntl(fd, F_GETFL) & O_NONBLOCK);
  dprintf(out, "\n");
  return 0;
}
