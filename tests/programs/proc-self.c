//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
// /proc as the program sees it: its own files, its threads' and its children's.
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[65536];
static int length;

static char *file(const char *format, int pid, const char *name) {
  char path[100];
  snprintf(path, sizeof path, format, pid, name);
  int fd = open(path, O_RDONLY), n;
  length = 0;
  memset(text, 0, sizeof text);
  while (fd >= 0 && (n = read(fd, text + length, sizeof text - 1 - length)) > 0) length += n;
  if (fd < 0) snprintf(text, sizeof text, "cannot open %s", name);
  close(fd);
  return text;
}

static const char *base(const char *path) { return strrchr(path, '/') ? strrchr(path, '/') + 1 : path; }

static long status(int pid, const char *field) {
  char *at = strstr(file("/proc/%d/%s", pid, "status"), field);
  return at ? atol(strchr(at, ':') + 1) : -1;
}

static int entries(int pid, const char *folder, int limit) {
  char path[100];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, folder);
  DIR *d = opendir(path);
  struct dirent *e;
  int n = 0;
  while (d && (e = readdir(d))) if (e->d_name[0] != '.' && atoi(e->d_name) >= limit) n++;
  if (d) closedir(d);
  return n;
}

/* What is told of a process's memory, threads and descriptors: of one with the same program as this one. */
static void image(int pid) {
  unsigned long low, high, code_low, code_high, size, auxv[128] = {0}, entry = 0;
  int mapped = 0, code = 0, stack = 0, many = 0;
  char rights[8];
  for (char *line = strtok(file("/proc/%d/%s", pid, "maps"), "\n"); line; line = strtok(0, "\n"), many++) {
    sscanf(line, "%lx-%lx %7s", &low, &high, rights);
    if ((unsigned long)text >= low && (unsigned long)text < high) mapped = strcmp(rights, "rw-p") == 0;
    if ((unsigned long)image >= low && (unsigned long)image < high) code = strcmp(rights, "r-xp") == 0 && strstr(line, "/proc-self") != 0;
    stack |= strstr(line, "[stack]") != 0;
  }
  printf("maps %d %d %d %d\n", mapped, code, stack, many < 40);
  sscanf(strrchr(file("/proc/%d/%s", pid, "stat"), ')') + 2,
    "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %*s %*s %lu %lu", &size, &code_low, &code_high);
  printf("stat size %d code %d\n", size < 200u << 20, code_low <= (unsigned long)image && (unsigned long)image < code_high);
  printf("status %d %d\n", status(pid, "VmSize") < 200000 && status(pid, "VmSize") > 300, status(pid, "VmRSS") < 50000);
  printf("threads %ld %d\n", status(pid, "Threads"), entries(pid, "task", 0));
  printf("statm %d\n", atol(file("/proc/%d/%s", pid, "statm")) < 50000);
  memcpy(auxv, file("/proc/%d/%s", pid, "auxv"), sizeof auxv);
  for (int i = 0; i < 126 && auxv[i]; i += 2) if (auxv[i] == AT_ENTRY) entry = auxv[i + 1];
  printf("auxv %d\n", entry == getauxval(AT_ENTRY));
  printf("smaps %d\n", strstr(file("/proc/%d/%s", pid, "smaps"), "[stack]") != 0 && strstr(text, "Pss:") != 0);
  printf("descriptors %d\n", entries(pid, "fd", 500));
}

static void process(const char *who, int pid) {
  char link[4096] = "", path[100];
  printf("%s\n", who);
  int of_exe = strncmp(file("/proc/%d/%s", pid, "comm"), "proc-self", 9) == 0;
  printf("comm %d\n", of_exe);
  file("/proc/%d/%s", pid, "cmdline");
  printf("cmdline %d %s\n", (int)(length - strlen(text)), text + strlen(text) + 1);
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  readlink(path, link, sizeof link - 1);
  printf("exe %d\n", strncmp(base(link), "proc-self", 9) == 0);
  struct stat a, b;
  stat(path, &a);
  stat("/proc/self/exe", &b);
  printf("same file %d\n", a.st_ino == b.st_ino && a.st_dev == b.st_dev);
  int fd = open(path, O_RDONLY);
  char magic[5] = "";
  read(fd, magic, 4);
  printf("open %s\n", magic + 1);
  close(fd);
  file("/proc/%d/%s", pid, "environ");
  printf("environ %d\n", strstr(text, "LC_ALL") != 0 || memmem(text, length, "LC_ALL", 6) != 0 || getenv("LC_ALL") == 0);
  int ppid, pgrp;
  sscanf(strrchr(file("/proc/%d/%s", pid, "stat"), ')') + 2, "%*c %d %d", &ppid, &pgrp);
  printf("stat %d %d\n", ppid == (pid == getpid() ? getppid() : getpid()), pgrp == getpgrp());
  image(pid);
}

