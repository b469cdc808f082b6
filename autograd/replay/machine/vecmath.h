/* Elementary functions on vectors, within 3 units in the last place over all doubles.
 *
 * Infinities, NaN, signed zeros and subnormal numbers come out as from the C library.  Reductions
 * and kernels of log, log1p, sin and cos follow the classic ones of fdlibm (Sun Microsystems,
 * 1993, freely usable); the polynomial of exp is a Chebyshev fit, its error 2^-56, and that of
 * tanh a minimax fit, 2^-57. */
#ifndef WHYGRAD_VECMATH_H
#define WHYGRAD_VECMATH_H

#include <math.h>

#include "vector.h"

#define LN2_HIGH 6.93147180369123816490e-01 /* 33 bits: k * LN2_HIGH is exact */
#define LN2_LOW 1.90821492927058770002e-10
#define ROUNDER 6755399441055744.0 /* 1.5 * 2^52: adding it rounds to an integer */
#define SQRT_HALF_BITS 0x3fe6a09e667f3bcdLL

INLINE vec greater_of(vec x, double c) { return larger(splat(c), x); }
INLINE vec less_of(vec x, double c) { return smaller(splat(c), x); }

/* 2^k, for the k left in the low bits of k + ROUNDER, -1022 <= k <= 1023 */
INLINE vec power_of_two(vec rounded) {
  return (vec)(((bits)rounded << 52) + isplat(1023LL << 52));
}

/* y = k ln 2 + r with |r| <= ln(2)/2; returns e^r - 1 and leaves k, with and without ROUNDER */
INLINE vec reduced_expm1(vec y, vec *rounded, vec *k) {
  *rounded = fma_(y, splat(1.44269504088896338700), splat(ROUNDER));
  *k = *rounded - splat(ROUNDER);
  vec r = fma_(*k, splat(-LN2_HIGH), y);
  r = fma_(*k, splat(-LN2_LOW), r);
  vec r2 = r * r, r4 = r2 * r2;
  vec a = fma_(splat(0x1.5555555555556p-3), r, splat(0.5));
  vec b = fma_(splat(0x1.11111111109adp-7), r, splat(0x1.5555555553d4fp-5));
  vec c = fma_(splat(0x1.a01a01a7c8d47p-13), r, splat(0x1.6c16c17893833p-10));
  vec d = fma_(splat(0x1.71de0d9c145d0p-19), r, splat(0x1.a019b8ef67c6cp-16));
  vec e = fma_(splat(0x1.af38d53857513p-26), r, splat(0x1.2891a8c1d838dp-22));
  vec low = fma_(b, r2, a), high = fma_(fma_(e, r2, d), r2, c);
  return fma_(r2, fma_(high, r4, low), r);
}

INLINE vec v_exp(vec x) {
  vec y = less_of(greater_of(x, -750.0), 720.0), rounded, k;
  vec p = reduced_expm1(y, &rounded, &k);
  if (!any(less(splat(708.0), magnitude(x)))) {
    vec scale = power_of_two(rounded);
    return fma_(scale, p, scale);
  }
  /* the ends of the range: scale in two steps, so that the result may be subnormal or infinite */
  vec half = fma_(k, splat(0.5), splat(ROUNDER));
  vec rest = k - (half - splat(ROUNDER)) + splat(ROUNDER);
  return (p + splat(1.0)) * power_of_two(half) * power_of_two(rest);
}

INLINE vec v_expm1(vec x) {
  vec y = less_of(greater_of(x, -40.0), 720.0), rounded, k;
  vec p = reduced_expm1(y, &rounded, &k);
  vec half = power_of_two(less_of(rounded, ROUNDER + 1024.0) - splat(1.0)); /* 2^(k-1) */
  vec result = fma_(half, p, half - splat(0.5)) * splat(2.0);
  result = pick(less(splat(ROUNDER + 1024.0), rounded), splat(INFINITY), result);
  return pick(less(magnitude(x), splat(0x1p-54)), x, result);
}

