/* What a record does, in the order of program.py.
 *
 * The first ones work element by element: y = f(a, b, c), and g, the adjoint of y, gives each
 * operand its share, g times the partial derivative by it.  `times(g, d)` is their product where d
 * may be infinite: an adjoint of 0 hands on 0.  Where an operation takes one operand or the other,
 * the one not taken gets 0 whatever g is. */
#ifndef WHYGRAD_OPERATIONS_H
#define WHYGRAD_OPERATIONS_H

#define UNARY(DO)                                                       \
  DO(SQUARE, a * a, g * (a + a))                                        \
  DO(EXP, v_exp(a), g * y)                                              \
  DO(NEG, -a, -g)                                                       \
  DO(SIGMOID, v_sigmoid(a), g * sigmoid_slope(a, y))                    \
  DO(TANH, v_tanh(a), g * tanh_slope(a, y))                             \
  DO(RELU, pick(less(a, zero), zero, a),                                \
     pick(either(less(zero, a), unordered(a)), g, zero))                \
  DO(LOG, v_log(a), times(g, one / a))                                  \
  DO(SQRT, square_root(a), times(g, half / y))                          \
  DO(SIN, v_sin(a), g * v_cos(a))                                       \
  DO(COS, v_cos(a), -g * v_sin(a))                                      \
  DO(ABS, magnitude(a), g * sign(a))                                    \
  DO(SOFTPLUS, v_softplus(a), g * v_sigmoid(a))                         \
  DO(EXPM1, v_expm1(a), g * v_exp(a))                                   \
  DO(LOG1P, v_log1p(a), times(g, one / (one + a)))                      \
  DO(TAN, each(tan, a), times(g, fma_(y, y, one)))                      \
  DO(ASIN, each(asin, a), times(g, one / square_root((one - a) * (one + a)))) \
  DO(ACOS, each(acos, a), times(g, -one / square_root((one - a) * (one + a)))) \
  DO(ATAN, each(atan, a), g * atan_slope(a))                            \
  DO(SINH, each(sinh, a), times(g, each(cosh, a)))                      \
  DO(COSH, each(cosh, a), times(g, each(sinh, a)))                      \
  DO(ASINH, each(asinh, a), g * (one / v_hypot(a, one)))                \
  DO(ACOSH, each(inverse_cosh, a), times(g, one / (square_root(a - one) * square_root(a + one)))) \
  DO(ATANH, each(atanh, a), times(g, one / ((one - a) * (one + a))))    \
  DO(ERF, v_erf(a), g * erf_slope(a))                                   \
  DO(ERFC, v_erfc(a), g * -erf_slope(a))                                \
  DO(CBRT, each(cube_root, a), times(g, one / (splat(3.0) * y * y)))    \
  DO(LOG2, each(log2, a), times(g, splat(M_LOG2E) / a))           \
  DO(LOG10, each(log10, a), times(g, splat(M_LOG10E) / a))        \
  DO(EXP2, v_exp2(a), g * (y * splat(M_LN2)))                           \
  DO(GELU, v_gelu(a), g * gelu_slope(a))                                \
  DO(SILU, v_silu(a), g * silu_slope(a))                                \
  DO(IDENTITY, a, g)

#define BINARY(DO)                                                      \
  DO(MUL, a * b, g * b, g * a)                                          \
  DO(ADD, a + b, g, g)                                                  \
  DO(SUB, a - b, g, -g)                                                 \
  DO(POWER, v_power(a, b), times(g, power_by_base(a, b)),               \
     times(g, power_by_exponent(a, b, y)))                              \
  DO(DIV, a / b, times(g, one / b), times(g, -y / b))                   \
  DO(LEAKY_RELU, pick(less(zero, a), a, b * a), pick(less(zero, a), g, g * b), \
     g * pick(less(zero, a), zero, a))                                  \
  DO(ELU, pick(less(zero, a), a, b * v_expm1(a)),                       \
     pick(less(zero, a), g, g * (b * v_exp(a))),                        \
     g * pick(less(zero, a), zero, v_expm1(a)))                         \
  DO(ATAN2, each_pair(atan2, a, b), times(g, atan2_slope(a, b)), times(g, atan2_slope(b, -a))) \
  DO(HYPOT, v_hypot(a, b), times(g, a / y), times(g, b / y))            \
  DO(MAXIMUM, pick(either(less(b, a), unordered(a)), a, b),             \
     share(g, a, b), share(g, b, a))                                    \
  DO(MINIMUM, pick(either(less(a, b), unordered(a)), a, b),             \
     share(g, -a, -b), share(g, -b, -a))

#define TERNARY(DO)                                                     \
  DO(WHERE, pick(less(zero, a), b, c), zero,                            \
     pick(less(zero, a), g, zero), pick(less(zero, a), zero, g))

#define ELEMENTWISE(DO) UNARY(DO) BINARY(DO) TERNARY(DO)

#define GROUPED(DO) \
  DO(BROADCAST) DO(DENSE) DO(INNER) DO(SUM) DO(PRODUCT) DO(LOGSUMEXP) DO(SOFTMAX) \
  DO(TAKE) DO(PICK)

enum {
#define ENUMERATE(name, ...) name,
  ELEMENTWISE(ENUMERATE) GROUPED(ENUMERATE)
#undef ENUMERATE
  KIND_COUNT
};

#endif
