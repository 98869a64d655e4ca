// Mapping, touching and unmapping memory.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 40000;
  unsigned sum = 0;
  for (int i = 0; i < rounds; i++) {
    unsigned char *p = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p[i & 65535] = i;
    p[4096] = 1;
    sum += p[i & 65535] + p[8192];
    mprotect(p, 4096, PROT_READ);
    munmap(p, 65536);
  }
  printf("%u\n", sum);
}
