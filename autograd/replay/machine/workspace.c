/* Workspaces: the memory that a thread needs to run a program. */
#include <stdlib.h>
#include <string.h>

#include "workspace.h"

#define ALIGNMENT 64

static const int frame_lanes[3] = {MOST_LANES, 8, 1};

/* Room for n doubles, zeroed and aligned. */
static int give(Workspace *w, double **to, int64_t n) {
  void *memory = calloc((size_t)n + ALIGNMENT / sizeof(double), sizeof(double));
  if (!memory) return -1;
  w->memory[w->pieces++] = memory;
  *to = (double *)(((uintptr_t)memory + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
  return 0;
}

Workspace *new_workspace(const Program *p) {
  Workspace *w = calloc(1, sizeof(Workspace));
  if (!w) return NULL;
  if (give(w, &w->scalar, p->scalar_count) || give(w, &w->scalar_adjoint, p->scalar_count) ||
      give(w, &w->totals, p->output_count) || give(w, &w->room, p->room)) {
    free_workspace(w);
    return NULL;
  }
  memcpy(w->scalar, p->scalars, sizeof(double) * (size_t)p->scalar_count);
  for (int k = 0; k < 3; k++) {
    w->frame[k].columns = p->columns;
    w->frame[k].lanes = frame_lanes[k];
    w->frame[k].room = w->room;
  }
  return w;
}

void free_workspace(Workspace *w) {
  for (int k = 0; k < w->pieces; k++) free(w->memory[k]);
  free(w);
}

/* A frame is one piece of memory: values, then adjoints. */
int provide(Workspace *w, const Program *p, int64_t rows, int or_fewer) {
  const int need[3] = {rows >= 32 && p->lanes == 32,
                       rows > 1 && (rows % 32 || p->lanes == 8 || or_fewer),
                       rows == 1 || or_fewer};
  for (int k = 0; k < 3; k++) {
    Frame *f = &w->frame[k];
    const int64_t size = (p->slots + 1) * f->lanes;
    if (!need[k] || f->value) continue;
    if (give(w, &f->value, 2 * size)) return -1;
    f->adjoint = f->value + size;
  }
  return 0;
}

int provide_chunks(Workspace *w, const Program *p) {
  return w->chunks ? 0 : give(w, &w->chunks, MOST_CHUNKS * chunk_size(p));
}

int provide_spare(Workspace *w, const Program *p) {
  return w->spare ? 0 : give(w, &w->spare, 3 * p->parameters);
}

int64_t chunk_rows(const Program *p, int64_t rows) {
  if (rows <= 2 * CHUNK_WORK / p->work) return (rows + 31) / 32 * 32; /* asked at every step */
  const int64_t adding = ADDING * p->scalar_count;
  const int64_t least = (adding > CHUNK_WORK ? adding : CHUNK_WORK) / p->work + 1;
  int64_t count = rows / least;
  if (count < 1) count = 1;
  if (count > MOST_CHUNKS) count = MOST_CHUNKS;
  return ((rows - 1) / count / 32 + 1) * 32;
}

int64_t chunk_size(const Program *p) {
  return (p->scalar_count + p->output_count + 7) / 8 * 8;
}
