// Mappings: anonymous, file, shared between processes, fixed, growing and shrinking, protected; the heap.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf back;
static void *volatile fault;
static void caught(int signal, siginfo_t *info, void *context) {
  (void)context;
  fault = info->si_addr;
  siglongjmp(back, signal);
}
static int reads(volatile char *at) {
  int s = sigsetjmp(back, 1);
  if (s) return -s;
  (void)*at;
  return 0;
}
static int writes(volatile char *at) {
  int s = sigsetjmp(back, 1);
  if (s) return -s;
  *at = 1;
  return 0;
}

static void *map(size_t size, int prot, int flags) { return mmap(0, size, prot, flags | MAP_ANONYMOUS, -1, 0); }

int main(void) {
  struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, 0);
  sigaction(SIGBUS, &action, 0);
  char *a = map(1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  printf("%d %d\n", a[0], a[(1 << 20) - 1]);
  a[4096] = 7;
  mprotect(a + 4096, 4096, PROT_READ);
  printf("%d %d %d\n", writes(a + 4095), reads(a + 4096), writes(a + 4096));
  printf("%d\n", fault == a + 4096);
  mprotect(a + 8192, 4096, PROT_NONE);
  printf("%d %d\n", reads(a + 8192), writes(a + 12288));
  munmap(a + 16384, 4096);
  printf("%d %d\n", reads(a + 16384), fault == a + 16384);
  printf("%d %d\n", reads((char *)16), fault == (void *)16);
  char *fixed = mmap(a + 16384, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  printf("%d %d\n", fixed == a + 16384, writes(fixed));
  char *b = map(8192, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  strcpy(b, "text");
  madvise(b, 4096, MADV_DONTNEED);
  printf("%d\n", b[0]);

  int fd = open("data", O_RDWR | O_CREAT, 0600);
  ftruncate(fd, 10000);
  pwrite(fd, "file", 4, 8190);
  char *shared = mmap(0, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
       *private = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 8192);
  printf("%.4s %.2s\n", shared + 8190, private);
  shared[8192] = 'L';
  private[1] = 'P';
  char buffer[8] = {0};
  pread(fd, buffer, 4, 8190);
  printf("%s %.2s\n", buffer, private + 0);
  printf("%d\n", msync(shared, 12288, MS_SYNC));
  ftruncate(fd, 4096);
  printf("beyond the end %d\n", reads(shared + 8192));

  int *counter = map(4096, PROT_READ | PROT_WRITE, MAP_SHARED);
  int *own = map(4096, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  *own = 5;
  for (int i = 0; i < 4; i++) {
    pid_t child = fork();
    if (child == 0) {
      __sync_fetch_and_add(counter, 10);
      *own = 6;
      _exit(*own);
    }
    int status;
    waitpid(child, &status, 0);
    printf("child %d ", WEXITSTATUS(status));
  }
  printf("%d %d\n", *counter, *own);

  printf("%d\n", mmap(0, 0xf0000000u, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM);
  printf("%d %d\n", munmap((void *)1, 4096),
         mmap(0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
  void *blocks[200];
  unsigned sum = 0;
  for (int round = 0; round < 20; round++)
    for (int i = round % 3; i < 200; i += 3) {
      if (round > 2) free(blocks[i]);
      size_t n = (i * 7919 + round * 104729) % 200000 + 1;
      blocks[i] = memset(malloc(n), i, n);
      sum += ((unsigned char *)blocks[i])[n - 1];
    }
  printf("%u\n", sum);
  void *before = sbrk(0);
  sbrk(1 << 20);
  memset(before, 1, 1 << 20);
  sbrk(-(1 << 20));
  printf("%d\n", sbrk(0) == before);
  return 0;
}
