// Floods a server on this machine, to see what its running calls feel of it. Addresses are loopback ones alone.
//
//   flood KIND PORT RATE SECONDS [UFRAG]     prints one JSON line of what was sent
//
// UDP, from 256 source addresses: `stun` (checks with unknown names, and with UFRAG's name but forged integrity),
// `hello` (DTLS ClientHellos, whole and in fragments, with and without cookie), `garbage` (every first byte, every length),
// `rtp` (packets of streams that nobody has). TCP: `connects` (WebSockets that never join, held open), `slow` (requests that
// come a byte a second), `upgrade` (WebSockets that then send rubbish). RATE is a second's datagrams or connections.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SOURCES = 256, BATCH = 32, CONNECTIONS = 8192 };

static uint64_t state = 88172645463325252ULL;
static uint64_t chance(void) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return state;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pause_until(double moment) {
  double left = moment - now();
  if (left > 0) usleep((useconds_t)(left * 1e6));
}

static size_t put(unsigned char *out, size_t at, const void *bytes, size_t count) {
  memcpy(out + at, bytes, count);
  return at + count;
}

static size_t random_bytes(unsigned char *out, size_t count) {
  for (size_t index = 0; index < count; index++) out[index] = (unsigned char)chance();
  return count;
}

static size_t stun(unsigned char *out, const char *ufrag) {
  char name[300];
  int count = snprintf(name, sizeof name, "%s:flood", *ufrag && chance() & 1 ? ufrag : "nobody77");
  size_t padded = ((size_t)count + 3) & ~(size_t)3, at = 20;
  unsigned char head[4] = {0, 6, 0, (unsigned char)count};
  at = put(out, at, head, 4);
  memset(out + at, 0, padded);
  memcpy(out + at, name, (size_t)count);
  at += padded;
  unsigned char use[4] = {0, 0x25, 0, 0}, priority[8] = {0, 0x24, 0, 4, 0x6e, 0, 0, 1};
  at = put(out, at, use, 4);
  at = put(out, at, priority, 8);
  unsigned char integrity[4] = {0, 8, 0, 20};
  at = put(out, at, integrity, 4);
  at += random_bytes(out + at, 20);
  out[0] = 0, out[1] = 1, out[2] = (unsigned char)((at - 20) >> 8), out[3] = (unsigned char)(at - 20);
  out[4] = 0x21, out[5] = 0x12, out[6] = 0xa4, out[7] = 0x42;
  random_bytes(out + 8, 12);
  return at;
}

static size_t hello(unsigned char *out) {
  unsigned char body[400];
  size_t count = 0;
  count = put(body, count, "\xfe\xfd", 2);
  count += random_bytes(body + count, 32);
  body[count++] = 0;
  unsigned cookie = chance() & 1 ? 20 : 0;
  body[count++] = (unsigned char)cookie;
  count += random_bytes(body + count, cookie);
  count = put(body, count, "\x00\x04\xc0\x2b\xc0\x2f\x01\x00", 8);
  static const unsigned char extensions[] = {0x00, 0x0e, 0, 5, 0, 2, 0, 7, 0, 0x00, 0x0a, 0, 6, 0, 4, 0, 0x1d, 0, 0x17,
                                             0x00, 0x0b, 0, 2, 1, 0, 0x00, 0x0d, 0, 8, 0, 6, 4, 3, 4, 1, 8, 4,
                                             0x00, 0x17, 0, 0};
  body[count++] = 0, body[count++] = sizeof extensions;
  count = put(body, count, extensions, sizeof extensions);
  // Some come in fragments, of which the rest never follows.
  size_t sent = chance() & 3 ? count : count / 2, at = 13 + 12;
  memcpy(out + at, body, sent);
  at += sent;
  unsigned char record[13] = {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, (unsigned char)chance(), (unsigned char)((sent + 12) >> 8),
                              (unsigned char)(sent + 12)};
  unsigned char head[12] = {1, 0, (unsigned char)(count >> 8), (unsigned char)count, 0, 0, 0, 0, 0,
                            0, (unsigned char)(sent >> 8), (unsigned char)sent};
  memcpy(out, record, 13);
  memcpy(out + 13, head, 12);
  return at;
}

static size_t rtp(unsigned char *out) {
  size_t count = 60 + chance() % 1100;
  random_bytes(out, count);
  out[0] = 0x80;
  out[1] = chance() & 7 ? 96 : 200;
  return count;
}

