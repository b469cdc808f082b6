/* Straight-line code as Python has it: `Code` runs it, a `Bound` runs it on one row again and again.
 *
 * assembly.py makes the instructions and checks them; a Code keeps copies. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL whygrad_arrays
#define NO_IMPORT_ARRAY
#include <numpy/arrayobject.h>

#include "extension.h"
#include "opcodes.h"
#include "sweeping.h"

#define BRIEF_WORK 20000 /* operations on a row, some 10 µs: below it nobody waits long for the GIL */
#define CODE_NAME "autograd.replay._machine.Code"
#define FIELDS 6         /* of an instruction, as assembly.py writes it */

typedef struct {
  PyObject_HEAD
  OWN_LOCK
  Code code;
  const Straight *target;
  int threads;
  Frames *idle; /* that no call is using */
} CodeObject;

/* Taking in */

static const int64_t *integers(PyObject *array, int64_t *count) {
  if (!array_fits(array, NPY_INT64, 0)) {
    PyErr_SetString(PyExc_ValueError, "Code: an array of integers is missing");
    return NULL;
  }
  *count = PyArray_SIZE((PyArrayObject *)array);
  return PyArray_DATA((PyArrayObject *)array);
}

/* The place of an operand, as code.h has it, in frames whose slots are so many bytes wide. */
static int32_t place_of(int64_t slot, int64_t width, const Code *c) {
  const int64_t apart = width > (int64_t)sizeof(double) ? c->columns : 0;
  return (int32_t)((slot < apart ? slot - apart : slot) * width);
}

/* Instructions for frames whose slots are so many bytes wide. */
static Instruction *assemble(const int64_t *from, int64_t count, int64_t width,
                             const void *const *labels, const Code *c) {
  Instruction *made = calloc((size_t)count + 1, sizeof(Instruction));
  if (!made) return PyErr_NoMemory(), NULL;
  for (int64_t n = 0; n <= count; n++) {
    static const int64_t end[FIELDS] = {CODE_end};
    const int64_t *f = n < count ? from + FIELDS * n : end;
    const int hands_over = f[0] == CODE_out_m || f[0] == CODE_out_x;
    int fine = f[0] >= 0 && f[0] < CODE_COUNT && f[5] >= 0;
    if (f[0] == CODE_settle) {
      fine &= f[5] <= 4 * n;
      for (int64_t k = n - (f[5] + 3) / 4; fine && k < n; k++) fine &= from[FIELDS * k] == CODE_terms;
    } else {
      fine &= f[5] < BROADCAST;
    }
    for (int k = 1; k < 5; k++)
      fine &= f[k] >= 0 && f[k] < (k == 1 && hands_over ? c->outputs : c->slots);
    if (!fine || c->slots * width > INT32_MAX) {
      free(made);
      return PyErr_Format(PyExc_ValueError, "Code: an instruction leaves the frame"), NULL;
    }
    Instruction *i = made + n;
    i->go = labels ? labels[f[0]] : (const void *)(intptr_t)f[0];
    i->out = f[0] == CODE_terms ? place_of(f[1], width, c)
                                : (int32_t)(hands_over ? f[1] : f[1] * width);
    i->a = place_of(f[2], width, c), i->b = place_of(f[3], width, c);
    i->c = place_of(f[4], width, c), i->kind = f[5];
  }
  return made;
}

static int64_t *copy_of(const int64_t *from, int64_t count, int64_t limit) {
  int64_t *made = calloc((size_t)count + 1, sizeof(int64_t));
  if (!made) return (int64_t *)PyErr_NoMemory();
  for (int64_t k = 0; k < count; k++) {
    if (from[k] < 0 || from[k] >= limit) {
      free(made);
      return PyErr_Format(PyExc_ValueError, "Code: a slot leaves the frame"), NULL;
    }
    made[k] = from[k];
  }
  return made;
}

