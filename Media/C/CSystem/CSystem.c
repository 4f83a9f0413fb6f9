#define _GNU_SOURCE
#include "CSystem.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

static _Thread_local uintptr_t thread_mark;

void tandem_thread_mark(uintptr_t mark) { thread_mark = mark; }
uintptr_t tandem_thread_marked(void) { return thread_mark; }

void tandem_thread_name(const char *name) { pthread_setname_np(pthread_self(), name); }

int tandem_accept(int listener, struct sockaddr *address, socklen_t *length) {
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int64_t tandem_cpu_microseconds(void) {
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

char **tandem_environment(void) { return environ; }

int tandem_clock_state(void) {
  struct timex clock = {.modes = 0};
  int state = adjtimex(&clock);
  if (state < 0) return -1;
  return state == TIME_ERROR || (clock.status & STA_UNSYNC) ? 1 : 0;
}

int tandem_library_loads(const char *name) { return dlopen(name, RTLD_LAZY | RTLD_LOCAL) != NULL; }
