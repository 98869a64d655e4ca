//> reference: host
//> modes: thumb O2 static
//> flags: -pthread
//> tiers: auto
// All 64 signals, their order, masks over fork, exec and threads, children that nobody waits for, many timers, sleeps that go on after a
// stop, and job control at a terminal.
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static volatile int count, last, order[80], values[80];

static void note(int n, siginfo_t *info, void *context) {
  (void)context;
  if (count < 80) { order[count] = n; values[count] = info->si_value.sival_int; }
  count++;
  last = n;
}

static int is_reserved(int n) { return n == SIGKILL || n == SIGSTOP || n == 32 || n == 33; }

static void all(void) {
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
  sigset_t full, before;
  sigfillset(&full);
  int set = 0;
  for (int n = 1; n <= 64; n++) if (!is_reserved(n)) set += sigaction(n, &action, 0) == 0;
  printf("handlers %d\n", set);
  for (int n = 1; n <= 64; n++) if (!is_reserved(n)) {
    count = 0;
    sigqueue(getpid(), n, (union sigval){.sival_int = n * 3});
    if (count != 1 || last != n || values[0] != n * 3) printf("signal %d: %d times, %d, value %d\n", n, count, last, values[0]);
  }
  // Queued from the highest down, twice each: they come from the lowest up, real-time ones twice.
  sigprocmask(SIG_SETMASK, &full, &before);
  count = 0;
  for (int n = 64; n > 33; n--) for (int i = 0; i < 2; i++) sigqueue(getpid(), n, (union sigval){.sival_int = i});
  for (int i = 0; i < 2; i++) kill(getpid(), SIGUSR1);
  struct sigaction blocking = action;
  sigfillset(&blocking.sa_mask);
  for (int n = 1; n <= 64; n++) if (!is_reserved(n)) sigaction(n, &blocking, 0);
  sigprocmask(SIG_SETMASK, &before, 0);
  int right = count == 63 && order[0] == SIGUSR1;
  for (int i = 1; i < 63; i++) right &= order[i] == 34 + (i - 1) / 2 && values[i] == (i - 1) % 2;
  printf("order %d, %d\n", right, count);
  for (int n = 1; n <= 64; n++) if (!is_reserved(n)) signal(n, SIG_DFL);
}

static void show_mask(const char *who) {
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, 0, &now);
  printf("%s %d%d%d\n", who, sigismember(&now, SIGUSR1), sigismember(&now, SIGUSR2), sigismember(&now, SIGRTMIN + 5));
  fflush(stdout);
}

static void *in_thread(void *arg) {
  show_mask("thread");
  sigset_t more;
  sigemptyset(&more);
  sigaddset(&more, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &more, 0);
  show_mask("thread's own");
  return arg;
}

static void masks(char *program) {
  sigset_t some, none;
  sigemptyset(&none);
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  sigaddset(&some, SIGRTMIN + 5);
  sigprocmask(SIG_SETMASK, &some, 0);
  kill(getpid(), SIGUSR1);
  pthread_t thread;
  pthread_create(&thread, 0, in_thread, 0);
  pthread_join(thread, 0);
  show_mask("main");
  pid_t child = fork();
  if (child == 0) {
    sigset_t pending;
    sigpending(&pending);
    printf("pending in the child %d\n", sigismember(&pending, SIGUSR1));
    show_mask("child");
    kill(getpid(), SIGUSR1);
    execl("/proc/self/exe", program, "after exec", NULL);
    _exit(1);
  }
  waitpid(child, 0, 0);
  signal(SIGUSR1, SIG_IGN);
  sigprocmask(SIG_SETMASK, &none, 0);
  signal(SIGUSR1, SIG_DFL);
}

static void children(void) {
  struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
  sigaction(SIGCHLD, &action, 0);
  pid_t child = fork();
  if (child == 0) _exit(3);
  check("wait with SA_NOCLDWAIT", waitpid(child, 0, 0));
  signal(SIGCHLD, SIG_IGN);
  child = fork();
  if (child == 0) _exit(3);
  check("wait with SIG_IGN", waitpid(child, 0, 0));
  struct sigaction stopping = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_NOCLDSTOP};
  sigaction(SIGCHLD, &stopping, 0);
  count = 0;
  child = fork();
  if (child == 0) { for (;;) pause(); }
  int status;
  kill(child, SIGSTOP);
  waitpid(child, &status, WUNTRACED);
  printf("stopped %d, told %d\n", WIFSTOPPED(status), count);
  kill(child, SIGCONT);
  waitpid(child, &status, WCONTINUED);
  printf("continued %d, told %d\n", WIFCONTINUED(status), count);
  kill(child, SIGTERM);
  waitpid(child, &status, 0);
  printf("ended by %d, told %d\n", WTERMSIG(status), count);
  signal(SIGCHLD, SIG_DFL);
}

