//> modes: thumb,arm O1 dynamic
//> tiers: 0,1,auto
// Libraries that come and go at the same addresses: each time their code is the one that runs, hot or cold.
#include <dlfcn.h>
#include <stdio.h>

enum { HOT = 15000 };

static void *function(void *library, const char *name) {
  void *found = library ? dlsym(library, name) : 0;
  if (!found) printf("%s: %s\n", name, dlerror());
  return found;
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  for (int i = 0; i < 12; i++) {
    void *maths = dlopen("libm.so.6", RTLD_NOW);
    double (*cube_root)(double) = function(maths, "cbrt");
    if (!cube_root) return 1;
    double sum = 0;
    for (int k = 0; k < (i % 4 == 3 ? HOT : 5); k++) sum += cube_root(k + i);
    if (dlclose(maths)) return 2;
    void *atomics = dlopen("libatomic.so.1", RTLD_NOW);
    unsigned (*add)(void *, unsigned, int) = function(atomics, "__atomic_fetch_add_4");
    if (!add) return 1;
    unsigned cell = i, last = 0;
    for (int k = 0; k < (i % 4 == 1 ? HOT : 5); k++) last = add(&cell, 3, 5);
    if (dlclose(atomics)) return 2;
    printf("%d: %.12g, %u %u\n", i, sum, cell, last);
  }
  return 0;
}