/* Code(once, rows, start, used, spread, columns, leaves, outputs, target) */
static PyObject *code_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  PyObject *once, *rows, *start, *used, *spread;
  long long columns, leaves, outputs;
  const char *name;
  (void)keywords;
  if (!PyArg_ParseTuple(args, "OOOOOLLLs", &once, &rows, &start, &used, &spread, &columns, &leaves,
                        &outputs, &name))
    return NULL;
  int64_t count[4];
  const int64_t *given[4];
  PyObject *const arrays[4] = {once, rows, used, spread};
  for (int k = 0; k < 4; k++)
    if (!(given[k] = integers(arrays[k], &count[k]))) return NULL;
  const Target *target = target_named(name);
  if (!target || !array_fits(start, NPY_DOUBLE, columns + leaves) || columns < 0 || leaves < 0 ||
      outputs < 1)
    return PyErr_Format(PyExc_ValueError, "Code: no such target, or a frame that is too small");
  CodeObject *self = (CodeObject *)type->tp_alloc(type, 0);
  if (!self) return NULL;
  Code *c = &self->code;
  const Straight *t = self->target = target->straight;
  self->threads = 1;
  c->columns = columns, c->leaves = leaves, c->outputs = outputs;
  c->slots = PyArray_SIZE((PyArrayObject *)start);
  c->count = count[1] / FIELDS;
  c->columns_used = count[2], c->spreads = count[3];
  const int64_t block = t->block * (int64_t)sizeof(double);
  if ((c->once = assemble(given[0], count[0] / FIELDS, 8, t->labels(0), c)) &&
      (c->row = assemble(given[1], c->count, 8, t->labels(0), c)) &&
      (c->block = assemble(given[1], c->count, block, t->labels(1), c)) &&
      (c->column = copy_of(given[2], count[2], columns)) &&
      (c->spread = copy_of(given[3], count[3], c->slots)) &&
      (c->start = malloc(sizeof(double) * (size_t)(c->slots + 1)))) {
    memcpy(c->start, PyArray_DATA((PyArrayObject *)start), sizeof(double) * (size_t)c->slots);
    return (PyObject *)self;
  }
  if (!PyErr_Occurred()) PyErr_NoMemory();
  Py_DECREF(self);
  return NULL;
}

static void code_dealloc(CodeObject *self) {
  Code *c = &self->code;
  PyTypeObject *type = Py_TYPE(self);
  while (self->idle) {
    Frames *f = self->idle;
    self->idle = f->next;
    free_frames(f);
  }
  free(c->once), free(c->row), free(c->block), free(c->column), free(c->spread), free(c->start);
  type->tp_free((PyObject *)self);
  Py_DECREF(type);
}

const Code *code_of(PyObject *given) {
  return strcmp(Py_TYPE(given)->tp_name, CODE_NAME) ? NULL : &((CodeObject *)given)->code;
}

static Frames *take_frames(CodeObject *self) {
  LOCK(self);
  Frames *f = self->idle;
  if (f) self->idle = f->next;
  UNLOCK(self);
  if (!f) f = new_frames(self->target, &self->code);
  if (!f) PyErr_NoMemory();
  return f;
}

static void return_frames(CodeObject *self, Frames *f) {
  LOCK(self);
  f->next = self->idle;
  self->idle = f;
  UNLOCK(self);
}

/* Running */

/* run(leaves, packed, lanes, rows, each, sums): outputs of each row to `each`, outputs x places for
 * rows (a multiple of 32), or their sums to `sums`; one of them is None.  True if a number that is
 * not finite came up. */
static PyObject *code_run(CodeObject *self, PyObject *args) {
  static const double nothing[1];
  PyObject *leaves, *packed, *each, *sums;
  long long lanes, rows;
  if (!PyArg_ParseTuple(args, "OOLLOO", &leaves, &packed, &lanes, &rows, &each, &sums)) return NULL;
  const Code *c = &self->code;
  const int64_t places = (rows + 31) / 32 * 32;
  if (rows < 2 || rows > INT64_MAX / 64 / (c->columns + c->outputs + 1) ||
      (lanes != 8 && lanes != 32) || !array_fits(leaves, NPY_DOUBLE, c->leaves) ||
      (c->columns && !array_fits(packed, NPY_DOUBLE, c->columns * ((rows + 7) / 8 * 8))) ||
      (each != Py_None && !array_fits(each, NPY_DOUBLE, places * c->outputs)) ||
      (sums != Py_None && !array_fits(sums, NPY_DOUBLE, c->outputs)) ||
      (each == Py_None) == (sums == Py_None))
    return PyErr_Format(PyExc_ValueError, "run: an array is missing or too small");
  double **outs = calloc((size_t)c->outputs, sizeof(double *));
  Frames *own = outs ? take_frames(self) : (Frames *)PyErr_NoMemory();
  if (!own) return free(outs), NULL;
  if (each != Py_None)
    for (int64_t k = 0; k < c->outputs; k++)
      outs[k] = (double *)PyArray_DATA((PyArrayObject *)each) + k * places;
  double next_look = 0.0;
  const Sweep sweep = {
      .target = self->target,
      .code = c,
      .leaves = PyArray_DATA((PyArrayObject *)leaves),
      .rows = {c->columns ? PyArray_DATA((PyArrayObject *)packed) : nothing, lanes, rows},
      .outs = each == Py_None ? NULL : outs,
      .sums = sums == Py_None ? NULL : PyArray_DATA((PyArrayObject *)sums),
      .threads = self->threads,
      .poll = interrupted,
      .polled = &next_look};
  PyThreadState *state = c->count * rows < BRIEF_WORK ? NULL : PyEval_SaveThread();
  const int status = sweep_all(&sweep, own);
  if (state) PyEval_RestoreThread(state);
  return_frames(self, own);
  free(outs);
  if (status & INTERRUPTED) return NULL;
  if (status & NO_MEMORY) return PyErr_NoMemory();
  return PyBool_FromLong(status & BROKEN);
}

