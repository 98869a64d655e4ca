//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
// seccomp: filters with every action, over fork, exec and threads; strict mode; what is refused.
#define _GNU_SOURCE
#include "check.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__arm__)
#define ARCH AUDIT_ARCH_ARM
#elif defined(__riscv)
#define ARCH AUDIT_ARCH_RISCV64
#else
#define ARCH AUDIT_ARCH_X86_64
#endif

/** Answers `action` for call `nr` and allows all else; kills for another architecture. */
static int filter(int nr, unsigned action, unsigned flags) {
  struct sock_filter code[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, action),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/** Lets getpriority pass only for a second argument of 77. */
static int by_argument(void) {
  struct sock_filter code[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 77, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void trapped(int n, siginfo_t *info, void *context) {
  printf("SIGSYS code %d errno %d call %d arch %d\n", info->si_code, info->si_errno, info->si_syscall == SYS_getpriority, info->si_arch == ARCH);
}

static void *calls(void *arg) {
  check("thread getpriority", syscall(SYS_getpriority, 0, 0));
  return 0;
}

static void *waits(void *arg) {
  char c;
  read(*(int *)arg, &c, 1);
  check("other thread getpriority", syscall(SYS_getpriority, 0, 0));
  return 0;
}

static void *dies(void *arg) {
  syscall(SYS_getpriority, 0, 0);
  printf("not reached\n");
  return 0;
}

static void child(int which) {
  int p[2];
  pthread_t t;
  switch (which) {
    case 0: check("errno", filter(SYS_getpriority, SECCOMP_RET_ERRNO | EXDEV, 0)); check("getpriority", syscall(SYS_getpriority, 0, 0)); break;
    case 1: filter(SYS_getpriority, SECCOMP_RET_KILL_PROCESS, 0); syscall(SYS_getpriority, 0, 0); break;
    case 2: filter(SYS_getpriority, SECCOMP_RET_KILL_THREAD, 0); syscall(SYS_getpriority, 0, 0); break;
    case 3: {
      struct sigaction sa = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
      sigaction(SIGSYS, &sa, 0);
      filter(SYS_getpriority, SECCOMP_RET_TRAP | 42, 0);
      syscall(SYS_getpriority, 0, 0);
      printf("after the trap\n");
      break;
    }
    case 4: filter(SYS_getpriority, SECCOMP_RET_TRACE, 0); check("trace", syscall(SYS_getpriority, 0, 0)); break;
    case 5: filter(SYS_getpriority, SECCOMP_RET_LOG, 0); check("log", syscall(SYS_getpriority, 0, 0) > 0); break;
    case 6: // the strictest counts, whatever the order
      filter(SYS_getpriority, SECCOMP_RET_ERRNO | ELOOP, 0);
      filter(SYS_getpriority, SECCOMP_RET_ALLOW, 0);
      filter(SYS_getpriority, SECCOMP_RET_ERRNO | EMLINK, 0);
      check("three", syscall(SYS_getpriority, 0, 0));
      printf("mode %d\n", prctl(PR_GET_SECCOMP));
      break;
    case 7: by_argument(); check("77", syscall(SYS_getpriority, 0, 77)); check("78", syscall(SYS_getpriority, 0, 78)); break;
    case 8: // inherited
      filter(SYS_getpriority, SECCOMP_RET_ERRNO | EXDEV, 0);
      pthread_create(&t, 0, calls, 0);
      pthread_join(t, 0);
      if (fork() == 0) { calls(0); fflush(stdout); _exit(0); }
      wait(0);
      fflush(stdout);
      execl("/proc/self/exe", "seccomp", "executed", NULL);
      break;
    case 9: // for all threads
      pipe(p);
      pthread_create(&t, 0, waits, p);
      check("tsync", filter(SYS_getpriority, SECCOMP_RET_ERRNO | EXDEV, SECCOMP_FILTER_FLAG_TSYNC));
      write(p[1], "x", 1);
      pthread_join(t, 0);
      break;
    case 10: filter(SYS_getpriority, SECCOMP_RET_KILL_THREAD, 0); pthread_create(&t, 0, dies, 0); usleep(100000); printf("goes on\n"); break;
    case 11: fflush(stdout); prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT); write(1, "strict\n", 7); syscall(SYS_exit, 7); break;
    case 12: prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT); syscall(SYS_getpid); break;
    case 13: // no signal handler: the default action
      filter(SYS_getpriority, SECCOMP_RET_TRAP, 0); syscall(SYS_getpriority, 0, 0); break;
  }
}

int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (argc > 1) { calls(0); return 0; }
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  for (int i = 0; i < 14; i++) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) { child(i); exit(0); }
    int status;
    waitpid(pid, &status, 0);
    printf("%d: %s %d\n", i, WIFSIGNALED(status) ? "signal" : "exit", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  }
  struct sock_filter bad[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, 0)};
  struct sock_fprog program = {2, bad};
  check("bad program", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
  program.len = 0;
  check("empty", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
  check("wild", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, 16));
  check("flags", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0x1000, &program));
  check("operation", syscall(SYS_seccomp, 99, 0, 0));
  unsigned action = SECCOMP_RET_TRAP;
  check("available", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
  action = 0x12340000;
  check("available", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
  printf("mode %d\n", prctl(PR_GET_SECCOMP));
}
