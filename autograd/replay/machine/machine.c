/* The extension module: a Machine runs a tape in compiled code.
 *
 * program.py, which tells what the arrays mean, checks a tape before a Machine is made of it; the
 * Machine keeps copies, so nothing that Python code does later can change what was checked. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL whygrad_arrays
#include <numpy/arrayobject.h>

#include "extension.h"
#include "training.h"

#define BRIEF_WORK 20000 /* some 2 µs: below it nobody waits long for the GIL */

typedef struct {
  PyObject_HEAD
  OWN_LOCK
  Program program;
  const Target *target;
  PyObject *one_row; /* a Code, or NULL */
  int threads;       /* that may share the rows of a batch */
  Workspace *idle; /* workspaces that no call is using */
} Machine;

/* Workspaces */

static void return_workspaces(Machine *self, Workspace *w) {
  LOCK(self);
  while (w) {
    Workspace *next = w->next;
    w->next = self->idle;
    self->idle = w;
    w = next;
  }
  UNLOCK(self);
}

static Workspace *take_workspace(Machine *self, int64_t rows, int or_fewer) {
  LOCK(self);
  Workspace *w = self->idle;
  if (w) self->idle = w->next;
  UNLOCK(self);
  if (!w) w = new_workspace(&self->program);
  if (w && provide(w, &self->program, rows, or_fewer)) {
    free_workspace(w);
    w = NULL;
  }
  if (w) w->next = NULL;
  else PyErr_NoMemory();
  return w;
}

/* One for the caller, and one for each helper that has a chunk of so many rows to sweep. */
static Workspace *take_workspaces(Machine *self, int64_t rows, int or_fewer) {
  const int64_t chunk = chunk_rows(&self->program, rows), chunks = (rows - 1) / chunk + 1;
  Workspace *first = NULL;
  for (int64_t k = 0; k == 0 || (k < chunks && k < self->threads); k++) {
    Workspace *w = take_workspace(self, rows, or_fewer);
    if (!w) return return_workspaces(self, first), NULL;
    w->next = first;
    first = w;
  }
  if (chunks == 1 || !provide_chunks(first, &self->program)) return first;
  PyErr_NoMemory();
  return return_workspaces(self, first), NULL;
}

/* The numbers of an array of at least so many; NULL for None, and with an error for what is no
 * such array. */
static void *numbers_of(PyObject *array, int type, int64_t items, int writable, const char *what) {
  if (array == Py_None) return NULL;
  if (array_fits(array, type, items) && (!writable || PyArray_ISWRITEABLE((PyArrayObject *)array)))
    return PyArray_DATA((PyArrayObject *)array);
  PyErr_Format(PyExc_ValueError, "%s: no array of %lld numbers", what, (long long)items);
  return NULL;
}

/* The machine */

static int64_t packed_size(const Program *p, int64_t rows) {
  const int64_t full = p->lanes == 32 ? rows / 32 * 32 : 0;
  return p->columns * (rows == 1 ? 1 : full + (rows - full + 7) / 8 * 8);
}

static void place_leaves(const Program *p, double *scalar, const double *leaves) {
  if (p->in_order) memcpy(scalar, leaves, sizeof(double) * (size_t)p->leaves);
  else for (int64_t k = 0; k < p->leaves; k++) scalar[p->place[k]] = leaves[k];
}

/* What is at the places of the first n leaves. */
static void read_places(const Program *p, double *to, const double *scalar, int64_t n) {
  if (p->in_order) memcpy(to, scalar, sizeof(double) * (size_t)n);
  else for (int64_t k = 0; k < n; k++) to[k] = scalar[p->place[k]];
}

/* A short evaluation keeps the GIL: giving it up and taking it back costs as much. */
static int evaluate_batch(Machine *self, Workspace *own, const double *leaves, const Batch *batch,
                          const Request *q) {
  const Program *p = &self->program;
  const int brief = p->shared_work + p->work * batch->rows < BRIEF_WORK;
  PyThreadState *state = brief ? NULL : PyEval_SaveThread();
  Team team;
  place_leaves(p, own->scalar, leaves);
  open_team(&team, self->target, p, own, own->next);
  const int status = evaluate(&team, batch, q);
  close_team(&team);
  if (state) PyEval_RestoreThread(state);
  return status;
}

