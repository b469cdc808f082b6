/* A GPT over letters with its derivative written by hand: what `gpt.py` holds tapes against.
 *
 * The sizes are set when it is compiled (-DWIDTH=16 -DHEADS=4 -DBLOCK=16 -DLAYERS=1 -DLETTERS=27), so
 * that loops have constant bounds. The parameters stand one after the other: letters, places, head,
 * and for each layer query, key, value, mix, wide, narrow, each a matrix with a row for each
 * result. */
#include <math.h>
#include <string.h>

#define EACH (WIDTH / HEADS)
#define SQUARE (WIDTH * WIDTH)
#define PARAMETERS (WIDTH * (2 * LETTERS + BLOCK) + 12 * SQUARE * LAYERS)

typedef double Vector[WIDTH];

/* What a layer keeps for the way back. */
typedef struct {
  Vector in[BLOCK], x[BLOCK], q[BLOCK], k[BLOCK], v[BLOCK], heads[BLOCK], mid[BLOCK], y[BLOCK];
  double scale[BLOCK], scale_mid[BLOCK], share[HEADS][BLOCK][BLOCK], wide[BLOCK][4 * WIDTH];
} Layer;

static Layer layer[LAYERS];
static Vector embedded[BLOCK], out[BLOCK], adjoint[BLOCK];
static double first_scale[BLOCK], score[BLOCK][LETTERS];

/* y[t] = W x[t] */
static void linear(int n, int m, const double *w, const double *x, double *y, int length) {
  for (int t = 0; t < length; t++)
    for (int j = 0; j < n; j++) {
      double sum = 0.0;
      for (int i = 0; i < m; i++) sum += w[j * m + i] * x[t * m + i];
      y[t * n + j] = sum;
    }
}

/* dW += g[t] x[t]', dx[t] += W' g[t] */
static void linear_back(int n, int m, const double *w, const double *x, const double *g, double *dw,
                        double *dx, int length) {
  for (int t = 0; t < length; t++)
    for (int j = 0; j < n; j++) {
      const double up = g[t * n + j];
      for (int i = 0; i < m; i++) dw[j * m + i] += up * x[t * m + i];
      for (int i = 0; i < m; i++) dx[t * m + i] += up * w[j * m + i];
    }
}

static double norm(const double *x, double *y) {
  double square = 0.0;
  for (int i = 0; i < WIDTH; i++) square += x[i] * x[i];
  const double scale = 1.0 / sqrt(square / WIDTH + 1e-5);
  for (int i = 0; i < WIDTH; i++) y[i] = x[i] * scale;
  return scale;
}

static void norm_back(const double *x, double scale, const double *g, double *dx) {
  double inner = 0.0;
  for (int i = 0; i < WIDTH; i++) inner += g[i] * x[i];
  const double back = inner * scale * scale * scale / WIDTH;
  for (int i = 0; i < WIDTH; i++) dx[i] += g[i] * scale - x[i] * back;
}

static void softmax(double *x, int n) {
  double largest = x[0], sum = 0.0;
  for (int i = 1; i < n; i++) largest = x[i] > largest ? x[i] : largest;
  for (int i = 0; i < n; i++) sum += x[i] = exp(x[i] - largest);
  for (int i = 0; i < n; i++) x[i] /= sum;
}

static void attend(Layer *l, int length) {
  memset(l->heads, 0, sizeof(l->heads));
  for (int h = 0; h < HEADS; h++)
    for (int t = 0; t < length; t++) {
      double *share = l->share[h][t];
      for (int s = 0; s <= t; s++) {
        double sum = 0.0;
        for (int i = h * EACH; i < (h + 1) * EACH; i++) sum += l->q[t][i] * l->k[s][i];
        share[s] = sum / sqrt(EACH);
      }
      softmax(share, t + 1);
      for (int s = 0; s <= t; s++)
        for (int i = h * EACH; i < (h + 1) * EACH; i++) l->heads[t][i] += share[s] * l->v[s][i];
    }
}

