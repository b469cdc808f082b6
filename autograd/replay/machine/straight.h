/* The interpreters of straight-line code for one instruction set: of blocks of rows, of one row. */
#ifndef WHYGRAD_STRAIGHT_H
#define WHYGRAD_STRAIGHT_H

#include "code.h"
#include "elementwise.h"
#include "opcodes.h"
#include "settling.h"

#define EACH_PART _Pragma("GCC unroll 4") for (int u = 0; u < PARTS; u++)

/* Blocks of rows: the last result is four vectors. */

INLINE vec truth_of(mask m) { return pick(m, splat(1.0), splat(0.0)); }

INLINE vec block_complement(vec x, vec y) {
  vec rest = splat(1.0) - y;
  if (any(less(splat(0.999), y))) {
    vec e = v_exp(-magnitude(x));
    rest = pick(less(splat(0.999), y), e / (splat(1.0) + e), rest);
  }
  return rest;
}

#define NUMBER vec
#define PARTS 4
#define ROWS (PARTS * WIDTH)
#define ZERO splat(0.0)
#define LOAD(from) load((from) + u * WIDTH)
#define STORE(frame, at, x) store((double *)(frame + at) + u * WIDTH, x)
#define HAND_OVER(to, x) store((to) + u * WIDTH, x)
#define SEEN vec
#define NOTED(seen, x) fused(x, ZERO, seen)
#define IS_BROKEN(seen) any(unordered(seen))
#define fused fma_
#define is_less(a, b) truth_of(less(a, b))
#define is_less_or_equal(a, b) truth_of(either(less(a, b), same(a, b)))
#define is_equal(a, b) truth_of(same(a, b))
#define greater_one(a, b) value_of(MAXIMUM, a, b, splat(0.0))
#define lesser_one(a, b) value_of(MINIMUM, a, b, splat(0.0))
#define choice(c, a, b) pick(less(splat(0.0), c), a, b)
#define sigmoid_complement block_complement
#define slope_of_tanh tanh_slope
#define root_of square_root
#define exp_of v_exp
#define log_of v_log
#define sin_of v_sin
#define cos_of v_cos
#define tanh_of v_tanh
#define sigmoid_of v_sigmoid
#define absolute_of magnitude
#define INTERPRETER run_block
#include "straight_loop.h"
enum { BLOCK = ROWS };
#undef NUMBER
#undef PARTS
#undef ROWS
#undef ZERO
#undef LOAD
#undef STORE
#undef HAND_OVER
#undef SEEN
#undef NOTED
#undef IS_BROKEN
#undef fused
#undef is_less
#undef is_less_or_equal
#undef is_equal
#undef greater_one
#undef lesser_one
#undef choice
#undef sigmoid_complement
#undef slope_of_tanh
#undef root_of
#undef exp_of
#undef log_of
#undef sin_of
#undef cos_of
#undef tanh_of
#undef sigmoid_of
#undef absolute_of
#undef INTERPRETER

/* One row: the last result is a double, and all functions but tanh are those of the C library. */

