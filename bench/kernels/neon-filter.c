// NEON on signed halfwords: a FIR filter with saturation, as in audio.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __ARM_NEON
#include <arm_neon.h>
#endif

enum { N = 16384, TAPS = 32 };
static int16_t in[N + TAPS], out[N], taps[TAPS];

static void filter(void) {
#ifdef __ARM_NEON
  for (int i = 0; i < N; i += 8) {
    int32x4_t low = vdupq_n_s32(0), high = low;
    for (int t = 0; t < TAPS; t++) {
      int16x8_t x = vld1q_s16(in + i + t);
      int16x4_t k = vdup_n_s16(taps[t]);
      low = vmlal_s16(low, vget_low_s16(x), k);
      high = vmlal_s16(high, vget_high_s16(x), k);
    }
    vst1q_s16(out + i, vcombine_s16(vqrshrn_n_s32(low, 15), vqrshrn_n_s32(high, 15)));
  }
#else
  for (int i = 0; i < N; i++) {
    int32_t s = 0;
    for (int t = 0; t < TAPS; t++) s += in[i + t] * taps[t];
    int64_t v = ((int64_t)s + 16384) >> 15;
    out[i] = v > 32767 ? 32767 : v < -32768 ? -32768 : v;
  }
#endif
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 700;
  uint32_t sum = 0;
  for (int i = 0; i < N + TAPS; i++) in[i] = i * 40503u >> 3;
  for (int t = 0; t < TAPS; t++) taps[t] = (t - 16) * (t - 16) * 20 - 900;
  for (int r = 0; r < rounds; r++) {
    filter();
    for (int i = r; i < N; i += 97) sum = sum * 31 + (uint16_t)out[i];
    in[r] += 1000;
  }
  printf("%08x\n", sum);
}
