// Clocks and calendars.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  struct timespec a, b, resolution;
  struct timeval tv;
  clock_gettime(CLOCK_MONOTONIC, &a);
  usleep(30000);
  clock_gettime(CLOCK_MONOTONIC, &b);
  long long passed = (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec;
  printf("%d\n", passed >= 30000000 && passed < 3000000000LL);
  clock_getres(CLOCK_REALTIME, &resolution);
  printf("%ld %ld\n", (long)resolution.tv_sec, resolution.tv_nsec);
  gettimeofday(&tv, 0);
  time_t now = time(0);
  printf("%d %d\n", now - tv.tv_sec <= 1, now > 1600000000);
  time_t fixed = 1700000000;
  struct tm tm;
  char text[100];
  gmtime_r(&fixed, &tm);
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %j %a %b", &tm);
  puts(text);
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  tzset();
  localtime_r(&fixed, &tm);
  strftime(text, sizeof text, "%c %Z", &tm);
  puts(text);
  printf("%ld\n", (long)mktime(&tm));
  clock_t cpu = clock();
  volatile unsigned x = 0;
  while (clock() - cpu < CLOCKS_PER_SEC / 50) x++;
  puts("used some time");
  struct tms t;
  printf("%d %ld\n", times(&t) != (clock_t)-1, sysconf(_SC_CLK_TCK));
  printf("%d %d\n", clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a), clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b));
  return 0;
}
