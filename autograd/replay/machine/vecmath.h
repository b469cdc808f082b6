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

/* e^r - 1 for |r| <= ln(2)/2 */
INLINE vec expm1_kernel(vec r) {
  vec r2 = r * r, r4 = r2 * r2;
  vec a = fma_(splat(0x1.5555555555556p-3), r, splat(0.5));
  vec b = fma_(splat(0x1.11111111109adp-7), r, splat(0x1.5555555553d4fp-5));
  vec c = fma_(splat(0x1.a01a01a7c8d47p-13), r, splat(0x1.6c16c17893833p-10));
  vec d = fma_(splat(0x1.71de0d9c145d0p-19), r, splat(0x1.a019b8ef67c6cp-16));
  vec e = fma_(splat(0x1.af38d53857513p-26), r, splat(0x1.2891a8c1d838dp-22));
  vec low = fma_(b, r2, a), high = fma_(fma_(e, r2, d), r2, c);
  return fma_(r2, fma_(high, r4, low), r);
}

/* y = k ln 2 + r; returns e^r - 1 and leaves k, with and without ROUNDER */
INLINE vec reduced_expm1(vec y, vec *rounded, vec *k) {
  *rounded = fma_(y, splat(1.44269504088896338700), splat(ROUNDER));
  *k = *rounded - splat(ROUNDER);
  vec r = fma_(*k, splat(-LN2_HIGH), y);
  return expm1_kernel(fma_(*k, splat(-LN2_LOW), r));
}

/* 2^k (1 + p) at the ends of the range: in two steps, so that it may be subnormal or infinite */
INLINE vec scaled_in_two(vec p, vec k) {
  vec half = fma_(k, splat(0.5), splat(ROUNDER));
  vec rest = k - (half - splat(ROUNDER)) + splat(ROUNDER);
  return (p + splat(1.0)) * power_of_two(half) * power_of_two(rest);
}

INLINE vec v_exp(vec x) {
  vec rounded, k;
  if (__builtin_expect(any(less(splat(708.0), magnitude(x))), 0)) {
    vec y = less_of(greater_of(x, -750.0), 720.0), far = reduced_expm1(y, &rounded, &k);
    return scaled_in_two(far, k);
  }
  vec p = reduced_expm1(x, &rounded, &k), scale = power_of_two(rounded);
  return fma_(scale, p, scale);
}

