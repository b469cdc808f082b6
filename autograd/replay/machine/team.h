/* A team of threads that share the rows of a batch. */
#ifndef WHYGRAD_TEAM_H
#define WHYGRAD_TEAM_H

#include <stdatomic.h>

#include "system.h"
#include "workspace.h"

typedef struct Team {
  const Target *target;
  const Program *program;
  Workspace *own;
  /* The round under way; set while no chunk is left. */
  const Batch *batch;
  const Request *request;
  int64_t chunk; /* rows */
  /* Chunks that nobody has taken yet, and those done; what the sweeps told. */
  atomic_int left, done, count, status;
  atomic_int over; /* the helpers may go home */
  Lock lock;
  Condition wake, ready; /* chunks are left; all are done */
  int helpers;
  struct Helper {
    struct Team *team;
    Workspace *work;
    Thread thread;
  } helper[MOST_CHUNKS - 1];
} Team;

/* The caller, with its workspace, and helpers with theirs, linked by `next`.  Fewer helpers come
 * where the system has no more threads. */
void open_team(Team *, const Target *, const Program *, Workspace *own, Workspace *helpers);
void close_team(Team *);

/* An evaluation on the numbers in the own workspace's `scalar`: 0, BROKEN or INTERRUPTED.  The
 * request's poll is only called by the caller's thread. */
int evaluate(Team *, const Batch *, const Request *);

#endif
