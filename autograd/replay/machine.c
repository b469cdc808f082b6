/* The extension module: a Machine runs a tape in compiled code.
 *
 * tape.py checks a tape before it makes a Machine of it; the Machine keeps copies, so nothing that
 * Python code does later can change what was checked.  See tape.py for the meaning of the arrays. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <time.h>

#include "machine.h"

/* Memory */

#define ALIGNMENT 64

static void *aligned(void *p) {
  return (void *)(((uintptr_t)p + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

/* Zeroed doubles, aligned; *memory is what to free. */
static double *new_doubles(int64_t n, void **memory) {
  *memory = calloc((size_t)n + ALIGNMENT / sizeof(double), sizeof(double));
  return *memory ? aligned(*memory) : NULL;
}

typedef struct Space {
  Workspace work;
  void *memory[8];
  int pieces;
  struct Space *next;
} Space;

static int give(Space *s, double **to, int64_t n) {
  *to = new_doubles(n, &s->memory[s->pieces]);
  if (*to) s->pieces++;
  return *to ? 0 : -1;
}

static void free_space(Space *s) {
  for (int k = 0; k < s->pieces; k++) free(s->memory[k]);
  free(s);
}

typedef struct {
  PyObject_HEAD
  Program program;
  const Target *target;
  Space *idle; /* workspaces that no call is using */
} Machine;

static const int frame_lanes[3] = {32, 8, 1};

static Space *new_space(const Program *p) {
  Space *s = calloc(1, sizeof(Space));
  if (!s) return NULL;
  if (give(s, &s->work.scalar, p->scalar_count) || give(s, &s->work.scalar_adjoint, p->scalar_count) ||
      give(s, &s->work.sums, 8 * p->accumulators)) {
    free_space(s);
    return NULL;
  }
  memcpy(s->work.scalar, p->scalars, sizeof(double) * (size_t)p->scalar_count);
  for (int k = 0; k < 3; k++) {
    s->work.frame[k].columns = p->columns;
    s->work.frame[k].lanes = frame_lanes[k];
  }
  return s;
}

/* The frames that so many rows need, in one piece of memory each: values, then adjoints. */
static int give_frames(Space *s, const Program *p, int64_t rows) {
  const int need[3] = {rows >= 32 && p->lanes == 32,
                       rows > 1 && (rows % 32 || p->lanes == 8), rows == 1};
  for (int k = 0; k < 3; k++) {
    Frame *f = &s->work.frame[k];
    const int64_t size = (p->slots + 1) * f->lanes;
    if (!need[k] || f->value) continue;
    if (give(s, &f->value, 2 * size)) return -1;
    f->adjoint = f->value + size;
  }
  return 0;
}

static Space *take_space(Machine *self, int64_t rows) {
  Space *s = self->idle;
  if (s) self->idle = s->next;
  else s = new_space(&self->program);
  if (s && give_frames(s, &self->program, rows)) {
    free_space(s);
    s = NULL;
  }
  if (!s) PyErr_NoMemory();
  return s;
}

static void return_space(Machine *self, Space *s) {
  s->next = self->idle;
  self->idle = s;
}

/* Signals and time */

static int interrupted(void) {
  PyGILState_STATE state = PyGILState_Ensure();
  const int raised = PyErr_CheckSignals();
  PyGILState_Release(state);
  return raised != 0;
}

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Buffers */

/* A contiguous buffer of `size`-byte items, at least `items` of them; None is allowed as NULL. */
static int get_buffer(PyObject *from, Py_buffer *view, int writable, int64_t items, size_t size,
                      const char *what) {
  view->obj = NULL;
  view->buf = NULL;
  if (from == Py_None) return 0;
  if (PyObject_GetBuffer(from, view, writable ? PyBUF_CONTIG : PyBUF_CONTIG_RO)) return -1;
  if (view->len < (Py_ssize_t)(items * (int64_t)size)) {
    PyErr_Format(PyExc_ValueError, "%s: %zd bytes where %lld items are needed", what, view->len,
                 (long long)items);
    PyBuffer_Release(view);
    return -1;
  }
  return 0;
}

static void release(Py_buffer *views, int n) {
  for (int k = 0; k < n; k++)
    if (views[k].obj) PyBuffer_Release(&views[k]);
}

/* The machine */

static int64_t packed_size(const Program *p, int64_t rows) {
  const int64_t full = p->lanes == 32 ? rows / 32 * 32 : 0;
  return p->columns * (rows == 1 ? 1 : full + (rows - full + 7) / 8 * 8);
}

/* evaluate(leaves, packed, rows, seed, which, values, gradient) -> (status, totals) */
static PyObject *machine_evaluate(Machine *self, PyObject *const *args, Py_ssize_t count) {
  const Program *p = &self->program;
  if (count != 7) return PyErr_Format(PyExc_TypeError, "evaluate takes 7 arguments");
  const int64_t rows = PyLong_AsLongLong(args[2]);
  const double seed = PyFloat_AsDouble(args[3]);
  const int64_t which = PyLong_AsLongLong(args[4]);
  if (PyErr_Occurred()) return NULL;
  if (rows < 1 || rows > INT64_MAX / 16 / (p->columns + 1) || which < -1 ||
      which >= p->output_count)
    return PyErr_Format(PyExc_ValueError, "evaluate: rows or output out of range");
  Py_buffer view[4];
  if (get_buffer(args[0], &view[0], 0, p->leaves, 8, "leaves")) return NULL;
  if (get_buffer(args[1], &view[1], 0, packed_size(p, rows), 8, "packed")) return release(view, 1), NULL;
  if (get_buffer(args[5], &view[2], 1, rows * p->output_count, 8, "values")) return release(view, 2), NULL;
  if (get_buffer(args[6], &view[3], 1, p->parameters, 8, "gradient")) return release(view, 3), NULL;
  Space *s = NULL;
  double *totals = calloc((size_t)p->output_count, sizeof(double));
  if (!view[0].buf || (!view[1].buf && p->columns) || (which >= 0 && !view[3].buf))
    PyErr_SetString(PyExc_ValueError, "evaluate: a buffer is missing");
  else if (!totals) PyErr_NoMemory();
  else s = take_space(self, rows);
  if (!s) return free(totals), release(view, 4), NULL;

  static const double nothing[1];
  const Batch batch = {p->columns ? view[1].buf : nothing, NULL, NULL, rows};
  const Request request = {seed, which, view[2].buf, totals, interrupted};
  int status;
  Py_BEGIN_ALLOW_THREADS
  const double *leaves = view[0].buf;
  double *gradient = view[3].buf;
  for (int64_t k = 0; k < p->leaves; k++) s->work.scalar[p->place[k]] = leaves[k];
  status = self->target->evaluate(p, &s->work, &batch, &request);
  if (which >= 0)
    for (int64_t k = 0; k < p->parameters; k++) gradient[k] = s->work.scalar_adjoint[p->place[k]];
  Py_END_ALLOW_THREADS
  return_space(self, s);
  release(view, 4);
  PyObject *result = NULL, *all = status & INTERRUPTED ? NULL : PyTuple_New(p->output_count);
  for (int64_t k = 0; all && k < p->output_count; k++)
    PyTuple_SET_ITEM(all, k, PyFloat_FromDouble(totals[k]));
  if (all) result = Py_BuildValue("iN", status, all);
  free(totals);
  return result;
}

typedef struct {
  const Target *target;
  const Program *program;
  Workspace *work;
  const double *packed, *table;
  const int64_t *order, *starts; /* step k takes the rows order[starts[k]:starts[k + 1]], or */
  int64_t rows;                  /* all of them in order */
  int64_t steps, done_before;
  int mean;
  Rule rule;
  const double *rates;
  double *losses, *state;
  double *before; /* room for the parameters and the state, should an update fail */
  double budget; /* seconds after which to return */
} Training;

/* Steps of the loop until all are done, time is up or a number breaks; returns how many. */
static int64_t train(const Training *t, int *status, double *totals) {
  const Program *p = t->program;
  double *theta = t->work->scalar, *gradient = t->work->scalar_adjoint, began = now();
  const int64_t n = p->parameters;
  const size_t bytes = sizeof(double) * (size_t)n;
  const size_t remembered = t->rule.adam != 0.0 ? 2 : t->rule.momentum != 0.0 ? 1 : 0;
  int64_t next_look = 1;
  for (int64_t k = 0; k < t->steps; k++) {
    const int64_t from = t->order ? t->starts[k] : 0;
    const int64_t rows = t->order ? t->starts[k + 1] - from : t->rows;
    const Batch batch = {t->packed, t->table, t->order ? t->order + from : NULL, rows};
    const Request request = {t->mean ? 1.0 / (double)rows : 1.0, 0, NULL, totals, interrupted};
    *status = t->target->evaluate(p, t->work, &batch, &request);
    if (*status) return k;
    t->losses[k] = totals[0];
    memcpy(t->before, theta, bytes);
    memcpy(t->before + n, t->state, remembered * bytes);
    if (!t->target->update(theta, gradient, t->state, n, &t->rule, t->rates[k],
                           t->done_before + k + 1)) {
      memcpy(theta, t->before, bytes);
      memcpy(t->state, t->before + n, remembered * bytes);
      *status = BROKEN;
      return k;
    }
    if (k + 1 == next_look) { /* look at the clock about every 5 ms */
      const double elapsed = now() - began;
      if (elapsed > t->budget) return k + 1;
      const double each = elapsed / (double)next_look;
      const double more = each > 0.0 ? 0.005 / each : 1e6;
      next_look += more < 1.0 ? 1 : more < (double)next_look ? (int64_t)more : next_look;
    }
  }
  return t->steps;
}

/* Whether every step takes at least one row, and rows that there are. */
static int check_order(const int64_t *order, int64_t orders, const int64_t *starts, int64_t steps,
                       int64_t rows) {
  for (int64_t k = 0; k < orders; k++)
    if (order[k] < 0 || order[k] >= rows) return 0;
  if (starts[0] < 0 || starts[steps] > orders) return 0;
  for (int64_t k = 0; k < steps; k++)
    if (starts[k + 1] <= starts[k]) return 0;
  return 1;
}

static int64_t longest_step(const Training *t) {
  int64_t longest = t->order ? 0 : t->rows;
  for (int64_t k = 0; t->order && k < t->steps; k++)
    if (t->starts[k + 1] - t->starts[k] > longest) longest = t->starts[k + 1] - t->starts[k];
  return longest;
}

/* train(leaves, packed, table, order, starts, rule, rates, losses, state, rows, steps, done_before,
 *       mean, budget) -> (status, steps done) */
static PyObject *machine_train(Machine *self, PyObject *args) {
  enum { LEAVES, PACKED, TABLE, ORDER, STARTS, RULE, RATES, LOSSES, STATE, BUFFERS };
  const Program *p = &self->program;
  PyObject *from[BUFFERS];
  Py_buffer view[BUFFERS];
  long long rows, steps, done_before;
  Training t = {0};
  if (!PyArg_ParseTuple(args, "OOOOOOOOOLLLpd", &from[0], &from[1], &from[2], &from[3], &from[4],
                        &from[5], &from[6], &from[7], &from[8], &rows, &steps, &done_before,
                        &t.mean, &t.budget))
    return NULL;
  if (rows < 1 || steps < 1 || done_before < 0 || rows > INT64_MAX / 16 / (p->columns + 1))
    return PyErr_Format(PyExc_ValueError, "train: rows or steps out of range");
  const int64_t items[BUFFERS] = {p->leaves, packed_size(p, rows), rows * p->columns, 0, steps + 1,
                                  sizeof(Rule) / sizeof(double), steps, steps, 2 * p->parameters};
  for (int k = 0; k < BUFFERS; k++)
    if (get_buffer(from[k], &view[k], k == LEAVES || k == LOSSES || k == STATE, items[k], 8, "train"))
      return release(view, k), NULL;
  t.packed = view[PACKED].buf, t.table = view[TABLE].buf;
  t.order = view[ORDER].buf, t.starts = view[STARTS].buf;
  const int complete = view[LEAVES].buf && view[RULE].buf && view[RATES].buf &&
                       view[LOSSES].buf && view[STATE].buf && !t.order == !t.starts &&
                       (t.order ? t.table != NULL : t.packed != NULL);
  if (!complete || (t.order && !check_order(t.order, view[ORDER].len / 8, t.starts, steps, rows))) {
    release(view, BUFFERS);
    return PyErr_Format(PyExc_ValueError, "train: a buffer is missing, or a row out of range");
  }
  t.target = self->target, t.program = p;
  t.rows = rows, t.steps = steps, t.done_before = done_before;
  t.rates = view[RATES].buf, t.losses = view[LOSSES].buf, t.state = view[STATE].buf;
  memcpy(&t.rule, view[RULE].buf, sizeof(Rule));
  if (t.order) t.packed = NULL;
  double *totals = calloc((size_t)p->output_count, sizeof(double)), *leaves = view[LEAVES].buf;
  t.before = malloc(sizeof(double) * (size_t)(3 * p->parameters + 1));
  Space *s = totals && t.before ? take_space(self, longest_step(&t)) : (Space *)PyErr_NoMemory();
  if (s && t.order) /* batches of several sizes need every kind of frame */
    for (int64_t size = 1; s && size <= 33; size += 16)
      if (give_frames(s, p, size)) free_space(s), s = (Space *)PyErr_NoMemory();
  if (!s) return free(totals), free(t.before), release(view, BUFFERS), NULL;
  int status = 0;
  int64_t done;
  Py_BEGIN_ALLOW_THREADS
  t.work = &s->work;
  for (int64_t k = 0; k < p->leaves; k++) s->work.scalar[p->place[k]] = leaves[k];
  done = train(&t, &status, totals);
  for (int64_t k = 0; k < p->leaves; k++) leaves[k] = s->work.scalar[p->place[k]];
  Py_END_ALLOW_THREADS
  return_space(self, s);
  free(totals);
  free(t.before);
  release(view, BUFFERS);
  if (status & INTERRUPTED) return NULL;
  return Py_BuildValue("iL", status, (long long)done);
}

/* Making one */

static void *copy_of(Py_buffer *view) {
  void *copy = malloc((size_t)view->len + 1);
  if (copy) memcpy(copy, view->buf, (size_t)view->len);
  return copy;
}

static int place_accumulators(Program *p) {
  p->accumulator = calloc((size_t)p->rows.count + 1, sizeof(int64_t));
  if (!p->accumulator) return -1;
  for (int64_t k = 0; k < p->rows.count; k++) {
    const Record *r = p->rows.records + k;
    p->accumulator[k] = p->accumulators;
    if (r->kind == DENSE && r->flags & WANT_B) p->accumulators += r->n * (r->m + 1);
  }
  return 0;
}

static const Target *target_named(const char *name) {
  const Target *best[3] = {NULL, NULL, &target_baseline};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    best[0] = &target_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) best[1] = &target_avx2;
#endif
  for (int k = 0; k < 3; k++)
    if (best[k] && (!name[0] || !strcmp(name, best[k]->name))) return best[k];
  return NULL;
}

/* Machine(shared, rows, index, scalars, outputs, clear, place, leaves, parameters, columns, slots,
 *         lanes, target): arrays that tape.py has checked */
static PyObject *machine_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  Py_buffer view[7];
  long long leaves, parameters, columns, slots, lanes;
  const char *name;
  (void)keywords;
  if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*y*LLLLLs", &view[0], &view[1], &view[2], &view[3],
                        &view[4], &view[5], &view[6], &leaves, &parameters, &columns, &slots,
                        &lanes, &name))
    return NULL;
  Machine *self = (Machine *)type->tp_alloc(type, 0);
  if (!self) return release(view, 7), NULL;
  Program *p = &self->program;
  self->target = target_named(name);
  p->shared.records = copy_of(&view[0]), p->shared.count = view[0].len / (Py_ssize_t)sizeof(Record);
  p->rows.records = copy_of(&view[1]), p->rows.count = view[1].len / (Py_ssize_t)sizeof(Record);
  p->index = copy_of(&view[2]);
  p->scalars = copy_of(&view[3]), p->scalar_count = view[3].len / 8;
  p->outputs = copy_of(&view[4]), p->output_count = view[4].len / 8;
  p->rows.clear = copy_of(&view[5]), p->rows.clears = view[5].len / 8;
  p->place = copy_of(&view[6]);
  p->leaves = leaves, p->parameters = parameters, p->columns = columns, p->slots = slots;
  p->lanes = lanes;
  const int there = p->shared.records && p->rows.records && p->index && p->scalars &&
                    p->outputs && p->rows.clear && p->place && !place_accumulators(p);
  release(view, 7);
  if (!there) PyErr_NoMemory();
  else if (!self->target)
    PyErr_Format(PyExc_ValueError, "this processor cannot run the target '%s'", name);
  if (!PyErr_Occurred()) return (PyObject *)self;
  Py_DECREF(self);
  return NULL;
}

