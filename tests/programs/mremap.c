//> stdout: moved 1\nshrunk SIGSEGV\nin place 1 moved\nfixed 1 moved\nENOMEM EFAULT EINVAL\n
//> modes: thumb O1 static,dynamic
// Mappings that grow, move and shrink (qemu-user 7.2 makes pages of its neighbours inaccessible on shrinking).
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static sigjmp_buf back;
static void caught(int signal) { siglongjmp(back, signal); }
static const char *reads(volatile char *at) {
  if (sigsetjmp(back, 1)) return "SIGSEGV";
  (void)*at;
  return "fine";
}

int main(void) {
  signal(SIGSEGV, caught);
  char *a = mmap(0, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(a, "moved");
  strcpy(a + 8192, "obstacle");
  char *b = mremap(a, 8192, 1 << 22, MREMAP_MAYMOVE);
  b[(1 << 22) - 1] = 1;
  printf("%s %d\n", b, b != a && strcmp(a + 8192, "obstacle") == 0);
  b = mremap(b, 1 << 22, 4096, 0);
  printf("shrunk %s\n", reads(b + 4096));
  char *c = mremap(b, 4096, 8192, 0);
  c[8191] = 1;
  printf("in place %d %s\n", c == b, c);
  char *room = mmap(0, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *d = mremap(c, 8192, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, room);
  printf("fixed %d %s\n", d == room, d);
  char *e = mmap(0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const char *names[3];
  mremap(e, 4096, 8192, 0), names[0] = strerrorname_np(errno);
  munmap(e, 8192);
  mremap(e, 4096, 8192, MREMAP_MAYMOVE), names[1] = strerrorname_np(errno);
  mremap(d, 4096, 0, MREMAP_MAYMOVE), names[2] = strerrorname_np(errno);
  printf("%s %s %s\n", names[0], names[1], names[2]);
  return 0;
}
