/* Records of n results with m operands each: sums, products and their kin.
 *
 * A single row is a vector with one lane. */
#ifndef WHYGRAD_GROUPS_H
#define WHYGRAD_GROUPS_H

#include <math.h>

#include "cancelling.h"
#include "elementwise.h"
#include "groups_row.h"
#include "operands.h"

INLINE vec value_at(Slots s, long k, long lane) {
  return load_up_to(slot_value(s.frame, slot(s, k)) + lane, s.frame->lanes);
}
INLINE void add_at(Slots s, long k, long lane, vec amount) {
  double *to = s.frame->adjoint + slot(s, k) * s.frame->lanes + lane;
  store_up_to(to, load_up_to(to, s.frame->lanes) + amount, s.frame->lanes);
}

/* A single row's long sums and products: as above, without vectors of one lane. */

#define SHORT 16 /* below it there is nothing to gain */
#define STRANDS 8

static double row_sum(Slots a, long first, long m) {
  double sum[4] = {0};
  long k = 0;
  const double *x = a.frame->value;
  for (; k + 4 <= m; k += 4)
    for (int q = 0; q < 4; q++) sum[q] += x[slot(a, first + k + q)];
  for (; k < m; k++) sum[0] += x[slot(a, first + k)];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Whether no product of some of the factors, in any order, can overflow or underflow: the bits of
 * a double, read as a fixed-point number, are its binary logarithm within 0.09. */
static int moderate(const double *x, long m) {
  int64_t logarithms = 0;
  for (long k = 0; k < m; k++) {
    int64_t fixed;
    memcpy(&fixed, x + k, 8);
    fixed = ((fixed & INT64_MAX) - (1023LL << 52)) >> 20;
    logarithms += fixed < 0 ? -fixed : fixed;
  }
  return (double)logarithms / 4294967296.0 + 0.09 * (double)m < 1000.0;
}

/* The product in eight strands, factor k in strand k % 8; ys[k] is the strand so far, but for the
 * last one, which is the product of all, and the first, which is NaN to tell what this is. */
static void strands_forward(const double *x, double *ys, long m) {
  vec part[STRANDS / WIDTH];
  double strand[STRANDS], whole = 1.0;
  long k = 0;
  UNROLL for (int q = 0; q < STRANDS / WIDTH; q++) part[q] = splat(1.0);
  for (; k + STRANDS <= m; k += STRANDS)
    UNROLL for (int q = 0; q < STRANDS / WIDTH; q++) {
      part[q] = part[q] * load(x + k + q * WIDTH);
      store(ys + k + q * WIDTH, part[q]);
    }
  UNROLL for (int q = 0; q < STRANDS / WIDTH; q++) store(strand + q * WIDTH, part[q]);
  for (; k < m; k++) ys[k] = strand[k % STRANDS] *= x[k];
  for (int q = 0; q < STRANDS; q++) whole *= strand[q];
  ys[0] = NAN;
  ys[m - 1] = whole;
}

static void strands_backward(const double *x, double *to, const double *ys, long m, double g) {
  double before = g, up[STRANDS], strand[STRANDS];
  for (int q = 0; q < STRANDS; q++) { /* the last of each strand; that of all is no strand's */
    const long last = m - 1 - (m - 1 - q) % STRANDS;
    strand[q] = last == m - 1 ? ys[last - STRANDS] * x[last] : ys[last];
  }
  for (int q = 0; q < STRANDS; q++) up[q] = before, before *= strand[q];
  before = 1.0;
  for (int q = STRANDS - 1; q >= 0; q--) up[q] *= before, before *= strand[q];
  long k = m;
  for (; k % STRANDS; k--)
    to[k - 1] += up[(k - 1) % STRANDS] * ys[k - 1 - STRANDS], up[(k - 1) % STRANDS] *= x[k - 1];
  vec part[STRANDS / WIDTH];
  UNROLL for (int q = 0; q < STRANDS / WIDTH; q++) part[q] = load(up + q * WIDTH);
  for (k -= STRANDS; k > 0; k -= STRANDS)
    UNROLL for (int q = 0; q < STRANDS / WIDTH; q++) {
      const long at = k + q * WIDTH;
      const double *so_far = k == STRANDS ? x : ys + k - STRANDS; /* ys[0] is no number */
      store(to + at, load(to + at) + part[q] * load(so_far + q * WIDTH));
      part[q] = part[q] * load(x + at);
    }
  UNROLL for (int q = 0; q < STRANDS / WIDTH; q++)
    store(to + q * WIDTH, load(to + q * WIDTH) + part[q]);
}

/* Whether a record is a long product of one row, of a run of factors. */
static int is_long_product(const Record *r, const Frame *f) {
  return r->kind == PRODUCT && f->lanes == 1 && r->n == 1 && r->m >= 2 * STRANDS &&
         r->flags & RUN_A;
}

/* What log_sum_exp has found, with all digits where the top and the rest nearly cancel. */
static vec without_cancelling(Slots a, long first, long m, long lane, vec top, vec found) {
  double tops[WIDTH], ys[WIDTH], xs[WIDTH];
  Fixed sums[WIDTH] = {{{0}}};
  store(tops, top), store(ys, found);
  for (long k = first; k < first + m; k++) {
    store(xs, value_at(a, k, lane));
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
static vec log_sum_exp(Slots a, long first, long m, long lane, vec top) {
  const vec zero = splat(0.0), one = splat(1.0), infinity = splat(INFINITY);
  mask finite = less(magnitude(top), infinity);
  vec base = pick(finite, top, zero), rest = zero, to_come = one;
  for (long k = first; k < first + m; k++) {
    vec x = value_at(a, k, lane), d = x - base, back = d - x;
    vec lost = (x - (d - back)) - (base + back), e = v_exp(d);
    e = fma_(e, pick(less(magnitude(d), infinity), lost, zero), e);
    mask own = both(finite, both(same(x, base), same(to_come, one)));
    to_come = pick(own, zero, to_come);
    rest = rest + pick(own, zero, e);
  }
  vec found = pick(finite, base + v_log1p(rest), v_log(rest));
  if (any(less(magnitude(found), splat(-0.5) * top)))
    return without_cancelling(a, first, m, lane, top, found);
  return found;
}

static int group_forward(const Program *p, const Record *r, const Frame *f) {
  const Slots a = slots_of(p, r, f, 0), b = slots_of(p, r, f, 1), c = slots_of(p, r, f, 2);
  const long m = r->m, lanes = f->lanes;
  vec broken = {0};
  if (is_long_product(r, f) && moderate(f->value + r->a, m)) {
    strands_forward(f->value + r->a, f->value + r->out, m);
    return 0;
  }
  if (r->kind == SUM && lanes == 1 && m >= SHORT) {
    double unfit = 0.0;
    for (long j = 0; j < r->n; j++)
      unfit += (f->value[r->out + j] = row_sum(a, j * m, m)) * 0.0;
    return unfit != unfit;
  }
  if (lanes == 1 && r->kind == INNER) return inner_row_values(r, f, a, b, c);
  if (lanes == 1 && r->kind == LOGSUMEXP) return logsumexp_row_values(r, f, a);
  if (lanes == 1 && r->kind == SOFTMAX) return softmax_row_values(r, f, a);
  for (long j = 0; j < r->n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      double *y = f->value + (r->out + j) * lanes + lane, *ys = y + j * (m - 1) * lanes;
      vec result = {0}, top;
      switch (r->kind) {
        case INNER:
          result = value_at(c, j, lane);
          for (long k = j * m; k < (j + 1) * m; k++)
            result = fma_(value_at(a, k, lane), value_at(b, k, lane), result);
          store_up_to(y, result, lanes);
          break;
        case SUM:
          result = value_at(a, j * m, lane);
          for (long k = 1; k < m; k++) result = result + value_at(a, j * m + k, lane);
          store_up_to(y, result, lanes);
          break;
        case PRODUCT: /* the running products, the whole one last */
          result = value_at(a, j * m, lane);
          store_up_to(ys, result, lanes);
          for (long k = 1; k < m; k++) {
            result = result * value_at(a, j * m + k, lane);
            store_up_to(ys + k * lanes, result, lanes);
          }
          break;
        default: /* LOGSUMEXP, SOFTMAX */
          top = value_at(a, j * m, lane);
          for (long k = 1; k < m; k++) {
            vec x = value_at(a, j * m + k, lane);
            top = pick(less(top, x), x, top);
          }
          if (r->kind == LOGSUMEXP) {
            result = log_sum_exp(a, j * m, m, lane, top);
            store_up_to(y, result, lanes);
            break;
          }
          for (long k = 0; k < m; k++) {
            vec e = v_exp(value_at(a, j * m + k, lane) - top);
            store_up_to(ys + k * lanes, e, lanes);
            result = result + e;
          }
          for (long k = 0; k < m; k++) {
            vec e = load_up_to(ys + k * lanes, lanes);
            store_up_to(ys + k * lanes, e / result, lanes);
          }
      }
      double kept[WIDTH] = {0};
      store_up_to(kept, result, lanes);
      broken = broken + load(kept) * splat(0.0);
    }
  return any(unordered(broken));
}

static void group_backward(const Program *p, const Record *r, const Frame *f) {
  const Slots a = slots_of(p, r, f, 0), b = slots_of(p, r, f, 1), c = slots_of(p, r, f, 2);
  const long m = r->m, lanes = f->lanes;
  const int want_a = wanted(r, 0), want_b = wanted(r, 1), want_c = wanted(r, 2);
  if (is_long_product(r, f) && isnan(f->value[r->out])) {
    strands_backward(f->value + r->a, f->adjoint + r->a, f->value + r->out, m,
                     f->adjoint[r->out + m - 1]);
    return;
  }
  if (r->kind == SUM && lanes == 1) {
    for (long j = 0; j < r->n; j++)
      for (long k = j * m; k < (j + 1) * m; k++)
        f->adjoint[slot(a, k)] += f->adjoint[r->out + j];
    return;
  }
  if (lanes == 1 && r->kind == INNER) return inner_row_adjoints(r, f, a, b, c);
  if (lanes == 1 && r->kind == LOGSUMEXP) return logsumexp_row_adjoints(r, f, a);
  if (lanes == 1 && r->kind == SOFTMAX) return softmax_row_adjoints(r, f, a);
  for (long j = 0; j < r->n; j++)
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      const long at = (r->out + j) * lanes + lane, wide = at + j * (m - 1) * lanes;
      const double *ys = f->value + wide, *gs = f->adjoint + wide;
      vec g = load_up_to(f->adjoint + at, lanes), y = load_up_to(f->value + at, lanes);
      switch (r->kind) {
        case INNER:
          if (want_c) add_at(c, j, lane, g);
          for (long k = j * m; k < (j + 1) * m; k++) {
            vec x = value_at(a, k, lane), z = value_at(b, k, lane);
            if (want_a) add_at(a, k, lane, g * z);
            if (want_b) add_at(b, k, lane, g * x);
          }
          break;
        case SUM:
          for (long k = j * m; k < (j + 1) * m; k++) add_at(a, k, lane, g);
          break;
        case PRODUCT: /* g is the adjoint of the running product in hand */
          g = load_up_to(gs + (m - 1) * lanes, lanes);
          for (long k = m - 1; k > 0; k--) {
            vec x = value_at(a, j * m + k, lane);
            add_at(a, j * m + k, lane, g * load_up_to(ys + (k - 1) * lanes, lanes));
            g = g * x;
          }
          add_at(a, j * m, lane, g);
          break;
        case LOGSUMEXP:
          if (any(less(splat(64.0), magnitude(y)))) { /* what y is rounded by is in all shares */
            vec sum = {0};
            for (long k = j * m; k < (j + 1) * m; k++)
              sum = sum + v_exp(value_at(a, k, lane) - y);
            g = pick(unordered(sum), g, g / sum);
          }
          for (long k = j * m; k < (j + 1) * m; k++)
            add_at(a, k, lane, g * v_exp(value_at(a, k, lane) - y));
          break;
        default: /* SOFTMAX */
          g = splat(0.0);
          for (long k = 0; k < m; k++)
            g = fma_(load_up_to(gs + k * lanes, lanes), load_up_to(ys + k * lanes, lanes), g);
          for (long k = 0; k < m; k++)
            add_at(a, j * m + k, lane,
                   load_up_to(ys + k * lanes, lanes) * (load_up_to(gs + k * lanes, lanes) - g));
      }
    }
}

#endif
