// Calls that the C library wraps thinly: polling, event and timer descriptors, sockets, shared memory, memfd, random,
// sysinfo.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

static void check(const char *what, long result) {
  printf("%s %ld %s\n", what, result < 0 ? -1 : result, result < 0 ? strerrorname_np(errno) : "");
}

static void waiting(void) {
  int p[2];
  pipe(p);
  struct pollfd fds[2] = {{p[0], POLLIN, 0}, {p[1], POLLOUT, 0}};
  check("poll", poll(fds, 2, 0));
  printf("%x %x\n", fds[0].revents, fds[1].revents);
  write(p[1], "abc", 3);
  check("poll", poll(fds, 2, -1));
  printf("%x\n", fds[0].revents);
  fd_set set;
  FD_ZERO(&set);
  FD_SET(p[0], &set);
  struct timeval tv = {0, 1000};
  check("select", select(p[0] + 1, &set, 0, 0, &tv));
  struct timespec ts = {0, 1000};
  check("ppoll", ppoll(fds, 1, &ts, 0));
  int ep = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event e = {EPOLLIN, {.u64 = 0x123456789abcull}}, got[4];
  check("epoll_ctl", epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
  check("epoll_wait", epoll_wait(ep, got, 4, 100));
  printf("%x %llx\n", got[0].events, (unsigned long long)got[0].data.u64);
  int ev = eventfd(3, EFD_NONBLOCK);
  e.data.fd = ev;
  epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e);
  check("epoll_wait", epoll_wait(ep, got, 4, 0));
  eventfd_t v;
  eventfd_read(ev, &v);
  printf("%llu ", (unsigned long long)v);
  check("eventfd", eventfd_read(ev, &v));
  int tfd = timerfd_create(CLOCK_MONOTONIC, 0);
  struct itimerspec its = {{0, 1000000}, {0, 1000000}};
  check("timerfd_settime", timerfd_settime(tfd, 0, &its, 0));
  unsigned long long ticks;
  printf("%d %d\n", (int)read(tfd, &ticks, 8), ticks > 0);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  sigprocmask(SIG_BLOCK, &mask, 0);
  int sfd = signalfd(-1, &mask, 0);
  raise(SIGUSR1);
  struct signalfd_siginfo si;
  check("signalfd", read(sfd, &si, sizeof si));
  printf("%u\n", si.ssi_signo);
  int in = inotify_init1(IN_NONBLOCK);
  check("inotify", inotify_add_watch(in, ".", IN_CREATE));
  close(creat("watched", 0600));
  char buffer[512];
  check("read", read(in, buffer, sizeof buffer));
  puts(((struct inotify_event *)buffer)->name);
}

