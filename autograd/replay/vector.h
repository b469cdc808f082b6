/* A vector of doubles, one name for every instruction set.
 *
 * A source file that includes this one is compiled for one target (see machine_avx512.c and its
 * neighbours).  WIDTH is the number of doubles in a vector: 8, 4 or 2.  Comparisons give a `mask`;
 * `pick(m, a, b)` takes a where m is set and b elsewhere, NaN or not. */
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
INLINE vec smaller(vec a, vec b) { return pick(less(a, b), a, b); }
INLINE vec larger(vec a, vec b) { return pick(less(b, a), a, b); }
INLINE vec first_lanes(vec x, long n) {
  bits lane;
  for (long k = 0; k < WIDTH; k++) lane[k] = k;
  return (vec)((bits)x & (lane < isplat(n)));
}
INLINE vec load_part(const double *p, long n) {
  vec x = {0};
  for (long k = 0; k < n; k++) x[k] = p[k];
  return x;
}
INLINE void store_part(double *p, vec x, long n) {
  for (long k = 0; k < n; k++) p[k] = x[k];
}
#if WIDTH == 4
INLINE int any(mask m) { return _mm256_movemask_pd((__m256d)m) != 0; }
INLINE int all(mask m) { return _mm256_movemask_pd((__m256d)m) == 15; }
INLINE vec fma_(vec a, vec b, vec c) {
  return (vec)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
INLINE vec square_root(vec a) { return (vec)_mm256_sqrt_pd((__m256d)a); }
#elif defined(__aarch64__)
INLINE int any(mask m) { return (m[0] | m[1]) != 0; }
INLINE int all(mask m) { return (m[0] & m[1]) != 0; }
INLINE vec fma_(vec a, vec b, vec c) {
  return (vec)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
INLINE vec square_root(vec a) { return (vec)vsqrtq_f64((float64x2_t)a); }
#else /* no fused multiply-add: the functions below stay within their bound without it */
INLINE int any(mask m) { return (m[0] | m[1]) != 0; }
INLINE int all(mask m) { return (m[0] & m[1]) != 0; }
INLINE vec fma_(vec a, vec b, vec c) { return a * b + c; }
#if defined(__SSE2__)
INLINE vec square_root(vec a) { return (vec)_mm_sqrt_pd((__m128d)a); }
#else
INLINE vec square_root(vec a) { return (vec){__builtin_sqrt(a[0]), __builtin_sqrt(a[1])}; }
#endif
#endif
#endif

INLINE vec magnitude(vec x) { return (vec)((bits)x & isplat(INT64_MAX)); }
INLINE vec with_sign_of(vec x, vec sign) {
  return (vec)(((bits)x & isplat(INT64_MAX)) | ((bits)sign & isplat(INT64_MIN)));
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