/* The totals as a float, or as a tuple where there are several. */
static PyObject *totals_of(const Program *p, const Workspace *own) {
  if (p->output_count == 1) return PyFloat_FromDouble(own->totals[0]);
  PyObject *all = PyTuple_New(p->output_count);
  for (int64_t k = 0; all && k < p->output_count; k++)
    PyTuple_SET_ITEM(all, k, PyFloat_FromDouble(own->totals[k]));
  return all;
}

static PyObject *gradient_of(const Program *p, const Workspace *own) {
  npy_intp count = p->parameters;
  PyObject *gradient = PyArray_SimpleNew(1, &count, NPY_DOUBLE);
  if (gradient)
    read_places(p, PyArray_DATA((PyArrayObject *)gradient), own->scalar_adjoint, count);
  return gradient;
}

static PyObject *result_of(const Program *p, const Workspace *own, int status, int64_t which) {
  PyObject *result = PyTuple_New(3);
  if (!result) return NULL;
  PyTuple_SET_ITEM(result, 0, PyBool_FromLong(status));
  PyTuple_SET_ITEM(result, 1, totals_of(p, own));
  PyTuple_SET_ITEM(result, 2, which < 0 ? Py_NewRef(Py_None) : gradient_of(p, own));
  if (!PyErr_Occurred()) return result;
  Py_DECREF(result);
  return NULL;
}

/* evaluate(leaves, packed, rows, seed, which, values) -> (broken, totals, gradient or None), or
 * None where `leaves` is no vector of as many doubles as there are leaves */
static PyObject *machine_evaluate(Machine *self, PyObject *const *args, Py_ssize_t count) {
  static const double nothing[1];
  const Program *p = &self->program;
  if (count != 6) return PyErr_Format(PyExc_TypeError, "evaluate takes 6 arguments");
  const int64_t rows = PyLong_AsLongLong(args[2]);
  const double seed = PyFloat_AsDouble(args[3]);
  const int64_t which = PyLong_AsLongLong(args[4]);
  if (PyErr_Occurred()) return NULL;
  if (rows < 1 || rows > INT64_MAX / 16 / (p->columns + 1) || which < -1 ||
      which >= p->output_count)
    return PyErr_Format(PyExc_ValueError, "evaluate: rows or output out of range");
  if (!array_fits(args[0], NPY_DOUBLE, p->leaves) || PyArray_NDIM((PyArrayObject *)args[0]) != 1 ||
      PyArray_SIZE((PyArrayObject *)args[0]) != p->leaves)
    Py_RETURN_NONE;
  const double *packed = numbers_of(args[1], NPY_DOUBLE, packed_size(p, rows), 0, "packed");
  double *values = numbers_of(args[5], NPY_DOUBLE, rows * p->output_count, 1, "values");
  if (!packed && p->columns && !PyErr_Occurred())
    PyErr_SetString(PyExc_ValueError, "evaluate: no packed rows");
  Workspace *own = PyErr_Occurred() ? NULL : take_workspaces(self, rows, 0);
  if (!own) return NULL;

  const Batch batch = {packed ? packed : nothing, NULL, NULL, rows};
  double next_look = 0.0;
  const Request request = {seed, which, values, own->totals, interrupted, &next_look};
  const double *leaves = PyArray_DATA((PyArrayObject *)args[0]);
  const int status = evaluate_batch(self, own, leaves, &batch, &request);
  PyObject *result = status & INTERRUPTED ? NULL : result_of(p, own, status, which);
  return_workspaces(self, own);
  return result;
}

/* One part of train's first argument: (machine, leaves, packed, table, rows); the machine. */
static Machine *read_part(PyTypeObject *type, PyObject *given, Part *part) {
  PyObject *machine, *leaves, *packed, *table;
  long long rows;
  const char *const what = "train";
  if (!PyArg_ParseTuple(given, "O!OOOL", type, &machine, &leaves, &packed, &table, &rows))
    return NULL;
  const Program *p = &((Machine *)machine)->program;
  if (rows < 1 || rows > INT64_MAX / 16 / (p->columns + 1))
    return PyErr_SetString(PyExc_ValueError, "train: rows out of range"), NULL;
  part->rows = rows;
  part->leaves = numbers_of(leaves, NPY_DOUBLE, p->leaves, 1, what);
  part->packed = numbers_of(packed, NPY_DOUBLE, packed_size(p, rows), 0, what);
  part->table = numbers_of(table, NPY_DOUBLE, rows * p->columns, 0, what);
  if (!part->leaves && !PyErr_Occurred())
    PyErr_SetString(PyExc_ValueError, "train: no numbers of the leaves");
  return PyErr_Occurred() ? NULL : (Machine *)machine;
}

