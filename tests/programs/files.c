//> flags: -D_FILE_OFFSET_BITS=64
// Files and folders through the C library: the calls a program makes all day.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void check(const char *what, long result) {
  printf("%s %ld %s\n", what, result < 0 ? -1 : result, result < 0 ? strerrorname_np(errno) : "");
}

static void streams(void) {
  FILE *f = fopen("stream", "w+");
  for (int i = 0; i < 1000; i++) fprintf(f, "line %d\n", i);
  printf("%ld\n", ftell(f));
  fseek(f, 500, SEEK_SET);
  char line[100];
  fgets(line, sizeof line, f);
  fgets(line, sizeof line, f);
  printf("%s", line);
  fclose(f);
  f = fopen("stream", "a");
  fputs("end\n", f);
  fclose(f);
  struct stat st;
  stat("stream", &st);
  printf("%lld %o\n", (long long)st.st_size, st.st_mode & 0777);
}

static char *volatile nowhere = (char *)16;
static void descriptors(void) {
  int fd = open("plain", O_RDWR | O_CREAT | O_EXCL, 0640);
  check("again", open("plain", O_RDWR | O_CREAT | O_EXCL, 0640));
  check("write", write(fd, "0123456789", 10));
  check("pwrite", pwrite(fd, "AB", 2, 4));
  check("lseek", lseek(fd, -3, SEEK_END));
  char buffer[32] = {0};
  check("read", read(fd, buffer, sizeof buffer));
  puts(buffer);
  check("pread", pread(fd, buffer, 6, 2));
  puts(buffer);
  struct iovec parts[] = {{"one", 3}, {"", 0}, {"three", 5}};
  check("writev", writev(fd, parts, 3));
  check("truncate", ftruncate(fd, 5LL << 32));
  check("lseek far", lseek64(fd, 0, SEEK_END) == 5LL << 32);
  struct stat64 st;
  check("fstat", fstat64(fd, &st));
  printf("%lld %d\n", (long long)st.st_size, (int)st.st_nlink);
  check("truncate", ftruncate(fd, 12));
  int other = dup(fd);
  check("dup2", dup2(other, 50));
  check("fcntl", fcntl(50, F_GETFL) & O_ACCMODE);
  check("close", close(50));
  check("close", close(50));
  lseek(fd, 0, SEEK_SET);
  check("read fault", read(fd, nowhere, 4));
  check("open fault", open(nowhere, 0));
  check("write -1", write(-1, "", 0));
  close(fd);
  close(other);
}

static int names(const struct dirent *e) { return e->d_name[0] != '.'; }
static void folders(void) {
  check("mkdir", mkdir("folder", 0700));
  check("mkdir", mkdir("folder", 0700));
  for (int i = 0; i < 300; i++) {
    char name[64];
    snprintf(name, sizeof name, "folder/entry-with-a-long-name-%03d", i);
    close(creat(name, 0600));
  }
  struct dirent **list;
  int n = scandir("folder", &list, names, alphasort);
  printf("%d %s %s\n", n, list[0]->d_name, list[n - 1]->d_name);
  check("rename", rename("folder/entry-with-a-long-name-000", "folder/.renamed"));
  check("link", link("folder/.renamed", "hard"));
  check("symlink", symlink("folder/.renamed", "soft"));
  char target[64] = {0};
  check("readlink", readlink("soft", target, sizeof target));
  puts(target);
  struct stat st;
  lstat("soft", &st);
  printf("%d\n", S_ISLNK(st.st_mode));
  stat("soft", &st);
  printf("%d\n", (int)st.st_nlink);
  check("rmdir", rmdir("folder"));
  check("unlink", unlink("soft"));
  check("access", access("soft", F_OK));
  check("chmod", chmod("hard", 0400));
  struct timespec times[2] = {{1000000000, 5}, {1234567890, 123456789}};
  check("utimensat", utimensat(AT_FDCWD, "hard", times, 0));
  stat("hard", &st);
  printf("%ld %ld\n", (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  char here[512];
  check("chdir", chdir("folder"));
  puts(strrchr(getcwd(here, sizeof here), '/'));
  int dir = open(".", O_RDONLY | O_DIRECTORY);
  check("openat", openat(dir, "missing", O_RDONLY));
  check("fstatat", fstatat(dir, ".renamed", &st, 0));
  check("unlinkat", unlinkat(dir, ".renamed", 0));
}

int main(void) {
  streams();
  descriptors();
  folders();
  return 0;
}
