/* The loop of training: evaluate, update, and again. */
#include "training.h"

#include <stdlib.h>
#include <string.h>

#define LOOK 0.005 /* seconds between two looks at the clock */

static int64_t part_of_step(const Training *t, int64_t k) { return t->part ? t->part[k] : 0; }

int check_order(const Training *t, int64_t orders) {
  if (t->starts[0] < 0 || t->starts[t->steps] > orders) return 0;
  for (int64_t k = 0; k < t->steps; k++) {
    if (t->starts[k + 1] <= t->starts[k]) return 0;
    if (part_of_step(t, k) < 0 || part_of_step(t, k) >= t->count) return 0;
    const int64_t rows = t->parts[part_of_step(t, k)].rows;
    for (int64_t i = t->starts[k]; i < t->starts[k + 1]; i++)
      if (t->order[i] < 0 || t->order[i] >= rows) return 0;
  }
  return 1;
}

static int64_t rows_of_step(const Training *t, int64_t k) {
  return t->order ? t->starts[k + 1] - t->starts[k] : t->parts[part_of_step(t, k)].rows;
}

int64_t longest_step(const Training *t, int64_t i) {
  int64_t longest = t->order ? 1 : t->parts[i].rows;
  for (int64_t k = 0; t->order && k < t->steps; k++)
    if (part_of_step(t, k) == i && rows_of_step(t, k) > longest) longest = rows_of_step(t, k);
  return longest;
}

/* The value of one row goes to the totals, its gradient to the adjoints of the parameters. */
int provide_one_row(Part *part) {
  const Program *p = part->team.program;
  const Code *code = p->one_row;
  if (!code) return 0;
  Workspace *w = part->team.own;
  part->frames = new_frames(part->team.target->straight, code);
  part->outs = calloc((size_t)code->outputs, sizeof(double *));
  if (!part->frames || !part->outs) return -1;
  for (int64_t k = 0; k < code->outputs; k++)
    part->outs[k] = k ? w->scalar_adjoint + p->place[k - 1] : w->totals;
  return 0;
}

void free_one_row(Part *part) {
  if (part->frames) free_frames(part->frames);
  free(part->outs);
  part->frames = NULL, part->outs = NULL;
}

static int gradient_of_row(const Part *part, const double *row) {
  const Team *team = &part->team;
  const Program *p = team->program;
  const Code *code = p->one_row;
  double *columns = (double *)part->frames->row, *leaves = columns + code->columns;
  memcpy(columns, row, sizeof(double) * (size_t)code->columns);
  for (int64_t k = 0; k < code->leaves; k++) leaves[k] = team->own->scalar[p->place[k]];
  const Straight *straight = team->target->straight;
  int status = straight->row(code->once, part->frames->row, NULL);
  status |= straight->row(code->row, part->frames->row, part->outs);
  return status;
}

static int gradient_of_step(const Training *t, int64_t k) {
  Part *part = t->parts + part_of_step(t, k);
  const int64_t from = t->order ? t->starts[k] : 0, rows = rows_of_step(t, k);
  if (rows == 1 && part->frames) {
    const int64_t width = part->team.program->columns;
    return gradient_of_row(part, t->order ? part->table + t->order[from] * width : part->packed);
  }
  const Batch batch = {part->packed, part->table, t->order ? t->order + from : NULL, rows};
  const double seed = t->mean ? 1.0 / (double)rows : 1.0;
  const Request request = {seed, 0, NULL, part->team.own->totals, t->poll, t->polled};
  return evaluate(&part->team, &batch, &request);
}

/* The new numbers go to spare room: an update that breaks a parameter leaves all as it was. */
static int update_of_step(Training *t, int64_t k) {
  const Team *team = &t->parts[part_of_step(t, k)].team;
  Workspace *w = team->own;
  const Memory old = {w->scalar, t->state}, new = t->spare;
  const int64_t n = team->program->parameters;
  if (!team->target->update(new, old, w->scalar_adjoint, n, &t->rule, t->rates[k],
                            t->done_before + k + 1))
    return BROKEN;
  memcpy(old.theta, new.theta, sizeof(double) * (size_t)n);
  t->state = new.state, t->spare.state = old.state;
  return 0;
}

/* The parameters of one part for another one. */
static void hand_over(const Training *t, int64_t from, int64_t to) {
  const Team *one = &t->parts[from].team, *other = &t->parts[to].team;
  memcpy(other->own->scalar, one->own->scalar, sizeof(double) * (size_t)one->program->parameters);
}

static int64_t take_steps(Training *t, int *status, int64_t *last) {
  const double began = now();
  int64_t swept = 0, next_look = 1; /* rows: steps may differ in length */
  for (int64_t k = 0; k < t->steps; k++) {
    const int64_t part = part_of_step(t, k);
    if (part != *last) hand_over(t, *last, part);
    *last = part;
    if ((*status = gradient_of_step(t, k))) return k;
    t->losses[k] = t->parts[part].team.own->totals[0];
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

int64_t train(Training *t, int *status, int64_t *last) {
  double *const given = t->state;
  const int64_t done = take_steps(t, status, last), n = t->parts[*last].team.program->parameters;
  const size_t remembered = t->rule.adam != 0.0 ? 2 : t->rule.momentum != 0.0 ? 1 : 0;
  if (t->state != given) memcpy(given, t->state, remembered * sizeof(double) * (size_t)n);
  return done;
}
