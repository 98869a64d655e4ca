//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
// Signals of every number and from every source: siginfo, queueing and order, timers by the hundred, signalfd, sigwait, alternate
// stacks, calls that are interrupted and restarted, and storms over many threads.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <mqueue.h>
#include <time.h>
#include <unistd.h>

static siginfo_t last;
static volatile int hits, order[256];

static void note(int n, siginfo_t *info, void *context) {
  last = *info;
  order[hits++ & 255] = n >= SIGRTMIN ? info->si_value.sival_int : n;
}

static void catch(int n, int flags) {
  struct sigaction sa = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | flags};
  sigaction(n, &sa, 0);
}

static void every_number(void) {
  int caught = 0, failed = 0;
  struct { void (*handler)(int, siginfo_t *, void *); unsigned long flags; void *restorer; unsigned long mask[2]; } raw;
  for (int n = 1; n <= 64; n++) {
    if (n == SIGKILL || n == SIGSTOP) continue;
    if (n == 32 || n == 33) { // the C library keeps them for itself
      int r = syscall(SYS_kill, 0x7fffffff, n);
      caught += r == -1 && errno == ESRCH;
      continue;
    }
    catch(n, 0);
    hits = 0;
    if (raise(n) || hits != 1 || last.si_signo != n || last.si_code != SI_TKILL || last.si_pid != getpid()) failed++;
    caught++;
    signal(n, SIG_DFL);
  }
  printf("every number %d %d\n", caught, failed);
  check("kill 65", kill(getpid(), 65));
  check("kill -1", kill(getpid(), -1));
  check("catch KILL", sigaction(SIGKILL, &(struct sigaction){.sa_handler = SIG_IGN}, 0));
}

static void queueing(void) {
  sigset_t all, old;
  sigfillset(&all);
  hits = 0;
  for (int n = SIGRTMIN; n < SIGRTMIN + 4; n++) catch(n, 0);
  catch(SIGUSR1, 0);
  catch(SIGUSR2, 0);
  sigprocmask(SIG_SETMASK, &all, &old);
  for (int i = 0; i < 5; i++)
    for (int n = 3; n >= 0; n--) sigqueue(getpid(), SIGRTMIN + n, (union sigval){.sival_int = 100 * n + i});
  kill(getpid(), SIGUSR2);
  kill(getpid(), SIGUSR1);
  kill(getpid(), SIGUSR1);
  sigset_t pending;
  sigpending(&pending);
  printf("pending %d %d %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGRTMIN + 2), sigismember(&pending, SIGHUP));
  siginfo_t info;
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGRTMIN + 1);
  printf("sigwaitinfo %d", sigwaitinfo(&one, &info) - SIGRTMIN);
  printf(" %d %d %d\n", info.si_value.sival_int, info.si_code == SI_QUEUE, info.si_pid == getpid());
  sigprocmask(SIG_SETMASK, &old, 0);
  // Handlers run without masks of each other, so the last signal that was made ready runs first; the numbers are all there.
  int seen[512] = {0}, rt = 0;
  for (int i = 0; i < hits; i++) { seen[order[i]]++; if (order[i] != SIGUSR1 && order[i] != SIGUSR2) rt++; }
  printf("delivered %d: %d %d, %d queued\n", hits, seen[SIGUSR1], seen[SIGUSR2], rt);
}

static void ordered(void) {
  sigset_t all, old, some;
  sigfillset(&all);
  hits = 0;
  struct sigaction sa = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
  sigfillset(&sa.sa_mask);
  for (int n = SIGRTMIN; n < SIGRTMIN + 4; n++) sigaction(n, &sa, 0);
  sigprocmask(SIG_SETMASK, &all, &old);
  for (int n = 3; n >= 0; n--) for (int i = 0; i < 3; i++) sigqueue(getpid(), SIGRTMIN + n, (union sigval){.sival_int = 100 * n + i});
  sigprocmask(SIG_SETMASK, &old, 0);
  printf("in order:");
  for (int i = 0; i < hits; i++) printf(" %d", order[i]);
  printf("\n");
}

