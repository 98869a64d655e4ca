//> modes: O2 dynamic
//> stdout: hint low\nfixed ENOMEM\nnoreplace ENOMEM\nstraddles ENOMEM\ntoo much ENOMEM\n10 GiB 0 7\nmunmap EINVAL\nmprotect ENOMEM\nmadvise ENOMEM\nmremap EINVAL\nmremap fixed EINVAL\nbrk stays\nwrite EFAULT\nread EFAULT\nwritev EFAULT\nfutex EFAULT\nsigaction EFAULT\nstat EFAULT\nfree hint taken\n
// The address space of 16 GiB from inside: what asks for more gets a valid answer.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ANY = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE };
static const uint64_t GiB = 1ul << 30;
static char *const HIGH = (char *)(1ul << 37);

static void tell(const char *what, long result) {
  printf("%s %s\n", what, result != -1 ? "done" : errno == ENOMEM ? "ENOMEM" : errno == EINVAL ? "EINVAL" : errno == EFAULT ? "EFAULT" : "another error");
}

int main(void) {
  char *p = mmap(HIGH, 4096, PROT_READ | PROT_WRITE, ANY, -1, 0);
  *p = 1;
  printf("hint %s\n", (uint64_t)p < 16 * GiB ? "low" : "followed");
  tell("fixed", (long)mmap(HIGH, 4096, PROT_READ, ANY | MAP_FIXED, -1, 0));
  tell("noreplace", (long)mmap(HIGH, 4096, PROT_READ, ANY | MAP_FIXED_NOREPLACE, -1, 0));
  tell("straddles", (long)mmap((void *)(16 * GiB - 4096), 8192, PROT_READ, ANY | MAP_FIXED, -1, 0));
  tell("too much", (long)mmap(0, 17 * GiB, PROT_NONE, ANY, -1, 0));
  char *large = mmap(0, 10 * GiB, PROT_READ | PROT_WRITE, ANY, -1, 0);
  large[5 * GiB] = 7;
  printf("10 GiB %d %d\n", large[10 * GiB - 1], large[5 * GiB]);
  munmap(large, 10 * GiB);
  tell("munmap", munmap(HIGH, 4096));
  tell("mprotect", mprotect(HIGH, 4096, PROT_READ));
  tell("madvise", madvise(HIGH, 4096, MADV_DONTNEED));
  tell("mremap", (long)mremap(p, 4096, 1ul << 40, MREMAP_MAYMOVE));
  tell("mremap fixed", (long)mremap(p, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, HIGH));
  printf("brk %s\n", syscall(SYS_brk, HIGH) == syscall(SYS_brk, 0) ? "stays" : "moves");
  int pipes[2];
  pipe(pipes);
  write(pipes[1], "x", 1);
  tell("write", write(pipes[1], HIGH, 1));
  tell("read", read(pipes[0], HIGH, 1));
  tell("writev", writev(pipes[1], &(struct iovec){(void *)-4096l, 16}, 1));
  tell("futex", syscall(SYS_futex, HIGH, FUTEX_WAKE, 1, 0, 0, 0));
  tell("sigaction", syscall(SYS_rt_sigaction, 10, HIGH, 0, 8));
  tell("stat", stat((char *)-1l, &(struct stat){0}));
  char *room = mmap(0, 65536, PROT_NONE, ANY, -1, 0);
  munmap(room, 65536);
  printf("free hint %s\n", mmap(room + 4096, 4096, PROT_NONE, ANY, -1, 0) == room + 4096 ? "taken" : "not taken");
  return 0;
}