/* Whether two programs have the same parameters in the same places. */
static int alike(const Program *p, const Program *q) {
  return p->parameters == q->parameters &&
         !memcmp(p->place, q->place, sizeof(int64_t) * (size_t)p->parameters);
}

/* The arguments of train, checked; false with an error. `machines` are those of the parts. */
static int read_training(PyTypeObject *type, PyObject *args, Training *t, Machine **machines) {
  PyObject *parts, *part, *order, *starts, *rule, *rates, *losses, *state;
  long long steps, done_before;
  if (!PyArg_ParseTuple(args, "O!OOOOOOOLLpd", &PyTuple_Type, &parts, &part, &order, &starts,
                        &rule, &rates, &losses, &state, &steps, &done_before, &t->mean,
                        &t->budget))
    return 0;
  const char *const what = "train";
  for (int64_t i = 0; i < t->count; i++) {
    machines[i] = read_part(type, PyTuple_GET_ITEM(parts, i), t->parts + i);
    if (!machines[i]) return 0;
    if (!alike(&machines[i]->program, &machines[0]->program))
      return PyErr_SetString(PyExc_ValueError, "train: tapes of other parameters"), 0;
  }
  if (steps < 1 || done_before < 0)
    return PyErr_SetString(PyExc_ValueError, "train: steps out of range"), 0;
  t->steps = steps, t->done_before = done_before;
  t->part = numbers_of(part, NPY_INT64, steps, 0, what);
  t->order = numbers_of(order, NPY_INT64, 0, 0, what);
  t->starts = numbers_of(starts, NPY_INT64, steps + 1, 0, what);
  t->rates = numbers_of(rates, NPY_DOUBLE, steps, 0, what);
  t->losses = numbers_of(losses, NPY_DOUBLE, steps, 1, what);
  t->state = numbers_of(state, NPY_DOUBLE, 2 * machines[0]->program.parameters, 1, what);
  const Rule *settings = numbers_of(rule, NPY_DOUBLE, sizeof(Rule) / sizeof(double), 0, what);
  if (PyErr_Occurred()) return 0;
  int there = settings && t->rates && t->losses && t->state && !t->order == !t->starts &&
              (t->count == 1 || (t->part && t->order));
  for (int64_t i = 0; i < t->count; i++)
    there = there && (t->order ? t->parts[i].table != NULL : t->parts[i].packed != NULL);
  if (!there) return PyErr_SetString(PyExc_ValueError, "train: an array is missing"), 0;
  if (t->order && !check_order(t, PyArray_SIZE((PyArrayObject *)order)))
    return PyErr_SetString(PyExc_ValueError, "train: a row out of range"), 0;
  for (int64_t i = 0; t->order && i < t->count; i++) t->parts[i].packed = NULL;
  t->rule = *settings;
  return 1;
}

static void give_spare(Training *t, const Program *p, Workspace *own) {
  if (provide_spare(own, p)) PyErr_NoMemory();
  else t->spare = (Memory){own->spare, own->spare + p->parameters};
}

/* The steps; the numbers of the leaves are then those after the last one. */
static int64_t take_steps(Training *t, Machine **machines, Workspace **own, int *status) {
  int64_t last = 0;
  for (int64_t i = 0; i < t->count; i++) {
    Machine *m = machines[i];
    open_team(&t->parts[i].team, m->target, &m->program, own[i], own[i]->next);
    place_leaves(&m->program, own[i]->scalar, t->parts[i].leaves);
    if (provide_one_row(t->parts + i)) free_one_row(t->parts + i); /* then without */
  }
  const int64_t done = train(t, status, &last);
  for (int64_t i = 0; i < t->count; i++) {
    const Program *p = &machines[i]->program;
    read_places(p, t->parts[i].leaves, own[last]->scalar, p->parameters);
    close_team(&t->parts[i].team);
  }
  return done;
}

/* train(parts, part of each step, order, starts, rule, rates, losses, state, steps, done_before,
 *       mean, budget) -> (status, steps done); a part is (machine, leaves, packed, table, rows) */