/* |x| = k ln(2)/2 + r with |r| <= ln(2)/4; with t = tanh r and s = 2^k, tanh |x| is
 * ((s - 1) + (s + 1) t) / ((s + 1) + (s - 1) t), which is t where k is 0 and never above 1 */
INLINE vec v_tanh(vec x) {
  vec y = less_of(magnitude(x), 22.0);
  vec rounded = fma_(y, splat(2.88539008177792681472), splat(ROUNDER));
  vec k = rounded - splat(ROUNDER);
  vec r = fma_(k, splat(-0.5 * LN2_HIGH), y);
  r = fma_(k, splat(-0.5 * LN2_LOW), r);
  vec z = r * r;
  vec c = fma_(z, splat(0x1.c3867720ffd8ep-9), splat(-0x1.223c82625e96ap-7));
  c = fma_(z, fma_(z, c, splat(0x1.664eca12138fap-6)), splat(-0x1.ba1ba11731791p-5));
  c = fma_(z, fma_(z, c, splat(0x1.11111110e0c52p-3)), splat(-0x1.55555555554bdp-2));
  vec t = fma_(r * z, c, r), scale = power_of_two(rounded);
  vec less_one = scale - splat(1.0), one_more = scale + splat(1.0);
  return with_sign_of(fma_(one_more, t, less_one) / fma_(less_one, t, one_more), x);
}

/* log(u (1 + c/u)) for normal u > 0, where c/u is far below 1 */
INLINE vec log_kernel(vec u, vec correction, double exponent_shift) {
  bits shifted = (bits)u - isplat(SQRT_HALF_BITS - (1023LL << 52));
  bits exponent = (bits)((unsigned_bits)shifted >> 52);
  vec k = (vec)(exponent | isplat(0x4330000000000000LL)) - splat(0x1p52 + 1023.0) -
          splat(exponent_shift);
  vec m = (vec)((shifted & isplat(0x000fffffffffffffLL)) + isplat(SQRT_HALF_BITS));
  vec f = m - splat(1.0), s = f / (f + splat(2.0)), z = s * s, w = z * z;
  vec even = fma_(w, splat(1.531383769920937332e-01), splat(2.222219843214978396e-01));
  even = w * fma_(w, even, splat(3.999999999940941908e-01));
  vec odd = fma_(w, splat(1.479819860511658591e-01), splat(1.818357216161805012e-01));
  odd = z * fma_(w, fma_(w, odd, splat(2.857142874366239149e-01)), splat(6.666666666666735130e-01));
  vec h = splat(0.5) * f * f;
  vec low = fma_(s, h + even + odd, fma_(k, splat(LN2_LOW), correction));
  return fma_(k, splat(LN2_HIGH), f - (h - low));
}

/* the values of log(u) where u is not a positive finite number */
INLINE vec log_special(vec u, vec result) {
  result = pick(less(u, splat(0.0)), splat(NAN), result);
  result = pick(same(u, splat(0.0)), splat(-INFINITY), result);
  return pick(less(u, splat(INFINITY)), result, u); /* inf and NaN stay */
}

INLINE vec v_log(vec x) {
  mask ordinary = both(less(splat(0x1p-1023), x), less(x, splat(INFINITY)));
  vec result = log_kernel(pick(ordinary, x, splat(1.0)), splat(0.0), 0.0);
  vec tiny = x * splat(0x1p54);
  mask small = both(less(splat(0.0), x), less(x, splat(0x1p-1022)));
  if (any(small))
    result = pick(small, log_kernel(pick(small, tiny, splat(1.0)), splat(0.0), 54.0), result);
  return pick(either(ordinary, small), result, log_special(x, result));
}

