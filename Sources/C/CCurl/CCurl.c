#include "CCurl.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// Every function by its own type, so that the compiler still checks the calls.
#define FUNCTIONS(X)                                                                                       \
  X(curl_global_init)                                                                                      \
  X(curl_easy_init)                                                                                        \
  X(curl_easy_cleanup)                                                                                     \
  X(curl_easy_strerror)                                                                                    \
  X(curl_multi_init)                                                                                       \
  X(curl_multi_add_handle)                                                                                 \
  X(curl_multi_remove_handle)                                                                              \
  X(curl_multi_perform)                                                                                    \
  X(curl_multi_poll)                                                                                       \
  X(curl_multi_wakeup)                                                                                     \
  X(curl_multi_info_read)                                                                                  \
  X(curl_slist_append)                                                                                     \
  X(curl_slist_free_all)

// curl.h covers these two with type-checking macros; they are called through the pointers below.
#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct {
#define DECLARE(name) __typeof__(&name) name;
  FUNCTIONS(DECLARE)
  CURLcode (*setopt)(CURL *, CURLoption, ...);
  CURLcode (*getinfo)(CURL *, CURLINFO, ...);
} curl;

static int loaded;

const char *tandem_curl_load(void) {
  if (loaded) return NULL;
  void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) return "libcurl.so.4 is not installed (package libcurl4)";
#define LOOK_UP(name)                                                                                      \
  *(void **)&curl.name = dlsym(library, #name);                                                            \
  if (!curl.name) return "libcurl.so.4 is older than 7.68: " #name " is missing";
  FUNCTIONS(LOOK_UP)
  *(void **)&curl.setopt = dlsym(library, "curl_easy_setopt");
  *(void **)&curl.getinfo = dlsym(library, "curl_easy_getinfo");
  if (!curl.setopt || !curl.getinfo) return "libcurl.so.4 lacks curl_easy_setopt";
  if (curl.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return "libcurl does not start";
  loaded = 1;
  return NULL;
}

typedef struct {
  CURL *easy;
  struct curl_slist *headers;
  void *context;
  char reason[CURL_ERROR_SIZE];
} transfer;

void *tandem_curl_open(void) { return curl.curl_multi_init(); }

void tandem_curl_wake(void *set) { curl.curl_multi_wakeup(set); }

static void free_transfer(transfer *t) {
  if (t->easy) curl.curl_easy_cleanup(t->easy);
  curl.curl_slist_free_all(t->headers);
  free(t);
}

static int add_header(transfer *t, const char *line) {
  struct curl_slist *longer = curl.curl_slist_append(t->headers, line);
  if (longer) t->headers = longer;
  return longer != NULL;
}

void *tandem_curl_start(void *set, const tandem_curl_request *request) {
  transfer *t = calloc(1, sizeof *t);
  if (!t) return NULL;
  t->context = request->context;
  t->easy = curl.curl_easy_init();
  int fine = t->easy != NULL;
  for (size_t i = 0; fine && i < request->header_count; i++) fine = add_header(t, request->headers[i]);
  // Waiting for "100 Continue" would cost a second with servers that don't know it.
  fine = fine && add_header(t, "Expect:");
  if (!fine) {
    free_transfer(t);
    return NULL;
  }
  CURL *easy = t->easy;
  curl.setopt(easy, CURLOPT_URL, request->url);
  // The newer option takes names; libcurl before 7.85 has only the older one, which takes bits (http 1, https 2).
  if (curl.setopt(easy, (CURLoption)(CURLOPTTYPE_STRINGPOINT + 318), "http,https") != CURLE_OK)
    curl.setopt(easy, (CURLoption)(CURLOPTTYPE_LONG + 181), 3L);
  curl.setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl.setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl.setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl.setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl.setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
  curl.setopt(easy, CURLOPT_USERAGENT, request->user_agent);
  curl.setopt(easy, CURLOPT_HTTPHEADER, t->headers);
  curl.setopt(easy, CURLOPT_ERRORBUFFER, t->reason);
  curl.setopt(easy, CURLOPT_PRIVATE, t);
  curl.setopt(easy, CURLOPT_HEADERFUNCTION, request->on_header);
  curl.setopt(easy, CURLOPT_HEADERDATA, request->context);
  curl.setopt(easy, CURLOPT_WRITEFUNCTION, request->on_body);
  curl.setopt(easy, CURLOPT_WRITEDATA, request->context);
  if (request->body) {
    curl.setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_bytes);
    curl.setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
  }
  if (strcmp(request->method, "HEAD") == 0)
    curl.setopt(easy, CURLOPT_NOBODY, 1L);
  else
    curl.setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
  if (curl.curl_multi_add_handle(set, easy) != CURLM_OK) {
    free_transfer(t);
    return NULL;
  }
  return t;
}

void tandem_curl_run(void *set, int wait_ms) {
  int running = 0;
  // A transfer that was just added counts as something that happens.
  curl.curl_multi_poll(set, NULL, 0, wait_ms, NULL);
  curl.curl_multi_perform(set, &running);
}

static enum tandem_curl_outcome outcome(CURLcode code) {
  switch (code) {
  case CURLE_OK: return TANDEM_CURL_ANSWERED;
  case CURLE_OPERATION_TIMEDOUT: return TANDEM_CURL_TIMED_OUT;
  case CURLE_URL_MALFORMAT:
  case CURLE_UNSUPPORTED_PROTOCOL: return TANDEM_CURL_BAD_URL;
  case CURLE_WRITE_ERROR: return TANDEM_CURL_STOPPED;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_ENGINE_NOTFOUND:
  case CURLE_SSL_ENGINE_SETFAILED:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_SHUTDOWN_FAILED:
  case CURLE_SSL_ISSUER_ERROR: return TANDEM_CURL_TLS;
  default: return TANDEM_CURL_UNREACHABLE;
  }
}

int tandem_curl_next(void *set, tandem_curl_ending *ending) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl.curl_multi_info_read(set, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    CURLcode code = message->data.result;
    transfer *t = NULL;
    curl.getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
    curl.getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &ending->status);
    ending->context = t->context;
    ending->transfer = t;
    ending->outcome = outcome(code);
    const char *reason = t->reason[0] ? t->reason : curl.curl_easy_strerror(code);
    strncpy(ending->reason, reason, sizeof ending->reason - 1);
    ending->reason[sizeof ending->reason - 1] = 0;
    return 1;
  }
  return 0;
}

void tandem_curl_end(void *set, void *ended) {
  transfer *t = ended;
  curl.curl_multi_remove_handle(set, t->easy);
  free_transfer(t);
}
