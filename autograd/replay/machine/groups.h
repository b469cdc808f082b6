/* Records of n results with m operands each: sums, products and their kin. */
#ifndef WHYGRAD_GROUPS_H
#define WHYGRAD_GROUPS_H

#include "groups_block.h"
#include "groups_row.h"

/* A single row's long sums and products: as above, without vectors of one lane. */

#define SHORT 16 /* below it there is nothing to gain */
#define STRANDS 8

static double row_sum(Slots a, long first, long m) {
  double sum[4] = {0};
  long k = 0;
  const double *x = a.value;
  for (; k + 4 <= m; k += 4)
    for (int q = 0; q < 4; q++) sum[q] += x[slot(a, first + k + q)];
  for (; k < m; k++) sum[0] += x[slot(a, first + k)];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static int long_sums(const Record *r, const Frame *f, Slots a) {
  double unfit = 0.0;
  for (long j = 0; j < r->n; j++)
    unfit += (f->value[r->out + j] = row_sum(a, j * r->m, r->m)) * 0.0;
  return unfit != unfit;
}

static void sum_row_adjoints(const Record *r, const Frame *f, Slots a) {
  for (long j = 0; j < r->n; j++)
    for (long k = j * r->m; k < (j + 1) * r->m; k++)
      f->adjoint[slot(a, k)] += f->adjoint[r->out + j];
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

static int group_forward(const Program *p, const Record *r, const Frame *f) {
  const Slots a = slots_of(p, r, f, 0), b = slots_of(p, r, f, 1), c = slots_of(p, r, f, 2);
  double *y = f->value + r->out * f->lanes;
  if (f->lanes == 8) return group_block_values(8, r, y, &a, &b, &c);
  if (f->lanes == MOST_LANES) return group_block_values(MOST_LANES, r, y, &a, &b, &c);
  if (r->kind == INNER) return inner_row_values(r, f, a, b, c);
  if (r->kind == LOGSUMEXP) return logsumexp_row_values(r, f, a);
  if (r->kind == SOFTMAX) return softmax_row_values(r, f, a);
  if (r->kind == SUM && r->m >= SHORT) return long_sums(r, f, a);
  if (is_long_product(r, f) && moderate(f->value + r->a, r->m)) {
    strands_forward(f->value + r->a, y, r->m);
    return 0;
  }
  return group_block_values(1, r, y, &a, &b, &c);
}

static void group_backward(const Program *p, const Record *r, const Frame *f) {
  const Slots a = slots_of(p, r, f, 0), b = slots_of(p, r, f, 1), c = slots_of(p, r, f, 2);
  const double *y = f->value + r->out * f->lanes, *g = f->adjoint + r->out * f->lanes;
  if (f->lanes == 8) return group_block_adjoints(8, r, y, g, &a, &b, &c);
  if (f->lanes == MOST_LANES) return group_block_adjoints(MOST_LANES, r, y, g, &a, &b, &c);
  if (r->kind == INNER) return inner_row_adjoints(r, f, a, b, c);
  if (r->kind == LOGSUMEXP) return logsumexp_row_adjoints(r, f, a);
  if (r->kind == SOFTMAX) return softmax_row_adjoints(r, f, a);
  if (r->kind == SUM) return sum_row_adjoints(r, f, a);
  if (is_long_product(r, f) && isnan(y[0]))
    return strands_backward(f->value + r->a, f->adjoint + r->a, y, r->m, g[r->m - 1]);
  group_block_adjoints(1, r, y, g, &a, &b, &c);
}

#endif