/* One row, its numbers copied to the frame's first slots: columns, then leaves. */
static int run_one(CodeObject *self, Frames *f, const double *columns, const double *leaves,
                   double *const *outs) {
  const Code *c = &self->code;
  memcpy(f->row, columns, sizeof(double) * (size_t)c->columns);
  int status = begin_row(self->target, c, f, leaves);
  return status | self->target->row(c->row, f->row, outs);
}

/* row(leaves, columns, out): the outputs of one row, in their order */
static PyObject *code_row(CodeObject *self, PyObject *const *args, Py_ssize_t count) {
  const Code *c = &self->code;
  if (count != 3 || !array_fits(args[0], NPY_DOUBLE, c->leaves) ||
      !array_fits(args[1], NPY_DOUBLE, c->columns) || !array_fits(args[2], NPY_DOUBLE, c->outputs))
    return PyErr_Format(PyExc_ValueError, "row: an array is missing or too small");
  Frames *f = take_frames(self);
  if (!f) return NULL;
  double *to = PyArray_DATA((PyArrayObject *)args[2]);
  for (int64_t k = 0; k < c->outputs; k++) f->to[k] = to + k;
  const int status = run_one(self, f, PyArray_DATA((PyArrayObject *)args[1]),
                             PyArray_DATA((PyArrayObject *)args[0]), f->to);
  return_frames(self, f);
  return PyBool_FromLong(status);
}

/* quick(leaves, columns) -> (first output, array of the others), or None where an array is not as
 * it must be, or a number that is not finite came up */
static PyObject *code_quick(CodeObject *self, PyObject *const *args, Py_ssize_t count) {
  const Code *c = &self->code;
  if (count != 2) return PyErr_Format(PyExc_TypeError, "quick takes 2 arguments");
  if (!array_fits(args[0], NPY_DOUBLE, c->leaves) || !array_fits(args[1], NPY_DOUBLE, c->columns) ||
      PyArray_NDIM((PyArrayObject *)args[0]) != 1 ||
      PyArray_SIZE((PyArrayObject *)args[0]) != c->leaves)
    Py_RETURN_NONE;
  npy_intp n = c->outputs - 1;
  double value;
  PyObject *gradient = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
  Frames *f = gradient ? take_frames(self) : NULL;
  if (!f) return Py_XDECREF(gradient), NULL;
  double *to = PyArray_DATA((PyArrayObject *)gradient);
  f->to[0] = &value;
  for (int64_t k = 0; k < n; k++) f->to[k + 1] = to + k;
  const int status = run_one(self, f, PyArray_DATA((PyArrayObject *)args[1]),
                             PyArray_DATA((PyArrayObject *)args[0]), f->to);
  return_frames(self, f);
  if (status) {
    Py_DECREF(gradient);
    Py_RETURN_NONE;
  }
  PyObject *pair = PyTuple_New(2), *first = PyFloat_FromDouble(value);
  if (!pair || !first) return Py_XDECREF(pair), Py_XDECREF(first), Py_DECREF(gradient), NULL;
  PyTuple_SET_ITEM(pair, 0, first);
  PyTuple_SET_ITEM(pair, 1, gradient);
  return pair;
}

static PyMethodDef code_methods[] = {
    {"run", (PyCFunction)code_run, METH_VARARGS, "Outputs of rows, each or summed."},
    {"row", (PyCFunction)(void (*)(void))code_row, METH_FASTCALL, "Outputs of one row."},
    {"quick", (PyCFunction)(void (*)(void))code_quick, METH_FASTCALL, "One row: value, gradient."},
    {NULL, NULL, 0, NULL}};

