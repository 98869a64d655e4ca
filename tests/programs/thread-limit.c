// A thread that the system refuses is EAGAIN, and the program goes on.
//> modes: O2 static
//> reference: host
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *wait(void *argument) {
  pthread_mutex_lock(&gate);
  pthread_mutex_unlock(&gate);
  return argument;
}

int main(void) {
  // The limit is not root's.
  if (getuid() == 0) setresuid(12345, 12345, 12345);
  struct rlimit limit = {1, 1};
  setrlimit(RLIMIT_NPROC, &limit);
  pthread_t threads[8];
  int count = 0, error = 0;
  pthread_mutex_lock(&gate);
  while (count < 8 && error == 0) {
    error = pthread_create(&threads[count], 0, wait, 0);
    count += error == 0;
  }
  printf("%s\n", strerror(error));
  pthread_mutex_unlock(&gate);
  for (int i = 0; i < count; i++) pthread_join(threads[i], 0);
  puts("goes on");
}
