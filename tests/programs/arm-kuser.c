//> modes: thumb,arm O2 static
// The kernel's helpers in the vector page: Documentation/arch/arm/kernel_user_helpers.rst.
#include <stdint.h>
#include <stdio.h>

typedef int cmpxchg_fn(int, int, volatile int *);
typedef int cmpxchg64_fn(const int64_t *, const int64_t *, volatile int64_t *);
typedef void *get_tls_fn(void);
typedef void barrier_fn(void);

int main(void) {
  int version = *(volatile int *)0xffff0ffc;
  printf("version at least 5: %d\n", version >= 5);
  int (*cmpxchg)(int, int, volatile int *) = (cmpxchg_fn *)0xffff0fc0;
  cmpxchg64_fn *cmpxchg64 = (cmpxchg64_fn *)0xffff0f60;
  get_tls_fn *get_tls = (get_tls_fn *)0xffff0fe0;
  barrier_fn *barrier = (barrier_fn *)0xffff0fa0;

  volatile int word = 7;
  int same = cmpxchg(7, 9, &word), differs = cmpxchg(7, 11, &word);
  printf("cmpxchg %d %d %d\n", same == 0, differs == 0, word);

  volatile int64_t wide = 0x100000002;
  int64_t old = 0x100000002, new = -5;
  int same64 = cmpxchg64(&old, &new, &wide), differs64 = cmpxchg64(&old, &new, &wide);
  printf("cmpxchg64 %d %d %lld\n", same64 == 0, differs64 == 0, (long long)wide);

  void *tls;
  __asm__ volatile("mrc p15, 0, %0, c13, c0, 3" : "=r"(tls));
  printf("tls %d\n", get_tls() == tls);
  barrier();
  return 0;
}
