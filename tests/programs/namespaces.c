//> reference: host
//> modes: thumb O2 static
// Namespaces by unshare, clone and setns; what posix_spawn and vfork report.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  check(strrchr(path, '/') + 1, write(fd, text, strlen(text)));
  close(fd);
}

static void in_user_namespace(void) {
  char map[40];
  int uid = getuid(), gid = getgid();
  check("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC));
  snprintf(map, sizeof map, "0 %d 1", uid);
  put("/proc/self/uid_map", map);
  put("/proc/self/setgroups", "deny");
  snprintf(map, sizeof map, "0 %d 1", gid);
  put("/proc/self/gid_map", map);
  printf("ids %d %d\n", getuid(), getgid());
  struct utsname name;
  check("sethostname", sethostname("inside", 6));
  uname(&name);
  printf("%s\n", name.nodename);
  mkdir("mounted", 0700);
  check("mount", mount("none", "mounted", "tmpfs", 0, "size=1m"));
  close(open("mounted/file", O_CREAT | O_WRONLY, 0600));
  check("umount", umount2("mounted", MNT_DETACH));
  check("gone", access("mounted/file", F_OK));
  check("unshare flags", unshare(1));
}

static void by_clone(void) {
  fflush(stdout);
  long pid = syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) {
    printf("inside: pid %d parent %d\n", getpid(), getppid());
    fflush(stdout);
    if (fork() == 0) { printf("its child: %d\n", getpid()); fflush(stdout); _exit(0); }
    wait(0);
    _exit(9);
  }
  int status;
  waitpid(pid, &status, 0);
  works("clone", pid);
  printf("status %x\n", status);
  struct { unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls; } args = {CLONE_NEWUTS, .exit_signal = SIGCHLD};
  fflush(stdout);
  pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) { check("sethostname", sethostname("cloned", 6)); fflush(stdout); _exit(0); }
  if (pid > 0) waitpid(pid, &status, 0);
  works("clone3", pid);
  int uts = open("/proc/self/ns/uts", O_RDONLY);
  if (fork() == 0) {
    check("unshare", unshare(CLONE_NEWUTS));
    struct utsname name, outside;
    sethostname("new name", 8);
    uname(&name);
    check("setns", setns(uts, CLONE_NEWUTS));
    uname(&outside);
    printf("%s %d\n", name.nodename, strcmp(outside.nodename, "new name") != 0);
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  check("setns kind", setns(uts, CLONE_NEWNET));
  check("setns file", setns(0, 0));
}

static void spawning(void) {
  pid_t pid;
  int status;
  char *argv[] = {"sh", "-c", "exit 3", 0};
  printf("spawn %d\n", posix_spawn(&pid, "/proc/self/exe", 0, 0, (char *[]){"namespaces", "7", 0}, environ));
  waitpid(pid, &status, 0);
  printf("status %x\n", status);
  printf("spawn nothing: %s\n", strerrorname_np(posix_spawn(&pid, "/no/such/program", 0, 0, argv, environ)));
  close(open("no-program", O_CREAT | O_WRONLY, 0755));
  close(open("not-executable", O_CREAT | O_WRONLY, 0644));
  printf("not executable: %s\n", strerrorname_np(posix_spawn(&pid, "./not-executable", 0, 0, argv, environ)));
  printf("a folder: %s\n", strerrorname_np(posix_spawn(&pid, "/tmp", 0, 0, argv, environ)));
  printf("by name: %s\n", strerrorname_np(posix_spawnp(&pid, "no-such-program-at-all", 0, 0, argv, environ)));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 5, "/no/such/file", O_RDONLY, 0);
  printf("action: %s\n", strerrorname_np(posix_spawn(&pid, "/proc/self/exe", &actions, 0, argv, environ)));
  check("no children", wait(0));
  static volatile int seen;
  pid = vfork();
  if (pid == 0) {
    execl("/no/such/program", "x", NULL);
    _exit(errno == ENOENT ? 42 : 43);
  }
  waitpid(pid, &status, 0);
  printf("vfork %x\n", status);
}

int main(int argc, char **argv) {
  if (argc > 1) return atoi(argv[1]);
  setvbuf(stdout, 0, _IOLBF, 0);
  spawning();
  if (fork() == 0) { by_clone(); exit(0); }
  wait(0);
  if (fork() == 0) { in_user_namespace(); exit(0); }
  wait(0);
  in_user_namespace();
}
