// The floor of the media bench: a loop that receives SRTP, opens it, protects it again for each receiver and sends it on,
// one system call a datagram, and does nothing else. No handshakes, no reports, no history, no batching: what a forwarder
// costs that has only the packets. AES-128-GCM by OpenSSL, contexts prepared once.
//
//   floor SCENARIO SECONDS        SCENARIO: A, B, B250, C, C8, D; prints one JSON line
//
// Clients play in a second thread, each from a socket of its own, with the same pace as the load test's: sound 50 packets a
// second, pictures at 30 frames a second, the packets of a frame spread over 40 % of its interval.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 28, TAG = 16, CLIENTS_MAX = 512, STREAMS_MAX = 1024, ROOM_MAX = 256 };

typedef struct {
  EVP_CIPHER_CTX *cipher;
} protection;

typedef struct {
  int socket, room;
  struct sockaddr_in address;
  protection out, in;  // The server's ends.
  protection own;      // The client's, to send with.
} client;

typedef struct {
  int client, is_video, size;
  double rate;
  uint16_t sequence;
  int64_t due, frame_start;
  int in_frame, of_frame;
  int64_t frame;
  uint32_t ssrc;
} stream;

static client clients[CLIENTS_MAX];
static stream streams[STREAMS_MAX];
static int client_count, stream_count, server;
static struct sockaddr_in server_address;
static int rooms[ROOM_MAX][CLIENTS_MAX], room_sizes[ROOM_MAX];
static atomic_int stopping;

static int64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static protection protection_make(int seal) {
  static const unsigned char key[16] = "floor of a bench", iv[12] = {0};
  protection made = {EVP_CIPHER_CTX_new()};
  if (seal)
    EVP_EncryptInit_ex2(made.cipher, EVP_aes_128_gcm(), key, iv, NULL);
  else
    EVP_DecryptInit_ex2(made.cipher, EVP_aes_128_gcm(), key, iv, NULL);
  return made;
}

static void vector(unsigned char *iv, const unsigned char *packet) {
  memset(iv, 0, 12);
  memcpy(iv + 2, packet + 8, 4);
  memcpy(iv + 10, packet + 2, 2);
}

static void seal(protection *with, unsigned char *packet, int count, unsigned char *out) {
  unsigned char iv[12];
  int written;
  vector(iv, packet);
  memcpy(out, packet, HEADER);
  EVP_EncryptInit_ex2(with->cipher, NULL, NULL, iv, NULL);
  EVP_CipherUpdate(with->cipher, NULL, &written, packet, HEADER);
  EVP_CipherUpdate(with->cipher, out + HEADER, &written, packet + HEADER, count - HEADER);
  EVP_CipherFinal_ex(with->cipher, out + count, &written);
  OSSL_PARAM tag[2] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, out + count, TAG),
                       OSSL_PARAM_construct_end()};
  EVP_CIPHER_CTX_get_params(with->cipher, tag);
}

static int open_packet(protection *with, unsigned char *packet, int count) {
  unsigned char iv[12], nothing;
  int written;
  vector(iv, packet);
  OSSL_PARAM tag[2] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, packet + count - TAG, TAG),
                       OSSL_PARAM_construct_end()};
  EVP_DecryptInit_ex2(with->cipher, NULL, NULL, iv, NULL);
  EVP_CipherUpdate(with->cipher, NULL, &written, packet, HEADER);
  EVP_CipherUpdate(with->cipher, packet + HEADER, &written, packet + HEADER, count - TAG - HEADER);
  EVP_CIPHER_CTX_set_params(with->cipher, tag);
  return EVP_CipherFinal_ex(with->cipher, &nothing, &written) == 1;
}

static void add_client(int room) {
  client *made = &clients[client_count];
  made->room = room;
  made->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  bind(made->socket, (struct sockaddr *)&any, sizeof any);
  socklen_t length = sizeof made->address;
  getsockname(made->socket, (struct sockaddr *)&made->address, &length);
  connect(made->socket, (struct sockaddr *)&server_address, sizeof server_address);
  made->out = protection_make(1);
  made->in = protection_make(0);
  made->own = protection_make(1);
  rooms[room][room_sizes[room]++] = client_count++;
}

static void add_stream(int owner, int is_video, double rate, int size) {
  streams[stream_count] = (stream){.client = owner, .is_video = is_video, .rate = rate, .size = size,
                                   .ssrc = (uint32_t)(1000 + stream_count)};
  stream_count++;
}

static void begin_frame(stream *of) {
  if (!of->is_video) {
    of->frame_start += (int64_t)(1e9 / of->rate);
    of->due = of->frame_start;
    of->of_frame = 1;
  } else {
    of->frame++;
    of->frame_start += 33333333;
    of->of_frame = (int)((of->frame + 1) * of->rate / 30) - (int)(of->frame * of->rate / 30);
    of->due = of->frame_start;
  }
  of->in_frame = 0;
}

static void send_packet(stream *of) {
  unsigned char plain[1500], sealed[1500];
  memset(plain, 0, HEADER);
  plain[0] = 0x90;
  plain[1] = of->is_video ? 96 : 111;
  uint16_t sequence = htons(of->sequence++);
  uint32_t ssrc = htonl(of->ssrc), owner = (uint32_t)of->client;
  memcpy(plain + 2, &sequence, 2);
  memcpy(plain + 8, &ssrc, 4);
  memcpy(plain + 12, &owner, 4);
  seal(&clients[of->client].own, plain, HEADER + of->size, sealed);
  send(clients[of->client].socket, sealed, HEADER + of->size + TAG, MSG_NOSIGNAL);
}

