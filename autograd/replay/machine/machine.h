/* The compiled interpreter of a tape: what its parts share.  See program.py for what a tape is. */
#ifndef WHYGRAD_MACHINE_H
#define WHYGRAD_MACHINE_H

#include <stdint.h>

#include "code.h"
#include "operations.h"

/* For each of the operands a, b, c: is it a run of slots (else a list of slots in the index), does
 * a derivative by it matter, and is this record the first to write its adjoints. */
enum {
  RUN_A = 1, RUN_B = 2, RUN_C = 4, WANT_A = 8, WANT_B = 16, WANT_C = 32,
  SET_A = 64, SET_B = 128, SET_C = 256
};

typedef struct {
  int64_t kind, flags;
  int64_t n, m;         /* results, and operands of each result */
  int64_t out;          /* slot of the first result */
  int64_t a, b, c;      /* operands: first slot of a run, or where the list of slots begins */
  int64_t weight, bias; /* DENSE: first scalar of the n x m weights and of the n biases; TAKE: of a
                         * table of m rows of n */
  int64_t sites;        /* of DENSE and TAKE: each has operands and n results of its own */
} Record;

typedef struct {
  int64_t first, count;
} Run;

typedef struct {
  Record *records;
  int64_t count;
  Run *clear; /* slots whose adjoint must be zero before the backward sweep */
  int64_t clears;
} Section;

typedef struct {
  Section shared, rows; /* computed once, and for every row */
  int64_t *index;
  double *scalars; /* parameters, other leaves, constants and shared results, as they start */
  int64_t scalar_count, leaves, parameters;
  int64_t *place;  /* of each leaf in the caller's order: its scalar; parameters come first */
  int64_t columns, slots;
  int64_t *outputs, output_count;
  int64_t lanes; /* rows in a full block: 32 or 8 */
  int64_t work, shared_work; /* of one row, and once: multiplications, a tenth of a ns each */
  int64_t room;  /* doubles that the operands of a record may need in one piece */
  int in_order;  /* the leaves are the first scalars, in the caller's order */
  const Code *one_row; /* value and gradient of one row by single operations, or NULL */
} Program;

#define MOST_LANES 32 /* of a frame */

/* The values and adjoints of one block of rows: slot s has its lanes at s * lanes. */
typedef struct {
  double *value, *adjoint;
  const double *input; /* where the slots below `columns` are, of a single row in `value`; nobody
                        * wants their adjoint */
  int64_t columns, lanes;
  double *room; /* of a single row: for operands gathered into one piece */
} Frame;

/* What one thread needs to run a program. */
typedef struct Workspace {
  double *scalar, *scalar_adjoint;
  double *totals; /* of each output, over the rows */
  double *room;   /* of all frames */
  Frame frame[3]; /* of 32 lanes (or none), of 8, and of a single row */
  double *chunks; /* what each chunk of rows gives: adjoints of the scalars, then totals */
  double *spare;  /* room for what an update gives: parameters, then what is remembered */
  void *memory[9];
  int pieces;
  struct Workspace *next; /* in a list of those that nobody is using */
} Workspace;

/* Rows packed in blocks as batch.py does, or rows to be picked from a row-major table. */
typedef struct {
  const double *packed, *table;
  const int64_t *order;
  int64_t rows;
} Batch;

typedef struct {
  double seed;           /* the weight of a row: 1/rows for a mean */
  int64_t which;         /* the output to differentiate, or -1 */
  double *values;        /* rows x outputs, or NULL */
  double *totals;        /* of each output: the sum over the rows, times seed */
  int (*poll)(void *);   /* asked now and then with `polled`; true to give up */
  void *polled;
} Request;

/* How parameters follow their gradient; see autograd/update.py.  All doubles, so that a caller hands
 * it over as an array; the truths are 0 or 1. */
typedef struct {
  double adam; /* else plain gradient descent, with momentum if that is not 0 */
  double momentum, nesterov;
  double beta1, beta2, epsilon;
  double weight_decay, decoupled; /* decoupled: weight decay as in AdamW */
  double clip_norm, clip_value;   /* 0: no bound */
} Rule;

/* The parameters, and what an optimiser remembers: n doubles for momentum, 2 n for Adam. */
typedef struct {
  double *theta, *state;
} Memory;

/* What a sweep tells: a number came out that is not finite; it gave up. */
enum { BROKEN = 1, INTERRUPTED = 2 };

/* One instruction set's interpreter.  An evaluation is `begin`, then `sweep` over all rows, then
 * `finish`; the gradient is in the workspace's scalar_adjoint, at the places of the parameters. */
typedef struct {
  const char *name;
  int (*apply)(int kind, double *y, const double *a, const double *b, const double *c, long n);
  /* The shared records, and all sums at 0. */
  int (*begin)(const Program *, Workspace *, const Request *);
  /* The rows from `first` to before `last`, both multiples of a block but for the end. */
  int (*sweep)(const Program *, Workspace *, const Batch *, const Request *, int64_t first,
               int64_t last);
  /* The shared records backward. */
  int (*finish)(const Program *, Workspace *, const Request *);
  /* One step of an optimiser, by a gradient that it uses up; false if a new parameter is not
   * finite. */
  int (*update)(Memory to, Memory from, double *gradient, int64_t n, const Rule *, double rate,
                int64_t step);
  const Straight *straight; /* its interpreters of single operations */
} Target;

extern const Target target_baseline, target_avx2, target_avx512;

#endif
