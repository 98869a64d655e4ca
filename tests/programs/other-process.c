//> reference: host
//> modes: O2 static
// Another process: its memory (process_vm_readv, process_madvise), its descriptors and signals (pidfd), and what is shared with it (kcmp).
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char shared_text[] = "text of the parent";

static long vm(int nr, int pid, void *here, size_t n, void *there, size_t m, unsigned long flags) {
  struct iovec local = {here, n}, remote = {there, m};
  return syscall(nr, pid, &local, 1, &remote, 1, flags);
}

int main(void) {
  int ready[2], go[2];
  pipe(ready);
  pipe(go);
  pid_t child = fork();
  if (child == 0) {
    char c;
    strcpy(shared_text, "text of the child!");
    int file = open("file", O_CREAT | O_RDWR, 0600);
    dup2(file, 100);
    write(100, "written by the child", 20);
    write(ready[1], "x", 1);
    read(go[0], &c, 1);
    printf("child sees: %s\n", shared_text);
    fflush(stdout);
    write(ready[1], "x", 1);
    for (;;) pause();
  }
  char c, buffer[32] = "";
  read(ready[0], &c, 1);
  check("process_vm_readv", vm(SYS_process_vm_readv, child, buffer, sizeof shared_text, shared_text, sizeof shared_text, 0));
  printf("%s\n", buffer);
  check("process_vm_writev", vm(SYS_process_vm_writev, child, "text by the parent", 19, shared_text, 19, 0));
  printf("own: %s\n", shared_text);
  check("own", vm(SYS_process_vm_readv, getpid(), buffer, 8, shared_text, 8, 0));
  struct iovec two[2] = {{buffer, 4}, {buffer + 8, 4}}, one = {shared_text, 8};
  check("two to one", syscall(SYS_process_vm_readv, child, two, 2, &one, 1, 0));
  printf("%.4s %.4s\n", buffer, buffer + 8);
  check("part", vm(SYS_process_vm_readv, child, buffer, 4, shared_text, 16, 0));
  check("wild", vm(SYS_process_vm_readv, child, buffer, 4, (void *)16, 4, 0));
  check("flags", vm(SYS_process_vm_readv, child, buffer, 4, shared_text, 4, 1));
  check("none", syscall(SYS_process_vm_readv, child, 0, 0, 0, 0, 0));
  check("no process", vm(SYS_process_vm_readv, 0x3fffffff, buffer, 4, shared_text, 4, 0));
  fflush(stdout);
  write(go[1], "x", 1);
  read(ready[0], &c, 1);

  int pidfd = syscall(SYS_pidfd_open, child, 0);
  printf("pidfd_open %d\n", pidfd >= 0);
  check("pidfd_open flags", syscall(SYS_pidfd_open, child, 1));
  check("pidfd_open 0", syscall(SYS_pidfd_open, 0, 0));
  int theirs = syscall(SYS_pidfd_getfd, pidfd, 100, 0);
  works("pidfd_getfd", theirs);
  memset(buffer, 0, sizeof buffer);
  check("pread", pread(theirs, buffer, 20, 0));
  printf("%s\n", buffer);
  check("pidfd_getfd none", syscall(SYS_pidfd_getfd, pidfd, 999, 0));
  check("kcmp file", syscall(SYS_kcmp, getpid(), child, 0, theirs, 100));
  check("kcmp vm", syscall(SYS_kcmp, getpid(), getpid(), 1, 0, 0));
  check("kcmp other vm", syscall(SYS_kcmp, getpid(), child, 1, 0, 0) > 0);
  check("kcmp type", syscall(SYS_kcmp, getpid(), child, 99, 0, 0));

  char *pages = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(pages, 1, 16384);
  int self = syscall(SYS_pidfd_open, getpid(), 0);
  struct iovec range = {pages, 16384};
  check("process_madvise", syscall(SYS_process_madvise, self, &range, 1, 20 /* MADV_COLD */, 0));
  check("process_madvise flags", syscall(SYS_process_madvise, self, &range, 1, 20, 1));
  check("process_madvise file", syscall(SYS_process_madvise, 0, &range, 1, 20, 0));
  printf("still %d\n", pages[5000]);

  siginfo_t info = {0};
  check("mrelease", syscall(SYS_process_mrelease, pidfd, 0));
  check("pidfd_send_signal", syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, 0, 0));
  check("waitid", waitid(3 /* P_PIDFD */, pidfd, &info, WEXITED));
  printf("%d %d %d\n", info.si_pid == child, info.si_status, info.si_code == CLD_KILLED);
  check("pidfd_send_signal", syscall(SYS_pidfd_send_signal, pidfd, 0, 0, 0));
  check("pidfd_getfd", syscall(SYS_pidfd_getfd, pidfd, 100, 0));
}
