#pragma once
// libev's watcher set-up is macros; these are the same steps as functions.
#define EV_COMPAT3 0
#include <ev.h>

typedef void (*tandem_ev_io_fn)(struct ev_loop *, struct ev_io *, int);
typedef void (*tandem_ev_timer_fn)(struct ev_loop *, struct ev_timer *, int);
typedef void (*tandem_ev_async_fn)(struct ev_loop *, struct ev_async *, int);
typedef void (*tandem_ev_prepare_fn)(struct ev_loop *, struct ev_prepare *, int);
typedef void (*tandem_ev_idle_fn)(struct ev_loop *, struct ev_idle *, int);

static inline void tandem_ev_io_init(struct ev_io *w, tandem_ev_io_fn fn, int fd, int events) {
  ev_io_init(w, fn, fd, events);
}
static inline void tandem_ev_timer_init(struct ev_timer *w, tandem_ev_timer_fn fn, double after) {
  ev_timer_init(w, fn, after, 0.);
}
static inline void tandem_ev_timer_set(struct ev_timer *w, double after) { ev_timer_set(w, after, 0.); }
static inline void tandem_ev_async_init(struct ev_async *w, tandem_ev_async_fn fn) { ev_async_init(w, fn); }
static inline void tandem_ev_prepare_init(struct ev_prepare *w, tandem_ev_prepare_fn fn) {
  ev_prepare_init(w, fn);
}
static inline void tandem_ev_idle_init(struct ev_idle *w, tandem_ev_idle_fn fn) { ev_idle_init(w, fn); }
typedef void (*tandem_ev_signal_fn)(struct ev_loop *, struct ev_signal *, int);
static inline void tandem_ev_signal_init(struct ev_signal *w, tandem_ev_signal_fn fn, int number) {
  ev_signal_init(w, fn, number);
}
static inline int tandem_ev_is_active(const void *w) { return ev_is_active((const struct ev_watcher *)w); }
