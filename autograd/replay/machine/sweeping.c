/* The rows of a batch through straight-line code, shared among threads. */
#include "sweeping.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "system.h"

#define MOST_PARTS 16
#define PART_WORK (1 << 17) /* operations on a row: some 50 µs, ten times what a thread costs */

static void spread(const Straight *t, const Code *c, Frames *f) {
  for (int64_t k = 0; k < c->spreads; k++) {
    const double x = ((const double *)f->row)[c->spread[k]];
    double *to = (double *)f->block + c->spread[k] * t->block;
    for (int64_t lane = 0; lane < t->block; lane++) to[lane] = x;
  }
}

Frames *new_frames(const Straight *t, const Code *c) {
  Frames *f = calloc(1, sizeof(Frames));
  if (!f) return NULL;
  const size_t row = sizeof(double) * (size_t)(c->slots + 1), block = row * (size_t)t->block;
  const size_t scratch = 2 * sizeof(double) * (size_t)(c->outputs * t->block);
  f->row = take_pages(row), f->block = take_pages(block + scratch);
  f->to = calloc((size_t)c->outputs + 1, sizeof(double *));
  if (!f->row || !f->block || !f->to) return free_frames(f), NULL;
  f->scratch = f->block + block; /* in one piece, so that they do not meet in the cache */
  memcpy(f->row, c->start, sizeof(double) * (size_t)c->slots);
  return f;
}

void free_frames(Frames *f) {
  free_pages(f->row), free_pages(f->block), free(f->to);
  free(f);
}

int begin_row(const Straight *t, const Code *c, Frames *f, const double *leaves) {
  memcpy((double *)f->row + c->columns, leaves, sizeof(double) * (size_t)c->leaves);
  return t->row(c->once, f->row, NULL);
}

typedef struct {
  const Sweep *sweep;
  double *sums; /* of each part */
  int64_t parts, part_rows;
  atomic_llong next;
  atomic_int status;
} Round;

static int given_up(void *round) { return atomic_load(&((Round *)round)->status) & INTERRUPTED; }

static void take_parts(Round *round, Frames *f, int (*poll)(void *), void *polled) {
  const Sweep *s = round->sweep;
  int status = begin_row(s->target, s->code, f, s->leaves);
  spread(s->target, s->code, f);
  for (int64_t k; !given_up(round) && (k = atomic_fetch_add(&round->next, 1)) < round->parts;) {
    const int64_t first = k * round->part_rows, end = first + round->part_rows;
    status |= s->target->sweep(s->code, f->block, &s->rows, first,
                               end < s->rows.rows ? end : s->rows.rows, s->outs,
                               round->sums + k * s->code->outputs, (double *)f->scratch, f->to,
                               poll, polled);
    atomic_fetch_or(&round->status, status);
  }
  atomic_fetch_or(&round->status, status);
}

typedef struct {
  Round *round;
  Thread thread;
} Helper;

static void help(void *given) {
  Round *round = ((Helper *)given)->round;
  Frames *f = new_frames(round->sweep->target, round->sweep->code);
  if (!f) return; /* the caller does all parts that nobody takes */
  take_parts(round, f, given_up, round);
  free_frames(f);
}

int sweep_all(const Sweep *s, Frames *own) {
  Round round = {.sweep = s};
  const int64_t rows = s->rows.rows, outputs = s->code->outputs;
  int64_t parts = rows * (s->code->count + 1) / PART_WORK + 1; /* by the rows alone */
  if (parts > MOST_PARTS) parts = MOST_PARTS;
  round.part_rows = ((rows - 1) / parts / 32 + 1) * 32;
  round.parts = (rows - 1) / round.part_rows + 1;
  round.sums = calloc((size_t)(round.parts * outputs) + 1, sizeof(double));
  if (!round.sums) return NO_MEMORY;
  Helper helpers[MOST_PARTS];
  int count = 0;
  for (; count + 1 < s->threads && count + 1 < round.parts; count++) {
    helpers[count].round = &round;
    if (start_thread(&helpers[count].thread, help, &helpers[count])) break;
  }
  take_parts(&round, own, s->poll, s->polled);
  for (int k = 0; k < count; k++) join_thread(helpers[k].thread);
  if (s->sums) memset(s->sums, 0, sizeof(double) * (size_t)outputs);
  for (int64_t k = 0; s->sums && k < round.parts; k++)
    for (int64_t j = 0; j < outputs; j++) s->sums[j] += round.sums[k * outputs + j];
  free(round.sums);
  return atomic_load(&round.status);
}
