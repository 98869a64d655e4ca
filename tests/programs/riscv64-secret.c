//> reference: host
//> modes: O2 static
// memfd_secret, which 32-bit ARM does not have.
#define _GNU_SOURCE
#include "check.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

int main(void) {
  check("flags", syscall(SYS_memfd_secret, 12345));
  int secret = works("memfd_secret", syscall(SYS_memfd_secret, 0));
  if (secret < 0) return 0;
  char buffer[10];
  check("ftruncate", ftruncate(secret, 4096));
  char *s = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, secret, 0);
  if (works("mmap", s == MAP_FAILED ? -1 : 0) < 0) return 0;
  strcpy(s, "secret");
  printf("%s\n", s);
  check("read", read(secret, buffer, sizeof buffer));
  check("private", mmap(0, 4096, PROT_READ, MAP_PRIVATE, secret, 0) == MAP_FAILED ? -1 : 0);
}
