//> reference: host
//> flags: -pthread
//> modes: O2 static
// Keys, memory policies, landlock, fanotify, perf events, bpf maps, quotas: as far as the host has them, and its errors.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void keys(void) {
  char buffer[64] = "";
  if (works("join", syscall(SYS_keyctl, 1, 0)) < 0) return;
  long key = works("add_key", syscall(SYS_add_key, "user", "tsemu:test", "payload", 7, -3));
  check("read", syscall(SYS_keyctl, 11, key, buffer, sizeof buffer));
  printf("%s\n", buffer);
  check("read short", syscall(SYS_keyctl, 11, key, buffer, 2));
  check("update", syscall(SYS_keyctl, 2, key, "other", 5));
  printf("found %d\n", syscall(SYS_keyctl, 10, -3, "user", "tsemu:test", 0) == key);
  printf("requested %d\n", syscall(SYS_request_key, "user", "tsemu:test", 0, 0) == key);
  check("request none", syscall(SYS_request_key, "user", "tsemu:none", 0, 0));
  check("bad type", syscall(SYS_add_key, "no such type", "x", "y", 1, -3));
  printf("describe, a length past the end %d\n", syscall(SYS_keyctl, 6, key, buffer, (size_t)-16) > 0);
  check("too long", syscall(SYS_add_key, "user", "x", "y", (size_t)-1, -3));
  check("wild", syscall(SYS_add_key, "user", "x", (void *)16, 8, -3));
  struct iovec v[2] = {{"a", 1}, {"b", 1}};
  check("instantiate", syscall(SYS_keyctl, 20, key, v, 2, 0));
  check("describe", syscall(SYS_keyctl, 6, key, buffer, sizeof buffer) > 0);
  printf("%s\n", strrchr(buffer, ';'));
  check("capabilities", syscall(SYS_keyctl, 31, buffer, 1));
  check("unlink", syscall(SYS_keyctl, 9, key, -3));
  check("command", syscall(SYS_keyctl, 999, 0, 0, 0, 0));
}

static void policies(void) {
  int mode = -1;
  unsigned long mask = 1, got[16] = {0};
  char *m = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(m, 1, 16384);
  check("set_mempolicy", syscall(SYS_set_mempolicy, 1, &mask, 8));
  check("get_mempolicy", syscall(SYS_get_mempolicy, &mode, got, 1024, 0, 0));
  printf("%d %lx\n", mode, got[0]);
  check("set_mempolicy default", syscall(SYS_set_mempolicy, 0, 0, 0));
  check("set_mempolicy mode", syscall(SYS_set_mempolicy, 77, 0, 0));
  check("mbind", syscall(SYS_mbind, m, 16384, 2, &mask, 8, 0));
  check("mbind unaligned", syscall(SYS_mbind, m + 1, 16384, 2, &mask, 8, 0));
  check("get_mempolicy of an address", syscall(SYS_get_mempolicy, &mode, got, 1024, m, 2));
  printf("%d\n", mode);
  void *pages[2] = {m, m + 4096};
  int status[2] = {-1, -1};
  check("move_pages", syscall(SYS_move_pages, 0, 2, pages, 0, status, 0));
  printf("%d %d\n", status[0], status[1]);
  check("migrate_pages", syscall(SYS_migrate_pages, 0, 8, &mask, &mask));
}

static void *confined(void *unused) {
  works("allowed to a thread", open("allowed/file", O_RDONLY));
  works("refused to a thread", open("refused", O_RDONLY));
  return unused;
}

static void landlock(void) {
  struct { unsigned long long fs; } rules = {1 << 3 /* READ_DIR */ | 1 << 2 /* READ_FILE */};
  check("landlock version", syscall(444, 0, 0, 1) > 0);
  int set = works("landlock_create_ruleset", syscall(444, &rules, sizeof rules, 0));
  mkdir("allowed", 0700);
  close(open("allowed/file", O_CREAT | O_WRONLY, 0600));
  close(open("refused", O_CREAT | O_WRONLY, 0600));
  struct __attribute__((packed)) { unsigned long long access; int fd; } beneath = {rules.fs, open("allowed", O_PATH)};
  check("landlock_add_rule", syscall(445, set, 1, &beneath, 0));
  check("landlock_add_rule type", syscall(445, set, 9, &beneath, 0));
  fflush(stdout);
  if (fork() == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (check("landlock_restrict_self", syscall(446, set, 0)) == 0) {
      works("allowed", open("allowed/file", O_RDONLY));
      works("refused", open("refused", O_RDONLY));
      // Its threads are confined too, and can be had at all.
      pthread_t thread;
      if (check("thread", pthread_create(&thread, 0, confined, 0)) == 0) pthread_join(thread, 0);
    }
    fflush(stdout);
    _exit(0);
  }
  wait(0);
}