static size_t make(const char *kind, unsigned char *out, const char *ufrag) {
  if (!strcmp(kind, "stun")) return stun(out, ufrag);
  if (!strcmp(kind, "hello")) return hello(out);
  if (!strcmp(kind, "rtp")) return rtp(out);
  return random_bytes(out, chance() % 1500);
}

static int flood_datagrams(const char *kind, int port, double rate, double seconds, const char *ufrag) {
  int sources[SOURCES];
  for (int index = 0; index < SOURCES; index++) {
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f640000u + (uint32_t)index * 257 + 1)};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    sources[index] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (bind(sources[index], (struct sockaddr *)&from, sizeof from) != 0 ||
        connect(sources[index], (struct sockaddr *)&to, sizeof to) != 0)
      return perror("flood"), 1;
  }
  static unsigned char bytes[BATCH][1600];
  struct mmsghdr messages[BATCH];
  struct iovec vectors[BATCH];
  long sent = 0, refused = 0;
  double begin = now(), end = begin + seconds;
  while (now() < end) {
    for (int index = 0; index < BATCH; index++) {
      vectors[index] = (struct iovec){bytes[index], make(kind, bytes[index], ufrag)};
      messages[index] = (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[index], .msg_iovlen = 1}};
    }
    int done = sendmmsg(sources[chance() % SOURCES], messages, BATCH, 0);
    if (done > 0) sent += done; else refused++;
    pause_until(begin + (double)sent / rate);
  }
  printf("{\"kind\":\"%s\",\"sent\":%ld,\"refused\":%ld,\"perSecond\":%.0f}\n", kind, sent, refused, (double)sent / (now() - begin));
  return 0;
}

static int dial(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f650001u + (uint32_t)(chance() % 60000))};
  int made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (made < 0) return -1;
  bind(made, (struct sockaddr *)&from, sizeof from);
  if (connect(made, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) return close(made), -1;
  return made;
}

static const char upgrade[] = "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Protocol: tandem.v1\r\n\r\n";

static int flood_connections(const char *kind, int port, double rate, double seconds) {
  static int open_ones[CONNECTIONS];
  static size_t progress[CONNECTIONS];
  int count = 0, ended = 0;
  long made = 0, failed = 0;
  double begin = now(), end = begin + seconds, drip = begin;
  int is_slow = !strcmp(kind, "slow"), is_rubbish = !strcmp(kind, "upgrade");
  unsigned char rubbish[512];
  while (now() < end) {
    if (count < CONNECTIONS) {
      int next = dial(port);
      if (next >= 0) open_ones[count] = next, progress[count++] = 0, made++;
      else failed++;
    }
    // A byte a second for the slow ones; the rest at once, as soon as the connection stands.
    int step = !is_slow || now() >= drip;
    if (is_slow && step) drip = now() + 1;
    for (int index = 0; step && index < count; index++) {
      if (open_ones[index] < 0) continue;
      size_t left = sizeof upgrade - 1 - progress[index];
      if (left > 0) {
        ssize_t done = send(open_ones[index], upgrade + progress[index], is_slow ? 1 : left, MSG_NOSIGNAL);
        if (done > 0) progress[index] += (size_t)done;
        else if (errno != EAGAIN && errno != ENOTCONN) close(open_ones[index]), open_ones[index] = -1, ended++;
      } else if (is_rubbish && chance() % 4 == 0) {
        random_bytes(rubbish, sizeof rubbish);
        if (send(open_ones[index], rubbish, sizeof rubbish, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
          close(open_ones[index]), open_ones[index] = -1, ended++;
      }
    }
    pause_until(begin + (double)(made + failed) / rate);
  }
  printf("{\"kind\":\"%s\",\"sent\":%ld,\"refused\":%ld,\"ended\":%d,\"perSecond\":%.0f}\n", kind, made, failed, ended,
         (double)made / (now() - begin));
  return 0;
}

int main(int count, char **words) {
  if (count < 5) return fprintf(stderr, "flood KIND PORT RATE SECONDS [UFRAG]\n"), 2;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const char *kind = words[1], *ufrag = count > 5 ? words[5] : "";
  int port = atoi(words[2]);
  double rate = atof(words[3]), seconds = atof(words[4]);
  if (strlen(ufrag) > 200 || rate <= 0 || port <= 0) return 2;
  if (!strcmp(kind, "connects") || !strcmp(kind, "slow") || !strcmp(kind, "upgrade"))
    return flood_connections(kind, port, rate, seconds);
  return flood_datagrams(kind, port, rate, seconds, ufrag);
}
