//> reference: host
//> modes: O2 static
// mseal, which kernels of 32 bits do not have.
#define _GNU_SOURCE
#include "check.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static long seal(void *at, size_t length, unsigned long flags) { return syscall(462, at, length, flags); }

int main(void) {
  char *m = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check("flags", seal(m, 4096, 1));
  check("unaligned", seal(m + 1, 4096, 0));
  check("nothing there", seal(0, 4096, 0));
  check("mseal", seal(m, 8192, 0));
  check("again", seal(m, 4096, 0));
  check("munmap", munmap(m, 4096));
  check("munmap around", munmap(m, 65536));
  check("mprotect", mprotect(m + 4096, 8192, PROT_READ));
  check("mremap", mremap(m, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
  check("mmap over", mmap(m, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ? -1 : 0);
  check("discard what can be written", madvise(m, 4096, MADV_DONTNEED));
  m[0] = 5;
  check("munmap beside", munmap(m + 8192, 4096));
  char *r = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check("mseal", seal(r, 4096, 0));
  check("discard what cannot be written", madvise(r, 4096, MADV_DONTNEED));
  check("advice", madvise(r, 4096, MADV_WILLNEED));
  printf("%d\n", m[0]);
}
