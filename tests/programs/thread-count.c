//> flags: -pthread
//> modes: thumb O1 static,dynamic
//> stdout: 1 1\n3 3\n1 1\nchild 1 1\n
// /proc counts the guest's threads and not the emulator's (qemu-user's are among them).
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t barrier;

static void tell(const char *who) {
  char line[1024];
  int in_status = 0, in_stat = 0;
  FILE *f = fopen("/proc/self/status", "r");
  while (fgets(line, sizeof line, f)) sscanf(line, "Threads: %d", &in_status);
  fclose(f);
  f = fopen("/proc/self/stat", "r");
  if (fgets(line, sizeof line, f)) sscanf(strrchr(line, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d", &in_stat);
  fclose(f);
  printf("%s%d %d\n", who, in_status, in_stat);
  fflush(stdout);
}

static void *wait_twice(void *unused) {
  pthread_barrier_wait(&barrier);
  pthread_barrier_wait(&barrier);
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_barrier_init(&barrier, 0, 3);
  tell("");
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, wait_twice, 0);
  pthread_barrier_wait(&barrier);
  tell("");
  pthread_barrier_wait(&barrier);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
  // A joined thread may still be on its way out of the kernel.
  usleep(50000);
  tell("");
  if (fork() == 0) {
    tell("child ");
    _exit(0);
  }
  wait(0);
  return 0;
}
