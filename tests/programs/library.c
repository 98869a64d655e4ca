//> exit: 21
//> modes: thumb,arm O2 dynamic
//> flags: -ldl -lm
// Shared libraries opened at run time, and what only a dynamic program has: symbol look-up, iconv, locales.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <iconv.h>
#include <link.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>

static int count(struct dl_phdr_info *info, size_t size, void *data) {
  (void)info;
  (void)size;
  ++*(int *)data;
  return 0;
}
int exported(int x) { return x * 3; }

int main(void) {
  void *m = dlopen("libm.so.6", RTLD_NOW);
  double (*cosine)(double) = (double (*)(double))dlsym(m, "cos");
  printf("%.6f\n", cosine(0.5));
  printf("%d %d\n", dlopen("libmissing.so", RTLD_LAZY) == 0, dlerror() != 0);
  Dl_info info;
  printf("%d %s\n", dladdr((void *)cosine, &info) != 0, strrchr(info.dli_fname, '/') + 1);
  int n = 0;
  dl_iterate_phdr(count, &n);
  printf("%d\n", n >= 3);
  dlclose(m);
  printf("%s\n", setlocale(LC_ALL, "C.UTF-8") ? "utf-8" : "none");
  wchar_t wide[32];
  size_t length = mbstowcs(wide, "h\u00e9llo w\u00f6rld \u20ac", 32);
  printf("%zu %x %lc\n", length, (unsigned)wide[12], towupper(0xe9));
  printf("%ls|%5.2ls|\n", wide, wide);
  printf("%d %d\n", iswalpha(0xf6) != 0, wcwidth(0x4e2d));
  return exported(7);
}
