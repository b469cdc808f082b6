/* Straight-line code: single operations over slots, its derivatives among them; see assembly.py. */
#ifndef WHYGRAD_CODE_H
#define WHYGRAD_CODE_H

#include <stdint.h>

/* Where to go, and places in a frame in bytes; `kind` is what `call` calls.  In out_x and out_m,
 * `out` is the number of the output.  A place below 0 is an input of a block of rows, counted from
 * the end of the inputs, which may be elsewhere. */
typedef struct {
  const void *go;
  int32_t out, a, b, c;
  int64_t kind;
} Instruction;

/* Where an operand is: in the frame, or among inputs whose end is so far from the frame. No branch:
 * which it is differs from one instruction to the next. */
#define PLACE(frame, apart, at) ((const double *)((frame) + (at) + ((int64_t)(at) >> 63 & (apart))))

/* Slots: the inputs (columns of a batch, then leaves), constants, and the rest.  `once` depends on
 * leaves alone; it and `row` run on frames of doubles, `block` on frames of blocks of rows, to
 * which the slots in `spread` are copied from the former. */
typedef struct {
  Instruction *once, *row, *block;
  int64_t count; /* instructions of a row */
  int64_t slots, columns, leaves, outputs;
  int64_t *column, columns_used; /* those that are read */
  int64_t *spread, spreads;
  double *start; /* the frame of doubles as it begins: constants have their numbers */
} Code;

typedef struct {
  const double *packed; /* as batch.py packs rows, in blocks of so many lanes */
  int64_t lanes, rows;
} Rows;

/* One instruction set's interpreters of straight-line code. */
typedef struct {
  int64_t block; /* rows */
  const void *const *(*labels)(int block);
  int (*row)(const Instruction *, char *frame, double *const *outs);
  int (*sweep)(const Code *, char *frame, const Rows *, int64_t first, int64_t last,
               double *const *outs, double *sums, double *scratch, double **to,
               int (*poll)(void *), void *polled);
} Straight;

#endif
