// Two processes and two pipes: each byte wakes the other side.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 60000, there[2], back[2];
  unsigned char c = 0;
  if (pipe(there) || pipe(back)) return 1;
  if (fork() == 0) {
    close(there[1]);
    while (read(there[0], &c, 1) == 1) {
      c++;
      if (write(back[1], &c, 1) != 1) break;
    }
    _exit(0);
  }
  close(there[0]);
  for (int i = 0; i < rounds; i++)
    if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1) return 1;
  close(there[1]);
  wait(0);
  printf("%d\n", c);
}