static PyObject *machine_train(Machine *self, PyObject *args) {
  PyObject *parts = PyTuple_Size(args) > 0 ? PyTuple_GET_ITEM(args, 0) : NULL;
  Training t = {0};
  double next_look = 0.0;
  int status = 0;
  int64_t done = 0, got = 0;
  PyErr_Clear();
  t.count = parts && PyTuple_Check(parts) ? PyTuple_GET_SIZE(parts) : 0;
  if (!t.count) return PyErr_Format(PyExc_TypeError, "train: no parts");
  t.parts = calloc((size_t)t.count, sizeof(Part));
  Machine **machines = calloc((size_t)t.count, sizeof(Machine *));
  Workspace **own = calloc((size_t)t.count, sizeof(Workspace *));
  if (!t.parts || !machines || !own) PyErr_NoMemory();
  if (!PyErr_Occurred() && read_training(Py_TYPE(self), args, &t, machines)) {
    t.poll = interrupted, t.polled = &next_look;
    for (; !PyErr_Occurred() && got < t.count; got++)
      if (!(own[got] = take_workspaces(machines[got], longest_step(&t, got), t.order != NULL)))
        break;
    if (!PyErr_Occurred()) give_spare(&t, &machines[0]->program, own[0]);
  }
  if (!PyErr_Occurred()) {
    Py_BEGIN_ALLOW_THREADS
    done = take_steps(&t, machines, own, &status);
    Py_END_ALLOW_THREADS
  }
  for (int64_t i = 0; i < got; i++) {
    free_one_row(t.parts + i);
    return_workspaces(machines[i], own[i]);
  }
  free(t.parts), free(machines), free(own);
  if (PyErr_Occurred() || status & INTERRUPTED) return NULL;
  return Py_BuildValue("iL", status, (long long)done);
}

/* Making one */

static void release(Py_buffer *views, int n) {
  for (int k = 0; k < n; k++) PyBuffer_Release(&views[k]);
}

static void *copy_of(Py_buffer *view) {
  void *copy = malloc((size_t)view->len + 1);
  if (copy) memcpy(copy, view->buf, (size_t)view->len);
  return copy;
}

/* Numbers as runs of such that follow each other; NULL where there is no memory. */
static Run *runs_of(const int64_t *numbers, int64_t count, int64_t *runs) {
  Run *found = malloc(sizeof(Run) * (size_t)(count + 1));
  int64_t n = 0;
  for (int64_t k = 0; found && k < count; k++) {
    if (n && numbers[k] == found[n - 1].first + found[n - 1].count) found[n - 1].count++;
    else found[n++] = (Run){numbers[k], 1};
  }
  *runs = n;
  return found;
}

static int64_t work_of(const Section *s) {
  int64_t work = 1;
  for (const Record *r = s->records, *end = r + s->count; r < end; r++)
    work += r->kind == DENSE  ? r->sites * r->n * r->m
            : r->kind == TAKE ? r->sites * r->n
                              : 8 * r->n * (r->kind < BROADCAST ? 1 : r->m);
  return work;
}

/* The most inputs of a layer, or twice the operands of a result that a single row gathers. */
static int64_t room_of(const Section *s) {
  int64_t room = 1;
  for (const Record *r = s->records, *end = r + s->count; r < end; r++) {
    const int gathers = r->kind == LOGSUMEXP || r->kind == SOFTMAX;
    const int64_t need = r->kind == DENSE ? r->sites * r->m : gathers ? 2 * r->m : 1;
    room = need > room ? need : room;
  }
  return room;
}

/* What can be said of a program beforehand. */
static void measure(Program *p) {
  p->work = work_of(&p->rows), p->shared_work = work_of(&p->shared);
  const int64_t room[2] = {room_of(&p->rows), room_of(&p->shared)};
  p->room = room[0] > room[1] ? room[0] : room[1];
  p->in_order = 1;
  for (int64_t k = 0; k < p->leaves; k++) p->in_order &= p->place[k] == k;
}

/* Machine(shared, rows, index, scalars, outputs, clear, place, leaves, parameters, columns, slots,
 *         lanes, target): arrays that program.py has checked */
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
  self->threads = 1;
  p->shared.records = copy_of(&view[0]), p->shared.count = view[0].len / (Py_ssize_t)sizeof(Record);
  p->rows.records = copy_of(&view[1]), p->rows.count = view[1].len / (Py_ssize_t)sizeof(Record);
  p->index = copy_of(&view[2]);
  p->scalars = copy_of(&view[3]), p->scalar_count = view[3].len / 8;
  p->outputs = copy_of(&view[4]), p->output_count = view[4].len / 8;
  p->rows.clear = runs_of(view[5].buf, view[5].len / 8, &p->rows.clears);
  p->place = copy_of(&view[6]);
  p->leaves = leaves, p->parameters = parameters, p->columns = columns, p->slots = slots;
  p->lanes = lanes;
  const int there = p->shared.records && p->rows.records && p->index && p->scalars &&
                    p->outputs && p->rows.clear && p->place;
  if (there) measure(p);
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
    Workspace *w = self->idle;
    self->idle = w->next;
    free_workspace(w);
  }
  free(p->shared.records), free(p->rows.records), free(p->index), free(p->scalars);
  free(p->outputs), free(p->rows.clear), free(p->place);
  Py_XDECREF(self->one_row);
  type->tp_free((PyObject *)self);
  Py_DECREF(type);
}

