/* One interpreter of straight-line code: a function of computed gotos, or of a switch where a
 * compiler has none.  Included twice by straight.h, which says what a number is.
 *
 * The function is called once without code, to learn where its labels are. */
#define A LOAD(PLACE(frame, apart, i->a))
#define B LOAD(PLACE(frame, apart, i->b))
#define C LOAD(PLACE(frame, apart, i->c))
#define X r[u]

#if WHYGRAD_GOTO
#define CASE(name) label_##name
#define NEXT goto *(++i)->go
#else
#define CASE(name) case CODE_##name
#define NEXT \
  i++;       \
  continue
#endif

#if defined(__GNUC__) && !defined(__clang__)
/* gcse would make all jumps one, and cost a third; jumps so close that a processor takes two for one
 * cost a fifth of one row */
__attribute__((optimize("no-gcse", "align-labels=32")))
#endif
static int INTERPRETER(const Instruction *i, char *frame, int64_t apart, double *const *outs,
                       const void *const **where) {
#if WHYGRAD_GOTO
  static const void *const labels[] = {
#define ENTER(name, f) &&label_##name, &&label_##name##_st,
      COMPUTING(ENTER)
#undef ENTER
#define ENTER(name) &&label_##name,
      HANDLING(ENTER)
#undef ENTER
  };
  if (where) return *where = labels, 0;
#else
  if (where) return *where = NULL, 0;
#endif
  NUMBER r[PARTS];
  SEEN broken = {0}; /* 0 times what is not finite is NaN, and stays */
  EACH_PART r[u] = ZERO;
  double *to;
#if WHYGRAD_GOTO
  goto *i->go;
#else
  for (;;) switch ((intptr_t)i->go) {
#endif
#define ENTER(name, f)                       \
  CASE(name) : EACH_PART r[u] = (f);         \
  NEXT;                                      \
  CASE(name##_st) : EACH_PART r[u] = (f);    \
  EACH_PART STORE(frame, i->out, r[u]);      \
  NEXT;
  COMPUTING(ENTER)
#undef ENTER
  CASE(call) : values_of[i->kind]((double *)(frame + i->out), PLACE(frame, apart, i->a),
                                  PLACE(frame, apart, i->b), PLACE(frame, apart, i->c), ROWS);
  EACH_PART r[u] = LOAD((double *)(frame + i->out));
  NEXT;
  CASE(terms) : NEXT;
  CASE(settle) : settle(i, frame, apart, ROWS);
  EACH_PART r[u] = LOAD((double *)(frame + i->out));
  NEXT;
  CASE(out_m) : EACH_PART r[u] = A;
  CASE(out_x) : to = outs[i->out];
  EACH_PART HAND_OVER(to, r[u]);
  EACH_PART broken = NOTED(broken, r[u]);
  NEXT;
  CASE(check) : EACH_PART broken = NOTED(broken, r[u]);
  NEXT;
  CASE(end) : return IS_BROKEN(broken) ? BROKEN : 0;
#if !WHYGRAD_GOTO
  }
#endif
}

#undef A
#undef B
#undef C
#undef X
#undef CASE
#undef NEXT
