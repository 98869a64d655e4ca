//> reference: host
//> modes: O2 static
//> flags: -D_FILE_OFFSET_BITS=64
// Calls on files and memory that came since Linux 4.6, as far as the host has them.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#define SYS_fchmodat2 452
#define SYS_statmount 457
#define SYS_listmount 458
#endif

static void opening(void) {
  mkdir("dir", 0755);
  close(open("dir/file", O_CREAT | O_WRONLY, 0644));
  symlink("dir/file", "link");
  struct open_how how = {.flags = O_RDWR};
  int fd = syscall(SYS_openat2, AT_FDCWD, "dir/file", &how, sizeof how);
  works("openat2", fd);
  how.resolve = RESOLVE_NO_SYMLINKS;
  check("openat2 no links", syscall(SYS_openat2, AT_FDCWD, "link", &how, sizeof how));
  how.resolve = RESOLVE_BENEATH;
  check("openat2 beneath", syscall(SYS_openat2, AT_FDCWD, "../x", &how, sizeof how));
  how.resolve = RESOLVE_IN_ROOT;
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  works("openat2 in root", syscall(SYS_openat2, AT_FDCWD, "/dir", &how, sizeof how));
  how.resolve = 0;
  how.flags = 1ull << 40;
  check("openat2 flags", syscall(SYS_openat2, AT_FDCWD, "dir", &how, sizeof how));
  how.flags = O_RDONLY;
  how.mode = 0644;
  check("openat2 mode", syscall(SYS_openat2, AT_FDCWD, "dir", &how, sizeof how));
  check("openat2 size", syscall(SYS_openat2, AT_FDCWD, "dir", &how, 16));
  struct { struct open_how how; long more; } longer = {{.flags = O_RDONLY}, 1};
  check("openat2 longer", syscall(SYS_openat2, AT_FDCWD, "dir", &longer, sizeof longer));
  longer.more = 0;
  works("openat2 zeros", syscall(SYS_openat2, AT_FDCWD, "dir", &longer, sizeof longer));

  check("faccessat2", syscall(SYS_faccessat2, AT_FDCWD, "link", R_OK, AT_SYMLINK_NOFOLLOW));
  check("faccessat2 flags", syscall(SYS_faccessat2, AT_FDCWD, "link", R_OK, 0x8000));
  check("fchmodat2", syscall(SYS_fchmodat2, AT_FDCWD, "dir/file", 0600, 0));
  check("fchmodat2 link", syscall(SYS_fchmodat2, AT_FDCWD, "link", 0600, AT_SYMLINK_NOFOLLOW));
  check("fchmodat2 empty", syscall(SYS_fchmodat2, fd, "", 0640, AT_EMPTY_PATH));
  struct stat st;
  stat("link", &st);
  printf("%o\n", st.st_mode);

  struct { struct file_handle head; char room[128]; } handle = {{.handle_bytes = 0}};
  int mount;
  check("name_to_handle_at", syscall(SYS_name_to_handle_at, AT_FDCWD, "dir/file", &handle, &mount, 0));
  printf("%d\n", handle.head.handle_bytes > 0);
  handle.head.handle_bytes = 128;
  if (check("name_to_handle_at", syscall(SYS_name_to_handle_at, AT_FDCWD, "dir/file", &handle, &mount, 0)) == 0)
    works("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY));
  check("name_to_handle_at flags", syscall(SYS_name_to_handle_at, AT_FDCWD, "dir/file", &handle, &mount, 0x10));
}

static void vectors(void) {
  int fd = open("vectors", O_CREAT | O_RDWR, 0600);
  char a[8] = "one ", b[8] = "two";
  struct iovec v[2] = {{a, 4}, {b, 3}};
  check("pwritev2", pwritev2(fd, v, 2, 0, 0));
  check("pwritev2 append", pwritev2(fd, v, 1, 0, RWF_APPEND));
  check("pwritev2 at the position", pwritev2(fd, v, 2, -1, RWF_DSYNC));
  check("position", lseek(fd, 0, SEEK_CUR));
  check("pwritev2 far", pwritev2(fd, v, 1, 0x100000000ll, RWF_SYNC));
  check("pwritev2 flags", pwritev2(fd, v, 1, 0, 0x4000));
  memset(a, 0, 8);
  check("preadv2", preadv2(fd, v, 2, 0, RWF_HIPRI));
  check("preadv2 far", preadv2(fd, v, 2, 0x100000000ll, 0));
  printf("%s\n", a);
  check("preadv2 -1", preadv2(fd, v, 2, -1, 0));
  check("preadv2 -2", preadv2(fd, v, 2, -2, 0));
  unsigned long long range[2] = {0, 4096}, cached[5] = {9, 9, 9, 9, 9};
  check("cachestat", syscall(SYS_cachestat, fd, range, cached, 0));
  printf("%llu\n", cached[0]);
  check("cachestat flags", syscall(SYS_cachestat, fd, range, cached, 1));
  loff_t from = 4, to = 100;
  int copy = open("copy", O_CREAT | O_RDWR, 0600);
  check("copy_file_range", copy_file_range(fd, &from, copy, &to, 3, 0));
  printf("%lld %lld\n", (long long)from, (long long)to);
}

static void descriptors(void) {
  for (int i = 0; i < 5; i++) dup2(0, 200 + i);
  check("close_range", syscall(SYS_close_range, 201, 202, 0));
  check("closed", fcntl(201, F_GETFD));
  check("open", fcntl(203, F_GETFD));
  check("close_range cloexec", syscall(SYS_close_range, 203, 300, 4));
  check("cloexec", fcntl(203, F_GETFD));
  check("close_range unshare", syscall(SYS_close_range, 200, ~0u, 2));
  check("closed", fcntl(204, F_GETFD));
  check("close_range order", syscall(SYS_close_range, 5, 4, 0));
  check("close_range flags", syscall(SYS_close_range, 300, 301, 64));
  int ep = epoll_create1(0);
  struct epoll_event e, got;
  struct { long long s, ns; } soon = {0, 1000000}, bad = {0, 2000000000};
  check("epoll_pwait2", syscall(SYS_epoll_pwait2, ep, &got, 1, &soon, 0, 0));
  check("epoll_pwait2 time", syscall(SYS_epoll_pwait2, ep, &got, 1, &bad, 0, 0));
  int p[2];
  pipe(p);
  e.events = EPOLLIN;
  e.data.u64 = 0x1122334455667788;
  epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e);
  write(p[1], "x", 1);
  check("epoll_pwait2", syscall(SYS_epoll_pwait2, ep, &got, 1, 0, 0, 0));
  printf("%x %llx\n", got.events, (unsigned long long)got.data.u64);
}

