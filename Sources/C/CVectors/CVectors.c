#include "CVectors.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Four rows at a time share each load of a query. The rows are made unsigned by adding 128, as the instruction wants;
// what that adds to a sum, 128 times the query's sum, is taken off again.
__attribute__((target("avx512f,avx512bw,avx512vnni"))) static void
dots_vnni(const int8_t *rows, size_t count, const int8_t *queries, size_t query_count, size_t width,
          int32_t *results) {
  const __m512i flip = _mm512_set1_epi8((char)0x80);
  for (size_t q = 0; q < query_count; q++) {
    int32_t sum = 0;
    for (size_t i = 0; i < width; i++) sum += queries[q * width + i];
    for (size_t r = 0; r < count; r++) results[q * count + r] = -128 * sum;
  }
  size_t q = 0;
  for (size_t r = 0; r < count; r++) {
    const int8_t *row = rows + r * width;
    for (size_t i = 0; i < width; i += 64) _mm_prefetch((const char *)row + 16 * width + i, _MM_HINT_T0);
    for (q = 0; q + 4 <= query_count; q += 4) {
      const int8_t *a = queries + q * width, *b = a + width, *c = b + width, *d = c + width;
      __m512i sa = _mm512_setzero_si512(), sb = sa, sc = sa, sd = sa;
      for (size_t i = 0; i < width; i += 64) {
        __m512i x = _mm512_xor_si512(_mm512_loadu_si512(row + i), flip);
        sa = _mm512_dpbusd_epi32(sa, x, _mm512_loadu_si512(a + i));
        sb = _mm512_dpbusd_epi32(sb, x, _mm512_loadu_si512(b + i));
        sc = _mm512_dpbusd_epi32(sc, x, _mm512_loadu_si512(c + i));
        sd = _mm512_dpbusd_epi32(sd, x, _mm512_loadu_si512(d + i));
      }
      results[q * count + r] += _mm512_reduce_add_epi32(sa);
      results[(q + 1) * count + r] += _mm512_reduce_add_epi32(sb);
      results[(q + 2) * count + r] += _mm512_reduce_add_epi32(sc);
      results[(q + 3) * count + r] += _mm512_reduce_add_epi32(sd);
    }
    for (; q < query_count; q++) {
      __m512i sum = _mm512_setzero_si512(), other = sum;
      size_t i = 0;
      for (; i + 128 <= width; i += 128) {
        sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(_mm512_loadu_si512(row + i), flip),
                                  _mm512_loadu_si512(queries + q * width + i));
        other = _mm512_dpbusd_epi32(other, _mm512_xor_si512(_mm512_loadu_si512(row + i + 64), flip),
                                    _mm512_loadu_si512(queries + q * width + i + 64));
      }
      for (; i < width; i += 64)
        sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(_mm512_loadu_si512(row + i), flip),
                                  _mm512_loadu_si512(queries + q * width + i));
      results[q * count + r] += _mm512_reduce_add_epi32(_mm512_add_epi32(sum, other));
    }
  }
}

__attribute__((target("avx2"))) static void dots_avx2(const int8_t *rows, size_t count, const int8_t *queries,
                                                      size_t query_count, size_t width, int32_t *results) {
  for (size_t r = 0; r < count; r++)
    for (size_t q = 0; q < query_count; q++) {
      const int8_t *a = rows + r * width, *b = queries + q * width;
      __m256i sum = _mm256_setzero_si256();
      for (size_t i = 0; i < width; i += 16) {
        __m256i x = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(a + i)));
        __m256i y = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(b + i)));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x, y));
      }
      __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
      half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
      half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1));
      results[q * count + r] = _mm_cvtsi128_si32(half);
    }
}

static int kind(void) {
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw")) return 2;
  return __builtin_cpu_supports("avx2") ? 1 : 0;
}
#else
static int kind(void) { return 0; }
#endif

static void dots_baseline(const int8_t *rows, size_t count, const int8_t *queries, size_t query_count,
                          size_t width, int32_t *results) {
  for (size_t r = 0; r < count; r++)
    for (size_t q = 0; q < query_count; q++) {
      const int8_t *a = rows + r * width, *b = queries + q * width;
      int32_t sum = 0;
      for (size_t i = 0; i < width; i++) sum += (int16_t)a[i] * (int16_t)b[i];
      results[q * count + r] = sum;
    }
}

void tandem_dots(const int8_t *rows, size_t count, const int8_t *queries, size_t query_count, size_t width,
                 int32_t *results) {
#if defined(__x86_64__)
  switch (kind()) {
  case 2: dots_vnni(rows, count, queries, query_count, width, results); return;
  case 1: dots_avx2(rows, count, queries, query_count, width, results); return;
  }
#endif
  dots_baseline(rows, count, queries, query_count, width, results);
}

const char *tandem_dots_kind(void) {
  static const char *const names[] = {"baseline", "avx2", "avx512-vnni"};
  return names[kind()];
}
