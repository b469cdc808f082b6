/* Workspaces, and how the rows of a batch are cut into chunks. */
#ifndef WHYGRAD_WORKSPACE_H
#define WHYGRAD_WORKSPACE_H

#include "machine.h"

#define MOST_CHUNKS 16       /* and so the most threads that have work */
#define CHUNK_WORK (1 << 19) /* some 50 µs: ten times what it costs to hand a chunk over */
#define ADDING 48            /* of work a scalar: ten times what adding up its adjoints costs */

/* NULL where there is no memory. */
Workspace *new_workspace(const Program *);
void free_workspace(Workspace *);

/* The frames that so many rows need, and room for what chunks and an update give; false in
 * success. */
int provide(Workspace *, const Program *, int64_t rows, int or_fewer);
int provide_chunks(Workspace *, const Program *);
int provide_spare(Workspace *, const Program *);

/* Rows in a chunk, by the program and the number of rows alone: the sums are the same, to the last
 * digit, whatever the number of threads. */
int64_t chunk_rows(const Program *, int64_t rows);

/* Doubles that a chunk gives: the adjoints of the scalars, then the totals. */
int64_t chunk_size(const Program *);

#endif
