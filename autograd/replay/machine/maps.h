/* Records that work element by element. */
#ifndef WHYGRAD_MAPS_H
#define WHYGRAD_MAPS_H

#include "elementwise.h"
#include "operands.h"

#define CHUNK 64 /* results of one record taken at a time where operands are gathered */

INLINE int all_runs(const Record *r, int operands) {
  const int64_t all = RUN_A | RUN_B | RUN_C;
  const int64_t runs = operands == 3 ? all : operands == 2 ? RUN_A | RUN_B : RUN_A;
  return (r->flags & runs) == runs;
}

/* Numbers or adjoints of a single row from a list of slots. */
INLINE void gather(double *to, const double *from, const int64_t *list, long n) {
  for (long k = 0; k < n; k++) to[k] = from[list[k]];
}

/* A slot may be listed twice. */
INLINE void scatter(double *to, const double *amount, const int64_t *list, long n, int set) {
  if (set)
    for (long k = 0; k < n; k++) to[list[k]] = amount[k];
  else
    for (long k = 0; k < n; k++) to[list[k]] += amount[k];
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
      x[w] = list[w] ? gathered[w] : f->value + first[w] + from;
      if (list[w]) gather(gathered[w], f->value, list[w] + from, n);
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
      x[w] = list[w] ? gathered[w] : f->value + first[w] + from;
      if (list[w]) gather(gathered[w], f->value, list[w] + from, n);
      sinks[w].to = !wanted(r, w) ? NULL : list[w] ? amount[w] : f->adjoint + first[w] + from;
      sinks[w].set = list[w] || first_writer(r, w);
    }
    adjoints(g + from, y + from, x[0], x[1], x[2], sinks, n);
    for (int w = 0; w < operands; w++)
      if (list[w] && wanted(r, w))
        scatter(f->adjoint, amount[w], list[w] + from, n, first_writer(r, w));
  }
}

#endif