static PyMemberDef code_members[] = {
    {"threads", T_INT, offsetof(CodeObject, threads), 0, "Threads that may share the rows."},
    {NULL, 0, 0, 0, NULL}};

static PyType_Slot code_slots[] = {{Py_tp_new, code_new},
                                   {Py_tp_dealloc, code_dealloc},
                                   {Py_tp_methods, code_methods},
                                   {Py_tp_members, code_members},
                                   {0, NULL}};

static PyType_Spec code_spec = {CODE_NAME, sizeof(CodeObject), 0,
                                Py_TPFLAGS_DEFAULT, code_slots};

/* Bound */

typedef struct {
  PyObject_HEAD
  vectorcallfunc call;
  CodeObject *code;
  Frames *frames;
  double **outs;
  const double *from;
  PyObject *numbers, *found, *value, *gradient, *hessian, *otherwise;
} BoundObject;

static PyObject *bound_call(PyObject *given, PyObject *const *args, size_t count, PyObject *names) {
  BoundObject *self = (BoundObject *)given;
  (void)args;
  if (PyVectorcall_NARGS(count) || names)
    return PyErr_Format(PyExc_TypeError, "a bound tape takes no arguments: set its numbers");
  const Code *c = &self->code->code;
  if (!run_one(self->code, self->frames, self->from, self->from + c->columns, self->outs))
    Py_RETURN_NONE;
  return PyObject_CallOneArg(self->otherwise, given);
}

/* Bound(code, numbers, found, places, value, gradient, hessian, otherwise): each output has its place
 * in the array `found`, on which the next three are views; `otherwise(self)` is called where a number
 * that is not finite came up */
static PyObject *bound_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  PyObject *code, *numbers, *found, *places, *value, *gradient, *hessian, *otherwise;
  (void)keywords;
  if (!PyArg_ParseTuple(args, "OOOOOOOO", &code, &numbers, &found, &places, &value, &gradient,
                        &hessian, &otherwise))
    return NULL;
  const Code *c = code_of(code);
  if (!c) return PyErr_Format(PyExc_TypeError, "Bound takes a Code");
  if (!array_fits(numbers, NPY_DOUBLE, c->columns + c->leaves) ||
      !array_fits(found, NPY_DOUBLE, 1) || !array_fits(places, NPY_INT64, c->outputs))
    return PyErr_Format(PyExc_ValueError, "Bound: an array is missing or too small");
  BoundObject *self = (BoundObject *)type->tp_alloc(type, 0);
  if (!self) return NULL;
  self->call = bound_call;
  self->code = (CodeObject *)Py_NewRef(code);
  self->numbers = Py_NewRef(numbers), self->found = Py_NewRef(found);
  self->value = Py_NewRef(value), self->gradient = Py_NewRef(gradient);
  self->hessian = Py_NewRef(hessian), self->otherwise = Py_NewRef(otherwise);
  self->frames = new_frames(self->code->target, c);
  self->outs = calloc((size_t)c->outputs, sizeof(double *));
  if (!self->frames || !self->outs) {
    Py_DECREF(self);
    return PyErr_NoMemory();
  }
  self->from = PyArray_DATA((PyArrayObject *)numbers);
  const int64_t *place = PyArray_DATA((PyArrayObject *)places);
  for (int64_t k = 0; k < c->outputs; k++) {
    if (place[k] < 0 || place[k] >= PyArray_SIZE((PyArrayObject *)found)) {
      Py_DECREF(self);
      return PyErr_Format(PyExc_ValueError, "Bound: an output has no place");
    }
    self->outs[k] = (double *)PyArray_DATA((PyArrayObject *)found) + place[k];
  }
  return (PyObject *)self;
}

static void bound_dealloc(BoundObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  if (self->frames) free_frames(self->frames);
  free(self->outs);
  Py_XDECREF(self->code);
  Py_XDECREF(self->numbers), Py_XDECREF(self->found), Py_XDECREF(self->value);
  Py_XDECREF(self->gradient), Py_XDECREF(self->hessian), Py_XDECREF(self->otherwise);
  type->tp_free((PyObject *)self);
  Py_DECREF(type);
}

