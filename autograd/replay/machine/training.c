/* The loop of training: evaluate, update, and again. */
#include "training.h"

#include <string.h>
#include <time.h>

#define LOOK 0.005 /* seconds between two looks at the clock */

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int check_order(const Training *t, int64_t orders) {
  for (int64_t k = 0; k < orders; k++)
    if (t->order[k] < 0 || t->order[k] >= t->rows) return 0;
  if (t->starts[0] < 0 || t->starts[t->steps] > orders) return 0;
  for (int64_t k = 0; k < t->steps; k++)
    if (t->starts[k + 1] <= t->starts[k]) return 0;
  return 1;
}

int64_t longest_step(const Training *t) {
  int64_t longest = t->order ? 0 : t->rows;
  for (int64_t k = 0; t->order && k < t->steps; k++)
    if (t->starts[k + 1] - t->starts[k] > longest) longest = t->starts[k + 1] - t->starts[k];
  return longest;
}

static int64_t rows_of_step(const Training *t, int64_t k) {
  return t->order ? t->starts[k + 1] - t->starts[k] : t->rows;
}

static int gradient_of_step(const Training *t, int64_t k) {
  const int64_t from = t->order ? t->starts[k] : 0, rows = rows_of_step(t, k);
  const Batch batch = {t->packed, t->table, t->order ? t->order + from : NULL, rows};
  const double seed = t->mean ? 1.0 / (double)rows : 1.0;
  const Request request = {seed, 0, NULL, t->team->own->totals, t->poll, t->polled};
  return evaluate(t->team, &batch, &request);
}

/* An update that breaks a parameter is undone. */
static int update_of_step(const Training *t, int64_t k) {
  Workspace *w = t->team->own;
  const int64_t n = t->team->program->parameters;
  const size_t bytes = sizeof(double) * (size_t)n;
  const size_t remembered = t->rule.adam != 0.0 ? 2 : t->rule.momentum != 0.0 ? 1 : 0;
  memcpy(t->before, w->scalar, bytes);
  memcpy(t->before + n, t->state, remembered * bytes);
  if (t->team->target->update(w->scalar, w->scalar_adjoint, t->state, n, &t->rule, t->rates[k],
                              t->done_before + k + 1))
    return 0;
  memcpy(w->scalar, t->before, bytes);
  memcpy(t->state, t->before + n, remembered * bytes);
  return BROKEN;
}

int64_t train(const Training *t, int *status) {
  const double began = now();
  int64_t swept = 0, next_look = 1; /* rows: steps may differ in length */
  for (int64_t k = 0; k < t->steps; k++) {
    if ((*status = gradient_of_step(t, k))) return k;
    t->losses[k] = t->team->own->totals[0];
    if ((*status = update_of_step(t, k))) return k;
    swept += rows_of_step(t, k);
    if (swept >= next_look) {
      const double elapsed = now() - began;
      if (elapsed > t->budget) return k + 1;
      const double more = elapsed > 0.0 ? LOOK / elapsed : 1.0;
      next_look = swept + (more < 1.0 ? (int64_t)(more * (double)swept) : swept);
    }
  }
  return t->steps;
}
