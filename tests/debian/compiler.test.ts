// The guest's gcc compiles, assembles and links a program, which then runs; all processes are the guest's.
import { testDebian } from '../support/debian.ts';

const source = String.raw`cat > p.c <<'E'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct node { int key; struct node *left, *right; };
static struct node *insert(struct node *n, int key) {
  if (!n) { n = calloc(1, sizeof *n); n->key = key; return n; }
  if (key < n->key) n->left = insert(n->left, key); else n->right = insert(n->right, key);
  return n;
}
static long walk(const struct node *n, int depth) { return n ? walk(n->left, depth + 1) + n->key * (long)depth % 97 + walk(n->right, depth + 1) : 0; }
int main(int argc, char **argv) {
  struct node *root = 0;
  for (int i = 1; i < 2000; i++) root = insert(root, i * 7919 % 10007);
  printf("%ld %d %.3f %s\n", walk(root, 0), argc, 22 / 7.0, argv[argc - 1]);
  return argc;
}
E
`;

testDebian('compiler', {
  'compiles, links and runs': { script: `${source}gcc -O2 -Wall p.c -o p && ./p one two; echo $?; gcc -g -O0 p.c -o p0 && ./p0; echo $?; readelf -h p | grep Machine; size p | wc -l; nm p | grep -c ' T main'; strip p && ./p`, timeout: 180 },
  'stages, libraries, errors': { script: `${source}gcc -S -O1 p.c && grep -c '^main:' p.s; gcc -c p.s && gcc p.o -static -o s && ./s; echo 'int twice(int x) { return 2 * x; }' > l.c; gcc -shared -fPIC l.c -o libl.so; ar rcs libl.a p.o && ar t libl.a; printf 'int twice(int); int main(void) { return twice(21); }' > m.c; gcc m.c -L. -ll -Wl,-rpath,$PWD -o m; ./m; echo $?; echo 'int main( {' > e.c; gcc e.c 2>&1 | grep -c error; gcc -E -dM - < /dev/null | grep -cwe __arm__ -e __riscv; objdump -d p.o | grep -c '>:'; gcc -O2 -flto p.c -o f && ./f; echo '#include <stdio.h>' | gcc -E - | grep -c ' printf '`, timeout: 180 },
  'make drives it': { script: `${source}printf 'p: p.o\\n\\tgcc -o $@ $<\\n%%.o: %%.c\\n\\tgcc -O1 -c $<\\nrun: p\\n\\t./p made\\n' > Makefile; make -s run; echo $?; make -s p; make -q p; echo $?`, timeout: 120 },
});
