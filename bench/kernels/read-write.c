// Small writes to and reads from a pipe that never fills.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 500000, fds[2];
  unsigned char out[256] = {1}, in[256];
  unsigned sum = 0;
  if (pipe(fds)) return 1;
  for (int i = 0; i < rounds; i++) {
    out[i & 255] = i;
    sum += write(fds[1], out, 256);
    sum += read(fds[0], in, 256) + in[i & 255];
  }
  printf("%u\n", sum);
}