static PyObject *machine_target(Machine *self, void *closure) {
  (void)closure;
  return PyUnicode_FromString(self->target->name);
}

/* take_one_row(code): what computes value and gradient of one row, of this tape */
static PyObject *machine_take_one_row(Machine *self, PyObject *given) {
  const Code *code = code_of(given);
  const Program *p = &self->program;
  if (!code || code->columns != p->columns || code->leaves != p->leaves ||
      code->outputs != 1 + p->parameters)
    return PyErr_Format(PyExc_ValueError, "take_one_row: this is no code of the tape");
  LOCK(self);
  if (!self->one_row) { /* a loop may be running by the code that is there */
    self->one_row = Py_NewRef(given);
    self->program.one_row = code;
  }
  UNLOCK(self);
  Py_RETURN_NONE;
}

static PyMethodDef machine_methods[] = {
    {"take_one_row", (PyCFunction)machine_take_one_row, METH_O, "Code for steps of one row."},
    {"train", (PyCFunction)machine_train, METH_VARARGS, "Steps of a training loop."},
    {"evaluate", (PyCFunction)(void (*)(void))machine_evaluate, METH_FASTCALL,
     "Values and a gradient on packed rows."},
    {NULL, NULL, 0, NULL}};

static PyGetSetDef machine_attributes[] = {
    {"target", (getter)machine_target, NULL, "The instruction set in use.", NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyMemberDef machine_members[] = {
    {"threads", T_INT, offsetof(Machine, threads), 0, "Threads that may share the rows."},
    {NULL, 0, 0, 0, NULL}};

static PyType_Slot machine_slots[] = {{Py_tp_new, machine_new},
                                      {Py_tp_dealloc, machine_dealloc},
                                      {Py_tp_methods, machine_methods},
                                      {Py_tp_getset, machine_attributes},
                                      {Py_tp_members, machine_members},
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
  const int enough = view[1].len >= view[0].len && view[2].len >= view[0].len &&
                     view[3].len >= view[0].len;
  if (target && enough && kind >= 0 && kind < BROADCAST)
    target->apply(kind, view[0].buf, view[1].buf, view[2].buf, view[3].buf,
                  (long)(view[0].len / 8));
  else
    PyErr_SetString(PyExc_ValueError, "apply: no such target or kind, or arrays too short");
  release(view, 4);
  return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef functions[] = {
    {"table", (PyCFunction)(void (*)(void))table_of, METH_FASTCALL, "Rows of numbers as an array."},
    {"apply", module_apply, METH_VARARGS, "One elementwise kind over whole arrays."},
    {NULL, NULL, 0, NULL}};

static int fill_module(PyObject *module) {
  import_array1(-1);
#define NAMED(kind, ...) #kind " "
  static const char names[] = ELEMENTWISE(NAMED) GROUPED(NAMED);
#undef NAMED
  PyObject *type = PyType_FromSpec(&machine_spec), *targets = PyList_New(0);
  const char *const known[] = {"avx512", "avx2", target_baseline.name};
  for (int k = 0; targets && k < 3; k++) {
    if (!target_named(known[k])) continue;
    PyObject *text = PyUnicode_FromString(known[k]);
    if (!text || PyList_Append(targets, text)) Py_CLEAR(targets);
    Py_XDECREF(text);
  }
  const int failed = !type || !targets || PyModule_AddObjectRef(module, "Machine", type) ||
                     PyModule_AddObjectRef(module, "TARGETS", targets) ||
                     PyModule_AddStringConstant(module, "KINDS", names) ||
                     add_straight(module);
  Py_XDECREF(type);
  Py_XDECREF(targets);
  return failed ? -1 : 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, fill_module},
#ifdef Py_GIL_DISABLED
                                          {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
                                          {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_machine", "The compiled interpreter of a tape.", 0, functions,
    module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__machine(void) { return PyModuleDef_Init(&definition); }
