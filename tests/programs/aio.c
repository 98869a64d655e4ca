//> reference: host
//> modes: thumb O2 static
// Asynchronous I/O by the kernel: reads, writes, vectors, polling, events and their requests, cancelling.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  aio_context_t ctx = 0;
  check("io_setup", syscall(SYS_io_setup, 8, &ctx));
  aio_context_t used = 5;
  check("io_setup used", syscall(SYS_io_setup, 8, &used));
  check("io_setup none", syscall(SYS_io_setup, 0, &used));
  int fd = open("file", O_CREAT | O_RDWR, 0600), ev = eventfd(0, EFD_NONBLOCK);
  static char text[] = "asynchronous", in[16], a[4], b[8];
  struct iovec v[2] = {{a, 4}, {b, 8}};
  struct iocb w = {.aio_data = 0x1122334455667788ull, .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = fd, .aio_buf = (unsigned long)text, .aio_nbytes = 12,
    .aio_flags = IOCB_FLAG_RESFD, .aio_resfd = ev};
  struct iocb *list[3] = {&w};
  struct io_event events[8];
  check("io_submit", syscall(SYS_io_submit, ctx, 1, list));
  check("io_getevents", syscall(SYS_io_getevents, ctx, 1, 8, events, 0));
  printf("%llx %d %lld %d\n", (unsigned long long)events[0].data, events[0].obj == (unsigned long)&w, (long long)events[0].res, w.aio_buf == (unsigned long)text);
  eventfd_t count = 0;
  eventfd_read(ev, &count);
  printf("eventfd %llu\n", (unsigned long long)count);
  struct iocb r = {.aio_data = 1, .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = fd, .aio_buf = (unsigned long)in, .aio_nbytes = 16, .aio_offset = 1};
  struct iocb rv = {.aio_data = 2, .aio_lio_opcode = IOCB_CMD_PREADV, .aio_fildes = fd, .aio_buf = (unsigned long)v, .aio_nbytes = 2};
  struct iocb bad = {.aio_data = 3, .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = 999, .aio_buf = (unsigned long)in, .aio_nbytes = 16};
  list[0] = &r; list[1] = &rv; list[2] = &bad;
  check("io_submit", syscall(SYS_io_submit, ctx, 3, list));
  int n = 0;
  while (n < 2) n += syscall(SYS_io_getevents, ctx, 1, 8 - n, events + n, 0);
  long long results[3] = {0};
  for (int i = 0; i < n; i++) results[events[i].data] = events[i].res;
  printf("%d %lld %lld %s %.4s %.8s\n", n, results[1], results[2], in, a, b);
  check("bad file", syscall(SYS_io_submit, ctx, 1, list + 2));
  list[2] = (void *)16;
  check("wild request", syscall(SYS_io_submit, ctx, 1, list + 2));
  check("wild list", syscall(SYS_io_submit, ctx, 1, (void *)16));
  r.aio_buf = 16;
  check("wild buffer", syscall(SYS_io_submit, ctx, 1, list));
  if (syscall(SYS_io_getevents, ctx, 0, 8, events, 0) == 1) printf("wild buffer %lld\n", (long long)events[0].res);
  int p[2];
  pipe(p);
  struct iocb poll = {.aio_data = 4, .aio_lio_opcode = IOCB_CMD_POLL, .aio_fildes = p[0], .aio_buf = POLLIN};
  list[0] = &poll;
  check("poll", syscall(SYS_io_submit, ctx, 1, list));
  struct timespec soon = {0, 1000000};
  check("nothing yet", syscall(SYS_io_getevents, ctx, 1, 8, events, &soon));
  write(p[1], "x", 1);
  check("polled", syscall(SYS_io_getevents, ctx, 1, 8, events, 0));
  printf("%d %lld\n", events[0].obj == (unsigned long)&poll, (long long)events[0].res);
  read(p[0], in, 1);
  syscall(SYS_io_submit, ctx, 1, list);
  check("io_cancel", syscall(SYS_io_cancel, ctx, &poll, events));
  check("cancelled", syscall(SYS_io_getevents, ctx, 1, 8, events, &soon));
  check("io_cancel other", syscall(SYS_io_cancel, ctx, &r, events));
  check("io_destroy", syscall(SYS_io_destroy, ctx));
  check("io_destroy again", syscall(SYS_io_destroy, ctx));
  check("io_submit gone", syscall(SYS_io_submit, ctx, 1, list));
}
