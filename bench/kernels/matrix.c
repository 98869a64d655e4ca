// Double-precision matrix multiplication.
#include <stdio.h>
#include <stdlib.h>

enum { N = 160 };
static double a[N][N], b[N][N], c[N][N];

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 14;
  double sum = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = (i * 7 + j) % 13 / 8.0;
      b[i][j] = (i + j * 5) % 11 / 4.0;
    }
  for (int r = 0; r < rounds; r++) {
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) {
        double s = 0;
        for (int k = 0; k < N; k++) s += a[i][k] * b[k][j];
        c[i][j] = s;
      }
    a[r][r] += 0.5;
    sum += c[r][N - 1 - r];
  }
  printf("%.6f\n", sum);
}
