/* The instructions of straight-line code, for both interpreters of straight.h.
 *
 * A and B are the operands in memory, X is the last result, which is still in registers.  Each
 * instruction has a second form, which stores its result.  The names are those that assembly.py
 * writes: an operation, then where its operands come from. */
#ifndef WHYGRAD_OPCODES_H
#define WHYGRAD_OPCODES_H

/* Whether the compiler has computed gotos, as it does also where it stands in for Microsoft's. */
#if (defined(__GNUC__) || defined(__clang__)) && !defined(WHYGRAD_SWITCH)
#define WHYGRAD_GOTO 1
#else
#define WHYGRAD_GOTO 0
#endif

#define OF_ONE(DO, name, f) DO(name##_m, f(A)) DO(name##_x, f(X))
#define OF_TWO(DO, name, f) DO(name##_mm, f(A, B)) DO(name##_xm, f(X, A)) DO(name##_mx, f(A, X))

#define PLUS(a, b) ((a) + (b))
#define MINUS(a, b) ((a) - (b))
#define PRODUCT_OF(a, b) ((a) * (b))
#define RATIO(a, b) ((a) / (b))
#define OPPOSITE(a) (-(a))
#define SQUARE_OF(a) ((a) * (a))
#define SAME(a) (a)

#define COMPUTING(DO)                                                                           \
  OF_TWO(DO, add, PLUS) OF_TWO(DO, sub, MINUS) OF_TWO(DO, mul, PRODUCT_OF) OF_TWO(DO, div, RATIO) \
  OF_TWO(DO, less, is_less) OF_TWO(DO, less_equal, is_less_or_equal) OF_TWO(DO, equal, is_equal) \
  OF_TWO(DO, maximum, greater_one) OF_TWO(DO, minimum, lesser_one)                              \
  OF_TWO(DO, complement, sigmoid_complement) OF_TWO(DO, tanh_slope, slope_of_tanh)              \
  OF_ONE(DO, neg, OPPOSITE) OF_ONE(DO, square, SQUARE_OF) OF_ONE(DO, copy, SAME)                \
  OF_ONE(DO, sqrt, root_of) OF_ONE(DO, exp, exp_of) OF_ONE(DO, log, log_of)                     \
  OF_ONE(DO, sin, sin_of) OF_ONE(DO, cos, cos_of)                                               \
  OF_ONE(DO, tanh, tanh_of) OF_ONE(DO, sigmoid, sigmoid_of) OF_ONE(DO, abs, absolute_of)        \
  DO(mul_add_xmm, fused(A, B, X)) DO(mul_add_mxm, fused(X, A, B)) DO(mul_add_mmm, fused(A, B, C)) \
  DO(mul_sub_xmm, fused(A, B, -X)) DO(mul_sub_mxm, fused(X, A, -B)) DO(mul_sub_mmm, fused(A, B, -C)) \
  DO(sub_mul_xmm, fused(-A, B, X)) DO(sub_mul_mxm, fused(-X, A, B)) DO(sub_mul_mmm, fused(-A, B, C)) \
  DO(mul_mul_xmm, (A * B) * X) DO(mul_mul_mxm, (X * A) * B) DO(mul_mul_mmm, (A * B) * C)        \
  DO(where_mmm, choice(A, B, C)) DO(where_xmm, choice(X, A, B))

/* `call` does an elementwise kind of operations.h, in memory; `settle` what settling.h says, of the
 * `terms` before it, which are four slots each and do nothing; `out` hands a result over. */
#define HANDLING(DO) DO(call) DO(terms) DO(settle) DO(out_x) DO(out_m) DO(check) DO(end)

enum {
#define ENTER(name, f) CODE_##name, CODE_##name##_st,
  COMPUTING(ENTER)
#undef ENTER
#define ENTER(name) CODE_##name,
  HANDLING(ENTER)
#undef ENTER
  CODE_COUNT
};

#endif
