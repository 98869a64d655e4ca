// NEON on single-precision floats: scaling and adding vectors, dot products with four lanes, minimum and comparison.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __ARM_NEON
#include <arm_neon.h>
#endif

enum { N = 8192 };
static float x[N], y[N];

static float step(float k) {
#ifdef __ARM_NEON
  float32x4_t kk = vdupq_n_f32(k), sum = vdupq_n_f32(0), limit = vdupq_n_f32(100);
  for (int i = 0; i < N; i += 4) {
    float32x4_t a = vld1q_f32(x + i), b = vaddq_f32(vmulq_f32(a, kk), vld1q_f32(y + i));
    b = vbslq_f32(vcgtq_f32(b, limit), vsubq_f32(b, limit), b);
    vst1q_f32(y + i, b);
    sum = vaddq_f32(sum, vmulq_f32(a, b));
  }
  return vgetq_lane_f32(sum, 0) + vgetq_lane_f32(sum, 1) + vgetq_lane_f32(sum, 2) + vgetq_lane_f32(sum, 3);
#else
  float sum[4] = {0};
  for (int i = 0; i < N; i++) {
    float b = x[i] * k + y[i];
    if (b > 100) b -= 100;
    y[i] = b;
    sum[i & 3] += x[i] * b;
  }
  return sum[0] + sum[1] + sum[2] + sum[3];
#endif
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 3000;
  double total = 0;
  for (int i = 0; i < N; i++) {
    x[i] = (i * 37 % 101) / 16.0f;
    y[i] = (i * 11 % 29) / 8.0f;
  }
  for (int r = 0; r < rounds; r++) total += step((r & 15) / 8.0f);
  printf("%.3f\n", total);
}
