/* A team of threads that share the rows of a batch.
 *
 * The caller takes chunks of rows like everybody: all is done even if no helper ever wakes up. */
#include "team.h"

#include <string.h>

#define SPIN 1e-4 /* seconds: what waking a thread up may cost, and a step between two sweeps */
#define RESTS 32  /* between two looks at the clock */

/* The number of a chunk that is now the caller's to sweep, or -1.  Taking it makes the round's
 * fields stable: the round lasts until all its chunks are done. */
static int take(Team *t) {
  int left = atomic_load(&t->left);
  while (left > 0)
    if (atomic_compare_exchange_weak(&t->left, &left, left - 1))
      return atomic_load(&t->count) - left;
  return -1;
}

static double *chunk_of(const Team *t, int64_t k) {
  return t->own->chunks + k * chunk_size(t->program);
}

static int given_up(void *team) { return atomic_load(&((Team *)team)->status) & INTERRUPTED; }

static void sweep_chunk(Team *t, const Workspace *work, int64_t k, int (*poll)(void *),
                        void *polled) {
  if (given_up(t)) return;
  const Program *p = t->program;
  const int64_t first = k * t->chunk, rest = t->batch->rows - first;
  Workspace w = *work;
  Request q = *t->request;
  w.scalar = t->own->scalar;
  w.scalar_adjoint = chunk_of(t, k);
  q.totals = w.scalar_adjoint + p->scalar_count;
  q.poll = poll;
  q.polled = polled;
  memset(w.scalar_adjoint, 0, sizeof(double) * (size_t)chunk_size(p));
  const int64_t rows = rest < t->chunk ? rest : t->chunk;
  const int status = t->target->sweep(p, &w, t->batch, &q, first, first + rows);
  if (status) atomic_fetch_or(&t->status, status);
}

/* After the last chunk the caller is told; it may be asleep. */
static void finish_chunk(Team *t) {
  const int count = atomic_load(&t->count);
  if (atomic_fetch_add(&t->done, 1) + 1 < count) return;
  take_lock(&t->lock);
  tell_one(&t->ready);
  give_lock(&t->lock);
}

static int waiting_for_chunks(Team *t) {
  return atomic_load(&t->left) == 0 && !atomic_load(&t->over);
}

static int waiting_for_helpers(Team *t) { return atomic_load(&t->done) < atomic_load(&t->count); }

/* Wait without going to sleep, for a while. */
static void spin(Team *t, int (*waiting)(Team *)) {
  const double until = now() + SPIN;
  for (int k = 1; waiting(t); k++) {
    rest();
    if (k % RESTS == 0 && now() > until) return;
  }
}

static void help(void *given) {
  struct Helper *me = given;
  Team *t = me->team;
  while (!atomic_load(&t->over)) {
    for (int k; (k = take(t)) >= 0; finish_chunk(t)) sweep_chunk(t, me->work, k, given_up, t);
    spin(t, waiting_for_chunks);
    take_lock(&t->lock);
    while (waiting_for_chunks(t)) wait_until_told(&t->wake, &t->lock);
    give_lock(&t->lock);
  }
}

void open_team(Team *t, const Target *target, const Program *p, Workspace *own,
               Workspace *helpers) {
  t->target = target, t->program = p, t->own = own, t->helpers = 0;
  atomic_init(&t->left, 0);
  atomic_init(&t->done, 0);
  atomic_init(&t->count, 0);
  atomic_init(&t->status, 0);
  atomic_init(&t->over, 0);
  make_lock(&t->lock);
  make_condition(&t->wake);
  make_condition(&t->ready);
  for (Workspace *w = helpers; w && t->helpers < MOST_CHUNKS - 1; w = w->next) {
    struct Helper *h = &t->helper[t->helpers];
    h->team = t, h->work = w;
    if (start_thread(&h->thread, help, h)) break;
    t->helpers++;
  }
}

static void wake_up(Team *t) {
  take_lock(&t->lock);
  tell_all(&t->wake);
  give_lock(&t->lock);
}

void close_team(Team *t) {
  atomic_store(&t->over, 1);
  wake_up(t);
  for (int k = 0; k < t->helpers; k++) join_thread(t->helper[k].thread);
  drop_condition(&t->ready);
  drop_condition(&t->wake);
  drop_lock(&t->lock);
}

/* Wait for the helpers' last chunks, with a look at signals now and then. */
static void wait_for_helpers(Team *t, const Request *q) {
  spin(t, waiting_for_helpers);
  while (waiting_for_helpers(t)) {
    take_lock(&t->lock);
    if (waiting_for_helpers(t)) wait_a_while(&t->ready, &t->lock);
    give_lock(&t->lock);
    if (!given_up(t) && q->poll(q->polled)) atomic_fetch_or(&t->status, INTERRUPTED);
  }
}

static void add_up(const Program *p, const double *chunk, double *adjoint, double *totals) {
  for (int64_t k = 0; k < p->scalar_count; k++) adjoint[k] += chunk[k];
  for (int64_t k = 0; k < p->output_count; k++) totals[k] += chunk[p->scalar_count + k];
}

static int share_out(Team *t, const Batch *batch, const Request *q) {
  const int count = (int)((batch->rows - 1) / t->chunk + 1);
  t->batch = batch, t->request = q;
  atomic_store(&t->status, 0);
  atomic_store(&t->done, 0);
  atomic_store(&t->count, count);
  atomic_store(&t->left, count);
  if (t->helpers) wake_up(t);
  for (int k; (k = take(t)) >= 0; atomic_fetch_add(&t->done, 1))
    sweep_chunk(t, t->own, k, q->poll, q->polled);
  wait_for_helpers(t, q);
  for (int k = 0; k < count; k++)
    add_up(t->program, chunk_of(t, k), t->own->scalar_adjoint, q->totals);
  return atomic_load(&t->status);
}

int evaluate(Team *t, const Batch *batch, const Request *q) {
  const Target *target = t->target;
  int status = target->begin(t->program, t->own, q);
  t->chunk = chunk_rows(t->program, batch->rows);
  status |= batch->rows <= t->chunk
                ? target->sweep(t->program, t->own, batch, q, 0, batch->rows)
                : share_out(t, batch, q);
  if (status & INTERRUPTED) return INTERRUPTED;
  return status | target->finish(t->program, t->own, q);
}
