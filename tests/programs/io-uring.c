//> reference: host
//> modes: thumb O2 static
// io_uring without a library: rings in shared memory, requests of many kinds, links, timeouts, registered buffers and files, polling, two threads.
#define _GNU_SOURCE
#include "check.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/stat.h>
#include <linux/time_types.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

struct ring {
  int fd;
  struct io_uring_params p;
  unsigned char *sq, *cq;
  struct io_uring_sqe *sqes;
};

#define U(base, offset) (*(volatile unsigned *)((base) + (offset)))

static int open_ring(struct ring *r, unsigned entries, unsigned flags) {
  memset(r, 0, sizeof *r);
  r->p.flags = flags;
  r->fd = syscall(__NR_io_uring_setup, entries, &r->p);
  if (r->fd < 0) return -1;
  size_t sq = r->p.sq_off.array + r->p.sq_entries * 4, cq = r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe);
  r->sq = mmap(0, sq, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQ_RING);
  r->cq = mmap(0, cq, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_CQ_RING);
  r->sqes = mmap(0, r->p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQES);
  return r->sq == MAP_FAILED || r->cq == MAP_FAILED || r->sqes == MAP_FAILED ? -1 : 0;
}

static struct io_uring_sqe *next(struct ring *r, int op, int fd, const void *addr, unsigned len, unsigned long long off, unsigned long long data) {
  unsigned tail = U(r->sq, r->p.sq_off.tail), i = tail & U(r->sq, r->p.sq_off.ring_mask);
  struct io_uring_sqe *s = r->sqes + i;
  memset(s, 0, sizeof *s);
  s->opcode = op; s->fd = fd; s->addr = (unsigned long)addr; s->len = len; s->off = off; s->user_data = data;
  U(r->sq, r->p.sq_off.array + 4 * i) = i;
  __atomic_store_n((unsigned *)(r->sq + r->p.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
  return s;
}

static int take(struct ring *r, struct io_uring_cqe *to) {
  unsigned head = U(r->cq, r->p.cq_off.head);
  if (head == __atomic_load_n((unsigned *)(r->cq + r->p.cq_off.tail), __ATOMIC_ACQUIRE)) return 0;
  *to = ((struct io_uring_cqe *)(r->cq + r->p.cq_off.cqes))[head & U(r->cq, r->p.cq_off.ring_mask)];
  __atomic_store_n((unsigned *)(r->cq + r->p.cq_off.head), head + 1, __ATOMIC_RELEASE);
  return 1;
}

// Submits `n` requests, waits for `n` results, and prints them in the order of their data.
static void run(struct ring *r, const char *what, int n) {
  int got = syscall(__NR_io_uring_enter, r->fd, n, n, IORING_ENTER_GETEVENTS, 0, 0);
  if (got != n) printf("%s: enter %d %s\n", what, got, got < 0 ? strerror(errno) : "");
  int results[16];
  for (int i = 0; i < n; i++) {
    struct io_uring_cqe c;
    while (!take(r, &c)) syscall(__NR_io_uring_enter, r->fd, 0, 1, IORING_ENTER_GETEVENTS, 0, 0);
    results[c.user_data & 15] = c.res;
  }
  printf("%s:", what);
  for (int i = 0; i < n; i++) printf(" %d", results[i]);
  printf("\n");
}

static void *writer(void *arg) {
  usleep(20000);
  write(*(int *)arg, "later", 5);
  return 0;
}

static void nothing(int n) { (void)n; }

int main(void) {
  struct ring r;
  check("no entries", syscall(__NR_io_uring_setup, 0, &r.p));
  check("wild params", syscall(__NR_io_uring_setup, 4, 16));
  check("no ring", syscall(__NR_io_uring_enter, 0, 0, 0, 0, 0, 0) < 0);
  check("bad descriptor", syscall(__NR_io_uring_enter, 999, 0, 0, 0, 0, 0));
  check("ring", open_ring(&r, 6, 0));
  printf("%u %u flags %x mask %u entries %u\n", r.p.sq_entries, r.p.cq_entries, r.p.flags, U(r.sq, r.p.sq_off.ring_mask), U(r.cq, r.p.cq_off.ring_entries));
  printf("cloexec %d\n", fcntl(r.fd, F_GETFD));
  check("wrong place", mmap(0, 4096, PROT_READ, MAP_SHARED, r.fd, 0x18000000) == MAP_FAILED);

  next(&r, IORING_OP_NOP, -1, 0, 0, 0, 0);
  run(&r, "nop", 1);
  struct io_uring_cqe c;
  check("nothing more", take(&r, &c));

  // Files.
  int file = open("file", O_CREAT | O_RDWR, 0600);
  char a[32] = "", b[32] = "", d[32] = "";
  struct iovec out[2] = {{"vector ", 7}, {"of two", 6}}, in[2] = {{a, 5}, {b, 8}};
  next(&r, IORING_OP_WRITEV, file, out, 2, 0, 0)->flags = IOSQE_IO_LINK;
  next(&r, IORING_OP_FSYNC, file, 0, 0, 0, 1)->flags = IOSQE_IO_LINK;
  next(&r, IORING_OP_READV, file, in, 2, 0, 2)->flags = IOSQE_IO_LINK;
  next(&r, IORING_OP_WRITE, file, "plain", 5, 13, 3)->flags = IOSQE_IO_LINK;
  next(&r, IORING_OP_READ, file, d, 31, 3, 4);
  run(&r, "write and read", 5);
  printf("%s|%s|%s\n", a, b, d);
  next(&r, 200, file, 0, 0, 0, 3);
  next(&r, IORING_OP_NOP, -1, 0, 0, 0, 4);
  check("the kernel stops at a wrong request", syscall(__NR_io_uring_enter, r.fd, 2, 1, IORING_ENTER_GETEVENTS, 0, 0));
  check("and goes on", syscall(__NR_io_uring_enter, r.fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0));
  while (take(&r, &c)) printf("%d: %d\n", (int)c.user_data, c.res);
  struct ring w;
  check("ring", open_ring(&w, 8, IORING_SETUP_SUBMIT_ALL));
  next(&w, IORING_OP_READ, file, (void *)16, 31, 0, 0);
  next(&w, IORING_OP_READ, 999, d, 31, 0, 1);
  next(&w, IORING_OP_READV, file, (void *)16, 2, 0, 2);
  next(&w, 200, file, 0, 0, 0, 3);
  next(&w, IORING_OP_WRITE, file, (void *)-4096L, 5, 0, 4);
  next(&w, IORING_OP_TIMEOUT, -1, (void *)16, 1, 0, 5);
  run(&w, "wrong", 6);

  struct iovec fixed[2] = {{a, 32}, {b, 32}};
  check("buffers", syscall(__NR_io_uring_register, r.fd, IORING_REGISTER_BUFFERS, fixed, 2));
  check("buffers again", syscall(__NR_io_uring_register, r.fd, IORING_REGISTER_BUFFERS, fixed, 2));
  memset(b, 0, 32);
  next(&r, IORING_OP_READ_FIXED, file, b + 4, 9, 4, 0)->buf_index = 1;
  struct io_uring_sqe *s = next(&r, IORING_OP_READ_FIXED, file, d, 9, 4, 1);
  s->buf_index = 1;
  run(&r, "fixed", 2);
  printf("%s\n", b + 4);
  int files[2] = {file, -1};
  check("files", syscall(__NR_io_uring_register, r.fd, IORING_REGISTER_FILES, files, 2));
  memset(d, 0, 32);
  next(&r, IORING_OP_READ, 0, d, 6, 0, 0)->flags = IOSQE_FIXED_FILE;
  next(&r, IORING_OP_READ, 1, d, 6, 0, 1)->flags = IOSQE_FIXED_FILE;
  run(&r, "registered file", 2);
  printf("%s\n", d);
  int other = open("/dev/zero", O_RDONLY);
  struct io_uring_files_update update = {.offset = 1, .fds = (unsigned long)&other};
  check("update", syscall(__NR_io_uring_register, r.fd, IORING_REGISTER_FILES_UPDATE, &update, 1));
  next(&r, IORING_OP_READ, 1, d, 6, 0, 0)->flags = IOSQE_FIXED_FILE;
  run(&r, "updated", 1);
  printf("%d\n", d[0]);
  check("files gone", syscall(__NR_io_uring_register, r.fd, IORING_UNREGISTER_FILES, 0, 0));
  check("buffers gone", syscall(__NR_io_uring_register, r.fd, IORING_UNREGISTER_BUFFERS, 0, 0));
  int ev = eventfd(0, EFD_NONBLOCK);
  check("eventfd", syscall(__NR_io_uring_register, r.fd, IORING_REGISTER_EVENTFD, &ev, 1));
  next(&r, IORING_OP_NOP, -1, 0, 0, 0, 0);
  run(&r, "told", 1);
  eventfd_t told = 0;
  eventfd_read(ev, &told);
  printf("%llu\n", (unsigned long long)told);
  check("eventfd gone", syscall(__NR_io_uring_register, r.fd, IORING_UNREGISTER_EVENTFD, 0, 0));
  struct { struct io_uring_probe p; struct io_uring_probe_op ops[64]; } probe;
  memset(&probe, 0, sizeof probe);
  check("probe", syscall(__NR_io_uring_register, r.fd, IORING_REGISTER_PROBE, &probe, 64));
  for (int i = 0; i <= IORING_OP_UNLINKAT; i++) if (i != IORING_OP_RECVMSG && !(probe.ops[i].flags & IO_URING_OP_SUPPORTED)) printf("%d is not supported\n", i);
  check("no operation", syscall(__NR_io_uring_register, r.fd, 999, 0, 0));

  // Names.
  static struct statx sx;
  next(&r, IORING_OP_MKDIRAT, AT_FDCWD, "dir", 0700, 0, 0)->flags = IOSQE_IO_LINK;
  s = next(&r, IORING_OP_OPENAT, AT_FDCWD, "dir/made", 0640, 0, 1);
  s->open_flags = O_CREAT | O_WRONLY | O_EXCL; s->flags = IOSQE_IO_LINK;
  next(&r, IORING_OP_STATX, AT_FDCWD, "dir/made", STATX_BASIC_STATS, (unsigned long)&sx, 2)->flags = IOSQE_IO_LINK;
  next(&r, IORING_OP_SYMLINKAT, AT_FDCWD, "made", 0, (unsigned long)"dir/link", 3)->flags = IOSQE_IO_LINK;
  next(&r, IORING_OP_LINKAT, AT_FDCWD, "dir/made", AT_FDCWD, (unsigned long)"dir/hard", 4)->flags = IOSQE_IO_LINK;
  next(&r, IORING_OP_RENAMEAT, AT_FDCWD, "dir/hard", AT_FDCWD, (unsigned long)"dir/new", 5);
  int got = syscall(__NR_io_uring_enter, r.fd, 6, 6, IORING_ENTER_GETEVENTS, 0, 0);
  int fd = -1;
  for (int i = 0; i < got; i++) {
    take(&r, &c);
    if (c.user_data == 1) fd = c.res; else printf("%llu: %d\n", (unsigned long long)c.user_data, c.res);
  }
  printf("opened %d, mode %o, links %u\n", fd > 2, sx.stx_mode, sx.stx_nlink);
  next(&r, IORING_OP_CLOSE, fd, 0, 0, 0, 0);
  next(&r, IORING_OP_UNLINKAT, AT_FDCWD, "dir/new", 0, 0, 1);
  next(&r, IORING_OP_UNLINKAT, AT_FDCWD, "dir/nothing", 0, 0, 2);
  next(&r, IORING_OP_FALLOCATE, file, (void *)8192, 0, 0, 3);
  next(&r, IORING_OP_OPENAT, AT_FDCWD, (void *)16, 0, 0, 4);
  run(&r, "names", 5);
  check("closed", fcntl(fd, F_GETFD));
  struct stat st;
  check("link", lstat("dir/link", &st) == 0 && S_ISLNK(st.st_mode));
  fstat(file, &st);
  printf("size %ld\n", (long)st.st_size);

  // Sockets.
  int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), size = sizeof(struct sockaddr_in);
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, peer = {0};
  bind(server, (void *)&name, size);
  listen(server, 2);
  getsockname(server, (void *)&name, (void *)&size);
  next(&r, IORING_OP_ACCEPT, server, &peer, 0, (unsigned long)&size, 0);
  next(&r, IORING_OP_CONNECT, client, &name, 0, sizeof name, 1);
  got = syscall(__NR_io_uring_enter, r.fd, 2, 2, IORING_ENTER_GETEVENTS, 0, 0);
  int accepted = -1;
  for (int i = 0; i < got; i++) { take(&r, &c); if (c.user_data == 0) accepted = c.res; else printf("connect %d\n", c.res); }
  printf("accepted %d, %s, %d\n", accepted > 2, inet_ntoa(peer.sin_addr), size);
  struct iovec piece[2] = {{"mess", 4}, {"age", 3}};
  struct msghdr m = {.msg_iov = piece, .msg_iovlen = 2};
  memset(d, 0, 32);
  next(&r, IORING_OP_SENDMSG, client, &m, 1, 0, 0)->flags = IOSQE_IO_LINK;
  next(&r, IORING_OP_SEND, client, " sent", 5, 0, 1)->flags = IOSQE_IO_LINK;
  next(&r, IORING_OP_RECV, accepted, d, 12, 0, 2)->msg_flags = MSG_WAITALL;
  run(&r, "sockets", 3);
  printf("%s %d\n", d, m.msg_iov == piece);
  next(&r, IORING_OP_SHUTDOWN, client, 0, SHUT_WR, 0, 0);
  next(&r, IORING_OP_RECV, accepted, d, 12, 0, 1);
  run(&r, "shut", 2);

  // Buffers that the kernel chooses among.
  static char pool[4][16];
  next(&r, IORING_OP_PROVIDE_BUFFERS, 4, pool, 16, 0, 0)->buf_group = 7;
  run(&r, "provided", 1);
  s = next(&r, IORING_OP_READ, file, 0, 9, 4, 0);
  s->flags = IOSQE_BUFFER_SELECT; s->buf_group = 7;
  syscall(__NR_io_uring_enter, r.fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0);
  take(&r, &c);
  printf("chosen %d %s\n", c.res, c.flags & IORING_CQE_F_BUFFER ? pool[c.flags >> 16] : "none");

  // Waiting: results come without a call; a time limit; epoll; cancelling; a signal.
  int p[2];
  pipe(p);
  pthread_t t;
  pthread_create(&t, 0, writer, &p[1]);
  memset(d, 0, 32);
  next(&r, IORING_OP_READ, p[0], d, 10, -1, 0);
  printf("submitted %ld\n", syscall(__NR_io_uring_enter, r.fd, 1, 0, 0, 0, 0));
  struct pollfd pf = {r.fd, POLLIN};
  printf("poll %d\n", poll(&pf, 1, 5000));
  while (!take(&r, &c)) usleep(100);
  printf("seen %d %s\n", c.res, d);
  pthread_join(t, 0);
  struct __kernel_timespec soon = {.tv_nsec = 5000000};
  next(&r, IORING_OP_TIMEOUT, -1, &soon, 1, 0, 0);
  run(&r, "timeout", 1);
  next(&r, IORING_OP_READ, p[0], d, 10, -1, 0)->flags = IOSQE_IO_LINK;
  next(&r, IORING_OP_LINK_TIMEOUT, -1, &soon, 1, 0, 1);
  run(&r, "linked timeout", 2);
  next(&r, IORING_OP_POLL_ADD, p[0], 0, 0, 0, 0x123456789abcdef0)->poll32_events = POLLIN;
  syscall(__NR_io_uring_enter, r.fd, 1, 0, 0, 0, 0);
  next(&r, IORING_OP_ASYNC_CANCEL, -1, 0, 0, 0, 1)->addr = 0x123456789abcdef0;
  syscall(__NR_io_uring_enter, r.fd, 1, 2, IORING_ENTER_GETEVENTS, 0, 0);
  for (int i = 0; i < 2; i++) if (take(&r, &c)) printf("cancelled %d\n", c.res);
  struct io_uring_getevents_arg arg = {.ts = (unsigned long)&soon};
  check("time is over", syscall(__NR_io_uring_enter, r.fd, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg, sizeof arg));
  int ep = epoll_create1(0);
  struct epoll_event want = {.events = EPOLLIN, .data.u64 = 0x1122334455667788}, seen = {0};
  next(&r, IORING_OP_EPOLL_CTL, ep, &want, EPOLL_CTL_ADD, p[0], 0);
  run(&r, "epoll_ctl", 1);
  write(p[1], "x", 1);
  check("epoll", epoll_wait(ep, &seen, 1, 1000));
  printf("%llx\n", (unsigned long long)seen.data.u64);
  read(p[0], d, 1);
  struct sigaction sa = {.sa_handler = nothing};
  sigaction(SIGALRM, &sa, 0);
  ualarm(20000, 0);
  check("interrupted", syscall(__NR_io_uring_enter, r.fd, 0, 1, IORING_ENTER_GETEVENTS, 0, 0));

  // Its own rings for a child, and a ring that goes with its descriptor.
  fflush(stdout);
  if (fork() == 0) {
    struct ring own;
    check("child's ring", open_ring(&own, 2, IORING_SETUP_CQSIZE));
    check("child's ring", open_ring(&own, 2, 0));
    next(&own, IORING_OP_WRITE, p[1], "child", 5, -1, 0);
    run(&own, "child", 1);
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  memset(d, 0, 32);
  next(&r, IORING_OP_READ, p[0], d, 10, -1, 0);
  run(&r, "parent", 1);
  printf("%s\n", d);
  for (int i = 0; i < 100; i++) {
    struct ring many;
    if (open_ring(&many, 4, 0)) { perror("many"); break; }
    next(&many, IORING_OP_NOP, -1, 0, 0, 0, 5);
    syscall(__NR_io_uring_enter, many.fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0);
    if (!take(&many, &c) || c.user_data != 5) printf("lost\n");
    close(many.fd);
    munmap(many.sq, 4096); munmap(many.cq, 4096); munmap(many.sqes, 4096);
  }
  struct ring q;
  check("a thread of the kernel's", open_ring(&q, 4, 0x80000000));
  return 0;
}
