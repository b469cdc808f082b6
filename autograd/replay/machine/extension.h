/* What the C files that Python sees share. */
#ifndef WHYGRAD_EXTENSION_H
#define WHYGRAD_EXTENSION_H

#include <Python.h>

#include "machine.h"

/* What lies on the list of an object is taken and given back by one thread at a time: under the
 * global interpreter lock, or, where Python has none, a lock of the object's own. What Python's own
 * objects hold is theirs from HOLD to LET_GO, in one block. */
#ifdef Py_GIL_DISABLED
#define OWN_LOCK PyMutex lock;
#define LOCK(object) PyMutex_Lock(&(object)->lock)
#define UNLOCK(object) PyMutex_Unlock(&(object)->lock)
#define HOLD(object) Py_BEGIN_CRITICAL_SECTION(object)
#define LET_GO Py_END_CRITICAL_SECTION()
#else
#define OWN_LOCK
#define LOCK(object) ((void)(object))
#define UNLOCK(object) ((void)(object))
#define HOLD(object)
#define LET_GO
#endif

/* Whether an object is an array in one piece with at least so many numbers of a type. */
int array_fits(PyObject *array, int type, int64_t items);

/* NULL where this processor cannot run it. */
const Target *target_named(const char *name);

/* Whether a signal is waiting: to be polled with a double that is 0 at first. */
int interrupted(void *next_look);

/* table(rows, columns): a tuple of rows as an array; None unless all are lists or tuples of so many
 * plain floats and integers, of 64 bits at most */
PyObject *table_of(PyObject *module, PyObject *const *args, Py_ssize_t count);

/* The code that a `Code` has; NULL for anything else. */
const Code *code_of(PyObject *);

/* Add the types of straight.c to the module; false in success. */
int add_straight(PyObject *module);

#endif
