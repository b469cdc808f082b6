/* Training of one fixed network, tuned by hand: what the replayed tape is measured against.
 *
 * gcc -O3 -march=native -DSIZES=2,16,16,1 -DCROSS_ENTROPY=0 ... -lmvec -lm
 *
 * Rows come in blocks of 32, column by column, inputs then targets; `seed` is 1 for a row and 0 for
 * padding. Parameters are W (n_out x n_in) and b of one layer after the other. tanh, exp and log are
 * those of glibc's vector library. */
#include <math.h>
#include <string.h>

#define LANES 8
#define VECTORS 4 /* of a block, as many as stay in registers with a tile of weights */
#define TILE 4
#define WIDEST 128

typedef double vec __attribute__((vector_size(8 * LANES), aligned(64)));
typedef vec block[VECTORS];
vec _ZGVeN8v_tanh(vec);
vec _ZGVeN8v_exp(vec);
vec _ZGVeN8v_log(vec);

static const int sizes[] = {SIZES};
enum { layers = sizeof(sizes) / sizeof(int) - 1 };

static inline vec splat(double x) { return (vec){x, x, x, x, x, x, x, x}; }

/* out_j = b_j + sum_i w[j step_j + i step_i] in_i */
static inline __attribute__((always_inline)) void dense(
    const double *w, long step_j, long step_i, const double *b, block *in, block *out, int n_in,
    int n_out) {
  int j = 0;
  for (; j + TILE <= n_out; j += TILE) {
    vec sum[TILE][VECTORS];
    for (int q = 0; q < TILE; q++)
      for (int u = 0; u < VECTORS; u++) sum[q][u] = splat(b ? b[j + q] : 0.0);
    for (int i = 0; i < n_in; i++)
#pragma GCC unroll 8
      for (int q = 0; q < TILE; q++) {
        const vec weight = splat(w[(j + q) * step_j + i * step_i]);
#pragma GCC unroll 8
        for (int u = 0; u < VECTORS; u++) sum[q][u] += weight * in[i][u];
      }
    for (int q = 0; q < TILE; q++)
      for (int u = 0; u < VECTORS; u++) out[j + q][u] = sum[q][u];
  }
  for (; j < n_out; j++) {
    vec sum[VECTORS];
    for (int u = 0; u < VECTORS; u++) sum[u] = splat(b ? b[j] : 0.0);
    for (int i = 0; i < n_in; i++) {
      const vec weight = splat(w[j * step_j + i * step_i]);
      for (int u = 0; u < VECTORS; u++) sum[u] += weight * in[i][u];
    }
    for (int u = 0; u < VECTORS; u++) out[j][u] = sum[u];
  }
}

/* dw_ji += d_j in_i and db_j += d_j, lane by lane */
static inline __attribute__((always_inline)) void weigh(vec *dw, vec *db, block *d, block *in,
                                                        int n_in, int n_out) {
  int j = 0;
  for (; j + 4 <= n_out; j += 4) {
    int i = 0;
    for (; i + 4 <= n_in; i += 4) {
      vec sum[4][4];
#pragma GCC unroll 4
      for (int q = 0; q < 4; q++)
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++) sum[q][r] = dw[(j + q) * n_in + i + r];
#pragma GCC unroll 8
      for (int u = 0; u < VECTORS; u++)
#pragma GCC unroll 4
        for (int q = 0; q < 4; q++)
#pragma GCC unroll 4
          for (int r = 0; r < 4; r++) sum[q][r] += d[j + q][u] * in[i + r][u];
#pragma GCC unroll 4
      for (int q = 0; q < 4; q++)
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++) dw[(j + q) * n_in + i + r] = sum[q][r];
    }
    for (; i < n_in; i++)
      for (int q = 0; q < 4; q++)
        for (int u = 0; u < VECTORS; u++) dw[(j + q) * n_in + i] += d[j + q][u] * in[i][u];
  }
  for (; j < n_out; j++)
    for (int i = 0; i < n_in; i++)
      for (int u = 0; u < VECTORS; u++) dw[(long)j * n_in + i] += d[j][u] * in[i][u];
  for (j = 0; j < n_out; j++)
    for (int u = 0; u < VECTORS; u++) db[j] += d[j][u];
}

/* The loss of the block, and its derivative by the outputs in d. */
static inline vec loss_of(block *y, block *t, block *d, const vec *seed, int n) {
  vec loss = {0};
#if CROSS_ENTROPY
  for (int u = 0; u < VECTORS; u++) {
    vec whole = {0}, chosen = {0};
    for (int j = 0; j < n; j++) {
      d[j][u] = _ZGVeN8v_exp(y[j][u]);
      whole += d[j][u];
      chosen += t[j][u] * y[j][u];
    }
    for (int j = 0; j < n; j++) d[j][u] = d[j][u] * (seed[u] / whole) - t[j][u] * seed[u];
    loss += (_ZGVeN8v_log(whole) - chosen) * seed[u];
  }
#else
  for (int j = 0; j < n; j++)
    for (int u = 0; u < VECTORS; u++) {
      const vec error = y[j][u] - t[j][u];
      d[j][u] = 2.0 * error * seed[u];
      loss += error * error * seed[u];
    }
#endif
  return loss;
}

