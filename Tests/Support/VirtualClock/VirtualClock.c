// Stands before the C library's clock in the test's executable, for all libraries that it loads; threads that have set
// nothing read the real one.
#define _GNU_SOURCE
#include "VirtualClock.h"

#include <sys/time.h>
#include <time.h>

static _Thread_local int64_t now = -1;

void tandem_virtual_clock_set(int64_t microseconds) { now = microseconds; }
void tandem_virtual_clock_let_go(void) { now = -1; }

static int64_t microseconds(void) {
  if (now >= 0) return now;
  struct timespec real;
  clock_gettime(CLOCK_REALTIME, &real);
  return (int64_t)real.tv_sec * 1000000 + real.tv_nsec / 1000;
}

int gettimeofday(struct timeval *restrict result, void *restrict zone) {
  (void)zone;
  int64_t time = microseconds();
  result->tv_sec = time / 1000000;
  result->tv_usec = time % 1000000;
  return 0;
}

time_t time(time_t *result) {
  time_t seconds = microseconds() / 1000000;
  if (result) *result = seconds;
  return seconds;
}
