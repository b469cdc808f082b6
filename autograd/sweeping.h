/* sweeping.py in C: the same functions, which give the same numbers in the same order.

   Nothing here runs Python code while nodes are marked or gradients are half handed on, except where
   it ends with an error; so under the global interpreter lock no other thread and no signal handler
   sees that, and the lock and the marks of sweeping.py for it are not needed. Free-threaded Python has
   a lock here. What lies on piles is kept by the root, and operands are not exchanged. */
#ifndef WHYGRAD_SWEEPING_H
#define WHYGRAD_SWEEPING_H

#include "node.h"

#ifdef Py_GIL_DISABLED
static PyMutex sweep_lock;
#define SWEEP_LOCK() PyMutex_Lock(&sweep_lock)
#define SWEEP_UNLOCK() PyMutex_Unlock(&sweep_lock)
#else
#define SWEEP_LOCK()
#define SWEEP_UNLOCK()
#endif

#define PILE_FEW 64 /* nodes of a pile that needs no memory from the heap */

typedef struct pile {
    node **at;
    Py_ssize_t count, room;
    node *few[PILE_FEW];
} pile;

static inline void pile_begin(pile *p) {
    p->at = p->few;
    p->count = 0;
    p->room = PILE_FEW;
}

static inline void pile_end(pile *p) {
    if (p->at != p->few) PyMem_RawFree(p->at);
}

static inline int pile_grow(pile *p) {
    size_t bytes = (size_t)p->room * sizeof(node *);
    node **more = (node **)PyMem_RawRealloc(p->at == p->few ? NULL : p->at, 2 * bytes);
    if (more == NULL) return -1;
    if (p->at == p->few) memcpy(more, p->few, bytes);
    p->at = more;
    p->room *= 2;
    return 0;
}

static inline int pile_put(pile *p, node *v) {
    if (p->count == p->room && pile_grow(p) < 0) return -1;
    p->at[p->count++] = v;
    return 0;
}

typedef struct sweep {
    pile order, stack, doubtful; /* `doubtful` may be stale: their numbers are to be looked at */
    long long now, met;          /* the time; the mark of nodes that are met, and one more if done */
    node *circle;                /* a node that is among its own operands */
} sweep;

static long long sweep_stamp = 2;  /* the newest; a sweep owns two */
static PyObject *sweep_selecting; /* the names of operations that take one operand or the other */

static inline int sweep_is_node(PyObject *operand, node *v) { return Py_TYPE(operand) == Py_TYPE(v); }

/* Whether the factors of the row of v are Values, to which the adjoint goes as well. */
static inline int sweep_of_values(node *v) {
    return PyTuple_GET_SIZE(v->factors) > 0 && sweep_is_node(PyTuple_GET_ITEM(v->factors, 0), v);
}

static inline int sweep_is_later(PyObject *operand, node *v) {
    return sweep_is_node(operand, v) && ((node *)operand)->made > v->made;
}

static inline int sweep_in_doubt(PyObject *object) {
    node *v = (node *)object;
    Py_ssize_t i;
    if (v->made & 1 || sweep_is_later(v->a, v) || sweep_is_later(v->b, v)) return 1;
    if (v->row == Py_None) return 0;
    for (i = 0; i < PyTuple_GET_SIZE(v->row); i++)
        if (sweep_is_later(PyTuple_GET_ITEM(v->row, i), v)) return 1;
    for (i = 0; sweep_of_values(v) && i < PyTuple_GET_SIZE(v->factors); i++)
        if (sweep_is_later(PyTuple_GET_ITEM(v->factors, i), v)) return 1;
    return 0;
}

/* Put an operand on the stack, where it is to be visited; -1, as all of these, on failure. */
static inline int sweep_enter(sweep *s, node *x) {
    if (x->mark > s->met) return 0;
    if (x->mark < s->met) return pile_put(&s->stack, x);
    s->circle = x;
    return -1;
}

static inline int sweep_enter_all(sweep *s, PyObject *operands, node *v) {
    Py_ssize_t i, n = PyTuple_GET_SIZE(operands);
    for (i = 0; i < n; i++) {
        PyObject *x = PyTuple_GET_ITEM(operands, i);
        if (!sweep_is_node(x, v)) {
            PyErr_SetString(PyExc_TypeError, "what a node was made of is no Value");
            return -1;
        }
        if (sweep_enter(s, (node *)x) < 0) return -1;
    }
    return 0;
}

static inline int sweep_enter_operands(sweep *s, node *v) {
    if (sweep_is_node(v->a, v) && sweep_enter(s, (node *)v->a) < 0) return -1;
    if (sweep_is_node(v->b, v) && sweep_enter(s, (node *)v->b) < 0) return -1;
    if (v->row == Py_None) return 0;
    if (sweep_enter_all(s, v->row, v) < 0) return -1;
    return sweep_of_values(v) ? sweep_enter_all(s, v->factors, v) : 0;
}

