/* The loop of training: evaluate, update, and again. */
#ifndef WHYGRAD_TRAINING_H
#define WHYGRAD_TRAINING_H

#include "sweeping.h"
#include "team.h"

/* A tape that takes some of the steps, and its rows. */
typedef struct {
  Team team;
  const double *packed, *table;
  int64_t rows;
  double *leaves; /* the numbers of its leaves, in the caller's order */
  Frames *frames; /* for steps of one row, where the tape has code for them; else NULL */
  double **outs;
} Part;

/* Where there is more than one part, all have the same parameters in the same places. */
typedef struct {
  Part *parts;
  int64_t count;
  const int64_t *part;           /* of each step; the only one if there is no array */
  const int64_t *order, *starts; /* step k takes the rows order[starts[k]:starts[k + 1]], or */
  int64_t steps, done_before;    /* all of its part in order */
  int mean;
  Rule rule;
  const double *rates;
  double *losses, *state;
  Memory spare;   /* room for what an update gives */
  double budget;  /* seconds after which to return */
  int (*poll)(void *);
  void *polled;
} Training;

/* Whether every step takes a part and at least one row that there are. */
int check_order(const Training *, int64_t orders);

/* The most rows that a step of part i takes. */
int64_t longest_step(const Training *, int64_t i);

/* Room for the steps of one row, and where their results go; false in success. */
int provide_one_row(Part *);
void free_one_row(Part *);

/* Steps of the loop until all are done, time is up or a number breaks; returns how many. The
 * parameters are then in the scalars of the part of the last step: of `*last`. */
int64_t train(Training *, int *status, int64_t *last);

#endif