static void *thread(void *arg) {
  prctl(PR_SET_NAME, "the other");
  int tid = syscall(SYS_gettid);
  printf("thread comm %s", file("/proc/self/task/%d/%s", tid, "comm"));
  printf("thread-self comm %s", file("/proc/thread-self/%2$s", 0, "comm"));
  DIR *d = opendir("/proc/self/task");
  struct dirent *e;
  int n = 0;
  while ((e = readdir(d))) n += e->d_name[0] != '.';
  printf("tasks %d\n", n);
  closedir(d);
  return 0;
}

static long kb(const char *field) { return status(getpid(), field); }

int main(int argc, char **argv) {
  if (argc == 1) {
    execl("/proc/self/exe", "proc-self", "second argument", NULL);
    return 1;
  }
  setvbuf(stdout, 0, _IOLBF, 0);
  process("self", getpid());
  fflush(stdout);
  int p[2];
  pipe(p);
  pid_t child = fork();
  if (child == 0) { char c; close(p[1]); read(p[0], &c, 1); _exit(0); }
  process("child", child);
  pid_t other = fork();
  if (other == 0) {
    printf("parent\n");
    image(getppid());
    printf("sibling\n");
    image(child);
    fflush(stdout);
    _exit(0);
  }
  waitpid(other, 0, 0);
  close(p[1]);
  waitpid(child, 0, 0);

  unsigned long auxv[2], found = 0;
  int fd = open("/proc/self/auxv", O_RDONLY);
  while (read(fd, auxv, sizeof auxv) == sizeof auxv) if (auxv[0] == AT_ENTRY) found = auxv[1];
  printf("auxv %d\n", found == getauxval(AT_ENTRY));
  long before = kb("VmRSS"), size = kb("VmSize");
  char *m = mmap(0, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  long mapped = kb("VmSize"), untouched = kb("VmRSS");
  memset(m, 1, 8 << 20);
  long touched = kb("VmRSS");
  printf("VmSize %d VmRSS %d %d\n", mapped - size >= 8192 && mapped - size < 8300, untouched - before < 1000, touched - untouched > 7500 && touched - untouched < 9000);
  long pages, resident;
  sscanf(file("/proc/%d/%s", getpid(), "statm"), "%ld %ld", &pages, &resident);
  printf("statm %d %d\n", labs(pages * 4 - mapped) < 500, labs(resident * 4 - touched) < 500);
  printf("small %d\n", mapped < 200000);
  unsigned long low, high;
  char line[512], right[8], *want;
  int mine = 0, stack = 0, in_rss = 0;
  FILE *f = fopen("/proc/self/smaps", "r");
  while (fgets(line, sizeof line, f)) {
    if (sscanf(line, "%lx-%lx %7s", &low, &high, right) == 3) {
      mine = (unsigned long)m >= low && (unsigned long)m < high;
      if ((unsigned long)&line >= low && (unsigned long)&line < high) stack = strstr(line, "[stack]") != 0;
    }
    if (mine && strncmp(line, "Rss:", 4) == 0) in_rss = atol(line + 4) >= 8192;
  }
  printf("smaps %d stack %d\n", in_rss, stack);
  printf("rollup %d\n", strstr(file("/proc/%d/%s", getpid(), "smaps_rollup"), "Rss:") != 0);
  pthread_t t;
  pthread_create(&t, 0, thread, 0);
  pthread_join(t, 0);
  printf("Threads %ld\n", kb("Threads"));
}
