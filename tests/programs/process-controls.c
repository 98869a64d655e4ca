//> reference: host
//> modes: thumb O2 static
// prctl: what came with later kernels, and what is refused.
#define _GNU_SOURCE
#include "check.h"
#include <elf.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void *map(int prot) { return mmap(0, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
static long done(void *at) { return at == MAP_FAILED ? -1 : 0; }

static void executable(void) {
  void *rx = map(PROT_READ | PROT_EXEC), *rw = map(PROT_READ | PROT_WRITE);
  check("MDWE flags", prctl(65, 8, 0, 0, 0));
  check("MDWE alone", prctl(65, 2, 0, 0, 0));
  check("MDWE rest", prctl(65, 1, 1, 0, 0));
  check("MDWE", prctl(65, 1, 0, 0, 0));
  check("MDWE again", prctl(65, 1, 0, 0, 0));
  check("MDWE back", prctl(65, 0, 0, 0, 0));
  check("get", prctl(66, 0, 0, 0, 0));
  check("rwx", done(map(PROT_READ | PROT_WRITE | PROT_EXEC)));
  check("rx", done(map(PROT_READ | PROT_EXEC)));
  check("gain", mprotect(rw, 4096, PROT_READ | PROT_EXEC));
  check("keep", mprotect(rx, 4096, PROT_EXEC));
  check("lose", mprotect(rx, 4096, PROT_READ));
  check("gain again", mprotect(rx, 4096, PROT_READ | PROT_EXEC));
  if (fork() == 0) { check("child", prctl(66, 0, 0, 0, 0)); fflush(stdout); _exit(0); }
  wait(0);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  char *m = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(m, 1, 16384);
  works("name", prctl(0x53564d41, 0, m, 16384, "a name"));
  check("name unaligned", prctl(0x53564d41, 0, m + 1, 4096, "a name"));
  check("name option", prctl(0x53564d41, 7, m, 4096, "a name"));
  char line[512];
  int found = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps)) found |= strstr(line, "[anon:a name]") != 0;
  printf("found %d\n", found);
  unsigned long auxv[128];
  check("auxv", prctl(0x41555856, auxv, sizeof auxv, 0, 0) > 0);
  int same = 0;
  for (int i = 0; i < 126 && auxv[i] != AT_NULL; i += 2) if (auxv[i] == AT_PAGESZ) same = auxv[i + 1] == getauxval(AT_PAGESZ);
  printf("%d\n", same);
  check("thp", prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
  check("thp", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
  check("dumpable", prctl(PR_SET_DUMPABLE, 0));
  check("dumpable", prctl(PR_GET_DUMPABLE));
  check("dumpable 2", prctl(PR_SET_DUMPABLE, 2));
  check("timerslack", prctl(PR_SET_TIMERSLACK, 70000));
  check("timerslack", prctl(PR_GET_TIMERSLACK));
  int n = 7;
  check("subreaper", prctl(PR_SET_CHILD_SUBREAPER, 1));
  check("subreaper", prctl(PR_GET_CHILD_SUBREAPER, &n));
  printf("%d\n", n);
  check("pdeathsig", prctl(PR_SET_PDEATHSIG, 15));
  check("pdeathsig", prctl(PR_GET_PDEATHSIG, &n));
  printf("%d\n", n);
  check("pdeathsig 99", prctl(PR_SET_PDEATHSIG, 99));
  check("pdeathsig wild", prctl(PR_GET_PDEATHSIG, 16));
  check("keepcaps", prctl(PR_SET_KEEPCAPS, 1));
  check("keepcaps", prctl(PR_GET_KEEPCAPS));
  check("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  check("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  check("capability", prctl(PR_CAPBSET_READ, 0));
  check("capability 99", prctl(PR_CAPBSET_READ, 99));
  check("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 0, 0, 0));
  check("name", prctl(PR_SET_NAME, "a name that is too long"));
  prctl(PR_GET_NAME, line);
  printf("%s\n", line);
  check("name wild", prctl(PR_SET_NAME, 16));
  check("unknown", prctl(123456, 0, 0, 0, 0));
  executable();
}