/** What waitpid(2) answers may come before the signal. */
static void awaits(int code) {
  for (int i = 0; i < 5000 && last.si_code != code; i++) usleep(1000);
}

static void sources(void) {
  catch(SIGCHLD, 0);
  pid_t child = fork();
  if (child == 0) _exit(3);
  while (waitpid(child, 0, 0) < 0) {}
  printf("child %d %d %d\n", last.si_code == CLD_EXITED, last.si_status, last.si_pid == child);
  child = fork();
  if (child == 0) { raise(SIGSTOP); pause(); }
  waitpid(child, 0, WUNTRACED);
  awaits(CLD_STOPPED);
  printf("stopped %d %d\n", last.si_code == CLD_STOPPED, last.si_status);
  kill(child, SIGCONT);
  waitpid(child, 0, WCONTINUED);
  awaits(CLD_CONTINUED);
  printf("continued %d %d\n", last.si_code == CLD_CONTINUED, last.si_status);
  kill(child, SIGKILL);
  while (waitpid(child, 0, 0) < 0) {}
  printf("killed %d %d\n", last.si_code == CLD_KILLED, last.si_status);

  catch(SIGALRM, 0);
  hits = 0;
  setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 1000}}, 0);
  while (!hits) usleep(1000);
  printf("itimer %d\n", last.si_code == SI_KERNEL);
  timer_t t;
  catch(SIGRTMIN + 5, 0);
  struct sigevent se = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 5, .sigev_value.sival_int = 55};
  timer_create(CLOCK_MONOTONIC, &se, &t);
  hits = 0;
  timer_settime(t, 0, &(struct itimerspec){{0, 0}, {0, 1000000}}, 0);
  while (!hits) usleep(1000);
  printf("timer %d %d %d\n", last.si_code == SI_TIMER, last.si_value.sival_int, last.si_overrun);
  timer_delete(t);

  mqd_t q = mq_open("/tsemu-signals", O_CREAT | O_RDWR, 0600, &(struct mq_attr){.mq_maxmsg = 2, .mq_msgsize = 8});
  mq_unlink("/tsemu-signals");
  se.sigev_value.sival_int = 66;
  check("mq_notify", mq_notify(q, &se));
  hits = 0;
  mq_send(q, "x", 1, 0);
  while (!hits) usleep(1000);
  printf("queue %d %d %d\n", last.si_code == SI_MESGQ, last.si_value.sival_int, last.si_pid == getpid());

  int p[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  catch(SIGRTMIN + 6, 0);
  fcntl(p[0], F_SETOWN, getpid());
  fcntl(p[0], F_SETSIG, SIGRTMIN + 6);
  fcntl(p[0], F_SETFL, O_ASYNC);
  hits = 0;
  write(p[1], "x", 1);
  while (!hits) usleep(1000);
  printf("poll %d %d %d\n", last.si_code == POLL_IN, last.si_fd == p[0], (last.si_band & POLLIN) != 0);
  catch(SIGPIPE, 0);
  close(p[0]);
  check("write", write(p[1], "x", 1));
  printf("pipe %d %d\n", last.si_signo == SIGPIPE, last.si_code == SI_USER);
}


static void many_timers(void) {
  enum { COUNT = 200 };
  timer_t t[COUNT];
  int made = 0;
  struct sigevent se = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 5};
  hits = 0;
  for (int i = 0; i < COUNT; i++) {
    se.sigev_value.sival_int = i;
    made += timer_create(CLOCK_MONOTONIC, &se, &t[i]) == 0;
    timer_settime(t[i], 0, &(struct itimerspec){{0, 0}, {0, 2000000}}, 0);
  }
  while (hits < COUNT) usleep(1000);
  struct itimerspec left;
  timer_gettime(t[7], &left);
  printf("timers %d %d, left %ld\n", made, hits, (long)left.it_value.tv_nsec);
  for (int i = 0; i < COUNT; i++) timer_delete(t[i]);
  check("timer_delete", syscall(SYS_timer_delete, 12345));
}