static void *play(void *unused) {
  (void)unused;
  prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
  int poll = epoll_create1(0);
  for (int index = 0; index < client_count; index++) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    epoll_ctl(poll, EPOLL_CTL_ADD, clients[index].socket, &event);
  }
  int64_t start = now_ns(CLOCK_MONOTONIC) + 10000000;
  for (int index = 0; index < stream_count; index++) {
    streams[index].frame_start = start + (int64_t)(drand48() * (streams[index].is_video ? 33e6 : 20e6));
    begin_frame(&streams[index]);
  }
  char waste[2048];
  while (!stopping) {
    int64_t now = now_ns(CLOCK_MONOTONIC), next = now + 1000000;
    for (int index = 0; index < stream_count; index++) {
      stream *of = &streams[index];
      while (of->due <= now) {
        send_packet(of);
        if (++of->in_frame < of->of_frame)
          of->due += (int64_t)(0.4 * 33333333 / of->of_frame);
        else
          begin_frame(of);
      }
      if (of->due < next) next = of->due;
    }
    struct epoll_event events[64];
    int ready = epoll_wait(poll, events, 64, 0);
    for (int index = 0; index < ready; index++)
      while (recv(clients[events[index].data.u32].socket, waste, sizeof waste, 0) > 0) continue;
    if (next < now + 200000) next = now + 200000;
    struct timespec until = {.tv_sec = next / 1000000000, .tv_nsec = next % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  }
  return NULL;
}

static int set_up(const char *scenario) {
  int count = 0, size = 0, video_rate = 100, audio = 1, video = 1, senders = 1 << 20;
  if (!strcmp(scenario, "A")) count = 10, size = 2;
  else if (!strcmp(scenario, "B")) count = 1, size = 101, video_rate = 200, audio = 0, senders = 1;
  else if (!strcmp(scenario, "B250")) count = 1, size = 251, video_rate = 200, audio = 0, senders = 1;
  else if (!strcmp(scenario, "C")) count = 1, size = 8;
  else if (!strcmp(scenario, "C8")) count = 8, size = 8;
  else if (!strcmp(scenario, "D")) count = 100, size = 2, video = 0;
  else return 0;
  for (int room = 0; room < count; room++)
    for (int place = 0; place < size; place++) {
      add_client(room);
      if (place >= senders) continue;
      if (audio) add_stream(client_count - 1, 0, 50, 100);
      if (video) add_stream(client_count - 1, 1, video_rate, 1100);
    }
  return 1;
}

int main(int count, char **words) {
  if (count < 3) return fprintf(stderr, "floor SCENARIO SECONDS\n"), 2;
  server = socket(AF_INET, SOCK_DGRAM, 0);
  int big = 4 << 20;
  setsockopt(server, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  bind(server, (struct sockaddr *)&any, sizeof any);
  socklen_t length = sizeof server_address;
  getsockname(server, (struct sockaddr *)&server_address, &length);
  if (!set_up(words[1])) return fprintf(stderr, "no such scenario\n"), 2;
  // By port, as a server finds its peers.
  static int16_t by_port[65536];
  memset(by_port, -1, sizeof by_port);
  for (int index = 0; index < client_count; index++) by_port[ntohs(clients[index].address.sin_port)] = (int16_t)index;
  struct timeval patience = {.tv_usec = 100000};
  setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  pthread_t player;
  pthread_create(&player, NULL, play, NULL);

  int64_t begin = 0, begin_cpu = 0, end = now_ns(CLOCK_MONOTONIC) + 1000000000 + (int64_t)(atof(words[2]) * 1e9);
  int64_t warm = now_ns(CLOCK_MONOTONIC) + 1000000000;
  int64_t in = 0, out = 0;
  unsigned char packet[2048], sealed[2048];
  while (1) {
    struct sockaddr_in from;
    socklen_t bytes = sizeof from;
    ssize_t size = recvfrom(server, packet, sizeof packet, 0, (struct sockaddr *)&from, &bytes);
    int64_t now = now_ns(CLOCK_MONOTONIC);
    if (!begin && now >= warm) {
      begin = now;
      begin_cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
      in = out = 0;
    }
    if (now >= end) break;
    if (size < HEADER + TAG) continue;
    int from_index = by_port[ntohs(from.sin_port)];
    if (from_index < 0 || !open_packet(&clients[from_index].in, packet, (int)size)) continue;
    in++;
    int room = clients[from_index].room;
    for (int place = 0; place < room_sizes[room]; place++) {
      int to = rooms[room][place];
      if (to == from_index) continue;
      seal(&clients[to].out, packet, (int)size - TAG, sealed);
      if (sendto(server, sealed, (size_t)size, 0, (struct sockaddr *)&clients[to].address, sizeof from) > 0) out++;
    }
  }
  double cpu = (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - begin_cpu);
  double seconds = (double)(now_ns(CLOCK_MONOTONIC) - begin) / 1e9;
  stopping = 1;
  pthread_join(player, NULL);
  printf("{\"scenario\":\"%s\",\"seconds\":%.2f,\"in\":%lld,\"out\":%lld,\"cpuMicrosecondsPerPacket\":%.3f}\n", words[1],
         seconds, (long long)in, (long long)out, cpu / 1e3 / (double)(out ? out : 1));
  return 0;
}