static void memory(void) {
  char *m = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check("mlock2", syscall(SYS_mlock2, m, 8192, 1));
  check("mlock2 flags", syscall(SYS_mlock2, m, 8192, 2));
  check("munlock", munlock(m, 8192));
  check("MADV_POPULATE_WRITE", madvise(m, 65536, 23));
  unsigned char in[16];
  check("mincore", mincore(m, 65536, in));
  printf("%d\n", in[15] & 1);
  check("MADV_DONTNEED", madvise(m, 4096, MADV_DONTNEED));
  printf("%d\n", m[0]);
  check("MADV_COLD", madvise(m, 4096, 20));
  check("MADV_WIPEONFORK", madvise(m, 4096, 18));
  check("madvise 99", madvise(m, 4096, 99));
  check("remap_file_pages", syscall(SYS_remap_file_pages, m, 4096, 0, 0, 0));
}

static void mounts(void) {
  struct { unsigned size, spare; unsigned long long id, param; } request = {24, 0, ~0ull, 0};
  unsigned long long ids[512];
  long n = syscall(SYS_listmount, &request, ids, 512, 0);
  works("listmount", n);
  if (n > 0) {
    request.id = ids[0];
    request.param = 2; /* STATMOUNT_MNT_BASIC */
    char buffer[1024];
    check("statmount", syscall(SYS_statmount, &request, buffer, sizeof buffer, 0));
    printf("%d\n", *(unsigned *)buffer > 0);
  }
  request.size = 4;
  check("listmount size", syscall(SYS_listmount, &request, ids, 512, 0));
}

int main(void) {
  opening();
  vectors();
  descriptors();
  memory();
  mounts();
}
