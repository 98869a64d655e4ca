// Primes below a million, as bytes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 1000000 };
static char composite[N];

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 120, primes = 0;
  for (int r = 0; r < rounds; r++) {
    memset(composite, 0, N);
    for (int i = 2; i * i < N; i++)
      if (!composite[i])
        for (int j = i * i; j < N; j += i) composite[j] = 1;
    for (int i = 2 + r; i < N; i++) primes += !composite[i];
  }
  printf("%d\n", primes);
}