static PyMemberDef bound_members[] = {
    {"numbers", T_OBJECT_EX, offsetof(BoundObject, numbers), READONLY, "The inputs, then leaves."},
    {"value", T_OBJECT_EX, offsetof(BoundObject, value), READONLY, "The value of each result."},
    {"gradient", T_OBJECT_EX, offsetof(BoundObject, gradient), READONLY, "Their derivatives."},
    {"hessian", T_OBJECT_EX, offsetof(BoundObject, hessian), READONLY, "The second ones, or None."},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(BoundObject, call), READONLY, NULL},
    {NULL, 0, 0, 0, NULL}};

static PyType_Slot bound_slots[] = {{Py_tp_new, bound_new},
                                    {Py_tp_dealloc, bound_dealloc},
                                    {Py_tp_call, PyVectorcall_Call},
                                    {Py_tp_members, bound_members},
                                    {0, NULL}};

static PyType_Spec bound_spec = {"autograd.replay._machine.Bound", sizeof(BoundObject), 0,
                                 Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL, bound_slots};

/* OneRow: a tape's `value_and_grad`, which asks for the usual call on one row first */

typedef struct {
  PyObject_HEAD
  vectorcallfunc call;
  CodeObject *code;
  PyObject *columns, *otherwise;
} OneRowObject;

static PyObject *one_row_call(PyObject *given, PyObject *const *args, size_t count,
                              PyObject *names) {
  OneRowObject *self = (OneRowObject *)given;
  if (!PyVectorcall_NARGS(count) && names && PyTuple_GET_SIZE(names) == 1 &&
      PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "at") == 0) {
    PyObject *const both[2] = {args[0], self->columns};
    PyObject *pair = code_quick(self->code, both, 2);
    if (pair != Py_None) return pair;
    Py_DECREF(pair);
  }
  return PyObject_Vectorcall(self->otherwise, args, count, names);
}

/* OneRow(code, columns, otherwise): `otherwise` is called where this is not value_and_grad(at=...)
 * with an array of the leaves, or where a number that is not finite came up */
static PyObject *one_row_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  PyObject *code, *columns, *otherwise;
  (void)keywords;
  if (!PyArg_ParseTuple(args, "OOO", &code, &columns, &otherwise)) return NULL;
  if (!code_of(code)) return PyErr_Format(PyExc_TypeError, "OneRow takes a Code");
  OneRowObject *self = (OneRowObject *)type->tp_alloc(type, 0);
  if (!self) return NULL;
  self->call = one_row_call;
  self->code = (CodeObject *)Py_NewRef(code);
  self->columns = Py_NewRef(columns), self->otherwise = Py_NewRef(otherwise);
  return (PyObject *)self;
}

static void one_row_dealloc(OneRowObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  Py_XDECREF(self->code), Py_XDECREF(self->columns), Py_XDECREF(self->otherwise);
  type->tp_free((PyObject *)self);
  Py_DECREF(type);
}

static PyMemberDef one_row_members[] = {
    {"__wrapped__", T_OBJECT_EX, offsetof(OneRowObject, otherwise), READONLY, "The method."},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(OneRowObject, call), READONLY, NULL},
    {NULL, 0, 0, 0, NULL}};

static PyType_Slot one_row_slots[] = {{Py_tp_new, one_row_new},
                                      {Py_tp_dealloc, one_row_dealloc},
                                      {Py_tp_call, PyVectorcall_Call},
                                      {Py_tp_members, one_row_members},
                                      {0, NULL}};

static PyType_Spec one_row_spec = {"autograd.replay._machine.OneRow", sizeof(OneRowObject), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL, one_row_slots};

int add_straight(PyObject *module) {
#define NAMED(name, f) #name " " #name "_st "
  static const char computing[] = COMPUTING(NAMED)
#undef NAMED
#define NAMED(name) #name " "
      HANDLING(NAMED);
#undef NAMED
  PyObject *code = PyType_FromSpec(&code_spec), *bound = PyType_FromSpec(&bound_spec);
  PyObject *one_row = PyType_FromSpec(&one_row_spec);
  const int failed = !code || !bound || !one_row ||
                     PyModule_AddObjectRef(module, "OneRow", one_row) || PyModule_AddObjectRef(module, "Code", code) ||
                     PyModule_AddObjectRef(module, "Bound", bound) ||
                     PyModule_AddStringConstant(module, "CODES", computing);
  Py_XDECREF(code), Py_XDECREF(bound), Py_XDECREF(one_row);
  return failed ? -1 : 0;
}
