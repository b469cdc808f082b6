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

static void descend(double *theta, double *gradient, double *velocity, int64_t n,
                    const Rule *rule, double rate) {
  const double decay = rule->weight_decay, momentum = rule->momentum;
  if (decay != 0.0)
    for (int64_t k = 0; k < n; k++) gradient[k] += decay * theta[k];
  if (momentum == 0.0) {
    for (int64_t k = 0; k < n; k++) theta[k] -= rate * gradient[k];
    return;
  }
  for (int64_t k = 0; k < n; k++) {
    velocity[k] = momentum * velocity[k] + gradient[k];
    const double step = rule->nesterov != 0.0 ? gradient[k] + momentum * velocity[k] : velocity[k];
    theta[k] -= rate * step;
  }
}

static void adam(double *theta, double *gradient, double *first, double *second, int64_t n,
                 const Rule *rule, double rate, int64_t step) {
  const double b1 = rule->beta1, b2 = rule->beta2, decay = rule->weight_decay;
  const double scale = rate / (1.0 - pow(b1, (double)step));
  const double root = sqrt(1.0 - pow(b2, (double)step));
  const double kept = rule->decoupled != 0.0 ? 1.0 - rate * decay : 1.0;
  const double pulled = rule->decoupled != 0.0 ? 0.0 : decay;
  for (int64_t k = 0; k < n; k += WIDTH) {
    const int64_t left = n - k;
    vec t = load_up_to(theta + k, left), g = load_up_to(gradient + k, left);
    if (pulled != 0.0) g = g + splat(pulled) * t;
    const vec m = splat(b1) * load_up_to(first + k, left) + splat(1.0 - b1) * g;
    const vec v = splat(b2) * load_up_to(second + k, left) + splat(1.0 - b2) * g * g;
    t = splat(kept) * t - splat(scale) * m / (square_root(v) / splat(root) + splat(rule->epsilon));
    store_up_to(first + k, m, left), store_up_to(second + k, v, left);
    store_up_to(theta + k, t, left);
  }
}

/* One step: theta -= ...; `state` holds the rule's memory, n doubles for momentum, 2 n for Adam. */
static int update(double *theta, double *gradient, double *state, int64_t n, const Rule *rule,
                   double rate, int64_t step) {
  clip(gradient, n, rule);
  if (rule->adam != 0.0) adam(theta, gradient, state, state + n, n, rule, rate, step);
  else descend(theta, gradient, state, n, rule, rate);
  return all_finite(theta, n);
}

#endif
