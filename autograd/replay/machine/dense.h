/* DENSE: n sums  b_j + sum_i w_ji x_i  of the same m inputs, the work of a layer.
 *
 * Over a block of rows the weights are scalars and the inputs vectors of lanes; tiles of TJ results
 * by TU vectors stay in registers. */
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

/* Weight gradients, w_ji' += the sum of g_j x_i over the lanes.
 *
 * In a layer with many inputs and results the vectors run along the inputs, so that no vector is
 * left to be summed: a panel of inputs is turned round, and all results take it lane by lane.
 * Where a vector reaches past the last input or result, that one comes again and is dropped. */

#define PANEL 2              /* vectors of inputs in a panel */
#define MOST_PANEL_LANES 64 /* of all its sites */

INLINE void fill_panel(const int TU, const Record *r, const Inputs *in, double *panel, long i,
                       long sites) {
  const long lanes = in->frame->lanes, m = r->m;
  for (long s = 0; s < sites; s++)
    for (long lane = 0; lane < lanes; lane += WIDTH)
      for (int u = 0; u < TU; u++) {
        vec x[WIDTH];
        UNROLL for (int p = 0; p < WIDTH; p++) {
          const long k = i + u * WIDTH + p;
          x[p] = load(input_at(in, s * m + (k < m ? k : m - 1)) + lane);
        }
        transpose(x);
        double *to = panel + ((s * lanes + lane) * TU + u) * WIDTH;
        UNROLL for (int p = 0; p < WIDTH; p++) store(to + p * TU * WIDTH, x[p]);
      }
}

/* the weights of TJ results from j on, by a panel of TU vectors from input i on */
INLINE void dense_weigh(const int TJ, const int TU, const Record *r, const double *panel,
                        const double *g, long lanes, double *weight_adjoint, long j, long i,
                        long sites) {
  vec sum[MOST][PANEL];
  UNROLL for (int q = 0; q < TJ; q++)
  UNROLL for (int u = 0; u < TU; u++) sum[q][u] = splat(0.0);
  for (long s = 0; s < sites; s++) {
    const double *up = g + (s * r->n + j) * lanes, *at = panel + s * lanes * TU * WIDTH;
    for (long lane = 0; lane < lanes; lane++) {
      vec x[PANEL];
      UNROLL for (int u = 0; u < TU; u++) x[u] = load(at + (lane * TU + u) * WIDTH);
      UNROLL for (int q = 0; q < TJ; q++) {
        vec d = splat(up[q * lanes + lane]);
        UNROLL for (int u = 0; u < TU; u++) sum[q][u] = fma_(d, x[u], sum[q][u]);
      }
    }
  }
  double *to = weight_adjoint + j * r->m + i;
  UNROLL for (int q = 0; q < TJ; q++)
  UNROLL for (int u = 0; u < TU; u++)
    add_up_to(to + q * r->m + u * WIDTH, sum[q][u], r->m - i - u * WIDTH);
}

INLINE void dense_weights_by_panel(const int TJ, const int TU, const Record *r, const Inputs *in,
                                   const double *g, double *to, long i, long sites) {
  double panel[MOST_PANEL_LANES * PANEL * WIDTH] __attribute__((aligned(64)));
  const long lanes = in->frame->lanes;
  fill_panel(TU, r, in, panel, i, sites);
  long j = 0;
  for (; j + TJ <= r->n; j += TJ) dense_weigh(TJ, TU, r, panel, g, lanes, to, j, i, sites);
  for (; j + 2 <= r->n; j += 2) dense_weigh(2, TU, r, panel, g, lanes, to, j, i, sites);
  for (; j < r->n; j++) dense_weigh(1, TU, r, panel, g, lanes, to, j, i, sites);
}

/* the sums over the lanes of a[k] b, in lane k */
INLINE vec sums_of_lanes(const double *const *a, const double *b, long lanes) {
  vec sum[WIDTH];
  UNROLL for (int k = 0; k < WIDTH; k++) sum[k] = splat(0.0);
  for (long lane = 0; lane < lanes; lane += WIDTH) {
    vec y = load(b + lane);
    UNROLL for (int k = 0; k < WIDTH; k++) sum[k] = fma_(load(a[k] + lane), y, sum[k]);
  }
  return lane_sums(sum);
}

