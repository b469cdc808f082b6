/* The tape's interpreter for one instruction set: forward and backward over blocks of rows.
 *
 * Included by one small source file per target, which sets WIDTH and TARGET. */
#include <stdlib.h>

#include "dense.h"
#include "dense_row.h"
#include "groups.h"
#include "maps.h"
#include "straight.h"
#include "tables.h"
#include "update.h"

#define POLL_WORK (1 << 20) /* about a tenth of a millisecond: work between two polls */

/* Layers */

/* The inputs of a layer at one of its sites. */
INLINE Inputs inputs_at(const Program *p, const Record *r, const Frame *f, int64_t site) {
  Inputs in = {NULL, NULL, f};
  if (r->flags & RUN_A) in.run = slot_value(f, r->a + site * r->m);
  else in.list = p->index + r->a + site * r->m;
  return in;
}

static int site_forward(const Program *p, const Record *r, const Frame *f, const double *scalar,
                        int64_t site) {
  const double *weight = scalar + r->weight, *bias = scalar + r->bias;
  double *out = f->value + (r->out + site * r->n) * f->lanes;
  const Inputs in = inputs_at(p, r, f, site);
  if (WIDTH == 8 && f->lanes == 8) return dense_values(8, 1, r, &in, weight, bias, out);
  return dense_values(4, WIDTH == 8 ? 4 : 2, r, &in, weight, bias, out);
}

static void site_backward(const Program *p, const Record *r, const Frame *f, const double *scalar,
                          int64_t site) {
  const double *weight = scalar + r->weight;
  const double *g = f->adjoint + (r->out + site * r->n) * f->lanes;
  const int set = first_writer(r, 0);
  const Inputs in = inputs_at(p, r, f, site);
  double *to = f->adjoint + (r->a + site * r->m) * f->lanes; /* of a run */
  if (WIDTH == 8 && f->lanes == 8)
    dense_inputs(8, 1, r, &in, to, set, weight, g);
  else
    dense_inputs(4, WIDTH == 8 ? 4 : 2, r, &in, to, set, weight, g);
}

static int dense_forward(const Program *p, const Record *r, const Frame *f,
                         const double *scalar) {
  int broken = 0;
  if (f->lanes == 1)
    return dense_row_values(p, r, f, scalar + r->weight, scalar + r->bias, f->room);
  for (int64_t site = 0; site < r->sites; site++) broken |= site_forward(p, r, f, scalar, site);
  return broken;
}

static void dense_backward(const Program *p, const Record *r, const Frame *f, const double *scalar,
                           double *scalar_adjoint) {
  if (f->lanes == 1) {
    const double *g = f->adjoint + r->out;
    if (wanted(r, 1))
      dense_row_weights(r, row_inputs(p, r, f, f->room), g, scalar_adjoint + r->weight,
                        scalar_adjoint + r->bias);
    if (wanted(r, 0)) dense_row_inputs(p, r, f, scalar + r->weight, g, f->room);
    return;
  }
  if (wanted(r, 1)) {
    const Inputs in = inputs_at(p, r, f, 0);
    const double *g = f->adjoint + r->out * f->lanes;
    dense_weights(WIDTH == 8 ? 8 : 4, r, &in, g, scalar_adjoint + r->weight);
    dense_biases(r, g, f->lanes, scalar_adjoint + r->bias);
  }
  for (int64_t site = 0; wanted(r, 0) && site < r->sites; site++)
    site_backward(p, r, f, scalar, site);
}

/* The tape */

static int section_forward(const Program *p, const Section *s, const Frame *f,
                           const double *scalar) {
  int broken = 0;
  for (const Record *r = s->records, *end = r + s->count; r < end; r++) {
    if (r->kind < BROADCAST) broken |= map_forward(p, r, f);
    else if (r->kind == DENSE) broken |= dense_forward(p, r, f, scalar);
    else if (r->kind == TAKE) broken |= take_forward(p, r, f, scalar);
    else if (r->kind == PICK) broken |= pick_forward(p, r, f);
    else if (r->kind != BROADCAST) broken |= group_forward(p, r, f);
  }
  return broken;
}

