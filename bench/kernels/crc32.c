// CRC-32 by table and bit by bit.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint8_t data[1 << 16];
static uint32_t table[256];

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 3500;
  uint32_t crc = ~0u, slow = ~0u;
  for (int i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
    table[i] = c;
  }
  for (unsigned i = 0; i < sizeof data; i++) data[i] = i * i >> 3;
  for (int r = 0; r < rounds; r++) {
    for (unsigned i = 0; i < sizeof data; i++) crc = table[(crc ^ data[i]) & 255] ^ crc >> 8;
    for (unsigned i = 0; i < sizeof data / 16; i++) {
      slow ^= data[i];
      for (int k = 0; k < 8; k++) slow = slow >> 1 ^ (0xedb88320 & -(slow & 1));
    }
  }
  printf("%08x %08x\n", ~crc, ~slow);
}
