#pragma once
// What Swift cannot call by itself: macros, varargs, thread locals. No logic lives here.

#include <stdint.h>
#include <sys/socket.h>

/// A mark in this thread's own memory; telling threads apart this way needs no system call.
void tandem_thread_mark(uintptr_t mark);
uintptr_t tandem_thread_marked(void);

/// Names the calling thread for `top`, `perf` and core dumps (15 characters at most).
void tandem_thread_name(const char *name);

/// `accept4` with SOCK_NONBLOCK | SOCK_CLOEXEC.
int tandem_accept(int listener, struct sockaddr *address, socklen_t *length);

/// The calling process's own CPU time in microseconds, user and system together.
int64_t tandem_cpu_microseconds(void);

/// The process's environment, as `environ`: Swift takes the C variable for unsafe to share.
char **tandem_environment(void);

/// Whether the kernel says that the clock is synchronised: 0 yes, 1 no, -1 it does not say.
int tandem_clock_state(void);

/// 1 if the dynamic linker finds and loads the library of this name; it stays loaded.
int tandem_library_loads(const char *name);