static void attend_back(const Layer *l, int length, Vector *g, Vector *dq, Vector *dk, Vector *dv) {
  for (int h = 0; h < HEADS; h++)
    for (int t = 0; t < length; t++) {
      const double *share = l->share[h][t];
      double up[BLOCK], mean = 0.0;
      for (int s = 0; s <= t; s++) {
        double sum = 0.0;
        for (int i = h * EACH; i < (h + 1) * EACH; i++) {
          sum += g[t][i] * l->v[s][i];
          dv[s][i] += g[t][i] * share[s];
        }
        up[s] = sum, mean += sum * share[s];
      }
      for (int s = 0; s <= t; s++) {
        const double d = share[s] * (up[s] - mean) / sqrt(EACH);
        for (int i = h * EACH; i < (h + 1) * EACH; i++) {
          dq[t][i] += d * l->k[s][i];
          dk[s][i] += d * l->q[t][i];
        }
      }
    }
}

static void layer_forward(Layer *l, const double *w, Vector *x, int length) {
  memcpy(l->in, x, sizeof(Vector) * (size_t)length);
  for (int t = 0; t < length; t++) l->scale[t] = norm(x[t], l->x[t]);
  linear(WIDTH, WIDTH, w, l->x[0], l->q[0], length);
  linear(WIDTH, WIDTH, w + SQUARE, l->x[0], l->k[0], length);
  linear(WIDTH, WIDTH, w + 2 * SQUARE, l->x[0], l->v[0], length);
  attend(l, length);
  linear(WIDTH, WIDTH, w + 3 * SQUARE, l->heads[0], l->mid[0], length);
  for (int t = 0; t < length; t++) {
    for (int i = 0; i < WIDTH; i++) l->mid[t][i] += x[t][i];
    l->scale_mid[t] = norm(l->mid[t], l->y[t]);
  }
  linear(4 * WIDTH, WIDTH, w + 4 * SQUARE, l->y[0], l->wide[0], length);
  for (int t = 0; t < length; t++)
    for (int i = 0; i < 4 * WIDTH; i++) l->wide[t][i] = l->wide[t][i] > 0.0 ? l->wide[t][i] : 0.0;
  linear(WIDTH, 4 * WIDTH, w + 8 * SQUARE, l->wide[0], x[0], length);
  for (int t = 0; t < length; t++)
    for (int i = 0; i < WIDTH; i++) x[t][i] += l->mid[t][i];
}

/* g is the adjoint of what the layer gives, then of what it takes */
static void layer_back(const Layer *l, const double *w, double *dw, Vector *g, int length) {
  static double wide[BLOCK][4 * WIDTH];
  static Vector dy[BLOCK], heads[BLOCK], dq[BLOCK], dk[BLOCK], dv[BLOCK], dx[BLOCK];
  const size_t bytes = sizeof(Vector) * (size_t)length;
  memset(wide, 0, 4 * bytes), memset(dy, 0, bytes), memset(heads, 0, bytes);
  memset(dq, 0, bytes), memset(dk, 0, bytes), memset(dv, 0, bytes), memset(dx, 0, bytes);
  linear_back(WIDTH, 4 * WIDTH, w + 8 * SQUARE, l->wide[0], g[0], dw + 8 * SQUARE, wide[0], length);
  for (int t = 0; t < length; t++)
    for (int i = 0; i < 4 * WIDTH; i++) wide[t][i] = l->wide[t][i] > 0.0 ? wide[t][i] : 0.0;
  linear_back(4 * WIDTH, WIDTH, w + 4 * SQUARE, l->y[0], wide[0], dw + 4 * SQUARE, dy[0], length);
  for (int t = 0; t < length; t++) norm_back(l->mid[t], l->scale_mid[t], dy[t], g[t]);
  linear_back(WIDTH, WIDTH, w + 3 * SQUARE, l->heads[0], g[0], dw + 3 * SQUARE, heads[0], length);
  attend_back(l, length, heads, dq, dk, dv);
  linear_back(WIDTH, WIDTH, w, l->x[0], dq[0], dw, dx[0], length);
  linear_back(WIDTH, WIDTH, w + SQUARE, l->x[0], dk[0], dw + SQUARE, dx[0], length);
  linear_back(WIDTH, WIDTH, w + 2 * SQUARE, l->x[0], dv[0], dw + 2 * SQUARE, dx[0], length);
  for (int t = 0; t < length; t++) norm_back(l->in[t], l->scale[t], dx[t], g[t]);
}

