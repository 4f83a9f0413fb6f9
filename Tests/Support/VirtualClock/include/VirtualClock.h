// A time of day for one thread: what OpenSSL reads for its retransmissions, in calls whose time is not the world's. Linked
// into tests only.
#pragma once
#include <stdint.h>

// From here on this thread reads this time, until the clock is set again or let go.
void tandem_virtual_clock_set(int64_t microseconds);
void tandem_virtual_clock_let_go(void);
