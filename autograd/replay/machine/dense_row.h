/* DENSE for a single row: the vectors run along the inputs of a result.
 *
 * All sites are taken together: they have the same weights, which are loaded once for all of
 * them. */
#ifndef WHYGRAD_DENSE_ROW_H
#define WHYGRAD_DENSE_ROW_H

#include <stdlib.h>

#include "operands.h"

#define ROW_VECTORS 8 /* of inputs whose adjoints are kept in registers */

/* The inputs of all sites one after the other: where they are, or gathered into `room`. */
INLINE const double *row_inputs(const Program *p, const Record *r, const Frame *f, double *room) {
  int64_t first;
  const int64_t *list = operand_slots(p, r, 0, &first);
  if (!list) return slot_value(f, first);
  for (int64_t k = 0; k < r->sites * r->m; k++) room[k] = *slot_value(f, list[k]);
  return room;
}

/* WIDTH results from j on, of one site: sum_i w_ji x_i; past the last result it comes again. */
INLINE vec row_sums(const double *weight, const double *x, long j, long n, long m) {
  vec sum[WIDTH];
  UNROLL for (int q = 0; q < WIDTH; q++) sum[q] = splat(0.0);
  long i = 0;
  for (; i + WIDTH <= m; i += WIDTH) {
    const vec at = load(x + i);
    UNROLL for (int q = 0; q < WIDTH; q++)
      sum[q] = fma_(load(weight + (j + q < n ? j + q : n - 1) * m + i), at, sum[q]);
  }
  if (i < m) {
    const vec at = load_part(x + i, m - i);
    UNROLL for (int q = 0; q < WIDTH; q++)
      sum[q] = fma_(load_part(weight + (j + q < n ? j + q : n - 1) * m + i, m - i), at, sum[q]);
  }
  return lane_sums(sum);
}

static int dense_row_values(const Program *p, const Record *r, const Frame *f,
                            const double *weight, const double *bias, double *room) {
  const double *x = row_inputs(p, r, f, room);
  double *out = f->value + r->out;
  vec broken = {0};
  for (long j = 0; j < r->n; j += WIDTH) {
    const long left = r->n - j;
    const vec start = load_up_to(bias + j, left);
    for (long s = 0; s < r->sites; s++) {
      vec y = row_sums(weight, x + s * r->m, j, r->n, r->m) + start;
      if (left < WIDTH) y = first_lanes(y, left);
      store_up_to(out + s * r->n + j, y, left);
      broken = fma_(y, splat(0.0), broken);
    }
  }
  return any(unordered(broken));
}

/* w_ji' += sum over the sites of g_j x_i */
static void dense_row_weights(const Record *r, const double *x, const double *g,
                              double *weight_adjoint, double *bias_adjoint) {
  const long n = r->n, m = r->m, sites = r->sites;
  for (long j = 0; j < n; j++) {
    double *to = weight_adjoint + j * m;
    for (long s = 0; s < sites; s++) bias_adjoint[j] += g[s * n + j];
    long i = 0;
    for (; i + 2 * WIDTH <= m; i += 2 * WIDTH) {
      vec one = load(to + i), two = load(to + i + WIDTH);
      for (long s = 0; s < sites; s++) {
        const vec up = splat(g[s * n + j]);
        one = fma_(up, load(x + s * m + i), one);
        two = fma_(up, load(x + s * m + i + WIDTH), two);
      }
      store(to + i, one), store(to + i + WIDTH, two);
    }
    for (; i < m; i += WIDTH) {
      vec sum = load_up_to(to + i, m - i);
      for (long s = 0; s < sites; s++)
        sum = fma_(splat(g[s * n + j]), load_up_to(x + s * m + i, m - i), sum);
      store_up_to(to + i, sum, m - i);
    }
  }
}

/* x_i' += sum_j w_ji g_j for U vectors of inputs of one site, the last of them of `left` lanes */
INLINE void row_pull(const int U, const double *weight, const double *g, long n, long m,
                     double *to, long left, int set) {
  vec sum[ROW_VECTORS];
  UNROLL for (int u = 0; u < U; u++)
    sum[u] = set ? splat(0.0) : load_up_to(to + u * WIDTH, u < U - 1 ? WIDTH : left);
  for (long j = 0; j < n; j++) {
    const vec up = splat(g[j]);
    UNROLL for (int u = 0; u < U; u++)
      sum[u] = fma_(up, load_up_to(weight + j * m + u * WIDTH, u < U - 1 ? WIDTH : left), sum[u]);
  }
  UNROLL for (int u = 0; u < U; u++)
    store_up_to(to + u * WIDTH, sum[u], u < U - 1 ? WIDTH : left);
}

INLINE void row_pulls(const double *weight, const double *g, long n, long m, double *to, int set) {
  long i = 0;
  for (; i + 8 * WIDTH <= m; i += 8 * WIDTH)
    row_pull(8, weight + i, g, n, m, to + i, WIDTH, set);
  for (; i + 2 * WIDTH <= m; i += 2 * WIDTH)
    row_pull(2, weight + i, g, n, m, to + i, WIDTH, set);
  for (; i < m; i += WIDTH)
    row_pull(1, weight + i, g, n, m, to + i, m - i < WIDTH ? m - i : WIDTH, set);
}

static void dense_row_inputs(const Program *p, const Record *r, const Frame *f,
                             const double *weight, const double *g, double *room) {
  int64_t first;
  const int64_t *list = operand_slots(p, r, 0, &first);
  const int set = first_writer(r, 0);
  for (long s = 0; s < r->sites; s++) {
    double *to = list ? room : slot_adjoint(f, first + s * r->m);
    row_pulls(weight, g + s * r->n, r->n, r->m, to, set || list);
    for (long i = 0; list && i < r->m; i++) {
      double *adjoint = slot_adjoint(f, list[s * r->m + i]);
      *adjoint = set ? to[i] : *adjoint + to[i];
    }
  }
}

#endif
