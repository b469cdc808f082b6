/* Where the operands of a record are. */
#ifndef WHYGRAD_OPERANDS_H
#define WHYGRAD_OPERANDS_H

#include "machine.h"
#include "vector.h"

INLINE const double *slot_value(const Frame *f, int64_t s) {
  return (s < f->columns ? f->input : f->value) + s * f->lanes;
}
INLINE double *slot_adjoint(const Frame *f, int64_t s) { return f->adjoint + s * f->lanes; }

/* Slots of operand `which` (0, 1, 2) of a record: a run that begins at *first, or a list. */
INLINE const int64_t *operand_slots(const Program *p, const Record *r, int which,
                                    int64_t *first) {
  const int64_t at = which == 0 ? r->a : which == 1 ? r->b : r->c;
  *first = at;
  return r->flags & (RUN_A << which) ? NULL : p->index + at;
}

/* The slots of one operand of a record, and where their numbers are. */
typedef struct {
  const int64_t *list;
  int64_t first, columns;
  const double *input, *value;
  double *adjoint;
} Slots;

INLINE Slots slots_of(const Program *p, const Record *r, const Frame *f, int which) {
  Slots slots = {NULL, 0, f->columns, f->input, f->value, f->adjoint};
  slots.list = operand_slots(p, r, which, &slots.first);
  return slots;
}

INLINE int64_t slot(Slots s, long k) { return s.list ? s.list[k] : s.first + k; }

INLINE int wanted(const Record *r, int which) { return (r->flags & (WANT_A << which)) != 0; }
INLINE int first_writer(const Record *r, int which) {
  return (r->flags & (SET_A << which)) != 0;
}

#endif
