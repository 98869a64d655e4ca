//> stdout: EEXIST\nfree\n
//> modes: thumb O1 static,dynamic
// MAP_FIXED_NOREPLACE (qemu-user 7.2 replaces).
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

int main(void) {
  char *a = mmap(0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void *b = mmap(a, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  puts(b == MAP_FAILED && errno == EEXIST ? "EEXIST" : "replaced");
  munmap(a + 4096, 4096);
  b = mmap(a + 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  puts(b == a + 4096 ? "free" : "elsewhere");
  return 0;
}