INLINE vec v_exp2(vec x) {
  vec y = less_of(greater_of(x, -1080.0), 1030.0), rounded = y + splat(ROUNDER);
  vec k = rounded - splat(ROUNDER), p = expm1_kernel((y - k) * splat(M_LN2));
  if (any(less(splat(1020.0), magnitude(x)))) return scaled_in_two(p, k);
  vec scale = power_of_two(rounded);
  return fma_(scale, p, scale);
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

/* log(x), any of which may be subnormal, infinite, NaN or not positive */
INLINE vec log_of_any(vec x) {
  mask ordinary = both(less(splat(0x1p-1023), x), less(x, splat(INFINITY)));
  vec result = log_kernel(pick(ordinary, x, splat(1.0)), splat(0.0), 0.0);
  vec tiny = x * splat(0x1p54);
  mask small = both(less(splat(0.0), x), less(x, splat(0x1p-1022)));
  if (any(small))
    result = pick(small, log_kernel(pick(small, tiny, splat(1.0)), splat(0.0), 54.0), result);
  return pick(either(ordinary, small), result, log_special(x, result));
}

INLINE vec v_log(vec x) {
  mask normal = both(less(splat(0x1p-1022), x), less(x, splat(INFINITY)));
  if (__builtin_expect(all(normal), 1)) return log_kernel(x, splat(0.0), 0.0);
  return log_of_any(x);
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

/* Functions that are left to scalar ones, lane by lane. */
INLINE vec each(double (*f)(double), vec x) {
  double lanes[WIDTH];
  store(lanes, x);
  for (int j = 0; j < WIDTH; j++) lanes[j] = f(lanes[j]);
  return load(lanes);
}

INLINE vec each_pair(double (*f)(double, double), vec x, vec y) {
  double first[WIDTH], second[WIDTH];
  store(first, x);
  store(second, y);
  for (int j = 0; j < WIDTH; j++) first[j] = f(first[j], second[j]);
  return load(first);
}

/* x^y; 1/sqrt(x) and its slope, which every norm takes, without a call for each lane. */
INLINE vec v_power(vec x, vec y) {
  const vec one = splat(1.0);
  if (all(both(less(splat(1e-100), x), less(x, splat(1e100))))) {
    if (all(same(y, splat(-0.5)))) return one / square_root(x);
    if (all(same(y, splat(-1.5)))) return one / (x * square_root(x));
  }
  return each_pair(pow, x, y);
}

/* a b - product, exactly, where `product` is a b rounded (Dekker) */
static double lost_by(double a, double b, double product) {
  const double c = 134217729.0 * a, d = 134217729.0 * b;
  const double a_high = c - (c - a), b_high = d - (d - b), a_low = a - a_high, b_low = b - b_high;
  return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
}

static double cube_root(double x) {
  double a = fabs(x), scale = 1.0;
  if (!(a > 0.0 && a < INFINITY)) return x;
  if (a < 1e-280) a *= 0x1p60, scale = 0x1p-20;
  else if (a > 1e280) a *= 0x1p-60, scale = 0x1p20;
  const double y = pow(a, 1.0 / 3.0), square = y * y, cube = square * y;
  const double rest = (a - cube) - (lost_by(square, y, cube) + lost_by(y, y, square) * y);
  return copysign((y + rest / (3.0 * square)) * scale, x);
}

static double inverse_cosh(double x) {
  if (!(x >= 1.0)) return NAN;
  if (x > 1e8) return log(x) + M_LN2;
  if (x > 2.0) return log(2.0 * x - 1.0 / (x + sqrt(x * x - 1.0)));
  const double t = x - 1.0, w = 2.0 * t + t * t, s = sqrt(w), u = t + s;
  if (s == 0.0) return 0.0;
  /* what the root and the sums were rounded by */
  const double lost = (((2.0 * t - w) + t * t) - lost_by(s, s, w)) / (2.0 * s) + (t - (u - s));
  return log1p(u) + lost / (1.0 + u);
}

/* sqrt(x^2 + y^2), its rounding errors put back (Borges, 2019) */
INLINE vec v_hypot(vec x, vec y) {
  const vec two = splat(2.0);
  vec p = magnitude(x), q = magnitude(y);
  vec a = pick(less(p, q), q, p), b = pick(less(p, q), p, q), whole = a + b;
  mask apart = less(b, splat(5e-17) * a);
  vec up = pick(less(b, splat(3e-150)), splat(0x1p600), splat(1.0));
  vec scale = pick(less(splat(3e150), a), splat(0x1p-600), up);
  a = a * scale, b = b * scale;
  vec h = square_root(a * a + b * b), d = h - b, e = h - a;
  vec near = a * (two * d - a) + (d - two * (a - b)) * d;
  vec far = two * e * (a - two * b) + ((splat(4.0) * e - b) * b + e * e);
  vec rest = pick(less(two * b, h), far, near);
  vec result = (h - rest / (two * h)) / scale;
  result = pick(either(apart, same(q, splat(0.0))), whole, result);
  result = pick(same(p, splat(0.0)), whole, result);
  return pick(either(same(p, splat(INFINITY)), same(q, splat(INFINITY))), splat(INFINITY), result);
}

/* The normal distribution and its kin.  In e^(-x^2) what x^2 is rounded by would count hundreds of
 * units, so x is taken as h + (x - h), with h of 26 bits and h^2 exact. */
INLINE vec high_part(vec x) { return (vec)((bits)x & isplat(-(1LL << 27))); }

/* e^d - 1 for small d */
INLINE vec small_expm1(vec d) {
  return d + d * d * fma_(d, splat(1.0 / 6.0), splat(0.5));
}

/* e^(shift - share x^2) for |x| <= 40; share is a power of two */
INLINE vec gaussian(vec x, double share, vec shift) {
  vec h = high_part(x), e = v_exp(shift - splat(share) * (h * h));
  return fma_(e, small_expm1(splat(share) * ((h - x) * (h + x))), e);
}

/* e exp(d) erfcx(t + lost), for small d and lost, and 0.4 < t < 28.  erfcx(t) = exp(t^2) erfc(t);
 * (1 + 2t) erfcx(t) is a polynomial in (t - 4)/(t + 4), a Chebyshev fit, its error 2^-58. */
INLINE vec scaled_tail(vec e, vec d, vec t, vec lost) {
  vec q = (t - splat(4.0)) / (t + splat(4.0));
  vec p = splat(0x1.4d8697ee2b3a5p-30);
  p = fma_(p, q, splat(-0x1.4eefb729fbcdcp-27));
  p = fma_(p, q, splat(-0x1.12777b12a030ap-26));
  p = fma_(p, q, splat(0x1.bc93e3e8a3bcfp-24));
  p = fma_(p, q, splat(0x1.35689899b8032p-24));
  p = fma_(p, q, splat(-0x1.b81f67be675c5p-21));
  p = fma_(p, q, splat(0x1.3d931e6ce76cep-22));
  p = fma_(p, q, splat(0x1.7ef7c86689264p-18));
  p = fma_(p, q, splat(-0x1.789462c56373ap-17));
  p = fma_(p, q, splat(-0x1.99551eae5fc9fp-16));
  p = fma_(p, q, splat(0x1.3be08bd055a5fp-13));
  p = fma_(p, q, splat(-0x1.a1df4312502b3p-13));
  p = fma_(p, q, splat(-0x1.8d4a9dd12587bp-11));
  p = fma_(p, q, splat(0x1.49c672a86fb8fp-8));
  p = fma_(p, q, splat(-0x1.09623881355d7p-6));
  p = fma_(p, q, splat(0x1.3079edf620f4bp-5));
  p = fma_(p, q, splat(-0x1.0fb06dfe5afc2p-4));
  p = fma_(p, q, splat(0x1.7fee004e14c6ap-4));
  p = fma_(p, q, splat(-0x1.9ddb23c3e867bp-4));
  p = fma_(p, q, splat(0x1.16ecefcfa52abp-4));
  p = fma_(p, q, splat(0x1.f7f5df66fd68ep-7));
  p = fma_(p, q, splat(-0x1.1df1ad154a28dp-3));
  p = fma_(p, q, splat(0x1.3ba5916e9fd7fp+0));
  vec n = splat(1.0) + splat(2.0) * t, w = p / n, y = e * w;
  vec rest = small_expm1(d) - ((splat(1.0) - n) + splat(2.0) * t) / n;
  rest = rest + lost * (splat(2.0) * t - splat(M_2_SQRTPI) / w);
  return fma_(y, rest, y);
}

/* erf for |x| <= 0.5 */
INLINE vec small_erf(vec x) {
  vec z = x * x;
  vec p = splat(-0x1.372c04eb7f67cp-23);
  p = fma_(p, z, splat(0x1.b712e32069b82p-20));
  p = fma_(p, z, splat(-0x1.f4b5eb2d6f2fcp-17));
  p = fma_(p, z, splat(0x1.f9a279575ea7cp-14));
  p = fma_(p, z, splat(-0x1.c02db16ebb530p-11));
  p = fma_(p, z, splat(0x1.565bcd087c8e0p-8));
  p = fma_(p, z, splat(-0x1.b82ce31278f90p-6));
  p = fma_(p, z, splat(0x1.ce2f21a042a8ep-4));
  p = fma_(p, z, splat(-0x1.812746b0379e6p-2));
  p = fma_(p, z, splat(0x1.06eba8214db69p-3));
  return fma_(x, p, x);
}

/* erfc(x) for x > 0.4 */
INLINE vec erfc_tail(vec x) {
  vec t = less_of(x, 30.0), h = high_part(t);
  return scaled_tail(v_exp(-(h * h)), (h - t) * (h + t), t, splat(0.0));
}

INLINE vec v_erf(vec x) {
  vec a = magnitude(x), far = splat(1.0) - erfc_tail(greater_of(a, 0.45));
  return pick(less(a, splat(0.5)), small_erf(x), with_sign_of(far, x));
}

INLINE vec v_erfc(vec x) {
  vec a = magnitude(x), tail = erfc_tail(greater_of(a, 0.41));
  tail = pick(less(x, splat(0.0)), splat(2.0) - tail, tail);
  return pick(less(a, splat(0.42)), splat(1.0) - small_erf(x), tail);
}

/* 2 Phi(-a) times e^37 where a > 36, so that only the last product is rounded to what a subnormal
 * number holds; `back` is e^-37 there, and else 1 */
#define EXP_MINUS_37 8.533047625744066e-17
INLINE vec normal_tail(vec a, vec *shift, vec *back) {
  mask far = less(splat(36.0), a);
  *shift = pick(far, splat(37.0), splat(0.0)), *back = pick(far, splat(EXP_MINUS_37), splat(1.0));
  vec h = high_part(a), t = a * splat(M_SQRT1_2);
  vec c = high_part(splat(M_SQRT1_2)), rest = splat(M_SQRT1_2) - c, low = a - h;
  vec lost = ((h * c - t) + h * rest + low * c) + low * rest;
  lost = lost - a * splat(4.833646656726457e-17); /* sqrt(1/2) is no double either */
  vec e = v_exp(*shift - splat(0.5) * (h * h));
  return scaled_tail(e, splat(0.5) * ((h - a) * (h + a)), t, lost);
}

INLINE vec v_gelu(vec x) {
  vec a = greater_of(less_of(magnitude(x), 39.0), 0.6), half = splat(0.5), shift, back;
  vec tail = normal_tail(a, &shift, &back), at = half * x;
  vec near = x * fma_(half, small_erf(x * splat(M_SQRT1_2)), half);
  vec far = pick(less(x, splat(0.0)), at * tail * back, at * (splat(2.0) - tail * back));
  far = pick(less(x, splat(-39.0)), x * splat(0.0), far);
  return pick(less(magnitude(x), splat(0.6)), near, far);
}

/* Phi(x) + x phi(x) */
INLINE vec gelu_slope(vec x) {
  vec a = greater_of(less_of(magnitude(x), 39.0), 0.6), half = splat(0.5), shift, back;
  const vec density = splat(0.3989422804014327);
  vec tail = normal_tail(a, &shift, &back);
  vec below = fma_(half, tail, -a * (density * gaussian(a, 0.5, shift))) * back;
  below = pick(less(splat(39.0), magnitude(x)), with_sign_of(x, -a) * splat(0.0), below);
  vec far = pick(less(x, splat(0.0)), below, splat(1.0) - below), s = less_of(magnitude(x), 0.6);
  vec near = fma_(half, small_erf(x * splat(M_SQRT1_2)), half) +
             with_sign_of(s * (density * gaussian(s, 0.5, splat(0.0))), x);
  return pick(less(magnitude(x), splat(0.6)), near, far);
}

INLINE vec erf_slope(vec x) {
  return splat(M_2_SQRTPI) * gaussian(less_of(magnitude(x), 40.0), 1.0, splat(0.0));
}

/* x e/(1 + e) or x/(1 + e), with e = e^-|x| and what 1 + e was rounded by put back */
INLINE vec v_silu(vec x) {
  vec one = splat(1.0), e = v_exp(-magnitude(x)), n = one + e;
  vec y = pick(less(x, splat(0.0)), x * e, x) / n;
  vec better = with_sign_of(y - y * (((one - n) + e) / n), x);
  y = pick(less(x, splat(INFINITY)), better, y);
  mask far = less(x, splat(-700.0));
  if (any(far)) y = pick(far, x * v_exp(x + splat(37.0)) * splat(EXP_MINUS_37), y);
  return y;
}

INLINE vec silu_slope(vec x) {
  vec one = splat(1.0), slope = v_sigmoid(x) * fma_(x, v_sigmoid(-x), one);
  mask far = less(x, splat(-700.0));
  if (any(far)) {
    vec small = (one + x) * v_exp(x + splat(37.0)) * splat(EXP_MINUS_37);
    slope = pick(far, small, slope);
  }
  return slope;
}

#endif
