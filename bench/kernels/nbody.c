// Bodies under gravity: divisions and square roots. Contraction to fused operations is off, so all agree to the last
// bit.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct body {
  double x[3], v[3], mass;
};
static struct body bodies[5] = {{{0, 0, 0}, {0, 0, 0}, 39.47},
                                {{4.84, -1.16, -0.10}, {0.60, 2.81, -0.02}, 0.037},
                                {{8.34, 4.12, -0.40}, {-1.01, 1.82, 0.008}, 0.011},
                                {{12.89, -15.11, -0.22}, {1.08, 0.86, -0.01}, 0.0017},
                                {{15.37, -25.9, 0.17}, {0.97, 0.59, -0.034}, 0.002}};

int main(int argc, char **argv) {
  int steps = argc > 1 ? atoi(argv[1]) : 400000;
  const double dt = 0.01;
  double energy = 0;
  for (int s = 0; s < steps; s++) {
    for (int i = 0; i < 5; i++)
      for (int j = i + 1; j < 5; j++) {
        double d[3], square = 0;
        for (int k = 0; k < 3; k++) {
          d[k] = bodies[i].x[k] - bodies[j].x[k];
          square += d[k] * d[k];
        }
        double pull = dt / (square * sqrt(square));
        for (int k = 0; k < 3; k++) {
          bodies[i].v[k] -= d[k] * bodies[j].mass * pull;
          bodies[j].v[k] += d[k] * bodies[i].mass * pull;
        }
      }
    for (int i = 0; i < 5; i++)
      for (int k = 0; k < 3; k++) bodies[i].x[k] += dt * bodies[i].v[k];
  }
  for (int i = 0; i < 5; i++)
    for (int k = 0; k < 3; k++) energy += bodies[i].mass * bodies[i].v[k] * bodies[i].v[k];
  printf("%.12f\n", energy);
}
