// A C file for compilers to work on: many functions that are alike but for their constants, as generated code is.

/** `functions` functions of eleven lines each, and one that calls them all. */
export function source(functions: number): string {
  const body = Array.from({ length: functions }, (_, n) => {
    const [a, b, c] = [n * 37 % 71 + 2, n * 11 % 9 + 2, n * 53 % 47 + 1];
    return `static int f${n}(int a, int b, const char *s) {
  int r = a * ${a} + b;
  for (int i = 0; i < b; i++) {
    if (i % ${b} == 0) r += strlen(s) * i; else r ^= a << (i & 7);
    switch (r & 3) { case 0: r++; break; case 1: r -= ${c}; break; case 2: r = r * 3; break; default: r = ~r; }
  }
  double d = r * ${c}.5;
  printf("%d %f %s\\n", r, d, s);
  return r;
}
`;
  });
  const calls = body.map((_, n) => `  sum += f${n}(sum, ${n}, argv[${n} % argc]);`);
  return `extern int printf(const char *, ...);
extern unsigned strlen(const char *);
${body.join('')}int main(int argc, char **argv) {
  int sum = 0;
${calls.join('\n')}
  return sum;
}
`;
}
