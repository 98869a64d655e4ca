//> reference: host
//> modes: thumb O2 static
//> flags: -D_FILE_OFFSET_BITS=64
// User and group ids above 16 bits, of processes and of files.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
  if (geteuid() != 0) return 0;
  close(open("file", O_CREAT | O_RDWR, 0600));
  int fd = open("file", O_RDWR);
  struct stat st;
  check("chown", chown("file", 70000, 80000));
  stat("file", &st);
  printf("%d %d\n", st.st_uid, st.st_gid);
  check("fchown", fchown(fd, -1, 90000));
  fstat(fd, &st);
  printf("%d %d\n", st.st_uid, st.st_gid);
  check("lchown", lchown("file", 65535, -1));
  lstat("file", &st);
  printf("%d %d\n", st.st_uid, st.st_gid);
  gid_t groups[3] = {70000, 5, 65534}, got[8];
  check("setgroups", setgroups(3, groups));
  int n = getgroups(8, got);
  printf("%d: %d %d %d\n", n, got[0], got[1], got[2]);
  check("getgroups few", getgroups(1, got));
  setfsuid(100000);
  printf("fsuid %d\n", setfsuid(-1));
  check("setresgid", setresgid(100000, 100001, 100002));
  check("setresuid", setresuid(200000, 200001, 200002));
  uid_t r, e, s;
  getresuid(&r, &e, &s);
  printf("%d %d %d %d %d\n", r, e, s, getuid(), geteuid());
  getresgid(&r, &e, &s);
  printf("%d %d %d %d %d\n", r, e, s, getgid(), getegid());
  check("setuid", setuid(0));
  check("setreuid", setreuid(-1, 200002));
  printf("%d\n", geteuid());
}