static void timers(void) {
  enum { MANY = 100 };
  timer_t all[MANY];
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
  sigaction(SIGRTMIN + 2, &action, 0);
  int made = 0;
  count = 0;
  for (int i = 0; i < MANY; i++) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2, .sigev_value.sival_int = i};
    struct itimerspec soon = {.it_value.tv_nsec = 1000000 + i};
    made += timer_create(CLOCK_MONOTONIC, &event, &all[i]) == 0 && timer_settime(all[i], 0, &soon, 0) == 0;
  }
  for (int i = 0; i < 2000 && count < MANY; i++) usleep(1000);
  printf("timers %d, signals %d\n", made, count);
  for (int i = 0; i < MANY; i++) timer_delete(all[i]);
}

static void sleeps(void) {
  pid_t child = fork();
  if (child == 0) {
    struct timespec from, to, ask = {.tv_nsec = 300000000};
    clock_gettime(CLOCK_MONOTONIC, &from);
    int r = nanosleep(&ask, 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    long ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
    _exit(r == 0 && ms >= 299 ? 7 : 1);
  }
  usleep(100000);
  kill(child, SIGSTOP);
  usleep(30000);
  kill(child, SIGCONT);
  int status;
  waitpid(child, &status, 0);
  printf("sleep over a stop %d\n", WEXITSTATUS(status));
}

static void job_control(void) {
  int master = posix_openpt(O_RDWR | O_NOCTTY), status;
  grantpt(master);
  unlockpt(master);
  fflush(stdout);
  pid_t session = fork();
  if (session == 0) {
    setsid();
    int tty = open(ptsname(master), O_RDWR);
    ioctl(tty, TIOCSCTTY, 0);
    struct termios t;
    tcgetattr(tty, &t);
    t.c_lflag |= TOSTOP;
    tcsetattr(tty, TCSANOW, &t);
    printf("foreground %d\n", tcgetpgrp(tty) == getpid());
    int job = fork();
    if (job == 0) { setpgid(0, 0); char c; read(tty, &c, 1); _exit(0); }
    waitpid(job, &status, WUNTRACED);
    printf("background read stops %d\n", WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN);
    kill(job, SIGKILL);
    waitpid(job, 0, 0);
    job = fork();
    if (job == 0) { setpgid(0, 0); write(tty, "x", 1); _exit(0); }
    waitpid(job, &status, WUNTRACED);
    printf("background write stops %d\n", WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTOU);
    // To the foreground, and on; then the terminal's keys.
    signal(SIGTTOU, SIG_IGN);
    printf("tcsetpgrp %d\n", tcsetpgrp(tty, job));
    kill(job, SIGCONT);
    waitpid(job, &status, 0);
    printf("goes on %d\n", WIFEXITED(status));
    job = fork();
    if (job == 0) { setpgid(0, 0); tcsetpgrp(tty, getpid()); signal(SIGTTOU, SIG_DFL); write(master, "\032", 1); for (;;) pause(); }
    waitpid(job, &status, WUNTRACED);
    printf("suspend key %d\n", WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
    kill(job, SIGCONT);
    write(master, "\003", 1);
    waitpid(job, &status, 0);
    printf("interrupt key %d\n", WTERMSIG(status) == SIGINT);
    fflush(stdout);
    _exit(0);
  }
  waitpid(session, 0, 0);
}

static gid_t group_in_thread;
static pthread_barrier_t barrier;
static void *group(void *arg) {
  pthread_barrier_wait(&barrier);
  pthread_barrier_wait(&barrier);
  group_in_thread = syscall(SYS_getegid);
  return arg;
}

/* What one thread sets, all have. */
static void ids(void) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    pthread_t thread;
    pthread_barrier_init(&barrier, 0, 2);
    pthread_create(&thread, 0, group, 0);
    pthread_barrier_wait(&barrier);
    check("setegid", setegid(1234));
    pthread_barrier_wait(&barrier);
    pthread_join(thread, 0);
    printf("all threads %d\n", group_in_thread == getegid());
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, 0, 0);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    sigset_t pending;
    sigpending(&pending);
    show_mask(argv[1]);
    printf("pending %d\n", sigismember(&pending, SIGUSR1));
    return 0;
  }
  all();
  masks(argv[0]);
  children();
  timers();
  sleeps();
  job_control();
  ids();
}