INLINE vec v_log1p(vec x) {
  vec u = splat(1.0) + x, b = u - splat(1.0);
  vec error = (x - b) + (splat(1.0) - (u - b)); /* u + error is 1 + x exactly */
  mask ordinary = both(less(splat(0.0), u), less(u, splat(INFINITY)));
  u = pick(ordinary, u, splat(1.0));
  vec result = log_kernel(u, pick(ordinary, error / u, splat(0.0)), 0.0);
  result = pick(ordinary, result, log_special(splat(1.0) + x, result));
  return pick(less(magnitude(x), splat(0x1p-54)), x, result);
}

INLINE vec v_sigmoid(vec x) {
  vec e = v_exp(-magnitude(x)), below = pick(less(x, splat(0.0)), e, splat(1.0));
  return below / (splat(1.0) + e);
}

INLINE vec v_softplus(vec x) {
  return pick(less(x, splat(0.0)), splat(0.0), x) + v_log1p(v_exp(-magnitude(x)));
}

/* sin(x + quarter turns * pi/2); lanes that reduce badly are left to the C library */
INLINE vec sine(vec x, int quarter, double (*library)(double)) {
  vec rounded = fma_(x, splat(6.36619772367581382433e-01), splat(ROUNDER));
  vec k = rounded - splat(ROUNDER);
  vec t = fma_(k, splat(-1.57079632673412561417e+00), x); /* pi/2 in three pieces, 33+33+53 bits */
  vec w = k * splat(6.07710050630396597660e-11), a = t - w;
  vec lost = (t - a) - w;
  vec v = k * splat(2.02226624879595063154e-21);
  vec r = a - (v - lost), tail = (a - r) - (v - lost);
  vec z = r * r;
  vec s = fma_(z, splat(1.58969099521155010221e-10), splat(-2.50507602534068634195e-08));
  s = fma_(z, fma_(z, s, splat(2.75573137070700676789e-06)), splat(-1.98412698298579493134e-04));
  s = fma_(z, s, splat(8.33333333332248946124e-03));
  vec cube = z * r;
  vec sine_of_r = r - ((z * (splat(0.5) * tail - cube * s) - tail) +
                 cube * splat(1.66666666666666324348e-01));
  vec c = fma_(z, splat(-1.13596475577881948265e-11), splat(2.08757232129817482790e-09));
  c = fma_(z, fma_(z, c, splat(-2.75573143513906633035e-07)), splat(2.48015872894767294178e-05));
  c = fma_(z, c, splat(-1.38888888888741095749e-03));
  c = z * fma_(z, c, splat(4.16666666666666019037e-02));
  vec h = splat(0.5) * z, top = splat(1.0) - h;
  vec cosine_of_r = top + (((splat(1.0) - top) - h) + (z * c - r * tail));
  bits turns = (bits)rounded + isplat(quarter);
  vec odd = (vec)(-(turns & isplat(1))), result = (vec)(((bits)cosine_of_r & (bits)odd) |
                                                        ((bits)sine_of_r & ~(bits)odd));
  result = (vec)((bits)result ^ ((turns & isplat(2)) << 62));
  mask fine = both(less(magnitude(x), splat(500000.0)),
                   either(same(k, splat(0.0)), less(splat(0x1p-30), magnitude(r))));
  if (!quarter) result = pick(less(magnitude(x), splat(0x1p-27)), x, result);
  if (!all(fine)) {
    double in[WIDTH], out[WIDTH];
    store(in, x);
    for (int j = 0; j < WIDTH; j++) out[j] = library(in[j]);
    result = pick(fine, result, load(out));
  }
  return result;
}

INLINE vec v_sin(vec x) { return sine(x, 0, sin); }
INLINE vec v_cos(vec x) { return sine(x, 1, cos); }

INLINE vec v_power(vec x, vec y) {
  double base[WIDTH], exponent[WIDTH];
  store(base, x);
  store(exponent, y);
  for (int j = 0; j < WIDTH; j++) base[j] = pow(base[j], exponent[j]);
  return load(base);
}

#endif