static void watching(void) {
  int fan = works("fanotify_init", syscall(SYS_fanotify_init, FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY));
  if (fan < 0) return;
  close(open("watched", O_CREAT | O_WRONLY, 0600));
  if (check("fanotify_mark", fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE_WRITE, AT_FDCWD, "watched")) < 0) return;
  close(open("watched", O_WRONLY));
  struct fanotify_event_metadata event[4];
  long n = read(fan, event, sizeof event);
  printf("%ld %llx %d\n", n, (unsigned long long)event[0].mask, event[0].pid == getpid());
  check("fanotify_mark mask", fanotify_mark(fan, FAN_MARK_ADD, 1ull << 40, AT_FDCWD, "watched"));
}

static void counting(void) {
  struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = PERF_COUNT_SW_PAGE_FAULTS, .disabled = 1};
  int fd = works("perf_event_open", syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
  if (fd >= 0) {
    check("enable", ioctl(fd, PERF_EVENT_IOC_ENABLE, 0));
    char *m = mmap(0, 409600, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 100; i++) m[i * 4096] = 1;
    long long faults = 0, id = 0;
    check("read", read(fd, &faults, 8));
    printf("%d\n", faults > 0);
    check("id", ioctl(fd, PERF_EVENT_IOC_ID, &id));
  }
  attr.size = 8;
  check("perf_event_open size", syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
  check("perf_event_open wild", syscall(SYS_perf_event_open, 16, 0, -1, -1, 0));
}

static void maps(void) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.map_type = BPF_MAP_TYPE_HASH;
  attr.key_size = 4;
  attr.value_size = 8;
  attr.max_entries = 10;
  int map = works("BPF_MAP_CREATE", syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr));
  if (map >= 0) {
    int key = 5, next = -1;
    long long value = 77, got = 0;
    memset(&attr, 0, sizeof attr);
    attr.map_fd = map;
    attr.key = (unsigned long)&key;
    attr.value = (unsigned long)&value;
    check("update", syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof attr));
    attr.value = (unsigned long)&got;
    check("lookup", syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, sizeof attr));
    attr.key = 0;
    attr.next_key = (unsigned long)&next;
    check("next", syscall(SYS_bpf, BPF_MAP_GET_NEXT_KEY, &attr, sizeof attr));
    printf("%lld %d\n", got, next);
    attr.key = 16;
    check("wild", syscall(SYS_bpf, BPF_MAP_DELETE_ELEM, &attr, sizeof attr));
    struct bpf_insn code[] = {{.code = 0xb7, .imm = 0}, {.code = 0x95}};
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
    attr.insns = (unsigned long)code;
    attr.insn_cnt = 2;
    attr.license = (unsigned long)"GPL";
    works("BPF_PROG_LOAD", syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr));
  }
  check("bpf command", syscall(SYS_bpf, 9999, &attr, sizeof attr));
}

static void others(void) {
  struct if_dqblk { unsigned long long a[8]; unsigned valid; } quota;
  check("quotactl", quotactl(QCMD(Q_GETQUOTA, USRQUOTA), "/dev/no-such-device", 0, (void *)&quota));
  check("quotactl sync", quotactl(QCMD(Q_SYNC, USRQUOTA), 0, 0, 0));
  check("quotactl_fd", syscall(443, 0, QCMD(Q_GETQUOTA, USRQUOTA), 0, &quota));
  long before = personality(0xffffffff);
  check("personality", personality(before | ADDR_NO_RANDOMIZE) == before);
  check("personality", personality(before) == (before | ADDR_NO_RANDOMIZE));
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  keys();
  policies();
  landlock();
  watching();
  counting();
  maps();
  others();
}
