// Counts what a thread takes from the heap, for tests that allow none. Linked into tests only.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Allocations of this thread since it started; -1 where a sanitizer owns the heap.
int64_t tandem_allocation_count(void);

// Bytes that the whole process holds of the heap.
size_t tandem_heap_bytes(void);
