#pragma once
// The few functions of libcurl that HTTPClient needs. The library is loaded when the first request is made:
// linking it would cost every server four megabytes and eight milliseconds at start.

#include <stddef.h>
#include <stdint.h>

typedef size_t (*tandem_curl_sink)(char *bytes, size_t size, size_t count, void *context);

typedef struct {
  const char *url;
  const char *method;
  const char *user_agent;
  /// Lines `name: value`; copied.
  const char *const *headers;
  size_t header_count;
  /// Copied; NULL for none.
  const void *body;
  size_t body_bytes;
  long timeout_ms;
  /// Given to both sinks and back by `tandem_curl_next`.
  void *context;
  tandem_curl_sink on_header;
  tandem_curl_sink on_body;
} tandem_curl_request;

enum tandem_curl_outcome {
  TANDEM_CURL_ANSWERED,
  TANDEM_CURL_TIMED_OUT,
  TANDEM_CURL_BAD_URL,
  TANDEM_CURL_TLS,
  /// A sink took less than it was given.
  TANDEM_CURL_STOPPED,
  TANDEM_CURL_UNREACHABLE,
};

typedef struct {
  void *context;
  void *transfer;
  enum tandem_curl_outcome outcome;
  long status;
  char reason[256];
} tandem_curl_ending;

/// NULL if the library is there, else why not. Not thread-safe.
const char *tandem_curl_load(void);

/// One set of transfers, for one thread; only `tandem_curl_wake` may be called from others.
void *tandem_curl_open(void);
void tandem_curl_wake(void *set);
/// NULL: no memory.
void *tandem_curl_start(void *set, const tandem_curl_request *request);
/// Works for at most that long, less if something happens.
void tandem_curl_run(void *set, int wait_ms);
/// 1 and an ending, whose transfer must then be freed with `tandem_curl_end`; 0: none has ended.
int tandem_curl_next(void *set, tandem_curl_ending *ending);
void tandem_curl_end(void *set, void *transfer);