static void sockets(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t n = sizeof at;
  check("setsockopt", setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one));
  check("bind", bind(listener, (void *)&at, sizeof at));
  check("listen", listen(listener, 5));
  check("getsockname", getsockname(listener, (void *)&at, &n));
  printf("%d %d\n", (int)n, at.sin_port != 0);
  if (fork() == 0) {
    int c = socket(AF_INET, SOCK_STREAM, 0);
    connect(c, (void *)&at, sizeof at);
    setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    send(c, "hello ", 6, 0);
    struct iovec v[2] = {{"from ", 5}, {"child", 5}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
    sendmsg(c, &m, 0);
    shutdown(c, SHUT_WR);
    char r[8];
    recv(c, r, 8, MSG_WAITALL);
    _exit(r[0]);
  }
  struct sockaddr_in peer;
  n = sizeof peer;
  int s = accept4(listener, (void *)&peer, &n, 0);
  printf("%s\n", inet_ntoa(peer.sin_addr));
  char text[64] = {0};
  int got = 0, k;
  while ((k = recv(s, text + got, 60 - got, 0)) > 0) got += k;
  puts(text);
  send(s, "reply...", 8, MSG_NOSIGNAL);
  int status;
  wait(&status);
  printf("%c\n", WEXITSTATUS(status));
  int pair[2];
  check("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  int file = open("passed", O_RDWR | O_CREAT, 0600);
  write(file, "contents", 8);
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec v = {"fd", 2};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(c), &file, sizeof file);
  check("sendmsg", sendmsg(pair[0], &m, 0));
  memset(control, 0, sizeof control);
  char two[8];
  v = (struct iovec){two, 8};
  check("recvmsg", recvmsg(pair[1], &m, 0));
  int passed;
  memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof passed);
  memset(text, 0, sizeof text);
  pread(passed, text, 60, 0);
  printf("%s %d\n", text, passed != file);
  struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "socket"};
  int u = socket(AF_UNIX, SOCK_STREAM, 0);
  check("bind", bind(u, (void *)&un, sizeof un));
  check("bind", bind(u, (void *)&un, sizeof un));
  n = sizeof un;
  getsockname(u, (void *)&un, &n);
  puts(un.sun_path);
  int type;
  n = sizeof type;
  getsockopt(u, SOL_SOCKET, SO_TYPE, &type, &n);
  printf("%d\n", type == SOCK_STREAM);
  check("connect", connect(socket(AF_INET, SOCK_STREAM, 0),
                           (struct sockaddr *)&(struct sockaddr_in){
                               .sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
                           sizeof(struct sockaddr_in)));
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  waiting();
  sockets();
  int m = memfd_create("memory", 0);
  ftruncate(m, 4096);
  char *a = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, m, 0);
  strcpy(a, "in memory");
  char text[16];
  pread(m, text, 10, 0);
  puts(text);
  unsigned char r[64] = {0};
  check("getrandom", getrandom(r, 64, 0));
  int any = 0;
  for (int i = 0; i < 64; i++) any |= r[i];
  printf("%d\n", any != 0);
  struct sysinfo info;
  check("sysinfo", sysinfo(&info));
  printf("%d\n", info.totalram > 0 && info.procs > 0);
  struct statvfs fs;
  check("statvfs", statvfs(".", &fs));
  printf("%d\n", fs.f_bsize > 0 && fs.f_blocks > 0);
  int from = open("passed", O_RDONLY), to = creat("copy", 0600);
  off_t offset = 2;
  check("sendfile", sendfile(to, from, &offset, 4));
  printf("%ld\n", (long)offset);
  check("flock", flock(to, LOCK_EX | LOCK_NB));
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
  check("F_SETLK", fcntl(to, F_SETLK, &lock));
  check("fallocate", posix_fallocate(to, 0, 8192));
  prctl(PR_SET_NAME, "renamed");
  prctl(PR_GET_NAME, text);
  puts(text);
  check("fsync", fsync(to));
  check("splice", splice(from, 0, to, 0, 10, 0));
  check("statx", ({
          struct statx x;
          int k = statx(AT_FDCWD, "passed", 0, STATX_SIZE, &x);
          printf("%llu ", (unsigned long long)x.stx_size);
          k;
        }));
  int p[2];
  pipe2(p, O_NONBLOCK);
  check("empty", read(p[0], text, 1));
  check("F_GETPIPE_SZ", fcntl(p[0], F_GETPIPE_SZ));
  check("tee", tee(p[0], p[1], 1, 0));
  int available;
  check("FIONREAD", ({
          write(p[1], "12345", 5);
          int k = ioctl(p[0], FIONREAD, &available);
          printf("%d ", available);
          k;
        }));
  check("umask", umask(077));
  check("umask", umask(022));
  check("mknod", mkfifo("fifo", 0600));
  check("unknown", syscall(9999));
  check("sync_file_range", posix_fadvise(to, 0, 0, POSIX_FADV_DONTNEED));
  check("getcpu", sched_getcpu() >= 0 ? 0 : -1);
  check("nice", getpriority(0, 0));
  return 0;
}
