//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
// userfaultfd: a thread fills pages as others come upon them, with copies and zeros; in system calls too; in a fork the pages are plain.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 8 };
static int faults;
static char *area;
static long page;
/** What the serving thread saw, for the end: its lines would come between the others' in any order. */
static FILE *told;

static void *serve(void *count) {
  char *fresh = aligned_alloc(page, page);
  for (long n = (long)count; n > 0; n--) {
    struct pollfd p = {faults, POLLIN};
    poll(&p, 1, 10000);
    struct uffd_msg m;
    if (read(faults, &m, sizeof m) != sizeof m) break;
    long at = (long)m.arg.pagefault.address - (long)area;
    fprintf(told, "event %x, page %ld, offset %d\n", m.event, at / page, (int)(at % page != 0));
    if (at / page % 2 == 0) {
      memset(fresh, 'a' + at / page, page);
      struct uffdio_copy c = {.dst = (unsigned long)area + at / page * page, .src = (unsigned long)fresh, .len = page};
      int done = ioctl(faults, UFFDIO_COPY, &c);
      fprintf(told, "copy %d %lld\n", done, (long long)c.copy / page);
    } else {
      struct uffdio_zeropage z = {.range = {(unsigned long)area + at / page * page, page}};
      int done = ioctl(faults, UFFDIO_ZEROPAGE, &z);
      fprintf(told, "zeros %d %lld\n", done, (long long)z.zeropage / page);
    }
  }
  return 0;
}

int main(void) {
  page = sysconf(_SC_PAGESIZE);
  check("flags", syscall(SYS_userfaultfd, 0x100));
  faults = syscall(SYS_userfaultfd, O_CLOEXEC | (geteuid() == 0 ? 0 : UFFD_USER_MODE_ONLY));
  works("userfaultfd", faults);
  if (faults < 0) return 0;
  struct uffdio_api api = {.api = UFFD_API};
  check("api", ioctl(faults, UFFDIO_API, &api));
  printf("%llx %d\n", (unsigned long long)api.api, (int)(api.ioctls >> _UFFDIO_REGISTER & 1));
  area = mmap(0, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct uffdio_register r = {.range = {(unsigned long)area, PAGES * page}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  check("register", ioctl(faults, UFFDIO_REGISTER, &r));
  printf("%d %d\n", (int)(r.ioctls >> _UFFDIO_COPY & 1), r.range.start == (unsigned long)area);
  char *lines;
  size_t size;
  told = open_memstream(&lines, &size);
  pthread_t t;
  pthread_create(&t, 0, serve, (void *)5L);
  printf("%c\n", *(volatile char *)(area + 100));
  printf("%d\n", *(volatile char *)(area + page + 5));
  *(volatile char *)(area + 4 * page) = 'x';
  printf("%c%c\n", area[4 * page], area[4 * page + 1]);
  // The kernel comes upon pages, too.
  int p[2];
  pipe(p);
  printf("write %ld\n", (long)write(p[1], area + 2 * page, 3));
  write(p[1], "12", 2);
  printf("read %ld %.5s\n", (long)read(p[0], area + 6 * page, 5), area + 6 * page);
  pthread_join(t, 0);
  fclose(told);
  fputs(lines, stdout);
  struct uffdio_copy again = {.dst = (unsigned long)area, .src = (unsigned long)area + page, .len = page};
  check("copy again", ioctl(faults, UFFDIO_COPY, &again));
  printf("%lld\n", (long long)again.copy);
  struct uffdio_copy wild = {.dst = 16, .src = (unsigned long)area, .len = page};
  check("wild copy", ioctl(faults, UFFDIO_COPY, &wild));
  fflush(stdout);
  if (fork() == 0) {
    printf("child %d\n", area[7 * page]);
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  struct uffdio_range all = {(unsigned long)area, PAGES * page};
  check("unregister", ioctl(faults, UFFDIO_UNREGISTER, &all));
  printf("%d\n", area[7 * page]);
  return 0;
}
