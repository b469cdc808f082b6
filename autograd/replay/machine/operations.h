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
  DO(IDENTITY, a, g)

#define BINARY(DO)                                                      \
  DO(MUL, a * b, g * b, g * a)                                          \
  DO(ADD, a + b, g, g)                                                  \
  DO(SUB, a - b, g, -g)                                                 \
  DO(POWER, v_power(a, b), times(g, power_by_base(a, b)),               \
     times(g, power_by_exponent(a, b, y)))                              \
  DO(DIV, a / b, times(g, one / b), times(g, -y / b))                   \
  DO(MAXIMUM, pick(either(less(b, a), unordered(a)), a, b),             \
     share(g, a, b), share(g, b, a))                                    \
  DO(MINIMUM, pick(either(less(a, b), unordered(a)), a, b),             \
     share(g, -a, -b), share(g, -b, -a))

#define TERNARY(DO)                                                     \
  DO(WHERE, pick(less(zero, a), b, c), zero,                            \
     pick(less(zero, a), g, zero), pick(less(zero, a), zero, g))

#define ELEMENTWISE(DO) UNARY(DO) BINARY(DO) TERNARY(DO)

#define GROUPED(DO) \
  DO(BROADCAST) DO(DENSE) DO(INNER) DO(SUM) DO(PRODUCT) DO(LOGSUMEXP) DO(SOFTMAX)

enum {
#define ENUMERATE(name, ...) name,
  ELEMENTWISE(ENUMERATE) GROUPED(ENUMERATE)
#undef ENUMERATE
  KIND_COUNT
};

#endif
