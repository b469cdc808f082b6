/* TAKE and PICK: numbers that are looked up by a place, which is a number of the row.
 *
 * A place that is no whole number from 0 to m - 1 gives NaN, takes no adjoint, and breaks the
 * sweep: the interpreter then says which it was. */
#ifndef WHYGRAD_TABLES_H
#define WHYGRAD_TABLES_H

#include <math.h>

#include "operands.h"

/* The place as an integer; -1 where there is nothing. */
INLINE int64_t place_in(double x, int64_t m) {
  return x >= 0.0 && x < (double)m && x == floor(x) ? (int64_t)x : -1;
}

INLINE const double *places_at(const Program *p, const Record *r, const Frame *f, int which,
                               int64_t k) {
  int64_t first;
  const int64_t *list = operand_slots(p, r, which, &first);
  return slot_value(f, list ? list[k] : first + k);
}

/* WIDTH numbers of WIDTH rows of a table, from `row[lane]` on: one vector for each number. */
INLINE void turn_rows(const double *const *row, vec *x) {
  UNROLL for (int q = 0; q < WIDTH; q++) x[q] = load(row[q]);
  transpose(x);
}

static int take_forward(const Program *p, const Record *r, const Frame *f, const double *scalar) {
  const long n = r->n, lanes = f->lanes;
  const double *table = scalar + r->weight;
  int broken = 0;
  for (int64_t s = 0; s < r->sites; s++) {
    const double *place = places_at(p, r, f, 2, s);
    double *out = f->value + (r->out + s * n) * lanes;
    int64_t at[MOST_LANES], least = 0;
    for (long lane = 0; lane < lanes; lane++) {
      at[lane] = place_in(place[lane], r->m);
      least = at[lane] < least ? at[lane] : least;
    }
    broken |= least < 0;
    if (lanes == 1 && !broken) {
      memcpy(out, table + at[0] * n, sizeof(double) * (size_t)n);
      continue;
    }
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      long j = 0;
      if (lanes > 1 && least >= 0)
        for (; j + WIDTH <= n; j += WIDTH) {
          const double *row[WIDTH];
          vec x[WIDTH];
          UNROLL for (int q = 0; q < WIDTH; q++) row[q] = table + at[lane + q] * n + j;
          turn_rows(row, x);
          UNROLL for (int q = 0; q < WIDTH; q++) store(out + (j + q) * lanes + lane, x[q]);
        }
      for (; j < n; j++)
        for (long q = lane; q < lane + WIDTH && q < lanes; q++)
          out[j * lanes + q] = at[q] < 0 ? NAN : table[at[q] * n + j];
    }
  }
  return broken;
}

static void take_backward(const Program *p, const Record *r, const Frame *f,
                          double *scalar_adjoint) {
  const long n = r->n, lanes = f->lanes;
  double *table = scalar_adjoint + r->weight;
  for (int64_t s = 0; s < r->sites; s++) {
    const double *place = places_at(p, r, f, 2, s), *g = f->adjoint + (r->out + s * n) * lanes;
    for (long lane = 0; lane < lanes; lane += WIDTH) {
      const long end = lanes - lane < WIDTH ? lanes - lane : WIDTH;
      int64_t at[WIDTH];
      for (long q = 0; q < end; q++) at[q] = place_in(place[lane + q], r->m);
      long j = 0;
      if (end == WIDTH)
        for (; j + WIDTH <= n; j += WIDTH) {
          const double *row[WIDTH];
          vec x[WIDTH];
          UNROLL for (int q = 0; q < WIDTH; q++) row[q] = g + (j + q) * lanes + lane;
          turn_rows(row, x);
          for (int q = 0; q < WIDTH; q++)
            if (at[q] >= 0) store(table + at[q] * n + j, load(table + at[q] * n + j) + x[q]);
        }
      for (; j < n; j++)
        for (long q = 0; q < end; q++)
          if (at[q] >= 0) table[at[q] * n + j] += g[j * lanes + lane + q];
    }
  }
}

static int pick_forward(const Program *p, const Record *r, const Frame *f) {
  const long lanes = f->lanes;
  int broken = 0;
  for (int64_t k = 0; k < r->n; k++) {
    const double *place = places_at(p, r, f, 2, k);
    double *out = f->value + (r->out + k) * lanes;
    for (long lane = 0; lane < lanes; lane++) {
      const int64_t at = place_in(place[lane], r->m);
      out[lane] = at < 0 ? NAN : places_at(p, r, f, 0, k * r->m + at)[lane];
      broken |= at < 0;
    }
  }
  return broken;
}

static void pick_backward(const Program *p, const Record *r, const Frame *f) {
  const long lanes = f->lanes;
  int64_t first;
  const int64_t *list = operand_slots(p, r, 0, &first);
  for (int64_t k = 0; k < r->n; k++) {
    const double *place = places_at(p, r, f, 2, k), *g = f->adjoint + (r->out + k) * lanes;
    for (long lane = 0; lane < lanes; lane++) {
      const int64_t at = place_in(place[lane], r->m), i = k * r->m + at;
      if (at >= 0) f->adjoint[(list ? list[i] : first + i) * lanes + lane] += g[lane];
    }
  }
}

#endif
