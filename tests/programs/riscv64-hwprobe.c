//> stdout: 0 1 fast 64\nunknown -1 0\nEINVAL EINVAL EINVAL EFAULT\none 0\nwhich 1 0 0 1 -1\nempty is all 1\nflush 0 EINVAL\n
// riscv_hwprobe with sets of processors, and riscv_flush_icache, as the kernel's documentation has them (qemu-riscv64 7.2 has neither).
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct { long key; unsigned long value; } pair;
enum { HWPROBE = 258, FLUSH = 259, WHICH = 1 };
static long probe(pair *pairs, long count, long bytes, void *cpus, long flags) { return syscall(HWPROBE, pairs, count, bytes, cpus, flags); }
static const char *error(long result) { return result == 0 ? "0" : errno == EINVAL ? "EINVAL" : errno == EFAULT ? "EFAULT" : strerror(errno); }

int main(void) {
  pair p[4] = {{3, 9}, {4, 9}, {5, 9}, {6, 9}};
  long result = probe(p, 4, 0, 0, 0);
  printf("%ld %lu %s %lu\n", result, p[0].value, p[2].value == 3 ? "fast" : "slow", p[3].value);
  unsigned long extensions = p[1].value;
  pair odd = {12345, 7};
  probe(&odd, 1, 0, 0, 0);
  printf("unknown %ld %lu\n", odd.key, odd.value);

  unsigned long none = 0, first = 1, far[32] = {[31] = 1};
  printf("%s ", error(probe(p, 1, sizeof none, &none, 0))); // no processor
  printf("%s ", error(probe(p, 1, sizeof far, far, 0)));    // none that there is
  printf("%s ", error(probe(p, 1, 0, 0, 2)));               // no such flag
  printf("%s\n", error(probe(p, 1, sizeof first, (void *)8, 0)));
  printf("one %s\n", error(probe(p, 1, sizeof first, &first, 0)));

  pair some = {4, 3}, all = {4, extensions}, more = {4, extensions | 1ul << 63}, other = {6, 128}, unknown = {999, 1};
  unsigned long set = 1;
  probe(&some, 1, sizeof set, &set, WHICH), printf("which %lu ", set);
  set = 1, probe(&more, 1, sizeof set, &set, WHICH), printf("%lu ", set);
  set = 1, probe(&other, 1, sizeof set, &set, WHICH), printf("%lu ", set);
  set = 1, probe(&all, 1, sizeof set, &set, WHICH), printf("%lu ", set);
  set = 1, probe(&unknown, 1, sizeof set, &set, WHICH), printf("%ld\n", set == 0 ? unknown.key : 0);
  set = 0, probe(&some, 1, sizeof set, &set, WHICH), printf("empty is all %d\n", (set & 1) != 0);
  printf("flush %s ", error(syscall(FLUSH, main, (char *)main + 4, 0)));
  printf("%s\n", error(syscall(FLUSH, main, (char *)main + 4, 2)));
  return 0;
}
