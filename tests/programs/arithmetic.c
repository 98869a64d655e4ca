// Integer arithmetic of every width at its edges: wrap, shifts, division, carries, conversions.
#include <inttypes.h>
#include <stdio.h>

static const int32_t edges[] = {0,
                                1,
                                -1,
                                2,
                                -2,
                                7,
                                10,
                                -10,
                                127,
                                128,
                                -128,
                                255,
                                256,
                                32767,
                                -32768,
                                65535,
                                65536,
                                0x7fffffff,
                                -0x7fffffff - 1,
                                0x55555555,
                                0x12345678};
enum { N = sizeof edges / sizeof *edges };

static uint64_t hash = 1469598103934665603u;
static void put(uint64_t value) { hash = (hash ^ value) * 1099511628211u; }

static void words(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      uint32_t a = edges[i], b = edges[j];
      put(a + b);
      put(a - b);
      put(a * b);
      put(a & ~b);
      put(a ^ b);
      put(a << (b & 31));
      put(a >> (b & 31));
      put((int32_t)a >> (b & 31));
      if (b) {
        put(a / b);
        put(a % b);
      }
      if (b && !(a == 0x80000000u && b == 0xffffffffu)) {
        put((int32_t)a / (int32_t)b);
        put((int32_t)a % (int32_t)b);
      }
      put((int32_t)a < (int32_t)b);
      put(a < b);
      put(a == b);
      put((a >> (b & 31)) | (a << (-b & 31)));
      put(__builtin_popcount(a));
      put(a ? __builtin_clz(a) : 32);
      put(a ? __builtin_ctz(a) : 32);
      put(__builtin_bswap32(a));
      int32_t sum;
      put(__builtin_add_overflow((int32_t)a, (int32_t)b, &sum));
      put(sum);
      put(__builtin_mul_overflow((int32_t)a, (int32_t)b, &sum));
      put(sum);
    }
  printf("words %016" PRIx64 "\n", hash);
}

static void doublewords(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      uint64_t a = ((uint64_t)edges[i] << 32) ^ (uint32_t)edges[j], b = (int64_t)edges[j] * 3 + edges[i];
      put(a + b);
      put(a - b);
      put(a * b);
      put(a << (b & 63));
      put(a >> (b & 63));
      put((int64_t)a >> (b & 63));
      if (b) {
        put(a / b);
        put(a % b);
      }
      if (b && !(a == 1ull << 63 && b == ~0ull)) {
        put((int64_t)a / (int64_t)b);
        put((int64_t)a % (int64_t)b);
      }
      put((int64_t)a < (int64_t)b);
      put(a > b);
      put((int32_t)a * (int64_t)(int32_t)b);
      put((uint64_t)(uint32_t)a * (uint32_t)b);
      put((uint64_t)(double)a);
      put((int64_t)(float)(int64_t)b);
      put(__builtin_bswap64(a));
      put(__builtin_popcountll(b));
    }
  printf("doublewords %016" PRIx64 "\n", hash);
}

static void narrow(void) {
  for (int i = 0; i < N; i++) {
    int8_t b = edges[i];
    uint8_t ub = edges[i];
    int16_t h = edges[i];
    uint16_t uh = edges[i];
    b += 100;
    ub -= 200;
    h *= 3;
    uh <<= 3;
    printf("%d %u %d %u %d\n", b, ub, h, uh, (int8_t)(h >> 3));
    put(b);
    put(ub);
    put(h);
    put(uh);
  }
}

struct fields {
  unsigned a : 3;
  int b : 5;
  unsigned c : 17;
  long long d : 39;
  unsigned char e : 1;
};
static void bitfields(void) {
  struct fields f = {0};
  for (int i = 0; i < N; i++) {
    f.a += edges[i];
    f.b = edges[i];
    f.c ^= edges[i];
    f.d = (long long)edges[i] * 1000;
    f.e = !f.e;
    printf("%u %d %u %lld %u\n", f.a, f.b, f.c, (long long)f.d, f.e);
  }
}

int main(void) {
  words();
  doublewords();
  narrow();
  bitfields();
  return 0;
}
