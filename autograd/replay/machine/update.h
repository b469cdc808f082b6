/* The optimisers' update rules, with PyTorch's formulas. */
#ifndef WHYGRAD_UPDATE_H
#define WHYGRAD_UPDATE_H

#include <math.h>

#include "elementwise.h"

/* Clip the gradient by value, then by norm; a bound of 0 is none. */
static void clip(double *gradient, int64_t n, const Rule *rule) {
  if (rule->clip_value > 0.0)
    for (int64_t k = 0; k < n; k++)
      gradient[k] = fmin(fmax(gradient[k], -rule->clip_value), rule->clip_value);
  if (rule->clip_norm > 0.0) {
    double square = 0.0;
    for (int64_t k = 0; k < n; k++) square += gradient[k] * gradient[k];
    const double scale = rule->clip_norm / (sqrt(square) + 1e-6);
    if (scale < 1.0)
      for (int64_t k = 0; k < n; k++) gradient[k] *= scale;
  }
}

static void descend(Memory to, Memory from, double *gradient, int64_t n, const Rule *rule,
                    double rate) {
  const double decay = rule->weight_decay, momentum = rule->momentum;
  if (decay != 0.0)
    for (int64_t k = 0; k < n; k++) gradient[k] += decay * from.theta[k];
  if (momentum == 0.0) {
    for (int64_t k = 0; k < n; k++) to.theta[k] = from.theta[k] - rate * gradient[k];
    return;
  }
  for (int64_t k = 0; k < n; k++) {
    const double velocity = momentum * from.state[k] + gradient[k];
    const double step = rule->nesterov != 0.0 ? gradient[k] + momentum * velocity : velocity;
    to.state[k] = velocity;
    to.theta[k] = from.theta[k] - rate * step;
  }
}

static void adam(Memory to, Memory from, const double *gradient, int64_t n, const Rule *rule,
                 double rate, int64_t step) {
  const double b1 = rule->beta1, b2 = rule->beta2, decay = rule->weight_decay;
  const double scale = rate / (1.0 - pow(b1, (double)step));
  const double over_root = 1.0 / sqrt(1.0 - pow(b2, (double)step));
  const double kept = rule->decoupled != 0.0 ? 1.0 - rate * decay : 1.0;
  const double pulled = rule->decoupled != 0.0 ? 0.0 : decay;
  for (int64_t k = 0; k < n; k += WIDTH) {
    const int64_t left = n - k;
    const double *first = from.state + k, *second = first + n;
    vec t = load_up_to(from.theta + k, left), g = load_up_to(gradient + k, left);
    if (pulled != 0.0) g = g + splat(pulled) * t;
    const vec m = splat(b1) * load_up_to(first, left) + splat(1.0 - b1) * g;
    const vec v = splat(b2) * load_up_to(second, left) + splat(1.0 - b2) * g * g;
    const vec size = square_root(v) * splat(over_root) + splat(rule->epsilon);
    t = splat(kept) * t - splat(scale) * m / size;
    store_up_to(to.state + k, m, left), store_up_to(to.state + n + k, v, left);
    store_up_to(to.theta + k, t, left);
  }
}

/* One step: theta -= ...; the gradient is used up. */
static int update(Memory to, Memory from, double *gradient, int64_t n, const Rule *rule,
                  double rate, int64_t step) {
  clip(gradient, n, rule);
  if (rule->adam != 0.0) adam(to, from, gradient, n, rule, rate, step);
  else descend(to, from, gradient, n, rule, rate);
  return all_finite(to.theta, n);
}

#endif
