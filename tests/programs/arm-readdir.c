//> stdout: 302 0\n
//> modes: thumb O1 static
// readdir without large-file support: ext4's 64-bit folder positions must not reach a 32-bit program (qemu-user:
// EOVERFLOW).
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
  mkdir("folder", 0700);
  for (int i = 0; i < 300; i++) {
    char name[64];
    snprintf(name, sizeof name, "folder/%d", i);
    close(creat(name, 0600));
  }
  DIR *d = opendir("folder");
  int n = 0;
  errno = 0;
  while (readdir(d)) n++;
  printf("%d %d\n", n, errno);
  return 0;
}
