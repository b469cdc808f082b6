/* A node in C: its layout, how one is made, and how it is freed.

   value.py says what the fields are for. Cython would fill the fields of a new node with None
   before the source fills them, and would free operands by recursion, a node in a node. */
#ifndef WHYGRAD_NODE_H
#define WHYGRAD_NODE_H

#include <stddef.h>
#include "slabs.h"

/* What is one for the process under the global interpreter lock, and for each thread without it. */
#if !defined(Py_GIL_DISABLED)
#define OF_THE_LOCK
#elif defined(_MSC_VER)
#define OF_THE_LOCK __declspec(thread)
#else
#define OF_THE_LOCK _Thread_local
#endif

typedef struct node {
    PyObject_HEAD
    double data, grad;
    PyObject *label, *op, *a, *b;
    double da, db;
    PyObject *row, *factors;
    long long made, mark;
} node;

static inline PyObject *node_new(PyObject *type, double data, PyObject *op, PyObject *a, double da,
                          PyObject *b, double db, PyObject *factors, long long made) {
#if SLABS_USED
    node *v = (node *)slab_take(); /* no need to clear it, as its tp_alloc does */
    if (v == NULL) return NULL;
    PyObject_Init((PyObject *)v, (PyTypeObject *)type);
#else
    node *v = (node *)((PyTypeObject *)type)->tp_alloc((PyTypeObject *)type, 0);
    if (v == NULL) return NULL;
#endif
    Py_INCREF(Py_None);
    Py_INCREF(op);
    Py_INCREF(a);
    Py_INCREF(b);
    Py_INCREF(Py_None);
    Py_INCREF(factors);
    v->data = data;
    v->grad = 0.0;
    v->label = Py_None;
    v->op = op;
    v->a = a;
    v->b = b;
    v->da = da;
    v->db = db;
    v->row = Py_None;
    v->factors = factors;
    v->made = made;
    v->mark = 0;
    return (PyObject *)v;
}

/* Free a node and what only it holds, one at a time: a chain may be deeper than the stack. */
static inline void node_dealloc(PyObject *object) {
    static OF_THE_LOCK node *waiting; /* their operands are still to be let go of; linked by `label` */
    static OF_THE_LOCK int freeing;
    node *v = (node *)object;
    Py_XDECREF(v->label);
    v->label = (PyObject *)waiting;
    waiting = v;
    if (freeing) return; /* by letting go of an operand, below */
    freeing = 1;
    while (waiting != NULL) {
        PyTypeObject *type = Py_TYPE(waiting);
        v = waiting;
        waiting = (node *)v->label;
        Py_XDECREF(v->op);
        Py_XDECREF(v->a);
        Py_XDECREF(v->b);
        Py_XDECREF(v->row);
        Py_XDECREF(v->factors);
        type->tp_free(v);
        if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) Py_DECREF(type);
    }
    freeing = 0;
}

/* Let a class of this layout have its nodes made and freed as here. */
static inline void nodes_of(PyObject *cls) {
    PyTypeObject *type = (PyTypeObject *)cls;
    if (type->tp_basicsize != sizeof(node)) Py_FatalError("a node is not as node.h says");
    type->tp_dealloc = node_dealloc;
    slabs_for(type);
}

#endif