static inline int sweep_walk(sweep *s, node *root) {
    s->met = sweep_stamp += 2;
    s->circle = NULL;
    if (root->mark < s->met && pile_put(&s->stack, root) < 0) return -1;
    while (s->stack.count > 0) {
        node *v = s->stack.at[--s->stack.count];
        if (v->mark == s->met) {
            v->mark++;
            if (pile_put(&s->order, v) < 0) return -1;
        } else if (v->mark < s->met) {
            v->mark = s->met;
            s->stack.count++; /* where it is still: its operands come above it */
            if (sweep_enter_operands(s, v) < 0) return -1;
            if (v->made != s->now && sweep_in_doubt((PyObject *)v) && pile_put(&s->doubtful, v) < 0)
                return -1;
        }
    }
    return 0;
}

/* Tell what is wrong: a circle, in Python's words, or no memory. */
static inline void sweep_failed(sweep *s) {
    PyObject *module, *told;
    if (s->circle == NULL) {
        if (!PyErr_Occurred()) PyErr_NoMemory();
        return;
    }
    module = PyImport_ImportModule("autograd.sweeping");
    if (module == NULL) return;
    told = PyObject_CallMethod(module, "refuse_cycle", "O", (PyObject *)s->circle);
    Py_XDECREF(told);
    Py_DECREF(module);
}

/* Begin a sweep: find the order, and let `settle` look at what may be stale, where it is not None. */
static inline int sweep_begin(sweep *s, PyObject *root, long long now, PyObject *settle) {
    Py_ssize_t i;
    int failed;
    s->now = now;
    pile_begin(&s->order);
    pile_begin(&s->stack);
    pile_begin(&s->doubtful);
    SWEEP_LOCK();
    failed = sweep_walk(s, (node *)root);
    SWEEP_UNLOCK();
    if (failed) sweep_failed(s);
    for (i = 0; !failed && settle != Py_None && i < s->doubtful.count; i++) {
        PyObject *told = PyObject_CallFunctionObjArgs(settle, s->doubtful.at[i], NULL);
        failed = told == NULL;
        Py_XDECREF(told);
    }
    return failed ? -1 : 0;
}

static inline void sweep_end(sweep *s) {
    pile_end(&s->order);
    pile_end(&s->stack);
    pile_end(&s->doubtful);
}

/* partial * g; `scalar.handed` says when that is 0 although it is NaN. */
static inline double sweep_handed(node *v, double partial, double g) {
    double d = partial * g;
    if (d == d || partial != 0.0 || PySet_Contains(sweep_selecting, v->op) != 1) return d;
    return 0.0;
}

static inline void sweep_hand_on_row(node *v, double g) {
    Py_ssize_t i, n = PyTuple_GET_SIZE(v->row);
    int of_values = sweep_of_values(v);
    if (n > PyTuple_GET_SIZE(v->factors)) n = PyTuple_GET_SIZE(v->factors);
    for (i = 0; i < n; i++) {
        node *w = (node *)PyTuple_GET_ITEM(v->row, i);
        PyObject *factor = PyTuple_GET_ITEM(v->factors, i);
        if (!of_values) {
            w->grad += sweep_handed(v, PyFloat_AsDouble(factor), g);
        } else {
            node *x = (node *)factor;
            w->grad += x->data * g;
            x->grad += w->data * g;
        }
    }
}

static inline void sweep_hand_back(sweep *s, node *root) {
    Py_ssize_t i;
    for (i = 0; i < s->order.count; i++) s->order.at[i]->grad = 0.0;
    root->grad += 1.0;
    for (i = s->order.count - 1; i >= 0; i--) {
        node *v = s->order.at[i];
        double g = v->grad;
        if (g == 0.0) continue;
        if (v->row != Py_None) sweep_hand_on_row(v, g);
        if (sweep_is_node(v->a, v)) ((node *)v->a)->grad += sweep_handed(v, v->da, g);
        if (sweep_is_node(v->b, v)) ((node *)v->b)->grad += sweep_handed(v, v->db, g);
    }
}

static inline PyObject *sweep_inner_nodes(PyObject *root, long long now, PyObject *settle) {
    sweep s;
    PyObject *list = NULL;
    Py_ssize_t i;
    if (sweep_begin(&s, root, now, settle) == 0) list = PyList_New(s.order.count);
    for (i = 0; list != NULL && i < s.order.count; i++) {
        Py_INCREF(s.order.at[i]);
        PyList_SET_ITEM(list, i, (PyObject *)s.order.at[i]);
    }
    sweep_end(&s);
    return list;
}

static inline int sweep_whole(PyObject *root, long long now, PyObject *settle) {
    sweep s;
    int failed = sweep_begin(&s, root, now, settle);
    if (!failed) {
        SWEEP_LOCK();
        sweep_hand_back(&s, (node *)root);
        SWEEP_UNLOCK();
        failed = PyErr_Occurred() != NULL; /* a factor that is no number */
    }
    sweep_end(&s);
    return failed ? -1 : 0;
}

static inline void sweep_setup(PyObject *selecting) {
    Py_INCREF(selecting);
    sweep_selecting = selecting;
}

#endif
