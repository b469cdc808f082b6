/* A vector of doubles, one name for every instruction set.
 *
 * A source file that includes this one is compiled for one target (see avx512.c and its
 * neighbours).  WIDTH is the number of doubles in a vector: 8, 4 or 2.  Comparisons give a `mask`;
 * `pick(m, a, b)` takes a where m is set and b elsewhere, NaN or not; `smaller` and `larger` give b
 * where it is NaN.  A part of a vector is its first n lanes, 0 < n < WIDTH. */
#ifndef WHYGRAD_VECTOR_H
#define WHYGRAD_VECTOR_H

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define INLINE static inline __attribute__((always_inline, unused))
#define UNROLL _Pragma("GCC unroll 8")

typedef double vec __attribute__((vector_size(8 * WIDTH)));
typedef int64_t bits __attribute__((vector_size(8 * WIDTH)));
typedef uint64_t unsigned_bits __attribute__((vector_size(8 * WIDTH)));
typedef double loose __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));

INLINE vec load(const double *p) { return *(const loose *)p; }
INLINE void store(double *p, vec x) { *(loose *)p = x; }
INLINE vec splat(double x) { return x - (vec){0}; } /* x - 0: keeps the sign of a zero */
INLINE bits isplat(int64_t x) { return x + (bits){0}; }

