/* A logsumexp of straight-line code, computed anew where its single operations may lose digits. */
#ifndef WHYGRAD_SETTLING_H
#define WHYGRAD_SETTLING_H

#include "cancelling.h"
#include "code.h"

/* Whether y and the largest term cancel, or are near 0, where what x - top is rounded by counts. */
static inline int is_unsettled(double top, double y) {
  return is_cancelling(top, y) | ((fabs(y) < 0.03125) & (fabs(top) > 1e-18));
}

/* Term k of a row, from the `terms` before a `settle`. */
static double term(const Instruction *settle, const char *frame, int64_t apart, int64_t k,
                   int64_t row) {
  const Instruction *i = settle - (settle->kind + 3) / 4 + k / 4;
  const int32_t at[4] = {i->out, i->a, i->b, i->c};
  return PLACE(frame, apart, at[k % 4])[row];
}

static double settled(const Instruction *i, const char *frame, int64_t apart, int64_t row,
                      double top, double y) {
  if (is_cancelling(top, y)) {
    Fixed sum = {{0}};
    for (int64_t k = 0; k < i->kind; k++) add_power(&sum, term(i, frame, apart, k, row), y);
    return with_all_digits(sum, y);
  }
  double rest = 0.0;
  int to_come = 1;
  for (int64_t k = 0; k < i->kind; k++) {
    const double x = term(i, frame, apart, k, row), d = x - top, back = d - x;
    if (to_come && x == top)
      to_come = 0; /* its 1 is in log1p */
    else if (d > -800.0)
      rest += exp(d) * (1.0 + ((x - (d - back)) - (top + back)));
  }
  return top + log1p(rest);
}

/* out = a, a logsumexp whose largest term is b; settled where it must be. */
static void settle(const Instruction *i, char *frame, int64_t apart, int64_t rows) {
  const double *ys = PLACE(frame, apart, i->a), *tops = PLACE(frame, apart, i->b);
  double *out = (double *)(frame + i->out);
  int unsettled = 0;
  for (int64_t row = 0; row < rows; row++) unsettled |= is_unsettled(tops[row], ys[row]);
  for (int64_t row = 0; row < rows; row++)
    if (unsettled && is_unsettled(tops[row], ys[row]))
      out[row] = settled(i, frame, apart, row, tops[row], ys[row]);
    else
      out[row] = ys[row];
}

#endif
