// What embedded benchmarks mix: linked lists, small matrices, a state machine over text, and a running checksum.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct item {
  struct item *next;
  int16_t key, value;
};
static uint32_t checksum = 0xffff;
static void note(uint32_t x) {
  for (int i = 0; i < 16; i++) checksum = (checksum >> 1) ^ ((-(((checksum ^ (x >> i)) & 1)) & 0xa001));
}

static struct item pool[256];
static struct item *build(unsigned seed) {
  struct item *head = 0;
  for (int i = 0; i < 256; i++) {
    seed = seed * 1103515245 + 12345;
    pool[i].key = seed >> 16;
    pool[i].value = i;
    pool[i].next = head;
    head = &pool[i];
  }
  return head;
}
static struct item *merge(struct item *a, struct item *b) {
  struct item start, *tail = &start;
  while (a && b)
    if (a->key <= b->key) {
      tail = tail->next = a;
      a = a->next;
    } else {
      tail = tail->next = b;
      b = b->next;
    }
  tail->next = a ? a : b;
  return start.next;
}
static struct item *sort(struct item *list) {
  if (!list || !list->next) return list;
  struct item *slow = list, *fast = list->next;
  while (fast && fast->next) {
    slow = slow->next;
    fast = fast->next->next;
  }
  struct item *second = slow->next;
  slow->next = 0;
  return merge(sort(list), sort(second));
}
static struct item *reverse(struct item *list) {
  struct item *done = 0;
  while (list) {
    struct item *next = list->next;
    list->next = done;
    done = list;
    list = next;
  }
  return done;
}

enum { N = 24 };
static int16_t a[N][N], b[N][N];
static int32_t c[N][N];
static void matrices(int seed) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = seed * i + j;
      b[i][j] = seed + i * j;
    }
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      int32_t s = 0;
      for (int k = 0; k < N; k++) s += a[i][k] * b[k][j];
      c[i][j] = s;
    }
  for (int i = 0; i < N; i += 5)
    for (int j = 0; j < N; j += 3) note(c[i][j] >> 2 & 0xfff);
}

static void states(const char *text) {
  enum { START, SIGN, INTEGER, POINT, EXPONENT, BAD, STATES } state = START;
  int visits[STATES] = {0};
  for (; *text; text++) {
    char ch = *text;
    if (ch == ',') {
      visits[state]++;
      state = START;
      continue;
    }
    switch (state) {
      case START:
        state = ch == '+' || ch == '-' ? SIGN : ch >= '0' && ch <= '9' ? INTEGER : ch == '.' ? POINT : BAD;
        break;
      case SIGN:
        state = ch >= '0' && ch <= '9' ? INTEGER : ch == '.' ? POINT : BAD;
        break;
      case INTEGER:
        if (ch == '.')
          state = POINT;
        else if (ch == 'e')
          state = EXPONENT;
        else if (ch < '0' || ch > '9')
          state = BAD;
        break;
      case POINT:
        if (ch == 'e')
          state = EXPONENT;
        else if (ch < '0' || ch > '9')
          state = BAD;
        break;
      case EXPONENT:
        if (ch < '0' || ch > '9') state = BAD;
        break;
      default:
        break;
    }
  }
  for (int i = 0; i < STATES; i++) note(visits[i]);
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 15000;
  for (int i = 0; i < rounds; i++) {
    struct item *list = sort(build(i));
    list = reverse(list);
    for (struct item *p = list; p; p = p->next)
      if (p->value % 32 == 0) note(p->key);
    matrices(i);
    states(
        "5012,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e3,-.123e2,-87e+832,T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-"
        "T^,");
  }
  printf("%04x\n", checksum);
}