INLINE double row_sigmoid(double x) {
  const double e = exp(-fabs(x));
  return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

/* That of the C library takes twice as long. */
INLINE double row_tanh(double x) { return v_tanh(splat(x))[0]; }

INLINE double row_complement(double x, double y) {
  if (!(y > 0.999)) return 1.0 - y;
  const double e = exp(-x);
  return e / (1.0 + e);
}

INLINE double row_tanh_slope(double x, double y) {
  if (!(fabs(y) > 0.999)) return 1.0 - y * y;
  const double e = exp(-2.0 * fabs(x));
  return 4.0 * e / ((1.0 + e) * (1.0 + e));
}

/* What was seen is a whole number: calls of the C library leave its register alone.  A double waits
 * in memory, and each output for the one before it, which took a sixth of the time. */
INLINE uint64_t row_bits(double x) {
  uint64_t made;
  memcpy(&made, &x, sizeof made);
  return made;
}

#define NUMBER double
#define PARTS 1
#define ROWS 1
#define ZERO 0.0
#define LOAD(from) (*(from))
#define STORE(frame, at, x) (*(double *)(frame + at) = (x))
#define HAND_OVER(to, x) (*(to) = (x))
#define SEEN uint64_t
#define NOTED(seen, x) ((seen) | row_bits((x) * 0.0))
#define IS_BROKEN(seen) ((seen) << 1 != 0)
#if WIDTH > 2 || defined(__aarch64__)
#define fused __builtin_fma
#else
#define fused(a, b, c) ((a) * (b) + (c))
#endif
#define is_less(a, b) ((double)((a) < (b)))
#define is_less_or_equal(a, b) ((double)((a) <= (b)))
#define is_equal(a, b) ((double)((a) == (b)))
#define greater_one(a, b) ((b) < (a) || (a) != (a) ? (a) : (b))
#define lesser_one(a, b) ((a) < (b) || (a) != (a) ? (a) : (b))
#define choice(c, a, b) ((c) > 0.0 ? (a) : (b))
#define sigmoid_complement row_complement
#define slope_of_tanh row_tanh_slope
#define root_of __builtin_sqrt
#define exp_of exp
#define log_of log
#define sin_of sin
#define cos_of cos
#define tanh_of row_tanh
#define sigmoid_of row_sigmoid
#define absolute_of fabs
#define INTERPRETER run_row
#include "straight_loop.h"

/* Where the inputs of a block of rows are, side by side: among those that batch.py packed, or
 * copied into the frame; past the end the last ones. */
static const char *inputs_of_block(const Code *code, char *frame, const double *packed,
                                   int64_t lanes, int64_t rows, int64_t first) {
  const int64_t full = lanes == 32 ? rows / 32 * 32 : 0, last = (rows - 1 - full) / 8 * 8 + full;
  if (BLOCK == 32 && first < full) return (const char *)(packed + first * code->columns);
  for (int64_t n = 0; n < code->columns_used; n++) {
    const int64_t k = code->column[n];
    double *to = (double *)frame + k * BLOCK;
    if (first < full) {
      const int64_t inside = first % 32;
      memcpy(to, packed + (first - inside) * code->columns + k * 32 + inside, BLOCK * 8);
    } else {
      for (int64_t at = first; at < first + BLOCK; at += 8, to += 8) {
        const int64_t block = at < last ? at : last;
        memcpy(to, packed + block * code->columns + k * 8, 8 * 8);
      }
    }
  }
  return frame;
}

/* Sums are kept by lanes of vectors, WIDTH for each output. */
static void add_block(const Code *code, double *sums, const double *block, int64_t rows) {
  for (int64_t k = 0; k < code->outputs; k++, sums += WIDTH, block += BLOCK) {
    if (rows < BLOCK)
      for (int64_t lane = 0; lane < rows; lane++) sums[lane % WIDTH] += block[lane];
    else
      store(sums, load(sums) + ((load(block) + load(block + WIDTH)) +
                                (load(block + 2 * WIDTH) + load(block + 3 * WIDTH))));
  }
}

/* All outputs of the rows from `first` to before `last`: each row's to the arrays in `outs`, or,
 * where there are none, their sums to `sums`.  `scratch` has room for the outputs of a
 * block, and for their sums by lanes. */
static int sweep_rows(const Code *code, char *frame, const Rows *in, int64_t first, int64_t last,
                      double *const *outs, double *sums, double *scratch, double **to,
                      int (*poll)(void *), void *polled) {
  int status = 0;
  int64_t unpolled = 0;
  double *by_lanes = scratch + code->outputs * BLOCK;
  memset(by_lanes, 0, sizeof(double) * (size_t)(code->outputs * WIDTH));
  for (int64_t at = first; at < last; at += BLOCK) {
    for (int64_t k = 0; k < code->outputs; k++) to[k] = outs ? outs[k] + at : scratch + k * BLOCK;
    const char *inputs = inputs_of_block(code, frame, in->packed, in->lanes, in->rows, at);
    const int64_t apart = inputs - frame + code->columns * (int64_t)sizeof(double[BLOCK]);
    status |= run_block(code->block, frame, apart, to, NULL);
    const int64_t rows = last - at < BLOCK ? last - at : BLOCK;
    if (!outs) add_block(code, by_lanes, scratch, rows);
    unpolled += code->count;
    if (unpolled < 1 << 16) continue;
    if (poll(polled)) return INTERRUPTED;
    unpolled = 0;
  }
  for (int64_t k = 0; !outs && k < code->outputs; k++) sums[k] += lane_sum(load(by_lanes + k * WIDTH));
  return status;
}

#endif
