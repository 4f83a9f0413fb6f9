#define _GNU_SOURCE
#include "CSystem.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <time.h>
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

static int forget_pages(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size, (void)unused;
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
    // What may be written is not the file's any more.
    if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
    uintptr_t start = (object->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
    uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~(page - 1);
    if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void tandem_forget_start(void) {
  malloc_trim(0);
  dl_iterate_phdr(forget_pages, NULL);
}

int64_t tandem_heap_in_use(void) {
  // Of all arenas, and what is mapped by itself.
  struct mallinfo2 heap = mallinfo2();
  return (int64_t)(heap.uordblks + heap.hblkhd);
}

int tandem_library_loads(const char *name) { return dlopen(name, RTLD_LAZY | RTLD_LOCAL) != NULL; }

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef SOL_UDP
#define SOL_UDP 17
#endif

_Static_assert(sizeof(struct tandem_message) == sizeof(struct mmsghdr), "mmsghdr has another size");
_Static_assert(offsetof(struct tandem_message, length) == offsetof(struct mmsghdr, msg_len), "mmsghdr is laid out otherwise");
_Static_assert(CMSG_SPACE(sizeof(uint16_t)) + CMSG_SPACE(sizeof(struct in6_pktinfo)) <= TANDEM_CONTROL_BYTES,
               "what a departure says does not fit");
_Static_assert(CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(uint32_t)) + CMSG_SPACE(sizeof(struct in6_pktinfo)) +
                       CMSG_SPACE(sizeof(struct timespec)) <=
                   TANDEM_CONTROL_BYTES,
               "what an arrival says does not fit");
_Static_assert((int)TANDEM_READABLE == (int)EPOLLIN && (int)TANDEM_WRITABLE == (int)EPOLLOUT &&
                   (int)TANDEM_FAULT == (int)EPOLLERR,
               "epoll's bits are others");

int tandem_receive_batch(int socket, struct tandem_message *messages, unsigned int count) {
  int done = recvmmsg(socket, (struct mmsghdr *)messages, count, MSG_DONTWAIT, NULL);
  return done < 0 ? -errno : done;
}

int tandem_send_batch(int socket, struct tandem_message *messages, unsigned int count) {
  int done = sendmmsg(socket, (struct mmsghdr *)messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
  return done < 0 ? -errno : done;
}

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void tandem_arrival(struct msghdr *header, struct tandem_arrival *arrival) {
  memset(arrival, 0, sizeof *arrival);
  for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item != NULL; item = CMSG_NXTHDR(header, item)) {
    const unsigned char *bytes = CMSG_DATA(item);
    if (item->cmsg_level == SOL_UDP && item->cmsg_type == UDP_GRO) {
      int segment;
      memcpy(&segment, bytes, sizeof segment);
      if (segment > 0 && segment <= UINT16_MAX) arrival->segment = (uint16_t)segment;
    } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
      memcpy(arrival->local, bytes + offsetof(struct in6_pktinfo, ipi6_addr), 16);
    } else if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
      memcpy(arrival->local, mapped_prefix, 12);
      memcpy(arrival->local + 12, bytes + offsetof(struct in_pktinfo, ipi_addr), 4);
    } else if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SO_RXQ_OVFL) {
      memcpy(&arrival->drops, bytes, sizeof arrival->drops);
    } else if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS) {
      struct timespec time;
      memcpy(&time, bytes, sizeof time);
      arrival->nanoseconds = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    }
  }
}

void tandem_departure(struct msghdr *header, int family, uint16_t segment, const uint8_t *local) {
  unsigned char *at = header->msg_control;
  if (segment != 0) {
    struct cmsghdr item = {.cmsg_level = SOL_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof segment)};
    memcpy(at, &item, sizeof item);
    memcpy(CMSG_DATA((struct cmsghdr *)at), &segment, sizeof segment);
    at += CMSG_SPACE(sizeof segment);
  }
  if (local != NULL && family == AF_INET6) {
    struct in6_pktinfo from = {.ipi6_ifindex = 0};
    struct cmsghdr item = {
        .cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO, .cmsg_len = CMSG_LEN(sizeof from)};
    memcpy(&from.ipi6_addr, local, 16);
    memcpy(at, &item, sizeof item);
    memcpy(CMSG_DATA((struct cmsghdr *)at), &from, sizeof from);
    at += CMSG_SPACE(sizeof from);
  } else if (local != NULL) {
    struct in_pktinfo from = {.ipi_ifindex = 0};
    struct cmsghdr item = {.cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof from)};
    memcpy(&from.ipi_spec_dst, local + 12, 4);
    memcpy(at, &item, sizeof item);
    memcpy(CMSG_DATA((struct cmsghdr *)at), &from, sizeof from);
    at += CMSG_SPACE(sizeof from);
  }
  header->msg_controllen = (size_t)(at - (unsigned char *)header->msg_control);
}