static void section_backward(const Program *p, const Section *s, const Frame *f,
                             const double *scalar, double *scalar_adjoint) {
  for (int64_t i = s->count - 1; i >= 0; i--) {
    const Record *r = s->records + i;
    if (!(r->flags & (WANT_A | WANT_B | WANT_C)) || r->kind == BROADCAST) continue;
    if (r->kind < BROADCAST) map_backward(p, r, f);
    else if (r->kind == DENSE) dense_backward(p, r, f, scalar, scalar_adjoint);
    else if (r->kind == TAKE) take_backward(p, r, f, scalar_adjoint);
    else if (r->kind == PICK) pick_backward(p, r, f);
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
                       const Request *q, const Workspace *w) {
  const int64_t lanes = f->lanes, left = batch->rows - first, rows = left < lanes ? left : lanes;
  if (!batch->packed) pick_rows(f, batch, first);
  else if (lanes > 1) f->input = batch->packed + first * p->columns;
  else f->input = memcpy(f->value, batch->packed, sizeof(double) * (size_t)p->columns);
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
    memset(f->adjoint + p->rows.clear[k].first * lanes, 0,
           sizeof(double) * (size_t)(p->rows.clear[k].count * lanes));
  double *seeded = f->adjoint + p->outputs[q->which] * lanes;
  for (int64_t lane = 0; lane < rows; lane++) seeded[lane] += q->seed;
  section_backward(p, &p->rows, f, w->scalar, w->scalar_adjoint);
  return broken;
}

static int begin(const Program *p, Workspace *w, const Request *q) {
  const Frame shared = {w->scalar, w->scalar_adjoint, NULL, 0, 1, w->room};
  memset(q->totals, 0, sizeof(double) * (size_t)p->output_count);
  if (q->which >= 0) memset(w->scalar_adjoint, 0, sizeof(double) * (size_t)p->scalar_count);
  return section_forward(p, &p->shared, &shared, w->scalar) ? BROKEN : 0;
}

static int sweep(const Program *p, Workspace *w, const Batch *batch, const Request *q,
                 int64_t first, int64_t last) {
  int broken = 0, used[3] = {0};
  int64_t unpolled = 0;
  while (first < last) {
    const int64_t left = last - first;
    const int size = batch->rows == 1 ? 2 : left >= 32 && p->lanes == 32 ? 0 : 1;
    Frame *f = &w->frame[size];
    if (!used[size]) broadcast(p, f, w->scalar);
    used[size] = 1;
    broken |= sweep_block(p, f, batch, first, q, w);
    first += f->lanes;
    unpolled += p->work * f->lanes;
    if (unpolled <= POLL_WORK) continue;
    if (q->poll(q->polled)) return INTERRUPTED;
    unpolled = 0;
  }
  if (q->which < 0) return broken ? BROKEN : 0;
  for (int size = 0; size < 3; size++)
    if (used[size]) gather_broadcast(p, &w->frame[size], w->scalar_adjoint);
  return broken ? BROKEN : 0;
}

static int finish(const Program *p, Workspace *w, const Request *q) {
  if (q->which < 0) return 0;
  const Frame shared = {w->scalar, w->scalar_adjoint, NULL, 0, 1, w->room};
  section_backward(p, &p->shared, &shared, w->scalar, w->scalar_adjoint);
  return all_finite(w->scalar_adjoint, p->parameters) ? 0 : BROKEN;
}

static int apply(int kind, double *y, const double *a, const double *b, const double *c, long n) {
  return values_of[kind](y, a, b, c, n);
}

static const void *const *labels(int block) {
  const void *const *found;
  if (block) run_block(NULL, NULL, 0, NULL, &found);
  else run_row(NULL, NULL, 0, NULL, &found);
  return found;
}

static int one_row(const Instruction *code, char *frame, double *const *outs) {
  return run_row(code, frame, 0, outs, NULL);
}

static const Straight straight = {BLOCK, labels, one_row, sweep_rows};

const Target TARGET = {NAME, apply, begin, sweep, finish, update, &straight};
