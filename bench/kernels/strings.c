// The C library's string functions and loops over characters of our own.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[1 << 16], copy[1 << 16];

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 600;
  unsigned sum = 0, seed = 3;
  for (unsigned i = 0; i < sizeof text - 1; i++) {
    seed = seed * 1103515245 + 12345;
    text[i] = seed >> 28 == 0 ? ' ' : 'a' + (seed >> 16) % 26;
  }
  for (int r = 0; r < rounds; r++) {
    memcpy(copy, text + (r & 7), sizeof text - 8);
    sum += strlen(copy);
    for (char *p = copy; (p = strchr(p, ' ')); p++) sum++;
    for (char *p = copy; (p = strstr(p, "ab")); p++) sum += 3;
    for (char *p = copy; *p; p++)
      if (islower((unsigned char)*p)) *p = toupper((unsigned char)*p);
    sum += strcmp(copy, text) > 0;
    memmove(copy + 5, copy, 30000);
    int words = 0, in = 0;
    for (const char *p = copy; *p; p++) {
      int letter = *p != ' ';
      words += letter && !in;
      in = letter;
    }
    sum = sum * 7 + words;
    char line[64];
    for (int i = 0; i < 20; i++) sum += snprintf(line, sizeof line, "%d %s %x", i * r, "word", r);
  }
  printf("%u\n", sum);
}
