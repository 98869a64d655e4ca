//> modes: thumb,arm O1 static
//> flags: -pthread
//> tiers: 0,1,auto
//> stdout: rewritten: 219900\nrewritten when hot: 15000\nrewritten when hot: 30000\nrewritten when hot: 45000\nmade executable: 30\nmade executable: 300000\nmade executable: 90\nmapped twice: 45000\nmapped twice: 30\nmapped twice: 135000\nmapped twice: 60\nmapped again: 100\nreplaced: 52500\nreplaced: 105000\nreplaced: 157500\nbeside data: 100, counted 305\nmoved: 495000, then 11\nanother thread saw all\nall threads: 93390 137770 182150 226530\n
// Code that is written, changed, moved and taken away while the program runs, by itself, through another
// mapping (qemu-arm 7.2 does not see that) and by another thread.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, HOT = 15000 };
typedef int (*function)(int);

// Functions of some words: what they are given and `n` make their result. The first is written at `to`, to run at `at`.
#if defined(__thumb__)
static function entry(void *at) { return (function)((uintptr_t)at | 1); }
static void emit_add(void *to, int n) { // adds r0, #n; bx lr
  uint16_t code[] = {0x3000 | n, 0x4770};
  memcpy(to, code, sizeof code);
}
static void emit_count(void *to, void *at, void *counter) { // push {r1, r2}; movw r1; movt r1; ldr r2, [r1]; adds r2, #1; str r2, [r1]; adds r0, #1; pop; bx lr
  uint32_t c = (uint32_t)counter;
  uint16_t low = c, high = c >> 16;
  uint16_t code[] = {0xb406, 0xf240 | low >> 12 | (low >> 11 & 1) << 10, (low >> 8 & 7) << 12 | 1 << 8 | (low & 0xff),
                     0xf2c0 | high >> 12 | (high >> 11 & 1) << 10, (high >> 8 & 7) << 12 | 1 << 8 | (high & 0xff),
                     0x680a, 0x3201, 0x600a, 0x3001, 0xbc06, 0x4770};
  memcpy(to, code, sizeof code);
  (void)at;
}
#elif defined(__arm__)
static function entry(void *at) { return (function)at; }
static void emit_add(void *to, int n) { // add r0, r0, #n; bx lr
  uint32_t code[] = {0xe2800000 | n, 0xe12fff1e};
  memcpy(to, code, sizeof code);
}
static void emit_count(void *to, void *at, void *counter) { // ldr r1, [pc, #n]; ldr r2, [r1]; add r2, #1; str r2, [r1]; add r0, #1; bx lr
  uint32_t code[] = {0xe59f1010, 0xe5912000, 0xe2822001, 0xe5812000, 0xe2800001, 0xe12fff1e, (uint32_t)counter};
  memcpy(to, code, sizeof code);
  (void)at;
}
#elif defined(__riscv)
static function entry(void *at) { return (function)at; }
static void emit_add(void *to, int n) { // addi a0, a0, n; ret
  uint32_t code[] = {0x00050513 | n << 20, 0x00008067};
  memcpy(to, code, sizeof code);
}
static void emit_count(void *to, void *at, void *counter) { // auipc a1, 0; lw a2, n(a1); addi a2, a2, 1; sw a2, n(a1); addi a0, a0, 1; ret
  uint32_t n = (char *)counter - (char *)at;
  uint32_t code[] = {0x00000597, 0x0005a603 | n << 20, 0x00160613, 0x00c5a023 | (n >> 5 & 127) << 25 | (n & 31) << 7, 0x00150513, 0x00008067};
  memcpy(to, code, sizeof code);
}
#else
#error "no words for this processor"
#endif

static void flush(void *at, size_t bytes) { __builtin___clear_cache((char *)at, (char *)at + bytes); }

static int call_often(function f, int times) {
  int x = 0;
  for (int i = 0; i < times; i++) x = f(x) & 0xffffff;
  return x;
}