static int switch_on(int socket, int level, int option) {
  int on = 1;
  return setsockopt(socket, level, option, &on, sizeof on) == 0 ? 0 : errno;
}

int tandem_udp_merge(int socket) { return switch_on(socket, SOL_UDP, UDP_GRO); }
int tandem_udp_tell_drops(int socket) { return switch_on(socket, SOL_SOCKET, SO_RXQ_OVFL); }
int tandem_udp_tell_time(int socket) { return switch_on(socket, SOL_SOCKET, SO_TIMESTAMPNS); }
int tandem_udp_tell_local(int socket, int family) {
  return family == AF_INET6 ? switch_on(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO)
                            : switch_on(socket, IPPROTO_IP, IP_PKTINFO);
}

int tandem_source_of_route(const void *remote, socklen_t length, void *source) {
  const struct sockaddr *name = remote;
  int probe = socket(name->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return errno;
  int failure = connect(probe, name, length) != 0 || getsockname(probe, source, &length) != 0 ? errno : 0;
  close(probe);
  return failure;
}

static int buffer_bytes(int socket, int forced, int option, int wanted) {
  if (setsockopt(socket, SOL_SOCKET, forced, &wanted, sizeof wanted) != 0)
    setsockopt(socket, SOL_SOCKET, option, &wanted, sizeof wanted);
  int given = 0;
  socklen_t length = sizeof given;
  if (getsockopt(socket, SOL_SOCKET, option, &given, &length) != 0) return 0;
  // The kernel doubles what it is asked for, to pay for its own book-keeping, and answers with the double.
  return given / 2;
}

int tandem_socket_receive_bytes(int socket, int wanted) {
  return buffer_bytes(socket, SO_RCVBUFFORCE, SO_RCVBUF, wanted);
}
int tandem_socket_send_bytes(int socket, int wanted) {
  return buffer_bytes(socket, SO_SNDBUFFORCE, SO_SNDBUF, wanted);
}

static int64_t nanoseconds_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t tandem_now_nanoseconds(void) { return nanoseconds_of(CLOCK_MONOTONIC); }
int64_t tandem_day_nanoseconds(void) { return nanoseconds_of(CLOCK_REALTIME); }
int64_t tandem_thread_cpu_nanoseconds(void) { return nanoseconds_of(CLOCK_THREAD_CPUTIME_ID); }

void tandem_sleep_until(int64_t nanoseconds) {
  struct timespec until = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

void tandem_timer_slack(unsigned long nanoseconds) { prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0); }

int tandem_poll_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int poll_set(int poll, int operation, int descriptor, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data.u64 = token};
  return epoll_ctl(poll, operation, descriptor, &event) == 0 ? 0 : errno;
}

int tandem_poll_add(int poll, int descriptor, uint32_t events, uint64_t token) {
  return poll_set(poll, EPOLL_CTL_ADD, descriptor, events, token);
}
int tandem_poll_change(int poll, int descriptor, uint32_t events, uint64_t token) {
  return poll_set(poll, EPOLL_CTL_MOD, descriptor, events, token);
}
int tandem_poll_remove(int poll, int descriptor) { return poll_set(poll, EPOLL_CTL_DEL, descriptor, 0, 0); }

int tandem_poll_wait(int poll, struct tandem_ready *ready, int count, int64_t nanoseconds) {
  struct epoll_event events[TANDEM_READY_MAX];
  if (count > TANDEM_READY_MAX) count = TANDEM_READY_MAX;
  struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  int done = epoll_pwait2(poll, events, count, nanoseconds < 0 ? NULL : &time, NULL);
  if (done < 0 && errno == ENOSYS) {
    // Kernels before 5.11 know whole milliseconds only: rather late than a busy loop.
    int64_t whole = nanoseconds < 0 ? -1 : (nanoseconds + 999999) / 1000000;
    done = epoll_wait(poll, events, count, whole > INT32_MAX ? INT32_MAX : (int)whole);
  }
  if (done < 0) return -errno;
  for (int index = 0; index < done; index += 1) {
    ready[index].token = events[index].data.u64;
    ready[index].events = events[index].events;
  }
  return done;
}

int tandem_wake_open(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void tandem_wake_signal(int descriptor) {
  uint64_t one = 1;
  // It fails only when 2^64 - 2 wake-ups wait, and then the loop is awake.
  if (write(descriptor, &one, sizeof one) < 0) return;
}

void tandem_wake_clear(int descriptor) {
  uint64_t count;
  if (read(descriptor, &count, sizeof count) < 0) return;
}

int tandem_thread_core(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET((size_t)core, &cores);
  return pthread_setaffinity_np(pthread_self(), sizeof cores, &cores);
}

int tandem_sync_file_system(int descriptor) { return syncfs(descriptor); }
