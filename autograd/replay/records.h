/* The tape's interpreter for one instruction set: forward and backward over blocks of rows.
 *
 * Included by one small source file per target, which sets WIDTH and TARGET. */
#include <stdlib.h>

#include "dense.h"
#include "elementwise.h"
#include "update.h"

#define CHUNK 64       /* results of one record taken at a time where operands are gathered */
#define POLL_BLOCKS 64 /* blocks of rows between two looks at the clock and at signals */

INLINE double *slot_adjoint(const Frame *f, int64_t s) { return f->adjoint + s * f->lanes; }

/* Element by element */

/* Slots of operand `which` (0, 1, 2) of a record: a run that begins at *first, or a list. */
INLINE const int64_t *operand_slots(const Program *p, const Record *r, int which,
                                    int64_t *first) {
  const int64_t at = which == 0 ? r->a : which == 1 ? r->b : r->c;
  *first = at;
  return r->flags & (RUN_A << which) ? NULL : p->index + at;
}

INLINE int wanted(const Record *r, int which) { return (r->flags & (WANT_A << which)) != 0; }
INLINE int first_writer(const Record *r, int which) {
  return (r->flags & (SET_A << which)) != 0;
}

INLINE int all_runs(const Record *r, int operands) {
  const int64_t runs = operands == 3 ? RUN_A | RUN_B | RUN_C : operands == 2 ? RUN_A | RUN_B : RUN_A;
  return (r->flags & runs) == runs;
}

static int map_forward(const Program *p, const Record *r, const Frame *f) {
  const int operands = operand_count((int)r->kind);
  const Values values = values_of[r->kind];
  const long lanes = f->lanes;
  double *y = f->value + r->out * lanes;
  int64_t first[3];
  const int64_t *list[3];
  const double *x[3] = {0};
  int broken = 0;
  for (int w = 0; w < operands; w++) list[w] = operand_slots(p, r, w, &first[w]);
  if (all_runs(r, operands)) {
    for (int w = 0; w < operands; w++) x[w] = slot_value(f, first[w]);
    return values(y, x[0], x[1], x[2], r->n * lanes);
  }
  if (lanes > 1) {
    for (long k = 0; k < r->n; k++) {
      for (int w = 0; w < operands; w++)
        x[w] = slot_value(f, list[w] ? list[w][k] : first[w] + k);
      broken |= values(y + k * lanes, x[0], x[1], x[2], lanes);
    }
    return broken;
  }
  double gathered[3][CHUNK];
  for (long from = 0; from < r->n; from += CHUNK) {
    const long n = r->n - from < CHUNK ? r->n - from : CHUNK;
    for (int w = 0; w < operands; w++) {
      x[w] = list[w] ? gathered[w] : slot_value(f, first[w] + from);
      if (list[w])
        for (long k = 0; k < n; k++) gathered[w][k] = *slot_value(f, list[w][from + k]);
    }
    broken |= values(y + from, x[0], x[1], x[2], n);
  }
  return broken;
}

static void map_backward(const Program *p, const Record *r, const Frame *f) {
  const int operands = operand_count((int)r->kind);
  const Adjoints adjoints = adjoints_of[r->kind];
  const long lanes = f->lanes;
  const double *y = f->value + r->out * lanes, *g = f->adjoint + r->out * lanes;
  int64_t first[3];
  const int64_t *list[3];
  const double *x[3] = {0};
  Sink sinks[3] = {{0}};
  for (int w = 0; w < operands; w++) {
    list[w] = operand_slots(p, r, w, &first[w]);
    sinks[w].set = first_writer(r, w);
  }
  if (all_runs(r, operands)) {
    for (int w = 0; w < operands; w++) {
      x[w] = slot_value(f, first[w]);
      if (wanted(r, w)) sinks[w].to = slot_adjoint(f, first[w]);
    }
    adjoints(g, y, x[0], x[1], x[2], sinks, r->n * lanes);
    return;
  }
  if (lanes > 1) {
    for (long k = 0; k < r->n; k++) {
      for (int w = 0; w < operands; w++) {
        const int64_t slot = list[w] ? list[w][k] : first[w] + k;
        x[w] = slot_value(f, slot);
        if (wanted(r, w)) sinks[w].to = slot_adjoint(f, slot);
      }
      adjoints(g + k * lanes, y + k * lanes, x[0], x[1], x[2], sinks, lanes);
    }
    return;
  }
  double gathered[3][CHUNK], amount[3][CHUNK];
  for (long from = 0; from < r->n; from += CHUNK) {
    const long n = r->n - from < CHUNK ? r->n - from : CHUNK;
    for (int w = 0; w < operands; w++) {
      x[w] = list[w] ? gathered[w] : slot_value(f, first[w] + from);
      if (list[w])
        for (long k = 0; k < n; k++) gathered[w][k] = *slot_value(f, list[w][from + k]);
      sinks[w].to = wanted(r, w) ? amount[w] : NULL;
      sinks[w].set = 1;
    }
    adjoints(g + from, y + from, x[0], x[1], x[2], sinks, n);
    for (int w = 0; w < operands; w++) {
      if (!wanted(r, w)) continue;
      const int set = first_writer(r, w);
      for (long k = 0; k < n; k++) { /* one by one: a slot may be listed twice */
        double *to = slot_adjoint(f, list[w] ? list[w][from + k] : first[w] + from + k);
        *to = set ? amount[w][k] : *to + amount[w][k];
      }
    }
  }
}

