// The cheapest system call.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1500000, same = 0, pid = getpid();
  for (int i = 0; i < rounds; i++) same += syscall(SYS_getpid) == pid;
  printf("%d\n", same);
}
