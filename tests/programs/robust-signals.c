//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
//> tiers: auto
// Robust locks in shared memory of a process that a signal's default action ends: whoever waits for them is told, whichever signal it was and
// whether the process slept, computed or waited itself.
#include "check.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared { pthread_mutex_t first, second; volatile int held; };

static void *other(void *p) {
  struct shared *s = p;
  pthread_mutex_lock(&s->second);
  s->held++;
  for (;;) pause();
}

static void owner(struct shared *s, int busy) {
  pthread_t thread;
  pthread_mutex_lock(&s->first);
  s->held++;
  pthread_create(&thread, 0, other, s);
  while (busy) ;
  for (;;) pause();
}

static void try(struct shared *s, int signal, int busy) {
  pthread_mutexattr_t robust;
  pthread_mutexattr_init(&robust);
  pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_setpshared(&robust, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&s->first, &robust);
  pthread_mutex_init(&s->second, &robust);
  s->held = 0;
  pid_t child = fork();
  if (child == 0) owner(s, busy);
  while (s->held < 2) usleep(1000);
  kill(child, signal);
  int first = pthread_mutex_lock(&s->first), second = pthread_mutex_lock(&s->second), status;
  waitpid(child, &status, 0);
  printf("signal %d: %d %d, ended by %d\n", signal, first == EOWNERDEAD, second == EOWNERDEAD, WTERMSIG(status));
}

int main(void) {
  struct shared *s = mmap(0, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGALRM, SIGABRT, SIGSEGV, SIGRTMIN + 3};
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) try(s, signals[i], i % 2);
  munmap(s, sizeof *s);
  int id = shmget(IPC_PRIVATE, sizeof *s, IPC_CREAT | 0600);
  struct shared *segment = shmat(id, 0, 0);
  shmctl(id, IPC_RMID, 0);
  try(segment, SIGTERM, 0);
  // What is ignored or stops a process does so still.
  pid_t child = fork();
  if (child == 0) { kill(getpid(), SIGCHLD); kill(getpid(), SIGURG); kill(getpid(), SIGTSTP); _exit(3); }
  int status;
  waitpid(child, &status, WUNTRACED);
  printf("stopped %d\n", WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
  kill(child, SIGCONT);
  waitpid(child, &status, 0);
  printf("ended %d\n", WEXITSTATUS(status));
}