static void machine_dealloc(Machine *self) {
  Program *p = &self->program;
  PyTypeObject *type = Py_TYPE(self);
  while (self->idle) {
    Space *s = self->idle;
    self->idle = s->next;
    free_space(s);
  }
  free(p->shared.records), free(p->rows.records), free(p->index), free(p->scalars);
  free(p->outputs), free(p->rows.clear), free(p->place), free(p->accumulator);
  type->tp_free((PyObject *)self);
  Py_DECREF(type);
}

static PyObject *machine_target(Machine *self, void *closure) {
  (void)closure;
  return PyUnicode_FromString(self->target->name);
}

static PyMethodDef machine_methods[] = {
    {"evaluate", (PyCFunction)(void (*)(void))machine_evaluate, METH_FASTCALL,
     "Values and a gradient on packed rows."},
    {"train", (PyCFunction)machine_train, METH_VARARGS, "Steps of a training loop."},
    {NULL, NULL, 0, NULL}};

static PyGetSetDef machine_attributes[] = {
    {"target", (getter)machine_target, NULL, "The instruction set in use.", NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot machine_slots[] = {{Py_tp_new, machine_new},
                                      {Py_tp_dealloc, machine_dealloc},
                                      {Py_tp_methods, machine_methods},
                                      {Py_tp_getset, machine_attributes},
                                      {0, NULL}};

static PyType_Spec machine_spec = {"autograd.replay._machine.Machine", sizeof(Machine), 0,
                                   Py_TPFLAGS_DEFAULT, machine_slots};

/* The module */

/* apply(target, kind, y, a, b, c): one elementwise kind over whole arrays, for tests */
static PyObject *module_apply(PyObject *module, PyObject *args) {
  const char *name;
  int kind;
  Py_buffer view[4];
  (void)module;
  if (!PyArg_ParseTuple(args, "siw*y*y*y*", &name, &kind, &view[0], &view[1], &view[2], &view[3]))
    return NULL;
  const Target *target = target_named(name);
  const int fits = view[1].len >= view[0].len && view[2].len >= view[0].len &&
                   view[3].len >= view[0].len;
  if (target && fits && kind >= 0 && kind < BROADCAST)
    target->apply(kind, view[0].buf, view[1].buf, view[2].buf, view[3].buf,
                  (long)(view[0].len / 8));
  else
    PyErr_SetString(PyExc_ValueError, "apply: no such target or kind, or arrays too short");
  release(view, 4);
  return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef functions[] = {
    {"apply", module_apply, METH_VARARGS, "One elementwise kind over whole arrays."},
    {NULL, NULL, 0, NULL}};

static int fill_module(PyObject *module) {
#define NAMED(kind) #kind " "
  static const char names[] = ELEMENTWISE(NAMED) GROUPED(NAMED);
#undef NAMED
  PyObject *type = PyType_FromSpec(&machine_spec), *targets = PyList_New(0);
  static const char *const known[] = {"avx512", "avx2", "baseline"};
  for (int k = 0; targets && k < 3; k++) {
    if (!target_named(known[k])) continue;
    PyObject *text = PyUnicode_FromString(known[k]);
    if (!text || PyList_Append(targets, text)) Py_CLEAR(targets);
    Py_XDECREF(text);
  }
  const int failed = !type || !targets || PyModule_AddObjectRef(module, "Machine", type) ||
                     PyModule_AddObjectRef(module, "TARGETS", targets) ||
                     PyModule_AddStringConstant(module, "KINDS", names);
  Py_XDECREF(type);
  Py_XDECREF(targets);
  return failed ? -1 : 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, fill_module}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_machine", "The compiled interpreter of a tape.", 0, functions,
    module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__machine(void) { return PyModuleDef_Init(&definition); }