/* The loss of one name of `length` letters to be told; its gradient times `share` is added. */
static double name(const double *w, double *dw, const int *token, int length, double share) {
  const double *place = w + LETTERS * WIDTH, *head = place + BLOCK * WIDTH, *rest = head + LETTERS * WIDTH;
  double *dplace = dw + (place - w), *dhead = dw + (head - w), *drest = dw + (rest - w), loss = 0.0;
  for (int t = 0; t < length; t++) {
    for (int i = 0; i < WIDTH; i++) embedded[t][i] = w[token[t] * WIDTH + i] + place[t * WIDTH + i];
    first_scale[t] = norm(embedded[t], out[t]);
  }
  for (int k = 0; k < LAYERS; k++) layer_forward(layer + k, rest + 12 * SQUARE * k, out, length);
  linear(LETTERS, WIDTH, head, out[0], score[0], length);
  for (int t = 0; t < length; t++) {
    softmax(score[t], LETTERS);
    loss -= log(score[t][token[t + 1]]);
    score[t][token[t + 1]] -= 1.0;
    for (int j = 0; j < LETTERS; j++) score[t][j] *= share / length;
  }
  memset(adjoint, 0, sizeof(adjoint));
  linear_back(LETTERS, WIDTH, head, out[0], score[0], dhead, adjoint[0], length);
  for (int k = LAYERS - 1; k >= 0; k--)
    layer_back(layer + k, rest + 12 * SQUARE * k, drest + 12 * SQUARE * k, adjoint, length);
  for (int t = 0; t < length; t++) {
    Vector g = {0};
    norm_back(embedded[t], first_scale[t], adjoint[t], g);
    for (int i = 0; i < WIDTH; i++) {
      dw[token[t] * WIDTH + i] += g[i];
      dplace[t * WIDTH + i] += g[i];
    }
  }
  return loss / length;
}

static void adam(double *w, const double *g, double *m, double *v, int step, double rate) {
  const double b1 = 0.9, b2 = 0.999, unbias = 1.0 / (1.0 - pow(b2, step));
  rate /= 1.0 - pow(b1, step);
  for (int i = 0; i < PARAMETERS; i++) {
    m[i] = b1 * m[i] + (1.0 - b1) * g[i];
    v[i] = b2 * v[i] + (1.0 - b2) * g[i] * g[i];
    w[i] -= rate * m[i] / (sqrt(v[i] * unbias) + 1e-8);
  }
}

/* Steps of Adam: step k takes the names first[k] to before first[k + 1], name i having the tokens
 * from start[i] to before start[i + 1]. `state` has room for 3 numbers a parameter. */
void train(double *w, double *state, const int *token, const int *start, const int *first, int steps,
           const double *rates, double *losses) {
  double *m = state, *v = state + PARAMETERS, *g = state + 2 * PARAMETERS;
  memset(state, 0, sizeof(double) * 2 * PARAMETERS);
  for (int k = 0; k < steps; k++) {
    const double share = 1.0 / (first[k + 1] - first[k]);
    double loss = 0.0;
    memset(g, 0, sizeof(double) * PARAMETERS);
    for (int i = first[k]; i < first[k + 1]; i++)
      loss += name(w, g, token + start[i], start[i + 1] - start[i] - 1, share);
    losses[k] = loss * share;
    adam(w, g, m, v, k + 1, rates[k]);
  }
}
