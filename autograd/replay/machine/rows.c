/* Rows of Python numbers as a table: NumPy asks every number of a list what it is, twice. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL whygrad_arrays
#define NO_IMPORT_ARRAY
#include <numpy/arrayobject.h>

#include "extension.h"

/* False for all but plain floats and integers. */
static int read_number(PyObject *x, double *to) {
  if (PyFloat_CheckExact(x)) {
    *to = PyFloat_AS_DOUBLE(x);
    return 1;
  }
  if (!PyLong_CheckExact(x)) return 0;
  int overflow;
  *to = (double)PyLong_AsLongLongAndOverflow(x, &overflow);
  return !overflow;
}

/* False for all but a list or tuple of so many such numbers. */
static int read_row(PyObject *given, npy_intp columns, double *to) {
  if (!PyList_CheckExact(given) && !PyTuple_CheckExact(given)) return 0;
  int plain = 1;
  HOLD(given);
  plain = PySequence_Fast_GET_SIZE(given) == columns;
  PyObject **items = PySequence_Fast_ITEMS(given);
  for (npy_intp k = 0; plain && k < columns; k++) plain = read_number(items[k], to + k);
  LET_GO;
  return plain;
}

PyObject *table_of(PyObject *module, PyObject *const *args, Py_ssize_t count) {
  (void)module;
  npy_intp shape[2] = {0, count == 2 ? PyLong_AsSsize_t(args[1]) : -1};
  if (PyErr_Occurred()) return NULL;
  if (shape[1] < 0 || !PyTuple_CheckExact(args[0]))
    return PyErr_Format(PyExc_TypeError, "table takes a tuple of rows, and their length");
  shape[0] = PyTuple_GET_SIZE(args[0]);
  PyObject *table = PyArray_SimpleNew(2, shape, NPY_DOUBLE);
  if (!table) return NULL;
  double *to = PyArray_DATA((PyArrayObject *)table);
  for (npy_intp i = 0; i < shape[0]; i++)
    if (!read_row(PyTuple_GET_ITEM(args[0], i), shape[1], to + i * shape[1])) {
      Py_DECREF(table);
      Py_RETURN_NONE;
    }
  return table;
}