#if WIDTH == 8
typedef __mmask8 mask;
INLINE mask less(vec a, vec b) {
  return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LT_OQ);
}
INLINE mask same(vec a, vec b) {
  return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_EQ_OQ);
}
INLINE mask unordered(vec a) {
  return _mm512_cmp_pd_mask((__m512d)a, (__m512d)a, _CMP_UNORD_Q);
}
INLINE mask both(mask a, mask b) { return a & b; }
INLINE mask either(mask a, mask b) { return a | b; }
INLINE int any(mask m) { return m != 0; }
INLINE int all(mask m) { return m == 0xff; }
INLINE vec pick(mask m, vec a, vec b) {
  return (vec)_mm512_mask_blend_pd(m, (__m512d)b, (__m512d)a);
}
INLINE vec smaller(vec a, vec b) { return (vec)_mm512_min_pd((__m512d)a, (__m512d)b); }
INLINE vec larger(vec a, vec b) { return (vec)_mm512_max_pd((__m512d)a, (__m512d)b); }
INLINE vec fma_(vec a, vec b, vec c) {
  return (vec)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
INLINE vec square_root(vec a) { return (vec)_mm512_sqrt_pd((__m512d)a); }
INLINE vec first_lanes(vec x, long n) {
  return (vec)_mm512_maskz_mov_pd((__mmask8)((1 << n) - 1), (__m512d)x);
}
INLINE vec load_part(const double *p, long n) {
  return (vec)_mm512_maskz_loadu_pd((__mmask8)((1 << n) - 1), p);
}
INLINE void store_part(double *p, vec x, long n) {
  _mm512_mask_storeu_pd(p, (__mmask8)((1 << n) - 1), (__m512d)x);
}
#else
typedef bits mask;
INLINE mask less(vec a, vec b) { return (mask)(a < b); }
INLINE mask same(vec a, vec b) { return (mask)(a == b); }
INLINE mask unordered(vec a) { return (mask)(a != a); }
INLINE mask both(mask a, mask b) { return a & b; }
INLINE mask either(mask a, mask b) { return a | b; }
INLINE vec pick(mask m, vec a, vec b) { return (vec)(((bits)a & m) | ((bits)b & ~m)); }
#if WIDTH == 4
INLINE vec smaller(vec a, vec b) { return (vec)_mm256_min_pd((__m256d)a, (__m256d)b); }
INLINE vec larger(vec a, vec b) { return (vec)_mm256_max_pd((__m256d)a, (__m256d)b); }
INLINE bits lanes_below(long n) { return (bits)((bits){0, 1, 2, 3} < isplat(n)); }
INLINE vec first_lanes(vec x, long n) { return (vec)((bits)x & lanes_below(n)); }
INLINE vec load_part(const double *p, long n) {
  return (vec)_mm256_maskload_pd(p, (__m256i)lanes_below(n));
}
INLINE void store_part(double *p, vec x, long n) {
  _mm256_maskstore_pd(p, (__m256i)lanes_below(n), (__m256d)x);
}
INLINE int any(mask m) { return _mm256_movemask_pd((__m256d)m) != 0; }
INLINE int all(mask m) { return _mm256_movemask_pd((__m256d)m) == 15; }
INLINE vec fma_(vec a, vec b, vec c) {
  return (vec)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
INLINE vec square_root(vec a) { return (vec)_mm256_sqrt_pd((__m256d)a); }
#else
INLINE int any(mask m) { return (m[0] | m[1]) != 0; }
INLINE int all(mask m) { return (m[0] & m[1]) != 0; }
INLINE vec smaller(vec a, vec b) { return pick(less(a, b), a, b); }
INLINE vec larger(vec a, vec b) { return pick(less(b, a), a, b); }
INLINE vec first_lanes(vec x, long n) { return (vec){x[0], n < 2 ? 0.0 : x[1]}; }
INLINE vec load_part(const double *p, long n) { return (vec){p[0], n < 2 ? 0.0 : p[1]}; }
INLINE void store_part(double *p, vec x, long n) {
  for (long k = 0; k < n; k++) p[k] = x[k];
}
#if defined(__aarch64__)
INLINE vec fma_(vec a, vec b, vec c) {
  return (vec)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
INLINE vec square_root(vec a) { return (vec)vsqrtq_f64((float64x2_t)a); }
#else /* no fused multiply-add: the functions below stay within their bound without it */
INLINE vec fma_(vec a, vec b, vec c) { return a * b + c; }
#if defined(__SSE2__)
INLINE vec square_root(vec a) { return (vec)_mm_sqrt_pd((__m128d)a); }
#else
INLINE vec square_root(vec a) { return (vec){__builtin_sqrt(a[0]), __builtin_sqrt(a[1])}; }
#endif
#endif
#endif
#endif

INLINE vec magnitude(vec x) { return (vec)((bits)x & isplat(INT64_MAX)); }
INLINE vec with_sign_of(vec x, vec sign) {
  return (vec)((bits)x ^ (((bits)x ^ (bits)sign) & isplat(INT64_MIN)));
}

INLINE vec load_up_to(const double *p, long n) {
  return n >= WIDTH ? load(p) : load_part(p, n);
}
INLINE void store_up_to(double *p, vec x, long n) {
  if (n >= WIDTH) store(p, x);
  else store_part(p, x, n);
}
INLINE void add_up_to(double *p, vec x, long n) { store_up_to(p, load_up_to(p, n) + x, n); }

#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (bits){__VA_ARGS__})
#endif

/* x[i][k] and x[k][i] change places: in squares of 2 x 2, then such squares in larger ones */
INLINE void transpose(vec *x) {
#if WIDTH == 8
  vec y[8], z[8];
  for (int k = 0; k < 8; k += 2) {
    y[k] = SHUFFLE(x[k], x[k + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    y[k + 1] = SHUFFLE(x[k], x[k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int k = 0; k < 4; k++) {
    const int i = k + (k & 2);
    z[i] = SHUFFLE(y[i], y[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    z[i + 2] = SHUFFLE(y[i], y[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  for (int k = 0; k < 4; k++) {
    x[k] = SHUFFLE(z[k], z[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    x[k + 4] = SHUFFLE(z[k], z[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
#elif WIDTH == 4
  vec y[4];
  for (int k = 0; k < 4; k += 2) {
    y[k] = SHUFFLE(x[k], x[k + 1], 0, 4, 2, 6);
    y[k + 1] = SHUFFLE(x[k], x[k + 1], 1, 5, 3, 7);
  }
  for (int k = 0; k < 2; k++) {
    x[k] = SHUFFLE(y[k], y[k + 2], 0, 1, 4, 5);
    x[k + 2] = SHUFFLE(y[k], y[k + 2], 2, 3, 6, 7);
  }
#else
  const vec y = x[0];
  x[0] = SHUFFLE(y, x[1], 0, 2);
  x[1] = SHUFFLE(y, x[1], 1, 3);
#endif
}

/* the sum of the lanes of x[k], in lane k; x is used up */
INLINE vec lane_sums(vec *x) {
  transpose(x);
  UNROLL for (int half = WIDTH / 2; half; half /= 2)
  UNROLL for (int k = 0; k < half; k++) x[k] = x[k] + x[k + half];
  return x[0];
}
INLINE double lane_sum(vec x) {
  double part[WIDTH], sum = 0;
  store(part, x);
  for (int half = WIDTH / 2; half; half /= 2)
    for (int k = 0; k < half; k++) part[k] += part[k + half];
  sum = part[0];
  return sum;
}

#endif