/* Layers */

static int dense_forward(const Program *p, const Record *r, const Frame *f,
                         const double *scalar) {
  const double *weight = scalar + r->weight, *bias = scalar + r->bias;
  double *out = f->value + r->out * f->lanes;
  Inputs in = {NULL, NULL, f};
  if (r->flags & RUN_A) in.run = slot_value(f, r->a);
  else in.list = p->index + r->a;
  if (f->lanes == 1) return dense_row_values(r, &in, weight, bias, out);
  if (WIDTH == 8 && f->lanes == 8) return dense_values(8, 1, r, &in, weight, bias, out);
  return dense_values(4, WIDTH == 8 ? 4 : 2, r, &in, weight, bias, out);
}

static void dense_backward(const Program *p, const Record *r, const Frame *f, const double *scalar,
                           double *scalar_adjoint, double *sums, int fresh) {
  const double *weight = scalar + r->weight, *g = f->adjoint + r->out * f->lanes;
  const int64_t *list = r->flags & RUN_A ? NULL : p->index + r->a;
  const int set = first_writer(r, 0);
  Inputs in = {NULL, list, f};
  if (!list) in.run = slot_value(f, r->a);
  if (f->lanes == 1) {
    if (wanted(r, 1))
      dense_row_weights(r, &in, g, scalar_adjoint + r->weight, scalar_adjoint + r->bias);
    if (wanted(r, 0)) dense_row_inputs(r, list, f->adjoint, set, weight, g);
    return;
  }
  if (wanted(r, 1)) {
    if (WIDTH == 4) dense_weights(2, 4, r, &in, g, sums, fresh);
    else dense_weights(4, 4, r, &in, g, sums, fresh);
  }
  if (!wanted(r, 0)) return;
  if (WIDTH == 8 && f->lanes == 8)
    dense_inputs(8, 1, r, list, f->adjoint, set, weight, g, f->lanes);
  else
    dense_inputs(4, WIDTH == 8 ? 4 : 2, r, list, f->adjoint, set, weight, g, f->lanes);
}

/* Sums and their kin: n results of m operands each.  A single row is a vector with one lane. */

typedef struct {
  const Frame *frame;
  const int64_t *list;
  int64_t first;
} Slots;

INLINE Slots slots_of(const Program *p, const Record *r, const Frame *f, int which) {
  Slots slots = {f, NULL, 0};
  slots.list = operand_slots(p, r, which, &slots.first);
  return slots;
}

INLINE int64_t slot(Slots s, long k) { return s.list ? s.list[k] : s.first + k; }
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
  for (; k + 4 <= m; k += 4)
    for (int q = 0; q < 4; q++) sum[q] += *slot_value(a.frame, slot(a, first + k + q));
  for (; k < m; k++) sum[0] += *slot_value(a.frame, slot(a, first + k));
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
 * last one, which is the product of all. Each strand's own product is left in `strand`. */
static double strands_forward(const double *x, double *ys, long m, double *strand) {
  for (int q = 0; q < STRANDS; q++) strand[q] = 1.0;
  long k = 0;
  for (; k + STRANDS <= m; k += STRANDS)
    for (int q = 0; q < STRANDS; q++) ys[k + q] = strand[q] *= x[k + q];
  for (; k < m; k++) ys[k] = strand[k % STRANDS] *= x[k];
  double whole = 1.0;
  for (int q = 0; q < STRANDS; q++) whole *= strand[q];
  return ys[m - 1] = whole;
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
  long k = m - 1;
  for (; k >= STRANDS && (k + 1) % STRANDS; k--)
    to[k] += up[k % STRANDS] * ys[k - STRANDS], up[k % STRANDS] *= x[k];
  for (; k >= 2 * STRANDS - 1; k -= STRANDS)
    for (int q = 0; q < STRANDS; q++) {
      const long at = k - STRANDS + 1 + q;
      to[at] += up[q] * ys[at - STRANDS];
      up[q] *= x[at];
    }
  for (; k >= 0; k--) to[k] += up[k];
}

