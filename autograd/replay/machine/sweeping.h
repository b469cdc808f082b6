/* The rows of a batch through straight-line code, shared among threads. */
#ifndef WHYGRAD_SWEEPING_H
#define WHYGRAD_SWEEPING_H

#include "code.h"

/* Frames for one thread: doubles for `once`, blocks for the rows, and room for what a block gives. */
typedef struct Frames {
  char *row, *block, *scratch;
  double **to;
  struct Frames *next;
} Frames;

Frames *new_frames(const Straight *, const Code *);
void free_frames(Frames *);

typedef struct {
  const Straight *target;
  const Code *code;
  const double *leaves;
  Rows rows;
  double *const *outs; /* of each output: a place for every row, or NULL for sums */
  double *sums;        /* of each output */
  int threads;
  int (*poll)(void *); /* asked now and then with `polled`, by the caller's thread */
  void *polled;
} Sweep;

/* 0, BROKEN, INTERRUPTED, or NO_MEMORY. The sums do not depend on the number of threads. */
enum { NO_MEMORY = 4 };
int sweep_all(const Sweep *, Frames *own);

/* Set the leaves, and do what depends on them alone. */
int begin_row(const Straight *, const Code *, Frames *, const double *leaves);

#endif