static void descriptors(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN + 1);
  sigprocmask(SIG_BLOCK, &set, 0);
  int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  struct signalfd_siginfo got[4];
  check("empty", read(fd, got, sizeof got));
  sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 8});
  sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 9});
  kill(getpid(), SIGUSR1);
  struct pollfd p = {fd, POLLIN};
  check("poll", poll(&p, 1, 0));
  int n = check("read", read(fd, got, sizeof got)) / sizeof got[0];
  for (int i = 0; i < n; i++) printf("%d %d %d\n", got[i].ssi_signo >= 34 ? 1 : 0, got[i].ssi_int, got[i].ssi_pid == getpid());
  sigdelset(&set, SIGUSR1);
  check("change", signalfd(fd, &set, 0) == fd);
  kill(getpid(), SIGUSR1);
  check("not mine", read(fd, got, sizeof got));
  struct timespec none = {0, 0};
  sigaddset(&set, SIGUSR1);
  printf("sigtimedwait %d\n", sigtimedwait(&set, 0, &none) == SIGUSR1);
  check("sigtimedwait", sigtimedwait(&set, 0, &none));
  int s;
  kill(getpid(), SIGUSR1);
  check("sigwait", sigwait(&set, &s));
  printf("%d\n", s == SIGUSR1);
  sigprocmask(SIG_UNBLOCK, &set, 0);
}

static char *alt;
static volatile int inside, flags_inside, nested;

static void on_stack(int n, siginfo_t *info, void *context) {
  char local;
  stack_t now;
  inside = &local >= alt && &local < alt + 65536;
  sigaltstack(0, &now);
  flags_inside = now.ss_flags;
  if (flags_inside == SS_ONSTACK) nested = sigaltstack(&(stack_t){.ss_sp = alt, .ss_size = 65536}, 0) == -1 ? errno : 0;
}

static void stacks(void) {
  alt = malloc(65536);
  stack_t s = {.ss_sp = alt, .ss_size = 65536}, old;
  check("sigaltstack", sigaltstack(&s, 0));
  struct sigaction sa = {.sa_sigaction = on_stack, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGUSR1, &sa, 0);
  raise(SIGUSR1);
  printf("on stack %d %x %s\n", inside, flags_inside, strerrorname_np(nested));
  s.ss_flags = 1u << 31; // SS_AUTODISARM
  check("sigaltstack", sigaltstack(&s, &old));
  printf("%d %x\n", old.ss_sp == alt, old.ss_flags);
  raise(SIGUSR1);
  printf("disarmed %d %x\n", inside, flags_inside);
  sigaltstack(0, &old);
  printf("armed again %d %x\n", old.ss_sp == alt, old.ss_flags);
  s.ss_flags = 77;
  check("flags", sigaltstack(&s, 0));
  s.ss_flags = 0;
  s.ss_size = 100;
  check("small", sigaltstack(&s, 0));
  s.ss_flags = SS_DISABLE;
  check("disable", sigaltstack(&s, 0));
  sa.sa_flags = SA_SIGINFO | SA_RESETHAND | SA_NODEFER;
  sigaction(SIGUSR1, &sa, 0);
  raise(SIGUSR1);
  sigaction(SIGUSR1, 0, &sa);
  printf("reset %d\n", sa.sa_handler == SIG_DFL);
}

static pthread_t main_thread;
static atomic_int about;
/** Signals the first thread when it has been in its call for a while. */
static void *pokes(void *arg) {
  while (!about) usleep(1000);
  usleep(50000);
  pthread_kill(main_thread, SIGUSR2);
  usleep(30000);
  if (arg) write(*(int *)arg, "x", 1);
  return 0;
}

