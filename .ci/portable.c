/* What the tapes' C computes on this system: a line for each kind of elementwise operation on each
 * instruction set, and for each size of a team of threads. The lines of all systems agree. */
#include <stdio.h>
#include <stdlib.h>

#include "machine.h"
#include "team.h"

enum { NUMBERS = 64, ROWS = 100000, LARGEST_TEAM = 4 };

static int nothing_waits(void *polled) { return (void)polled, 0; }

static int find_targets(const Target **targets) {
  int count = 0;
#if WIDE_VECTORS
  if (has_avx512()) targets[count++] = &target_avx512;
  if (has_avx2()) targets[count++] = &target_avx2;
#endif
  targets[count++] = &target_baseline;
  return count;
}

/* The sum of what one kind gives for numbers between 0.1 and 0.94. */
static void apply_kind(const Target *target, int kind, const char *name) {
  double a[NUMBERS], b[NUMBERS], c[NUMBERS], y[NUMBERS], sum = 0.0;
  for (int k = 0; k < NUMBERS; k++)
    a[k] = 0.1 + 0.013 * k, b[k] = 0.9 - 0.007 * k, c[k] = k % 3 - 1.0;
  target->apply(kind, y, a, b, c, NUMBERS);
  for (int k = 0; k < NUMBERS; k++)
    if (y[k] == y[k]) sum += y[k]; /* acosh has no value here */
  printf("%s %s %.17g\n", name, target->name, sum);
}

/* The sum of exp(x) over many rows, by so many threads. */
static int share_rows(const Target *target, const double *packed, int threads) {
  static Record exponential = {.kind = EXP, .flags = RUN_A | WANT_A | SET_A, .n = 1, .out = 2};
  static int64_t output = 2, place = 0, none[1];
  static double leaf = 0.5;
  const Program p = {.rows = {&exponential, 1, none, 0}, .index = none, .scalars = &leaf,
                     .scalar_count = 1, .leaves = 1, .parameters = 1, .place = &place,
                     .columns = 2, .slots = 3, .outputs = &output, .output_count = 1, .lanes = 32,
                     .work = 1000, .shared_work = 1, .room = 4, .in_order = 1};
  Workspace *first = NULL;
  for (int k = 0; k < threads; k++) {
    Workspace *w = new_workspace(&p);
    if (!w || provide(w, &p, ROWS, 0)) return -1;
    w->next = first, first = w;
  }
  if (provide_chunks(first, &p)) return -1;
  const Batch batch = {packed, NULL, NULL, ROWS};
  const Request request = {1.0, -1, NULL, first->totals, nothing_waits, NULL};
  Team team;
  int status = 0;
  open_team(&team, target, &p, first, first->next);
  for (int round = 0; round < 20; round++) status |= evaluate(&team, &batch, &request);
  const int together = team.helpers + 1;
  close_team(&team);
  printf("team_of_%d %s %.17g\n", together, target->name, first->totals[0]);
  for (Workspace *w = first; w; w = first) first = w->next, free_workspace(w);
  return status;
}

int main(void) {
#define NAMED(kind, ...) #kind,
  static const char *const kinds[] = {ELEMENTWISE(NAMED)};
#undef NAMED
  const Target *targets[3];
  const int count = find_targets(targets);
  double *packed = take_pages(sizeof(double) * 2 * ROWS);
  const double begun = now();
  if (!packed) return 1;
  for (int k = 0; k < 2 * ROWS; k++) packed[k] = k % 64 * 0.01;
  for (int t = 0; t < count; t++) {
    for (int kind = 0; kind < (int)(sizeof kinds / sizeof *kinds); kind++)
      apply_kind(targets[t], kind, kinds[kind]);
    for (int threads = 1; threads <= LARGEST_TEAM; threads++)
      if (share_rows(targets[t], packed, threads)) return 1;
  }
  free_pages(packed);
  return now() > begun ? 0 : 1;
}