static int is_braid(const Record *r, const Frame *f) {
  return r->kind == PRODUCT && f->lanes == 1 && r->n == 1 && r->m >= SHORT && r->flags & RUN_A &&
         moderate(slot_value(f, r->a), r->m);
}

static int group_forward(const Program *p, const Record *r, const Frame *f) {
  const Slots a = slots_of(p, r, f, 0), b = slots_of(p, r, f, 1), c = slots_of(p, r, f, 2);
  const long m = r->m, lanes = f->lanes;
  vec broken = {0};
  if (is_braid(r, f)) {
    double strand[STRANDS];
    strands_forward(slot_value(f, r->a), f->value + r->out, m, strand);
    return 0;
  }
  if (r->kind == SUM && lanes == 1 && m >= SHORT) {
    double unfit = 0.0;
    for (long j = 0; j < r->n; j++)
      unfit += (f->value[r->out + j] = row_sum(a, j * m, m)) * 0.0;
    return unfit != unfit;
  }
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
          for (long k = 0; k < m; k++) {
            vec e = v_exp(value_at(a, j * m + k, lane) - top);
            if (r->kind == SOFTMAX) store_up_to(ys + k * lanes, e, lanes);
            result = result + e;
          }
          if (r->kind == LOGSUMEXP) {
            result = top + v_log(result);
            store_up_to(y, result, lanes);
          } else {
            for (long k = 0; k < m; k++) {
              vec e = load_up_to(ys + k * lanes, lanes);
              store_up_to(ys + k * lanes, e / result, lanes);
            }
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
  if (is_braid(r, f)) {
    strands_backward(slot_value(f, r->a), f->adjoint + r->a, f->value + r->out, m,
                     f->adjoint[r->out + m - 1]);
    return;
  }
  if (r->kind == SUM && lanes == 1) {
    for (long j = 0; j < r->n; j++)
      for (long k = j * m; k < (j + 1) * m; k++)
        f->adjoint[slot(a, k)] += f->adjoint[r->out + j];
    return;
  }
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

/* The tape */

typedef struct {
  const double *scalar;
  double *scalar_adjoint, *sums;
  int fresh; /* no block has been swept yet: store to the sums instead of adding to them */
} Weights;

static int section_forward(const Program *p, const Section *s, const Frame *f,
                           const double *scalar) {
  int broken = 0;
  for (const Record *r = s->records, *end = r + s->count; r < end; r++) {
    if (r->kind < BROADCAST) broken |= map_forward(p, r, f);
    else if (r->kind == DENSE) broken |= dense_forward(p, r, f, scalar);
    else if (r->kind != BROADCAST) broken |= group_forward(p, r, f);
  }
  return broken;
}

static void section_backward(const Program *p, const Section *s, const Frame *f,
                             const Weights *w) {
  for (int64_t i = s->count - 1; i >= 0; i--) {
    const Record *r = s->records + i;
    if (!(r->flags & (WANT_A | WANT_B | WANT_C)) || r->kind == BROADCAST) continue;
    if (r->kind < BROADCAST) map_backward(p, r, f);
    else if (r->kind == DENSE)
      dense_backward(p, r, f, w->scalar, w->scalar_adjoint,
                     w->sums ? w->sums + 8 * p->accumulator[i] : NULL, w->fresh);
    else group_backward(p, r, f);
  }
}

static void broadcast(const Program *p, const Frame *f, const double *scalar) {
  for (const Record *r = p->rows.records, *end = r + p->rows.count; r < end; r++) {
    if (r->kind != BROADCAST) break; /* they come first */
    for (int64_t k = 0; k < r->n; k++) {
      const double x = scalar[r->flags & RUN_A ? r->a + k : p->index[r->a + k]];
      double *to = f->value + (r->out + k) * f->lanes;
      for (int64_t lane = 0; lane < f->lanes; lane++) to[lane] = x;
    }
    memset(f->adjoint + r->out * f->lanes, 0, sizeof(double) * (size_t)(r->n * f->lanes));
  }
}

static void gather_broadcast(const Program *p, const Frame *f, double *scalar_adjoint) {
  for (const Record *r = p->rows.records, *end = r + p->rows.count; r < end; r++) {
    if (r->kind != BROADCAST) break;
    if (!wanted(r, 0)) continue;
    for (int64_t k = 0; k < r->n; k++) {
      const double *from = f->adjoint + (r->out + k) * f->lanes;
      double sum = 0.0;
      for (int64_t lane = 0; lane < f->lanes; lane++) sum += from[lane];
      scalar_adjoint[r->flags & RUN_A ? r->a + k : p->index[r->a + k]] += sum;
    }
  }
}

/* to[k] += the sum of the eight lanes at from + 8 k */
static void gather_lanes(double *to, const double *from, int64_t n) {
  for (int64_t k = 0; k < n; k++) {
    const double *x = from + 8 * k;
    to[k] += ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
  }
}

static void gather_sums(const Program *p, const double *sums, double *scalar_adjoint) {
  for (int64_t i = 0; i < p->rows.count; i++) {
    const Record *r = p->rows.records + i;
    if (r->kind != DENSE || !wanted(r, 1)) continue;
    const double *from = sums + 8 * p->accumulator[i];
    gather_lanes(scalar_adjoint + r->weight, from, r->n * r->m);
    gather_lanes(scalar_adjoint + r->bias, from + 8 * r->n * r->m, r->n);
  }
}

static void pick_rows(Frame *f, const Batch *batch, int64_t first) {
  for (int64_t lane = 0; lane < f->lanes; lane++) {
    const int64_t at = first + lane < batch->rows ? first + lane : batch->rows - 1;
    const double *row = batch->table + (batch->order ? batch->order[at] : at) * f->columns;
    for (int64_t k = 0; k < f->columns; k++) f->value[k * f->lanes + lane] = row[k];
  }
  f->input = f->value;
}

/* Values and adjoints of the rows from `first` on that fit into the frame. */
static int sweep_block(const Program *p, Frame *f, const Batch *batch, int64_t first,
                       const Request *q, Weights *w) {
  const int64_t lanes = f->lanes, left = batch->rows - first, rows = left < lanes ? left : lanes;
  if (batch->packed) f->input = batch->packed + first * p->columns;
  else pick_rows(f, batch, first);
  const int broken = section_forward(p, &p->rows, f, w->scalar);
  for (int64_t k = 0; k < p->output_count; k++) {
    const double *y = slot_value(f, p->outputs[k]);
    double sum = 0.0;
    for (int64_t lane = 0; lane < rows; lane++) {
      sum += y[lane];
      if (q->values) q->values[(first + lane) * p->output_count + k] = y[lane];
    }
    q->totals[k] += sum * q->seed;
  }
  if (q->which < 0) return broken;
  for (int64_t k = 0; k < p->rows.clears; k++)
    memset(f->adjoint + p->rows.clear[k] * lanes, 0, sizeof(double) * (size_t)lanes);
  double *seeded = f->adjoint + p->outputs[q->which] * lanes;
  for (int64_t lane = 0; lane < rows; lane++) seeded[lane] += q->seed;
  section_backward(p, &p->rows, f, w);
  w->fresh = 0;
  return broken;
}

static int evaluate(const Program *p, Workspace *ws, const Batch *batch, const Request *q) {
  const Frame shared = {ws->scalar, ws->scalar_adjoint, NULL, 0, 1};
  Weights rows_weights = {ws->scalar, ws->scalar_adjoint, ws->sums, 1};
  int broken = section_forward(p, &p->shared, &shared, ws->scalar), used[3] = {0}, blocks = 0;
  memset(q->totals, 0, sizeof(double) * (size_t)p->output_count);
  if (q->which >= 0)
    memset(ws->scalar_adjoint, 0, sizeof(double) * (size_t)p->scalar_count);
  for (int64_t first = 0; first < batch->rows;) {
    const int64_t left = batch->rows - first;
    const int size = batch->rows == 1 ? 2 : left >= 32 && p->lanes == 32 ? 0 : 1;
    Frame *f = &ws->frame[size];
    if (!used[size]) broadcast(p, f, ws->scalar);
    used[size] = 1;
    broken |= sweep_block(p, f, batch, first, q, &rows_weights);
    first += f->lanes;
    if (++blocks % POLL_BLOCKS == 0 && q->poll()) return INTERRUPTED;
  }
  if (q->which < 0) return broken ? BROKEN : 0;
  if (!used[2]) gather_sums(p, ws->sums, ws->scalar_adjoint);
  for (int size = 0; size < 3; size++)
    if (used[size]) gather_broadcast(p, &ws->frame[size], ws->scalar_adjoint);
  const Weights shared_weights = {ws->scalar, ws->scalar_adjoint, NULL, 0};
  section_backward(p, &p->shared, &shared, &shared_weights);
  return broken || !all_finite(ws->scalar_adjoint, p->parameters) ? BROKEN : 0;
}

static int apply(int kind, double *y, const double *a, const double *b, const double *c, long n) {
  return values_of[kind](y, a, b, c, n);
}

const Target TARGET = {NAME, apply, evaluate, update};
