/* The loop of training: evaluate, update, and again. */
#ifndef WHYGRAD_TRAINING_H
#define WHYGRAD_TRAINING_H

#include "team.h"

typedef struct {
  Team *team;
  const double *packed, *table;
  const int64_t *order, *starts; /* step k takes the rows order[starts[k]:starts[k + 1]], or */
  int64_t rows;                  /* all of them in order */
  int64_t steps, done_before;
  int mean;
  Rule rule;
  const double *rates;
  double *losses, *state;
  double *before; /* room for the parameters and the state, should an update fail */
  double budget;  /* seconds after which to return */
  int (*poll)(void *);
  void *polled;
} Training;

/* Whether every step takes at least one row, and rows that there are. */
int check_order(const Training *, int64_t orders);

/* The most rows that a step takes. */
int64_t longest_step(const Training *);

/* Steps of the loop until all are done, time is up or a number breaks; returns how many. */
int64_t train(const Training *, int *status);

/* Seconds since some beginning. */
double now(void);

#endif