/* of one site */
INLINE void dense_weights_of_few_results(const Record *r, const Inputs *in, const double *g,
                                         double *to) {
  const long lanes = in->frame->lanes, m = r->m;
  for (long j = 0; j < r->n; j++)
    for (long i = 0; i < m; i += WIDTH) {
      const double *x[WIDTH];
      UNROLL for (int k = 0; k < WIDTH; k++) x[k] = input_at(in, i + k < m ? i + k : m - 1);
      add_up_to(to + j * m + i, sums_of_lanes(x, g + j * lanes, lanes), m - i);
    }
}

INLINE void dense_weights_of_few_inputs(const Record *r, const Inputs *in, const double *g,
                                        double *to) {
  const long lanes = in->frame->lanes, m = r->m, n = r->n;
  for (long i = 0; i < m; i++)
    for (long j = 0; j < n; j += WIDTH) {
      const double *up[WIDTH];
      double sum[WIDTH];
      UNROLL for (int k = 0; k < WIDTH; k++) up[k] = g + (j + k < n ? j + k : n - 1) * lanes;
      store(sum, sums_of_lanes(up, input_at(in, i), lanes));
      for (long k = 0; k < WIDTH && j + k < n; k++) to[(j + k) * m + i] += sum[k];
    }
}

/* of some sites */
INLINE void dense_weights_of_many(const int TJ, const Record *r, const Inputs *in, const double *g,
                                  double *to, long sites) {
  long i = 0;
  for (; i + WIDTH < r->m; i += 2 * WIDTH)
    dense_weights_by_panel(TJ, 2, r, in, g, to, i, sites);
  for (; i < r->m; i += WIDTH) dense_weights_by_panel(TJ, 1, r, in, g, to, i, sites);
}

/* of all sites; `in` are the inputs of the first one */
INLINE void dense_weights(const int TJ, const Record *r, const Inputs *in, const double *g,
                          double *to) {
  const int few_results = r->n < WIDTH, few_inputs = r->m < WIDTH;
  const long lanes = in->frame->lanes;
  const long at_once = few_results || few_inputs ? 1 : MOST_PANEL_LANES / lanes;
  for (long s = 0; s < r->sites; s += at_once) {
    const long left = r->sites - s;
    const double *up = g + s * r->n * lanes;
    Inputs part = *in;
    if (in->list) part.list += s * r->m;
    else part.run += s * r->m * lanes;
    if (few_results) dense_weights_of_few_results(r, &part, up, to);
    else if (few_inputs) dense_weights_of_few_inputs(r, &part, up, to);
    else if (r->sites == 1) dense_weights_of_many(TJ, r, &part, up, to, 1); /* without a loop */
    else dense_weights_of_many(TJ, r, &part, up, to, left < at_once ? left : at_once);
  }
}

/* b_j' += the sum of g_j over the lanes of all sites */
INLINE void dense_biases(const Record *r, const double *g, long lanes, double *to) {
  const long n = r->n;
  for (long j = 0; j < n; j += WIDTH) {
    const double *up[WIDTH];
    vec sum[WIDTH];
    UNROLL for (int k = 0; k < WIDTH; k++) {
      up[k] = g + (j + k < n ? j + k : n - 1) * lanes;
      sum[k] = splat(0.0);
    }
    for (long s = 0; s < r->sites; s++)
      for (long lane = s * n * lanes; lane < (s * n + 1) * lanes; lane += WIDTH)
        UNROLL for (int k = 0; k < WIDTH; k++) sum[k] = sum[k] + load(up[k] + lane);
    add_up_to(to + j, lane_sums(sum), n - j);
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

/* `run` is where the adjoints of the inputs are, if they are a run. */
INLINE void dense_inputs(const int TI, const int TU, const Record *r, const Inputs *in,
                         double *run, int set, const double *weight, const double *g) {
  const long lanes = in->frame->lanes;
  const int64_t *list = in->list;
  double *adjoint = in->frame->adjoint;
  for (long lane = 0; lane < lanes; lane += TU * WIDTH) {
    long i = 0;
    double *to[MOST];
    for (; i + TI <= r->m; i += TI) {
      UNROLL for (int q = 0; q < TI; q++)
        to[q] = list ? adjoint + list[i + q] * lanes : run + (i + q) * lanes;
      dense_pull(TI, TU, r, to, set, weight, g, i, lane, lanes);
    }
    for (; i < r->m; i++) {
      to[0] = list ? adjoint + list[i] * lanes : run + i * lanes;
      dense_pull(1, TU, r, to, set, weight, g, i, lane, lanes);
    }
  }
}

#endif
