// A small LZ77 compressor with a hash table, and its inverse.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 1 << 18 };
static uint8_t input[N + 8], packed[N * 2], output[N + 300];
static int32_t last[1 << 13];

static int compress(void) {
  uint8_t *out = packed;
  memset(last, -1, sizeof last);
  for (int i = 0; i < N;) {
    uint32_t four = input[i] | input[i + 1] << 8 | input[i + 2] << 16 | (uint32_t)input[i + 3] << 24;
    unsigned hash = four * 2654435761u >> 19;
    int from = last[hash];
    last[hash] = i;
    int length = 0;
    if (from >= 0 && i - from < 65536)
      while (length < 255 && i + length < N && input[from + length] == input[i + length]) length++;
    if (length >= 5) {
      *out++ = 0;
      *out++ = length;
      *out++ = i - from;
      *out++ = (i - from) >> 8;
      i += length;
    } else {
      *out++ = 1 + (input[i] == 0);
      *out++ = input[i++];
    }
  }
  return out - packed;
}
static int expand(int size) {
  uint8_t *out = output;
  for (uint8_t *p = packed; p < packed + size;)
    if (*p == 0) {
      uint8_t *from = out - (p[2] | p[3] << 8);
      for (int n = p[1]; n; n--) *out++ = *from++;
      p += 4;
    } else {
      *out++ = p[1];
      p += 2;
    }
  return out - output;
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 250, size = 0, same = 0;
  unsigned seed = 5;
  for (int i = 0; i < N; i++) {
    seed = seed * 1103515245 + 12345;
    input[i] = i > 100 && (seed >> 20 & 7) ? input[i - 97] : seed >> 24 & 31;
  }
  for (int r = 0; r < rounds; r++) {
    size = compress();
    same += expand(size) == N && memcmp(input, output, N) == 0;
    input[r * 1000 % N]++;
  }
  printf("%d %d\n", size, same);
}
