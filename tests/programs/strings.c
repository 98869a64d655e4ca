// The C library's string functions (hand-written assembly with NEON and unaligned loads) at all alignments and lengths.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char a[512], b[512];

static void fill(char *at, int n, unsigned seed) {
  for (int i = 0; i < n; i++) {
    seed = seed * 1103515245 + 12345;
    at[i] = 'a' + (seed >> 16) % 26;
  }
}

static int sign(int x) { return (x > 0) - (x < 0); }

static void copies(void) {
  unsigned sum = 0;
  for (int from = 0; from < 9; from++)
    for (int to = 0; to < 9; to++)
      for (int n = 0; n < 140; n += n < 70 ? 1 : 7) {
        fill(a, sizeof a, n);
        memset(b, '.', sizeof b);
        memcpy(b + to, a + from, n);
        memmove(b + to + 3, b + to, n);
        memmove(b + to, b + to + 5, n);
        for (unsigned i = 0; i < sizeof b; i++) sum = sum * 31 + b[i];
      }
  printf("copies %08x\n", sum);
}

static void searches(void) {
  unsigned sum = 0;
  for (int at = 0; at < 9; at++)
    for (int n = 0; n < 130; n++) {
      fill(a, sizeof a, n * 7 + at);
      a[at + n] = 0;
      memcpy(b, a, sizeof b);
      if (n > 3) b[at + n / 2] ^= 1;
      sum = sum * 31 + strlen(a + at);
      sum = sum * 31 + sign(strcmp(a + at, b + at)) + sign(memcmp(a + at, b + at, n)) +
            sign(strncmp(a + at, b + at, n / 2));
      char *found = strchr(a + at, 'q');
      sum = sum * 31 + (found ? found - a : 1000);
      found = strrchr(a + at, 'e');
      sum = sum * 31 + (found ? found - a : 1000);
      found = memchr(a + at, 'z', n);
      sum = sum * 31 + (found ? found - a : 1000);
      found = strstr(a + at, "ab");
      sum = sum * 31 + (found ? found - a : 1000);
      sum = sum * 31 + strspn(a + at, "abcdefghijklm") + strcspn(a + at, "xyz");
    }
  printf("searches %08x\n", sum);
}

static void words(void) {
  char text[] = "the quick  brown fox,jumps over;the lazy dog", *state;
  for (char *word = strtok_r(text, " ,;", &state); word; word = strtok_r(0, " ,;", &state)) {
    for (char *c = word; *c; c++) *c = toupper(*c);
    printf("%s/", word);
  }
  char *copy = strdup("duplicate"), line[64];
  puts(copy);
  free(copy);
  printf("%d [%s]\n", snprintf(line, 8, "%s-%d", "truncated", 5), line);
  strcpy(line, "one");
  strcat(line, "+two");
  strncat(line, "+three", 4);
  puts(line);
  printf("%ld %lu %lld %g %s\n", strtol("-0x7f zz", 0, 16), strtoul("037777777777", 0, 8),
         strtoll("-9223372036854775808", 0, 10), strtod("1.25e-3", 0), strerror(2));
  int x, y;
  char w[16];
  double d;
  printf("%d %d %d %s %g\n", sscanf("12 0x1f word 3.5", "%d %i %15s %lf", &x, &y, w, &d), x, y, w, d);
}

int main(void) {
  copies();
  searches();
  words();
  return 0;
}