static void *map(int prot) { return mmap(0, PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }

static void rewritten(void) {
  char *code = map(PROT_READ | PROT_WRITE | PROT_EXEC);
  int total = 0;
  for (int i = 0; i < 200; i++) {
    emit_add(code + (i & 1) * 64, i);
    flush(code + (i & 1) * 64, 16);
    total += entry(code + (i & 1) * 64)(1000);
  }
  printf("rewritten: %d\n", total);
  for (int i = 1; i < 4; i++) {
    emit_add(code, i);
    flush(code, 16);
    printf("rewritten when hot: %d\n", call_often(entry(code), HOT));
  }
  munmap(code, PAGE);
}

static void made_executable(void) {
  char *code = map(PROT_READ | PROT_WRITE);
  for (int i = 1; i < 4; i++) {
    mprotect(code, PAGE, PROT_READ | PROT_WRITE);
    emit_add(code, i * 10);
    flush(code, 16);
    mprotect(code, PAGE, PROT_READ | PROT_EXEC);
    printf("made executable: %d\n", call_often(entry(code), i == 2 ? HOT : 3));
  }
  munmap(code, PAGE);
}

static void mapped_twice(void) {
  int file = memfd_create("code", 0);
  ftruncate(file, PAGE);
  char *writable = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  char *code = mmap(0, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
  for (int i = 1; i < 5; i++) {
    emit_add(writable + 128, i * 3);
    flush(code + 128, 16);
    printf("mapped twice: %d\n", call_often(entry(code + 128), i & 1 ? HOT : 5));
  }
  munmap(writable, PAGE);
  pwrite(file, "\0\0\0\0", 4, 0);
  char *again = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  emit_add(again + 128, 99);
  flush(code + 128, 16);
  printf("mapped again: %d\n", entry(code + 128)(1));
  munmap(again, PAGE);
  munmap(code, PAGE);
  close(file);
}

static void replaced(void) {
  char *code = map(PROT_READ | PROT_WRITE | PROT_EXEC);
  for (int i = 1; i < 4; i++) {
    char *same = mmap(code, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    emit_add(same, i * 7);
    flush(same, 16);
    printf("replaced: %d\n", call_often(entry(same), HOT / 2));
    munmap(code, PAGE);
  }
}

static void beside_data(void) {
  char *page = map(PROT_READ | PROT_WRITE | PROT_EXEC);
  int *counter = (int *)(page + 1024);
  emit_count(page, page, counter);
  flush(page, 64);
  int x = call_often(entry(page), 100);
  emit_add(page + 256, 5);
  flush(page + 256, 16);
  *counter += entry(page + 256)(x);
  x = call_often(entry(page), 100);
  printf("beside data: %d, counted %d\n", x, *counter);
  munmap(page, PAGE);
}

static void moved(void) {
  char *code = map(PROT_READ | PROT_WRITE | PROT_EXEC);
  emit_add(code, 11);
  flush(code, 16);
  int x = call_often(entry(code), HOT);
  char *to = map(PROT_READ | PROT_WRITE | PROT_EXEC);
  emit_add(to, 22);
  flush(to, 16);
  x += call_often(entry(to), HOT);
  char *there = mremap(code, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
  flush(there, 16);
  printf("moved: %d, then %d\n", x, entry(to)(0));
  munmap(to, PAGE);
}

static char *shared_code;
static volatile int started, seen;
static void *caller(void *arg) {
  function f = entry(shared_code);
  started = 1;
  int rounds = 0;
  for (int want = 2; want <= 6; want++) {
    while (f(0) != want) rounds++;
    seen = want;
  }
  (void)arg;
  return 0;
}

static void by_another_thread(void) {
  pthread_t thread;
  shared_code = map(PROT_READ | PROT_WRITE | PROT_EXEC);
  emit_add(shared_code, 1);
  flush(shared_code, 16);
  pthread_create(&thread, 0, caller, 0);
  while (!started) sched_yield();
  for (int n = 2; n <= 6; n++) {
    usleep(20000);
    emit_add(shared_code, n);
    flush(shared_code, 16);
    for (int i = 0; i < 3000 && seen != n; i++) usleep(1000);
    if (seen != n) {
      printf("another thread did not see %d\n", n);
      fflush(stdout);
      _exit(1);
    }
  }
  pthread_join(thread, 0);
  printf("another thread saw all\n");
}

// Threads that all write and run functions of their own in one page, half of them through another mapping of it.
enum { THREADS = 4, ROUNDS = 20, SLOT = 64 };
static char *in_code[THREADS], *to_write[THREADS];
static int sums[THREADS];

static void *writer(void *arg) {
  int thread = (uintptr_t)arg, sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    int n = (thread * 7 + round) % 100 + 1;
    emit_add(to_write[thread], n);
    flush(in_code[thread], 16);
    sum += call_often(entry(in_code[thread]), round % 10 == 9 ? HOT / 5 : 20) - n;
  }
  sums[thread] = sum;
  return 0;
}

static void by_all_threads(void) {
  int file = memfd_create("code", 0);
  ftruncate(file, PAGE);
  char *code = mmap(0, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, file, 0), *other = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) {
    in_code[i] = code + i * SLOT;
    to_write[i] = (i & 1 ? other : code) + i * SLOT;
    pthread_create(&threads[i], 0, writer, (void *)(uintptr_t)i);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], 0);
  printf("all threads: %d %d %d %d\n", sums[0], sums[1], sums[2], sums[3]);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  rewritten();
  made_executable();
  mapped_twice();
  replaced();
  beside_data();
  moved();
  by_another_thread();
  by_all_threads();
  return 0;
}
