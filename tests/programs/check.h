// For programs that run on the host and on guests: prints what a call answered, by the name of its error.
#include <errno.h>
#include <stdio.h>
#include <string.h>

__attribute__((unused)) static long check(const char *what, long result) {
  if (result >= 0) printf("%s %ld\n", what, result);
  else printf("%s %s\n", what, strerrorname_np(errno));
  return result;
}

/** Whether it worked, for results that differ from run to run. */
__attribute__((unused)) static long works(const char *what, long result) {
  printf("%s %s\n", what, result >= 0 ? "works" : strerrorname_np(errno));
  return result;
}
