// Products of eight-bit vectors with the widest instructions that the processor has. The one caller is
// Sources/Vectors/WideKernel.swift. The results are whole numbers and the same on every processor.

#ifndef TANDEM_CVECTORS_H
#define TANDEM_CVECTORS_H

#include <stddef.h>
#include <stdint.h>

// results[q * count + r] = the product of query q with row r. The width is a multiple of 64, at most 1,024.
void tandem_dots(const int8_t *rows, size_t count, const int8_t *queries, size_t query_count, size_t width,
                 int32_t *results);

// "avx512-vnni", "avx2" or "baseline".
const char *tandem_dots_kind(void);

#endif
