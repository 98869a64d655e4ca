// SHA-256 as the standard writes it.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>

static uint32_t k[64], h[8];
static uint32_t root(double x) { return (uint32_t)(int64_t)((x - floor(x)) * 4294967296.0); }
#define ROTATE(x, n) ((x) >> (n) | (x) << (32 - (n)))

static void block(const uint8_t *p) {
  uint32_t w[64], s[8];
  for (int i = 0; i < 16; i++) w[i] = (uint32_t)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
  for (int i = 16; i < 64; i++)
    w[i] = w[i - 16] + w[i - 7] + (ROTATE(w[i - 15], 7) ^ ROTATE(w[i - 15], 18) ^ w[i - 15] >> 3) +
           (ROTATE(w[i - 2], 17) ^ ROTATE(w[i - 2], 19) ^ w[i - 2] >> 10);
  for (int i = 0; i < 8; i++) s[i] = h[i];
  for (int i = 0; i < 64; i++) {
    uint32_t e = s[4], a = s[0];
    uint32_t t1 = s[7] + (ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + k[i] + w[i];
    uint32_t t2 = (ROTATE(a, 2) ^ ROTATE(a, 13) ^ ROTATE(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    for (int j = 7; j > 0; j--) s[j] = s[j - 1];
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) h[i] += s[i];
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 300000;
  uint8_t data[64];
  for (int p = 2, n = 0; n < 64; p++) {
    int prime = 1;
    for (int q = 2; q * q <= p; q++) prime &= p % q != 0;
    if (!prime) continue;
    k[n] = root(cbrt(p));
    if (n < 8) h[n] = root(sqrt(p));
    n++;
  }
  for (int i = 0; i < 64; i++) data[i] = i;
  for (int r = 0; r < rounds; r++) {
    block(data);
    data[r & 63] ^= h[r & 7];
  }
  for (int i = 0; i < 8; i++) printf("%08x", h[i]);
  puts("");
}
