/* What scalars.py measures tapes against, written by hand in C. */
#include <math.h>

/* Value and five derivatives of an option price, of n rows, columns apart. */
void option(long n, const double *restrict S, const double *restrict K, const double *restrict r,
            const double *restrict v, const double *restrict T, double *restrict p,
            double *restrict gS, double *restrict gK, double *restrict gr, double *restrict gv,
            double *restrict gT) {
#pragma GCC ivdep
  for (long i = 0; i < n; i++) {
    const double s = sqrt(T[i]), vs = v[i] * s, a = r[i] + v[i] * v[i] / 2;
    const double d1 = (log(S[i] / K[i]) + a * T[i]) / vs, d2 = d1 - vs;
    const double e1 = exp(-1.702 * d1), e2 = exp(-1.702 * d2), D = exp(-r[i] * T[i]);
    const double n1 = 1 / (1 + e1), n2 = 1 / (1 + e2);
    const double q1 = S[i] * 1.702 * n1 * n1 * e1, q2 = -K[i] * D * 1.702 * n2 * n2 * e2;
    const double g1 = q1 + q2, gvs = -q2 - g1 * d1 / vs, gn = g1 / vs, ga = gn * T[i];
    p[i] = S[i] * n1 - K[i] * D * n2;
    gS[i] = n1 + gn / S[i];
    gK[i] = -D * n2 - gn / K[i];
    gr[i] = ga + K[i] * D * n2 * T[i];
    gv[i] = ga * v[i] + gvs * s;
    gT[i] = gn * a + gvs * v[i] * 0.5 / s + K[i] * D * n2 * r[i];
  }
}

/* Rosenbrock's function and its gradient. */
double rosenbrock(long n, const double *x, double *g) {
  double f = 0;
  for (long i = 0; i < n; i++) g[i] = 0;
  for (long i = 0; i + 1 < n; i++) {
    const double d = x[i + 1] - x[i] * x[i], e = 1 - x[i];
    f += 100 * d * d + e * e;
    g[i + 1] += 200 * d;
    g[i] -= 400 * d * x[i] + 2 * e;
  }
  return f;
}
