// Parsing a JSON-like text into a tree and adding it up: branches, recursion, allocation.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct value {
  enum { NUMBER, STRING, LIST, OBJECT, OTHER } kind;
  long number;
  const char *text;
  int length;
  struct value *first, *next;
};
static struct value arena[60000];
static int used;
static const char *at;

static void space(void) {
  while (isspace((unsigned char)*at)) at++;
}
static void string(struct value *v) {
  v->kind = STRING;
  v->text = ++at;
  while (*at != '"') at += *at == '\\' ? 2 : 1;
  v->length = at++ - v->text;
}
static struct value *parse(void) {
  struct value *v = &arena[used++];
  memset(v, 0, sizeof *v);
  space();
  if (*at == '"')
    string(v);
  else if (*at == '-' || isdigit((unsigned char)*at)) {
    int minus = *at == '-';
    at += minus;
    while (isdigit((unsigned char)*at)) v->number = v->number * 10 + *at++ - '0';
    if (minus) v->number = -v->number;
  } else if (*at == '[' || *at == '{') {
    char close = *at == '[' ? ']' : '}';
    struct value **tail = &v->first;
    v->kind = close == ']' ? LIST : OBJECT;
    at++;
    space();
    while (*at != close) {
      if (close == '}') {
        struct value *key = &arena[used++];
        memset(key, 0, sizeof *key);
        space();
        string(key);
        space();
        at++;
        *tail = key;
        tail = &key->next;
      }
      *tail = parse();
      tail = &(*tail)->next;
      space();
      if (*at == ',') at++;
      space();
    }
    at++;
  } else {
    v->kind = OTHER;
    while (isalpha((unsigned char)*at)) at++;
  }
  return v;
}
static long total(const struct value *v) {
  long sum = v->number + v->length;
  for (const struct value *c = v->first; c; c = c->next) sum = sum * 3 + total(c);
  return sum & 0xffffff;
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 400;
  char *text = malloc(1 << 20), *p = text;
  long sum = 0;
  p += sprintf(p, "[");
  for (int i = 0; i < 3000; i++)
    p += sprintf(p, "%s\n  {\"id\": %d, \"name\": \"item \\\"%d\\\"\", \"tags\": [\"a\", \"bb\", %d], \"ok\": %s}",
                 i ? "," : "", i * 7919, i, -i, i % 3 ? "true" : "null");
  sprintf(p, "]");
  for (int r = 0; r < rounds; r++) {
    used = 0;
    at = text;
    sum = (sum * 5 + total(parse())) & 0xffffff;
  }
  printf("%ld %d\n", sum, used);
}
