/* What the C files that Python sees share. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL whygrad_arrays
#define NO_IMPORT_ARRAY
#include <numpy/arrayobject.h>
#include <string.h>

#include "extension.h"
#include "system.h"

int array_fits(PyObject *array, int type, int64_t items) {
  if (!PyArray_Check(array)) return 0;
  PyArrayObject *a = (PyArrayObject *)array;
  const int same = PyArray_TYPE(a) == type || PyArray_EquivTypenums(PyArray_TYPE(a), type);
  return same && PyArray_ISCARRAY_RO(a) && PyArray_SIZE(a) >= items;
}

const Target *target_named(const char *name) {
  const Target *best[3] = {NULL, NULL, &target_baseline};
#if WIDE_VECTORS
  if (has_avx512()) best[0] = &target_avx512;
  if (has_avx2()) best[1] = &target_avx2;
#endif
  for (int k = 0; k < 3; k++)
    if (best[k] && (!name[0] || !strcmp(name, best[k]->name))) return best[k];
  return NULL;
}

#define SIGNALS 0.02 /* seconds between two looks: taking the GIL may cost a wait for others */

int interrupted(void *next_look) {
  double *next = next_look;
  const double time = now();
  const int due = *next > 0.0 && time >= *next;
  if (due || *next == 0.0) *next = time + SIGNALS;
  if (!due) return 0;
  PyGILState_STATE state = PyGILState_Ensure();
  const int raised = PyErr_CheckSignals();
  PyGILState_Release(state);
  return raised != 0;
}
