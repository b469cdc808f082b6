/* DENSE: n sums  b_j + sum_i w_ji x_i  of the same m inputs, the work of a layer.
 *
 * Over a block of rows the weights are scalars and the inputs vectors of lanes; tiles of TJ results
 * by TU vectors stay in registers.  Weight gradients are summed in eight lanes over all blocks. */
#ifndef WHYGRAD_DENSE_H
#define WHYGRAD_DENSE_H

#include "operands.h"

#define MOST 8 /* the longest side of a tile */

/* The inputs of a record: a run of slots, or a list of them. */
typedef struct {
  const double *run;
  const int64_t *list;
  const Frame *frame;
} Inputs;

INLINE const double *input_at(const Inputs *in, int64_t i) {
  return in->list ? slot_value(in->frame, in->list[i]) : in->run + i * in->frame->lanes;
}

INLINE void dense_tile(const int TJ, const int TU, const Record *r, const Inputs *in,
                       const double *weight, const double *bias, double *out, long j, long lane,
                       vec *broken) {
  const long lanes = in->frame->lanes, m = r->m;
  vec sum[MOST][4];
  UNROLL for (int q = 0; q < TJ; q++)
  UNROLL for (int u = 0; u < TU; u++) sum[q][u] = splat(bias[j + q]);
  for (long i = 0; i < m; i++) {
    const double *x = input_at(in, i) + lane;
    vec v[4];
    UNROLL for (int u = 0; u < TU; u++) v[u] = load(x + u * WIDTH);
    UNROLL for (int q = 0; q < TJ; q++) {
      vec w = splat(weight[(j + q) * m + i]);
      UNROLL for (int u = 0; u < TU; u++) sum[q][u] = fma_(w, v[u], sum[q][u]);
    }
  }
  UNROLL for (int q = 0; q < TJ; q++)
  UNROLL for (int u = 0; u < TU; u++) {
    store(out + (j + q) * lanes + lane + u * WIDTH, sum[q][u]);
    *broken = fma_(sum[q][u], splat(0.0), *broken);
  }
}

/* adjoints of TI inputs: x_i' += sum_j w_ji g_j */
INLINE void dense_pull(const int TI, const int TU, const Record *r, double *const *to, int set,
                       const double *weight, const double *g, long i, long lane, long lanes) {
  vec sum[MOST][4];
  UNROLL for (int q = 0; q < TI; q++)
  UNROLL for (int u = 0; u < TU; u++)
    sum[q][u] = set ? splat(0.0) : load(to[q] + lane + u * WIDTH);
  for (long j = 0; j < r->n; j++) {
    vec v[4];
    UNROLL for (int u = 0; u < TU; u++) v[u] = load(g + j * lanes + lane + u * WIDTH);
    UNROLL for (int q = 0; q < TI; q++) {
      vec w = splat(weight[j * r->m + i + q]);
      UNROLL for (int u = 0; u < TU; u++) sum[q][u] = fma_(w, v[u], sum[q][u]);
    }
  }
  UNROLL for (int q = 0; q < TI; q++)
  UNROLL for (int u = 0; u < TU; u++) store(to[q] + lane + u * WIDTH, sum[q][u]);
}

/* TJ x TI weight gradients, eight lanes each: sums_ji += g_j x_i over the lanes of the block */
INLINE void dense_weigh(const int TJ, const int TI, const Record *r, const Inputs *in,
                        const double *g, double *sums, long j, long i, int fresh) {
  const long lanes = in->frame->lanes, m = r->m;
  const double *x[MOST];
  UNROLL for (int p = 0; p < TI; p++) x[p] = input_at(in, i + p);
  for (long part = 0; part < 8; part += WIDTH) {
    vec sum[4][MOST];
    UNROLL for (int q = 0; q < TJ; q++)
    UNROLL for (int p = 0; p < TI; p++)
      sum[q][p] = fresh ? splat(0.0) : load(sums + ((j + q) * m + i + p) * 8 + part);
    for (long lane = part; lane < lanes; lane += 8) {
      vec v[MOST];
      UNROLL for (int p = 0; p < TI; p++) v[p] = load(x[p] + lane);
      UNROLL for (int q = 0; q < TJ; q++) {
        vec d = load(g + (j + q) * lanes + lane);
        UNROLL for (int p = 0; p < TI; p++) sum[q][p] = fma_(d, v[p], sum[q][p]);
      }
    }
    UNROLL for (int q = 0; q < TJ; q++)
    UNROLL for (int p = 0; p < TI; p++)
      store(sums + ((j + q) * m + i + p) * 8 + part, sum[q][p]);
  }
}

