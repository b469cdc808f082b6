/* INNER, LOGSUMEXP and SOFTMAX of a single row: the vectors run along the operands of a result. */
#ifndef WHYGRAD_GROUPS_ROW_H
#define WHYGRAD_GROUPS_ROW_H

#include "cancelling.h"
#include "elementwise.h"
#include "operands.h"

/* The m numbers of result j: where they are, or gathered into `room`. */
INLINE const double *row_numbers(const Frame *f, Slots a, long j, long m, double *room) {
  if (!a.list) return f->value + slot(a, j * m);
  for (long k = 0; k < m; k++) room[k] = f->value[a.list[j * m + k]];
  return room;
}

INLINE double sum_of(const double *x, long m) {
  vec sum = {0};
  for (long k = 0; k < m; k += WIDTH) sum = sum + load_up_to(x + k, m - k);
  return lane_sum(sum);
}

INLINE double largest_of(const double *x, long m) {
  double top = x[0];
  for (long k = 1; k < m; k++) top = top < x[k] ? x[k] : top;
  return top;
}

static int inner_row_values(const Record *r, const Frame *f, Slots a, Slots b, Slots c) {
  const long m = r->m;
  const double *value = f->value;
  double unfit = 0.0;
  for (long j = 0; j < r->n; j++) {
    double sum = value[slot(c, j)], other = 0.0;
    long k = j * m;
    for (; k + 2 <= (j + 1) * m; k += 2) {
      sum += value[slot(a, k)] * value[slot(b, k)];
      other += value[slot(a, k + 1)] * value[slot(b, k + 1)];
    }
    if (k < (j + 1) * m) sum += value[slot(a, k)] * value[slot(b, k)];
    unfit += (f->value[r->out + j] = sum + other) * 0.0;
  }
  return unfit != unfit;
}

static void inner_row_adjoints(const Record *r, const Frame *f, Slots a, Slots b, Slots c) {
  const long m = r->m;
  const double *value = f->value;
  double *adjoint = f->adjoint;
  const int want_a = wanted(r, 0), want_b = wanted(r, 1), want_c = wanted(r, 2);
  for (long j = 0; j < r->n; j++) {
    const double g = adjoint[r->out + j];
    if (want_c) adjoint[slot(c, j)] += g;
    if (want_a)
      for (long k = j * m; k < (j + 1) * m; k++) adjoint[slot(a, k)] += g * value[slot(b, k)];
    if (want_b)
      for (long k = j * m; k < (j + 1) * m; k++) adjoint[slot(b, k)] += g * value[slot(a, k)];
  }
}

/* As log_sum_exp, with the vectors along the terms. */
static int logsumexp_row_values(const Record *r, const Frame *f, Slots a) {
  const long m = r->m;
  const vec infinity = splat(INFINITY);
  double unfit = 0.0, *room = f->room, *e = room + m;
  for (long j = 0; j < r->n; j++) {
    const double *x = row_numbers(f, a, j, m, room), top = largest_of(x, m);
    const double base = fabs(top) < INFINITY ? top : 0.0;
    long own = 0;
    while (own < m - 1 && x[own] != base) own++;
    for (long k = 0; k < m; k += WIDTH) {
      vec at = load_up_to(x + k, m - k), d = at - splat(base), back = d - at;
      vec lost = (at - (d - back)) - (splat(base) + back), power = v_exp(d);
      power = fma_(power, pick(less(magnitude(d), infinity), lost, splat(0.0)), power);
      store_up_to(e + k, power, m - k);
    }
    const int apart = base == top && x[own] == base;
    if (apart) e[own] = 0.0;
    double one[WIDTH] = {0};
    const double rest = sum_of(e, m);
    store(one, apart ? splat(base) + v_log1p(splat(rest)) : v_log(splat(rest)));
    if (is_cancelling(top, one[0])) {
      Fixed sum = {{0}};
      for (long k = 0; k < m; k++) add_power(&sum, x[k], one[0]);
      one[0] = with_all_digits(sum, one[0]);
    }
    unfit += (f->value[r->out + j] = one[0]) * 0.0;
  }
  return unfit != unfit;
}

static void logsumexp_row_adjoints(const Record *r, const Frame *f, Slots a) {
  const long m = r->m;
  double *room = f->room, *e = room + m;
  for (long j = 0; j < r->n; j++) {
    const double *x = row_numbers(f, a, j, m, room), y = f->value[r->out + j];
    double g = f->adjoint[r->out + j];
    for (long k = 0; k < m; k += WIDTH)
      store_up_to(e + k, v_exp(load_up_to(x + k, m - k) - splat(y)), m - k);
    if (fabs(y) > 64.0) { /* what y is rounded by is in all shares */
      const double sum = sum_of(e, m);
      if (sum == sum) g /= sum;
    }
    for (long k = 0; k < m; k++) f->adjoint[slot(a, j * m + k)] += g * e[k];
  }
}

static int softmax_row_values(const Record *r, const Frame *f, Slots a) {
  const long m = r->m;
  double unfit = 0.0;
  for (long j = 0; j < r->n; j++) {
    const double *x = row_numbers(f, a, j, m, f->room), top = largest_of(x, m);
    double *y = f->value + r->out + j * m;
    for (long k = 0; k < m; k += WIDTH)
      store_up_to(y + k, v_exp(load_up_to(x + k, m - k) - splat(top)), m - k);
    const double sum = sum_of(y, m);
    for (long k = 0; k < m; k++) y[k] /= sum;
    unfit += sum * 0.0;
  }
  return unfit != unfit;
}

static void softmax_row_adjoints(const Record *r, const Frame *f, Slots a) {
  const long m = r->m;
  for (long j = 0; j < r->n; j++) {
    const double *y = f->value + r->out + j * m, *g = f->adjoint + r->out + j * m;
    double mean = 0.0;
    for (long k = 0; k < m; k++) mean += g[k] * y[k];
    for (long k = 0; k < m; k++) f->adjoint[slot(a, j * m + k)] += y[k] * (g[k] - mean);
  }
}

#endif