static void interrupted(int restart) {
  pthread_t t;
  int p[2];
  char c;
  pipe(p);
  main_thread = pthread_self();
  printf("%s\n", restart ? "SA_RESTART" : "no restart");
  catch(SIGUSR2, restart ? SA_RESTART : 0);
#define WITH(name, call, arg) { hits = about = 0; pthread_create(&t, 0, pokes, arg); about = 1; check(name, call); pthread_join(t, 0); }
  WITH("read", read(p[0], &c, 1), &p[1]);
  if (!restart) read(p[0], &c, 1);
  struct pollfd f = {p[0], POLLIN};
  WITH("poll", poll(&f, 1, 10000), &p[1]);
  read(p[0], &c, 1);
  struct timespec ts = {0, 300000000}, left = {9, 9};
  WITH("nanosleep", nanosleep(&ts, &left), 0);
  printf("left %d\n", left.tv_sec == 0 && left.tv_nsec > 0 && left.tv_nsec < 300000000);
  sigset_t none;
  sigemptyset(&none);
  WITH("sigsuspend", sigsuspend(&none), 0);
  WITH("pause", pause(), 0);
  unsigned word = 0;
  ts = (struct timespec){0, 300000000};
  WITH("futex", syscall(SYS_futex, &word, 0, 0, &ts, 0, 0), 0);
  int q = msgget(IPC_PRIVATE, 0600);
  struct { long type; char c; } m;
  if (!restart) WITH("msgrcv", msgrcv(q, &m, 1, 0, 0), 0);
  msgctl(q, IPC_RMID, 0);
}

/** A sleep that is stopped and continued goes on (restart_syscall). */
static void stopped_sleep(void) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    struct timespec a, b, s = {0, 150000000};
    clock_gettime(CLOCK_MONOTONIC, &a);
    int r = nanosleep(&s, 0);
    clock_gettime(CLOCK_MONOTONIC, &b);
    double d = b.tv_sec - a.tv_sec + (b.tv_nsec - a.tv_nsec) / 1e9;
    _exit(r != 0 ? 1 : d < 0.15 ? 2 : 0);
  }
  usleep(50000);
  kill(child, SIGSTOP);
  usleep(20000);
  kill(child, SIGCONT);
  int status;
  while (waitpid(child, &status, 0) < 0) {}
  printf("stopped sleep %d\n", WEXITSTATUS(status));
}

enum { THREADS = 10, SIGNALS = 100 };
static atomic_int received;
static atomic_llong sum;
static void storm_note(int n, siginfo_t *info, void *context) {
  received++;
  sum += info->si_value.sival_int;
}

static pthread_t pool[THREADS];
static atomic_int quit;
static void *works_on(void *arg) {
  volatile unsigned x = 1;
  while (!quit) x = x * 1664525 + 1013904223;
  return 0;
}

static void *sends(void *arg) {
  for (int i = 0; i < SIGNALS; i++)
    while (pthread_sigqueue(pool[i % THREADS], SIGRTMIN + 7, (union sigval){.sival_int = i}) == EAGAIN) sched_yield();
  return 0;
}

static void storm(void) {
  struct sigaction sa = {.sa_sigaction = storm_note, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGRTMIN + 7, &sa, 0);
  for (int i = 0; i < THREADS; i++) pthread_create(&pool[i], 0, works_on, 0);
  pthread_t senders[4];
  for (int i = 0; i < 4; i++) pthread_create(&senders[i], 0, sends, 0);
  for (int i = 0; i < 4; i++) pthread_join(senders[i], 0);
  for (int i = 0; i < 5000 && received < 4 * SIGNALS; i++) usleep(1000);
  printf("storm %d %lld\n", received, (long long)sum);
  quit = 1;
  for (int i = 0; i < THREADS; i++) pthread_join(pool[i], 0);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  every_number();
  queueing();
  ordered();
  sources();
  many_timers();
  descriptors();
  stacks();
  interrupted(0);
  interrupted(1);
  stopped_sleep();
  storm();
}
