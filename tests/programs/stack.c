// Deep recursion, large frames, alloca and variable-length arrays: the stack grows as far as its limit.
#include <alloca.h>
#include <stdio.h>
#include <string.h>

static int depth(int n) {
  volatile char frame[200];
  frame[0] = n;
  frame[199] = 1;
  return n == 0 ? frame[199] : depth(n - 1) + frame[199];
}

static unsigned variable(int n) {
  unsigned values[n];
  char *text = alloca(n + 1);
  for (int i = 0; i < n; i++) {
    values[i] = i * n;
    text[i] = 'a' + i % 26;
  }
  text[n] = 0;
  unsigned sum = strlen(text);
  for (int i = 0; i < n; i++) sum += values[i];
  return n < 2 ? sum : sum + variable(n / 2);
}

int main(void) {
  char big[2 << 20];
  memset(big, 1, sizeof big);
  printf("%d %d\n", big[0] + big[sizeof big - 1], depth(20000));
  printf("%u\n", variable(5000));
  return 0;
}
