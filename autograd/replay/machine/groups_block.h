/* Records of n results with m operands each, over a block of rows.
 *
 * `lanes` is a constant where these are called, so that a full vector is not asked whether it is
 * one.  A single row is a vector with one lane. */
#ifndef WHYGRAD_GROUPS_BLOCK_H
#define WHYGRAD_GROUPS_BLOCK_H

#include <math.h>

#include "cancelling.h"
#include "elementwise.h"
#include "operands.h"

INLINE vec value_at(const long lanes, const Slots *s, long k, long lane) {
  const int64_t at = slot(*s, k);
  const double *values = at < s->columns ? s->input : s->value;
  return load_up_to(values + at * lanes + lane, lanes);
}
INLINE void add_at(const long lanes, const Slots *s, long k, long lane, vec amount) {
  add_up_to(s->adjoint + slot(*s, k) * lanes + lane, amount, lanes);
}

/* Keep the result of a vector of rows; what `broken` has then tells whether all were numbers. */
INLINE void give_result(const long lanes, double *y, vec result, vec *broken) {
  store_up_to(y, result, lanes);
  if (lanes < WIDTH) result = first_lanes(result, lanes);
  *broken = fma_(result, splat(0.0), *broken);
}

/* Values: `y` is where the first result goes */

INLINE void inner_values(const long lanes, const Record *r, double *y, const Slots *a,
                         const Slots *b, const Slots *c, vec *broken) {
  const long n = r->n, m = r->m;
  for (long j = 0; j < n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      vec sum = value_at(lanes, c, j, lane);
      for (long k = j * m; k < (j + 1) * m; k++)
        sum = fma_(value_at(lanes, a, k, lane), value_at(lanes, b, k, lane), sum);
      give_result(lanes, y + j * lanes + lane, sum, broken);
    }
}

INLINE void sum_values(const long lanes, const Record *r, double *y, const Slots *a, vec *broken) {
  const long n = r->n, m = r->m;
  for (long j = 0; j < n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      vec sum = value_at(lanes, a, j * m, lane);
      for (long k = j * m + 1; k < (j + 1) * m; k++) sum = sum + value_at(lanes, a, k, lane);
      give_result(lanes, y + j * lanes + lane, sum, broken);
    }
}

/* The running products, the whole one last. */
INLINE void product_values(const long lanes, const Record *r, double *y, const Slots *a,
                           vec *broken) {
  const long n = r->n, m = r->m;
  for (long j = 0; j < n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      vec product = splat(1.0);
      for (long k = j * m; k < (j + 1) * m; k++) {
        product = product * value_at(lanes, a, k, lane);
        store_up_to(y + k * lanes + lane, product, lanes);
      }
      if (lanes < WIDTH) product = first_lanes(product, lanes);
      *broken = fma_(product, splat(0.0), *broken);
    }
}

INLINE vec largest_at(const long lanes, const Slots *a, long first, long m, long lane) {
  vec top = value_at(lanes, a, first, lane);
  for (long k = first + 1; k < first + m; k++) {
    const vec x = value_at(lanes, a, k, lane);
    top = pick(less(top, x), x, top);
  }
  return top;
}

/* What log_sum_exp has found, with all digits where the top and the rest nearly cancel. */
INLINE vec without_cancelling(const long lanes, const Slots *a, long first, long m, long lane, vec top, vec found) {
  double tops[WIDTH], ys[WIDTH], xs[WIDTH];
  Fixed sums[WIDTH] = {{{0}}};
  store(tops, top), store(ys, found);
  for (long k = first; k < first + m; k++) {
    store(xs, value_at(lanes, a, k, lane));
    for (int i = 0; i < WIDTH; i++)
      if (is_cancelling(tops[i], ys[i])) add_power(sums + i, xs[i], ys[i]);
  }
  for (int i = 0; i < WIDTH; i++)
    if (is_cancelling(tops[i], ys[i])) ys[i] = with_all_digits(sums[i], ys[i]);
  return load(ys);
}

/* top + log(sum of e^(x - top)).  The 1 of the top itself is kept apart from the rest, which may be
 * far smaller, and what x - top is rounded by is put back.  Infinities are taken as they are: no
 * inf - inf. */
INLINE vec log_sum_exp(const long lanes, const Slots *a, long first, long m, long lane, vec top) {
  const vec zero = splat(0.0), one = splat(1.0), infinity = splat(INFINITY);
  mask finite = less(magnitude(top), infinity);
  vec base = pick(finite, top, zero), rest = zero, to_come = one;
  for (long k = first; k < first + m; k++) {
    vec x = value_at(lanes, a, k, lane), d = x - base, back = d - x;
    vec lost = (x - (d - back)) - (base + back), e = v_exp(d);
    e = fma_(e, pick(less(magnitude(d), infinity), lost, zero), e);
    mask own = both(finite, both(same(x, base), same(to_come, one)));
    to_come = pick(own, zero, to_come);
    rest = rest + pick(own, zero, e);
  }
  vec found = pick(finite, base + v_log1p(rest), v_log(rest));
  if (any(less(magnitude(found), splat(-0.5) * top)))
    return without_cancelling(lanes, a, first, m, lane, top, found);
  return found;
}

INLINE void logsumexp_values(const long lanes, const Record *r, double *y, const Slots *a,
                             vec *broken) {
  const long n = r->n, m = r->m;
  for (long j = 0; j < n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      const vec top = largest_at(lanes, a, j * m, m, lane);
      const vec found = log_sum_exp(lanes, a, j * m, m, lane, top);
      give_result(lanes, y + j * lanes + lane, found, broken);
    }
}

