//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
// Ten thousand threads one after the other: all run, and nothing is left of them.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static void *same(void *argument) { return argument; }

static long mappings(void) {
  long lines = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  for (int c; (c = getc(maps)) != EOF;) lines += c == '\n';
  fclose(maps);
  return lines;
}

static long resident(void) {
  char line[256];
  long kilobytes = 0;
  FILE *status = fopen("/proc/self/status", "r");
  while (fgets(line, sizeof line, status)) sscanf(line, "VmRSS: %ld", &kilobytes);
  fclose(status);
  return kilobytes;
}

int main(void) {
  long sum = 0, maps = 0, memory = 0;
  for (long i = 0; i < 10000; i++) {
    pthread_t thread;
    void *result;
    if (pthread_create(&thread, 0, same, (void *)i) != 0) return 1;
    pthread_join(thread, &result);
    sum += (long)result;
    if (i == 100) maps = mappings(), memory = resident();
  }
  printf("%ld, more mappings %d, more memory %d\n", sum, mappings() > maps, resident() > memory + 1024);
}