INLINE int dense_values(const int TJ, const int TU, const Record *r, const Inputs *in,
                        const double *weight, const double *bias, double *out) {
  vec broken = {0};
  for (long lane = 0; lane < in->frame->lanes; lane += TU * WIDTH) {
    long j = 0;
    for (; j + TJ <= r->n; j += TJ)
      dense_tile(TJ, TU, r, in, weight, bias, out, j, lane, &broken);
    for (; j + 2 <= r->n; j += 2) dense_tile(2, TU, r, in, weight, bias, out, j, lane, &broken);
    for (; j < r->n; j++) dense_tile(1, TU, r, in, weight, bias, out, j, lane, &broken);
  }
  return any(unordered(broken));
}

INLINE void dense_inputs(const int TI, const int TU, const Record *r, const int64_t *list,
                         double *adjoint, int set, const double *weight, const double *g,
                         long lanes) {
  for (long lane = 0; lane < lanes; lane += TU * WIDTH) {
    long i = 0;
    double *to[MOST];
    for (; i + TI <= r->m; i += TI) {
      UNROLL for (int q = 0; q < TI; q++)
        to[q] = adjoint + (list ? list[i + q] : r->a + i + q) * lanes;
      dense_pull(TI, TU, r, to, set, weight, g, i, lane, lanes);
    }
    for (; i < r->m; i++) {
      to[0] = adjoint + (list ? list[i] : r->a + i) * lanes;
      dense_pull(1, TU, r, to, set, weight, g, i, lane, lanes);
    }
  }
}

INLINE void dense_weights(const int TJ, const int TI, const Record *r, const Inputs *in,
                          const double *g, double *sums, int fresh) {
  long j = 0;
  for (; j + TJ <= r->n; j += TJ) {
    long i = 0;
    for (; i + TI <= r->m; i += TI) dense_weigh(TJ, TI, r, in, g, sums, j, i, fresh);
    for (; i < r->m; i++) dense_weigh(TJ, 1, r, in, g, sums, j, i, fresh);
  }
  for (; j < r->n; j++) {
    long i = 0;
    for (; i + TI <= r->m; i += TI) dense_weigh(1, TI, r, in, g, sums, j, i, fresh);
    for (; i < r->m; i++) dense_weigh(1, 1, r, in, g, sums, j, i, fresh);
  }
  const long lanes = in->frame->lanes;
  double *bias = sums + r->n * r->m * 8;
  for (j = 0; j < r->n; j++)
    for (long part = 0; part < 8; part += WIDTH) {
      vec sum = fresh ? splat(0.0) : load(bias + j * 8 + part);
      for (long lane = part; lane < lanes; lane += 8) sum = sum + load(g + j * lanes + lane);
      store(bias + j * 8 + part, sum);
    }
}

/* One row: the vectors run along the inputs of a result. */
INLINE int dense_row_values(const Record *r, const Inputs *in, const double *weight,
                            const double *bias, double *out) {
  double broken = 0.0;
  for (long j = 0; j < r->n; j++) {
    const double *w = weight + j * r->m;
    double sum = bias[j];
    long i = 0;
    if (in->run && r->m >= WIDTH) {
      vec partial = {0};
      for (; i + WIDTH <= r->m; i += WIDTH)
        partial = fma_(load(w + i), load(in->run + i), partial);
      sum += lane_sum(partial);
    }
    for (; i < r->m; i++) sum += w[i] * *input_at(in, i);
    out[j] = sum;
    broken += sum * 0.0;
  }
  return broken != broken;
}

INLINE void dense_row_weights(const Record *r, const Inputs *in, const double *g,
                              double *weight_adjoint, double *bias_adjoint) {
  for (long j = 0; j < r->n; j++) {
    double *to = weight_adjoint + j * r->m;
    long i = 0;
    if (in->run)
      for (; i + WIDTH <= r->m; i += WIDTH)
        store(to + i, fma_(splat(g[j]), load(in->run + i), load(to + i)));
    for (; i < r->m; i++) to[i] += g[j] * *input_at(in, i);
    bias_adjoint[j] += g[j];
  }
}

/* x_i' += sum_j w_ji g_j */
INLINE void dense_row_inputs(const Record *r, const int64_t *list, double *adjoint, int set,
                             const double *weight, const double *g) {
  double *run = adjoint + r->a;
  if (set)
    for (long i = 0; i < r->m; i++) adjoint[list ? list[i] : r->a + i] = 0.0;
  for (long j = 0; j < r->n; j++) {
    const double *w = weight + j * r->m;
    long i = 0;
    if (!list)
      for (; i + WIDTH <= r->m; i += WIDTH)
        store(run + i, fma_(splat(g[j]), load(w + i), load(run + i)));
    for (; i < r->m; i++) adjoint[list ? list[i] : r->a + i] += g[j] * w[i];
  }
}

#endif
