//> argv: first second=2 -x
// What a process is told of itself: arguments, environment, auxiliary vector, ids, limits, the system's name,
// /proc/self.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(int argc, char **argv) {
  printf("%d", argc);
  for (int i = 1; i < argc; i++) printf(" %s", argv[i]);
  printf(" %d %s\n", argv[argc] == 0, strchr(argv[0], '/') ? "path" : "name");
  extern char **environ;
  int n = 0;
  for (char **e = environ; *e; e++) n += strncmp(*e, "LC_ALL=", 7) == 0 || strncmp(*e, "TZ=", 3) == 0;
  printf("%d\n", n);
  char *platform = (char *)getauxval(AT_PLATFORM); // not every processor has one
  printf("%lu %lu %s %d\n", getauxval(AT_PAGESZ), getauxval(AT_CLKTCK), platform ? platform + 2 : "none",
         getauxval(AT_RANDOM) != 0);
  printf("%d %d %d\n", getauxval(AT_UID) == getuid(), getauxval(AT_EGID) == getegid(), (int)getauxval(AT_SECURE));
  unsigned long hwcap = getauxval(AT_HWCAP);
#ifdef __arm__
  printf("neon %d vfpv4 %d idiva %d thumb %d tls %d\n", !!(hwcap & 1 << 12), !!(hwcap & 1 << 16), !!(hwcap & 1 << 17),
         !!(hwcap & 1 << 2), !!(hwcap & 1 << 15));
#else
  printf("hwcap %lx\n", hwcap);
#endif
  printf("%d\n", strstr((char *)getauxval(AT_EXECFN), "surroundings") != 0);
  struct utsname u;
  uname(&u);
  printf("%s %s\n", u.sysname, u.machine);
  struct rlimit limit;
  printf("%d %d\n", getrlimit(RLIMIT_NOFILE, &limit), limit.rlim_cur >= 64);
  char exe[4096] = {0};
  readlink("/proc/self/exe", exe, sizeof exe - 1);
  printf("%d\n", strstr(exe, "surroundings") != 0);
  FILE *f = fopen("/proc/self/maps", "r");
  char line[512];
  int stack = 0, code = 0;
  while (f && fgets(line, sizeof line, f)) {
    stack += strstr(line, "[stack]") != 0;
    code += strstr(line, "surroundings") && strstr(line, " r-xp ");
  }
  printf("stack %d code %d\n", stack, code);
  f = fopen("/proc/self/cmdline", "r");
  size_t got = fread(line, 1, sizeof line, f);
  printf("%d\n", memmem(line, got, "first\0second=2", 14) != 0 && strstr(line, "surroundings") != 0);
  printf("%ld %d %d\n", sysconf(_SC_PAGESIZE), sysconf(_SC_NPROCESSORS_ONLN) > 0, isatty(0));
  errno = 0;
  printf("%d %d\n", getppid() > 0, getpgrp() > 0);
  return 0;
}
