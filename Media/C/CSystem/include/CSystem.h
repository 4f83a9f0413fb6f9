#pragma once
// What Swift cannot call by itself: macros, varargs, thread locals. No logic lives here.

#include <netinet/in.h>
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

/// Gives back what only the start needed: free heap, and the pages of code and constants, which come back from the page
/// cache one by one as they are used.
void tandem_forget_start(void);

/// What the program has asked of its heap and not given back, touched or not.
int64_t tandem_heap_in_use(void);

/// 1 if the dynamic linker finds and loads the library of this name; it stays loaded.
int tandem_library_loads(const char *name);

// MARK: many datagrams a call

/// `struct mmsghdr`, which the headers show only to GNU sources; CSystem.c proves that it is the same.
struct tandem_message {
  struct msghdr header;
  unsigned int length;
};

/// `recvmmsg` and `sendmmsg`, never waiting: how many went, or a negative errno.
int tandem_receive_batch(int socket, struct tandem_message *messages, unsigned int count);
int tandem_send_batch(int socket, struct tandem_message *messages, unsigned int count);

/// What the kernel says beside a datagram. `local` is where it came to, as an IPv6 address (IPv4 mapped), all zero if
/// not told; `nanoseconds` when it came by the clock of the day, 0 if not told; `segment` the size of each datagram of a merged one, 0 if it is single; `drops` how many the socket has
/// lost for want of room since it was opened, 0 if not told.
struct tandem_arrival {
  uint8_t local[16];
  int64_t nanoseconds;
  uint16_t segment;
  uint32_t drops;
};
void tandem_arrival(struct msghdr *header, struct tandem_arrival *arrival);

/// Room for the control messages of one message, in or out.
#define TANDEM_CONTROL_BYTES 128

/// Writes what a message has to say beside its bytes into its control buffer: the size of its segments if not 0, the
/// address to answer from if not NULL (16 bytes; `family` is the socket's). Sets `msg_controllen`.
void tandem_departure(struct msghdr *header, int family, uint16_t segment, const uint8_t *local);

/// Options of UDP sockets: 0 or an errno.
int tandem_udp_merge(int socket);
int tandem_udp_tell_local(int socket, int family);
int tandem_udp_tell_drops(int socket);
int tandem_udp_tell_time(int socket);

/// The address that the kernel sends from by itself to that one: 0 or an errno. `source` has room for the same kind.
int tandem_source_of_route(const void *remote, socklen_t length, void *source);

/// Asks for buffers of so many bytes, past the system's limit if allowed to, and answers how many were given.
int tandem_socket_receive_bytes(int socket, int wanted);
int tandem_socket_send_bytes(int socket, int wanted);

// MARK: the loop of a worker

/// The monotonic clock, and that of the day since 1970.
int64_t tandem_now_nanoseconds(void);
int64_t tandem_day_nanoseconds(void);
/// Sleeps until then, or until a signal.
void tandem_sleep_until(int64_t nanoseconds);
/// How late this thread's timers may be; Linux takes 50,000 unless told otherwise.
void tandem_timer_slack(unsigned long nanoseconds);

struct tandem_ready {
  uint64_t token;
  uint32_t events;
};
#define TANDEM_READY_MAX 64
enum { TANDEM_READABLE = 1, TANDEM_WRITABLE = 4, TANDEM_FAULT = 8 };

int tandem_poll_open(void);
int tandem_poll_add(int poll, int descriptor, uint32_t events, uint64_t token);
int tandem_poll_change(int poll, int descriptor, uint32_t events, uint64_t token);
int tandem_poll_remove(int poll, int descriptor);
/// At most TANDEM_READY_MAX; a negative time waits for ever. How many, or a negative errno.
int tandem_poll_wait(int poll, struct tandem_ready *ready, int count, int64_t nanoseconds);

/// An eventfd: opened without waiting, written by any thread, emptied by its owner.
int tandem_wake_open(void);
void tandem_wake_signal(int descriptor);
void tandem_wake_clear(int descriptor);

/// Binds the calling thread to one core: 0 or an errno.
int tandem_thread_core(int core);
/// The calling thread's own CPU time.
int64_t tandem_thread_cpu_nanoseconds(void);

/* Writes what the whole file system of this descriptor still holds back; 0, or -1 with errno. */
int tandem_sync_file_system(int descriptor);
