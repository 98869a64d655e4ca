// NEON on bytes and halfwords: grey from interleaved colours, and a box blur. Other processors run the plain loops.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __ARM_NEON
#include <arm_neon.h>
#endif

enum { W = 640, H = 240, N = W * H };
static uint8_t colours[N * 3], grey[N], blurred[N];

static void convert(void) {
#ifdef __ARM_NEON
  uint8x8_t r = vdup_n_u8(77), g = vdup_n_u8(151), b = vdup_n_u8(28);
  for (int i = 0; i < N; i += 8) {
    uint8x8x3_t c = vld3_u8(colours + i * 3);
    uint16x8_t s = vmull_u8(c.val[0], r);
    s = vmlal_u8(s, c.val[1], g);
    s = vmlal_u8(s, c.val[2], b);
    vst1_u8(grey + i, vshrn_n_u16(s, 8));
  }
#else
  for (int i = 0; i < N; i++) grey[i] = (colours[i * 3] * 77 + colours[i * 3 + 1] * 151 + colours[i * 3 + 2] * 28) >> 8;
#endif
}
static void blur(void) {
  for (int i = W; i < N - W; i += 16) {
#ifdef __ARM_NEON
    uint8x16_t up = vld1q_u8(grey + i - W), here = vld1q_u8(grey + i), down = vld1q_u8(grey + i + W);
    vst1q_u8(blurred + i,
             vqsubq_u8(vhaddq_u8(vhaddq_u8(up, down), here), vandq_u8(vcgtq_u8(here, vdupq_n_u8(200)), vdupq_n_u8(3))));
#else
    for (int k = i; k < i + 16; k++) {
      int v = ((grey[k - W] + grey[k + W]) / 2 + grey[k]) / 2;
      int less = grey[k] > 200 ? 3 : 0;
      blurred[k] = v > less ? v - less : 0;
    }
#endif
  }
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 600;
  uint32_t sum = 0;
  for (int i = 0; i < N * 3; i++) colours[i] = i * 7 ^ i >> 5;
  for (int r = 0; r < rounds; r++) {
    convert();
    blur();
    for (int i = r; i < N; i += 1001) sum = sum * 31 + grey[i] + blurred[i];
    colours[r * 17] ^= 255;
  }
  printf("%08x\n", sum);
}
