/* The records that work element by element: y[k] = f(a[k], b[k], c[k]) and its adjoints. */
#ifndef WHYGRAD_ELEMENTWISE_H
#define WHYGRAD_ELEMENTWISE_H

#include "machine.h"
#include "vecmath.h"

/* 1 - y^2 and y (1 - y), from e^-|x| where that would cancel */
INLINE vec tanh_slope(vec x, vec y) {
  vec slope = fma_(-y, y, splat(1.0));
  if (any(less(splat(0.999), magnitude(y)))) {
    vec e = v_exp(splat(-2.0) * magnitude(x)), f = splat(1.0) + e;
    slope = splat(4.0) * e / (f * f);
  }
  return slope;
}

INLINE vec sigmoid_slope(vec x, vec y) {
  vec slope = y * (splat(1.0) - y);
  if (any(less(splat(0.999), y))) {
    vec e = v_exp(-magnitude(x)), f = splat(1.0) + e;
    slope = e / (f * f);
  }
  return slope;
}

/* 1/(1 + x^2), where x^2 may be too large */
INLINE vec atan_slope(vec x) {
  const vec one = splat(1.0);
  return pick(less(splat(1e8), magnitude(x)), one / x / x, one / fma_(x, x, one));
}

/* d atan2(a, b) / da; by b it is atan2_slope(b, -a) */
INLINE vec atan2_slope(vec a, vec b) {
  vec h = v_hypot(a, b);
  return pick(same(h, splat(0.0)), b, b / h / h); /* at the origin 0 */
}

/* g times a partial that may be infinite: an adjoint of 0 hands on 0 */
INLINE vec times(vec g, vec partial) {
  const vec zero = splat(0.0);
  return pick(same(g, zero), zero, g * partial);
}

/* g times d max(a, b) / da: 1, 0, or a half each where they are equal; a NaN passes all to both */
INLINE vec share(vec g, vec a, vec b) {
  return pick(less(a, b), splat(0.0), pick(same(a, b), splat(0.5) * g, g));
}

/* 1, -1 or 0, and 0 for NaN */
INLINE vec sign(vec a) {
  return pick(either(same(a, splat(0.0)), unordered(a)), splat(0.0), with_sign_of(splat(1.0), a));
}

INLINE vec power_by_base(vec a, vec b) {
  vec partial = b * v_power(a, b - splat(1.0));
  return pick(same(b, splat(0.0)), splat(0.0), partial);
}

INLINE vec power_by_exponent(vec a, vec b, vec y) {
  vec partial = y * v_log(a);
  return pick(both(same(a, splat(0.0)), less(splat(0.0), b)), splat(0.0), partial);
}

/* The value, and what operand 0, 1 or 2 gets of g; `kind` and `by` are constants where these are
 * called, so only one case is left. */
INLINE vec value_of(int kind, vec a, vec b, vec c) {
  const vec zero = splat(0.0);
  switch (kind) {
#define VALUE(name, value, ...) case name: return value;
    ELEMENTWISE(VALUE)
#undef VALUE
  }
  return a;
}

INLINE vec pulled(int kind, int by, vec g, vec y, vec a, vec b, vec c) {
  const vec zero = splat(0.0), one = splat(1.0), half = splat(0.5);
  (void)one, (void)half, (void)y, (void)b, (void)c;
  switch (kind) {
#define PULLED(name, value, by_a) case name: return by_a;
    UNARY(PULLED)
#undef PULLED
#define PULLED(name, value, by_a, by_b) case name: return by ? by_b : by_a;
    BINARY(PULLED)
#undef PULLED
#define PULLED(name, value, by_a, by_b, by_c) case name: return by == 0 ? by_a : by == 1 ? by_b : by_c;
    TERNARY(PULLED)
#undef PULLED
  }
  return g;
}

INLINE int all_finite(const double *x, int64_t n) {
  bits seen = {0}; /* 0 times a number is a zero, or else NaN */
  for (int64_t k = 0; k < n; k += WIDTH) seen |= (bits)(load_up_to(x + k, n - k) * splat(0.0));
  return !any(unordered((vec)seen));
}

INLINE int operand_count(int kind) {
  switch (kind) {
#define COUNT(name, ...) case name:
    TERNARY(COUNT) return 3;
    BINARY(COUNT) return 2;
    default: return 1;
#undef COUNT
  }
}

/* y = f(a, b, c) over n doubles; true if a result is not finite */
INLINE int map_values(int kind, double *y, const double *a, const double *b, const double *c,
                      long n) {
  const int operands = operand_count(kind);
  vec broken = {0};
  for (long k = 0; k < n; k += WIDTH) {
    vec x = load_up_to(a + k, n - k);
    vec z = operands > 1 ? load_up_to(b + k, n - k) : x;
    vec w = operands > 2 ? load_up_to(c + k, n - k) : x;
    vec result = value_of(kind, x, z, w);
    store_up_to(y + k, result, n - k);
    /* the idle lanes of the last vector may hold anything */
    if (n - k < WIDTH) result = first_lanes(result, n - k);
    broken = fma_(result, splat(0.0), broken); /* 0 * inf and 0 * NaN are NaN and stay */
  }
  return any(unordered(broken));
}

/* Where a record puts an adjoint: NULL if nobody wants it; `set` if it is the first to write. */
typedef struct {
  double *to;
  int set;
} Sink;

INLINE void pour(Sink sink, long k, vec amount, long n) {
  if (!sink.set) amount = amount + load_up_to(sink.to + k, n);
  store_up_to(sink.to + k, amount, n);
}

/* a' += g df/da and so on over n doubles, g being the adjoint of y */
INLINE void map_adjoints(int kind, const double *g, const double *y, const double *a,
                         const double *b, const double *c, const Sink *sinks, long n) {
  const int operands = operand_count(kind);
  for (long k = 0; k < n; k += WIDTH) {
    vec up = load_up_to(g + k, n - k), value = load_up_to(y + k, n - k);
    vec x = load_up_to(a + k, n - k);
    vec z = operands > 1 ? load_up_to(b + k, n - k) : x;
    vec w = operands > 2 ? load_up_to(c + k, n - k) : x;
    if (sinks[0].to) pour(sinks[0], k, pulled(kind, 0, up, value, x, z, w), n - k);
    if (operands > 1 && sinks[1].to)
      pour(sinks[1], k, pulled(kind, 1, up, value, x, z, w), n - k);
    if (operands > 2 && sinks[2].to)
      pour(sinks[2], k, pulled(kind, 2, up, value, x, z, w), n - k);
  }
}

typedef int (*Values)(double *, const double *, const double *, const double *, long);
typedef void (*Adjoints)(const double *, const double *, const double *, const double *,
                         const double *, const Sink *, long);

#define INSTANCE(kind, ...)                                                                        \
  static int values_##kind(double *y, const double *a, const double *b, const double *c,        \
                           long n) {                                                            \
    return map_values(kind, y, a, b, c, n);                                                     \
  }                                                                                             \
  static void adjoints_##kind(const double *g, const double *y, const double *a,                \
                              const double *b, const double *c, const Sink *sinks, long n) {    \
    map_adjoints(kind, g, y, a, b, c, sinks, n);                                                \
  }
ELEMENTWISE(INSTANCE)
#undef INSTANCE

#define ENTRY(kind, ...) values_##kind,
static const Values values_of[] = {ELEMENTWISE(ENTRY)};
#undef ENTRY
#define ENTRY(kind, ...) adjoints_##kind,
static const Adjoints adjoints_of[] = {ELEMENTWISE(ENTRY)};
#undef ENTRY

#endif
