// A signal sent to oneself and handled.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t count;
static void handler(int s) { count += s == SIGUSR1; }

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 80000;
  pid_t me = getpid();
  signal(SIGUSR1, handler);
  for (int i = 0; i < rounds; i++) kill(me, SIGUSR1);
  printf("%d\n", (int)count);
}