INLINE void softmax_values(const long lanes, const Record *r, double *y, const Slots *a,
                           vec *broken) {
  const long n = r->n, m = r->m;
  for (long j = 0; j < n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      const vec top = largest_at(lanes, a, j * m, m, lane);
      vec sum = splat(0.0);
      for (long k = j * m; k < (j + 1) * m; k++) {
        const vec e = v_exp(value_at(lanes, a, k, lane) - top);
        store_up_to(y + k * lanes + lane, e, lanes);
        sum = sum + e;
      }
      for (long k = j * m; k < (j + 1) * m; k++) {
        double *share = y + k * lanes + lane;
        store_up_to(share, load_up_to(share, lanes) / sum, lanes);
      }
      if (lanes < WIDTH) sum = first_lanes(sum, lanes);
      *broken = fma_(sum, splat(0.0), *broken);
    }
}

/* Adjoints: `y` and `g` are the values and adjoints of the results */

INLINE void inner_adjoints(const long lanes, const Record *r, const double *g, const Slots *a,
                           const Slots *b, const Slots *c) {
  const long n = r->n, m = r->m;
  const int want_a = wanted(r, 0), want_b = wanted(r, 1), want_c = wanted(r, 2);
  for (long j = 0; j < n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      const vec up = load_up_to(g + j * lanes + lane, lanes);
      if (want_c) add_at(lanes, c, j, lane, up);
      for (long k = j * m; k < (j + 1) * m; k++) {
        const vec x = value_at(lanes, a, k, lane), z = value_at(lanes, b, k, lane);
        if (want_a) add_at(lanes, a, k, lane, up * z);
        if (want_b) add_at(lanes, b, k, lane, up * x);
      }
    }
}

INLINE void sum_adjoints(const long lanes, const Record *r, const double *g, const Slots *a) {
  const long n = r->n, m = r->m;
  for (long j = 0; j < n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      const vec up = load_up_to(g + j * lanes + lane, lanes);
      for (long k = j * m; k < (j + 1) * m; k++) add_at(lanes, a, k, lane, up);
    }
}

/* `up` is the adjoint of the running product in hand. */
INLINE void product_adjoints(const long lanes, const Record *r, const double *y, const double *g,
                             const Slots *a) {
  const long n = r->n, m = r->m;
  for (long j = 0; j < n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      vec up = load_up_to(g + ((j + 1) * m - 1) * lanes + lane, lanes);
      for (long k = (j + 1) * m - 1; k > j * m; k--) {
        const vec x = value_at(lanes, a, k, lane);
        add_at(lanes, a, k, lane, up * load_up_to(y + (k - 1) * lanes + lane, lanes));
        up = up * x;
      }
      add_at(lanes, a, j * m, lane, up);
    }
}

/* What y is rounded by is in all shares. */
INLINE vec over_sum_of_shares(const long lanes, vec up, vec y, const Slots *a, long first, long m,
                              long lane) {
  vec sum = {0};
  for (long k = first; k < first + m; k++) sum = sum + v_exp(value_at(lanes, a, k, lane) - y);
  return pick(unordered(sum), up, up / sum);
}

INLINE void logsumexp_adjoints(const long lanes, const Record *r, const double *y, const double *g,
                               const Slots *a) {
  const long n = r->n, m = r->m;
  for (long j = 0; j < n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      const vec found = load_up_to(y + j * lanes + lane, lanes);
      vec up = load_up_to(g + j * lanes + lane, lanes);
      if (any(less(splat(64.0), magnitude(found))))
        up = over_sum_of_shares(lanes, up, found, a, j * m, m, lane);
      for (long k = j * m; k < (j + 1) * m; k++)
        add_at(lanes, a, k, lane, up * v_exp(value_at(lanes, a, k, lane) - found));
    }
}

INLINE void softmax_adjoints(const long lanes, const Record *r, const double *y, const double *g,
                             const Slots *a) {
  const long n = r->n, m = r->m;
  for (long j = 0; j < n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      vec mean = splat(0.0);
      for (long k = j * m; k < (j + 1) * m; k++) {
        const long at = k * lanes + lane;
        mean = fma_(load_up_to(g + at, lanes), load_up_to(y + at, lanes), mean);
      }
      for (long k = j * m; k < (j + 1) * m; k++) {
        const long at = k * lanes + lane;
        add_at(lanes, a, k, lane, load_up_to(y + at, lanes) * (load_up_to(g + at, lanes) - mean));
      }
    }
}

/* All kinds */

INLINE int group_block_values(const long lanes, const Record *r, double *y, const Slots *a,
                              const Slots *b, const Slots *c) {
  vec broken = {0};
  switch (r->kind) {
    case INNER: inner_values(lanes, r, y, a, b, c, &broken); break;
    case SUM: sum_values(lanes, r, y, a, &broken); break;
    case PRODUCT: product_values(lanes, r, y, a, &broken); break;
    case LOGSUMEXP: logsumexp_values(lanes, r, y, a, &broken); break;
    default: softmax_values(lanes, r, y, a, &broken);
  }
  return any(unordered(broken));
}

INLINE void group_block_adjoints(const long lanes, const Record *r, const double *y,
                                 const double *g, const Slots *a, const Slots *b, const Slots *c) {
  switch (r->kind) {
    case INNER: inner_adjoints(lanes, r, g, a, b, c); break;
    case SUM: sum_adjoints(lanes, r, g, a); break;
    case PRODUCT: product_adjoints(lanes, r, y, g, a); break;
    case LOGSUMEXP: logsumexp_adjoints(lanes, r, y, g, a); break;
    default: softmax_adjoints(lanes, r, y, g, a);
  }
}

#endif