double train(const double *rows, const double *seeds, double *theta, double *gradient,
             double *sums, long blocks, long count, double rate, long steps) {
  static block h[layers + 1][WIDEST], d[2][WIDEST];
  long parameters = 0;
  double loss = 0;
  for (int l = 0; l < layers; l++) parameters += sizes[l + 1] * (sizes[l] + 1);
  const int columns = sizes[0] + sizes[layers];
  vec *const sum = (vec *)sums;
  for (long step = 0; step < steps; step++) {
    vec lost = {0};
    memset(sum, 0, sizeof(vec) * parameters);
    for (long k = 0; k < blocks; k++) {
      block *x = (block *)rows + k * columns, *in = x;
      const vec *seed = (const vec *)seeds + k * VECTORS;
      const double *p = theta;
#pragma GCC unroll 8
      for (int l = 0; l < layers; l++) {
        const int n = sizes[l], m = sizes[l + 1];
        dense(p, n, 1, p + n * m, in, h[l], n, m);
        p += n * m + m;
        if (l < layers - 1)
          for (int j = 0; j < m; j++)
            for (int u = 0; u < VECTORS; u++) h[l][j][u] = _ZGVeN8v_tanh(h[l][j][u]);
        in = h[l];
      }
      lost += loss_of(in, x + sizes[0], d[0], seed, sizes[layers]);
      vec *s = sum + parameters;
      int now = 0;
#pragma GCC unroll 8
      for (int l = layers - 1; l >= 0; l--) {
        const int n = sizes[l], m = sizes[l + 1];
        p -= n * m + m, s -= n * m + m;
        in = l ? h[l - 1] : x;
        weigh(s, s + n * m, d[now], in, n, m);
        if (!l) break;
        dense(p, 1, n, 0, d[now], d[1 - now], m, n);
        now = 1 - now;
        for (int i = 0; i < n; i++)
          for (int u = 0; u < VECTORS; u++) d[now][i][u] *= 1 - in[i][u] * in[i][u];
      }
    }
    for (long k = 0; k < parameters; k++) {
      const vec a = sum[k];
      const double g = ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
      gradient[k] = g / count;
      theta[k] -= rate * gradient[k];
    }
    loss = 0;
    for (int k = 0; k < LANES; k++) loss += lost[k] / count;
  }
  return loss;
}

/* One row through 2-16-16-1, a squared error: plain loops, as gcc makes of them. */
double train_row(const double *row, double *theta, double *gradient, double rate, long steps) {
  double loss = 0;
  const double *x = row, t = row[2];
  double *w1 = theta, *b1 = theta + 32, *w2 = theta + 48, *b2 = theta + 304, *w3 = theta + 320;
  double *b3 = theta + 336, *g1 = gradient, *c1 = gradient + 32, *g2 = gradient + 48;
  double *c2 = gradient + 304, *g3 = gradient + 320, *c3 = gradient + 336;
  for (long step = 0; step < steps; step++) {
    double h1[16], h2[16], d1[16] = {0}, d2[16], y = *b3;
    for (int j = 0; j < 16; j++) h1[j] = tanh(b1[j] + w1[2 * j] * x[0] + w1[2 * j + 1] * x[1]);
    for (int j = 0; j < 16; j++) {
      double z = b2[j];
      for (int i = 0; i < 16; i++) z += w2[16 * j + i] * h1[i];
      h2[j] = z;
    }
    for (int j = 0; j < 16; j++) h2[j] = tanh(h2[j]);
    for (int i = 0; i < 16; i++) y += w3[i] * h2[i];
    loss = (y - t) * (y - t);
    *c3 = 2 * (y - t);
    for (int i = 0; i < 16; i++) {
      g3[i] = *c3 * h2[i];
      c2[i] = d2[i] = *c3 * w3[i] * (1 - h2[i] * h2[i]);
    }
    for (int j = 0; j < 16; j++)
      for (int i = 0; i < 16; i++) {
        g2[16 * j + i] = d2[j] * h1[i];
        d1[i] += d2[j] * w2[16 * j + i];
      }
    for (int i = 0; i < 16; i++) {
      c1[i] = d1[i] * (1 - h1[i] * h1[i]);
      g1[2 * i] = c1[i] * x[0];
      g1[2 * i + 1] = c1[i] * x[1];
    }
    for (int k = 0; k < 337; k++) theta[k] -= rate * gradient[k];
  }
  return loss;
}

static inline double sigmoid(double z) { return 1 / (1 + exp(-z)); }

/* The worked 2-2-2 example; theta is W1, b1, W2, b2. */
double train_worked(const double *row, double *theta, double *gradient, double rate, long steps) {
  double loss = 0, w[12];
  const double *x = row, *t = row + 2;
  memcpy(w, theta, sizeof w);
  for (long step = 0; step < steps; step++) {
    const double a0 = sigmoid(w[0] * x[0] + w[1] * x[1] + w[4]);
    const double a1 = sigmoid(w[2] * x[0] + w[3] * x[1] + w[5]);
    const double y0 = sigmoid(w[6] * a0 + w[7] * a1 + w[10]);
    const double y1 = sigmoid(w[8] * a0 + w[9] * a1 + w[11]);
    const double e0 = y0 - t[0], e1 = y1 - t[1];
    const double d0 = e0 * y0 * (1 - y0), d1 = e1 * y1 * (1 - y1);
    const double q0 = (d0 * w[6] + d1 * w[8]) * a0 * (1 - a0);
    const double q1 = (d0 * w[7] + d1 * w[9]) * a1 * (1 - a1);
    const double g[12] = {q0 * x[0], q0 * x[1], q1 * x[0], q1 * x[1], q0, q1,
                          d0 * a0,   d0 * a1,   d1 * a0,   d1 * a1,   d0, d1};
    loss = 0.5 * (e0 * e0 + e1 * e1);
    for (int k = 0; k < 12; k++) w[k] -= rate * g[k];
    memcpy(gradient, g, sizeof g);
  }
  memcpy(theta, w, sizeof w);
  return loss;
}
