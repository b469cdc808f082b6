"""C types for value.py, which is plain Python and runs without them."""

cimport cython
from libc cimport math

from autograd cimport scalar

cdef long long _LEAF, _stamp
cdef list _underway
cdef int _depth
cdef list _orphans


cdef class Value:
    cdef public double data, grad
    cdef public str label
    cdef readonly str op
    cdef readonly Value _a, _b
    cdef readonly double _da, _db
    cdef readonly tuple _ws, _xs
    cdef readonly long long _mark

cdef inline size_t id(object x) noexcept:
    return <size_t> <void*> x  # as Python's, without a call


@cython.locals(v=Value)
cpdef Value node(double data, str op, Value a, double da, Value b=*, double db=*)

@cython.locals(v=Value)
cpdef Value row(double data, str op, object values, object partials, double index=*)

@cython.locals(i=Py_ssize_t, ws=tuple, xs=tuple, z=double, v=Value, w=Value, x=Value, k=double)
cpdef Value dot(object weights, object inputs, object bias=*)

cdef tuple _floats(tuple xs)
cpdef tuple values_of(object xs, str op)

@cython.locals(met=cython.longlong, done=cython.longlong, v=Value, a=Value, b=Value)
cdef list[Value] _inner_nodes(Value root, bint checking)

@cython.locals(done=cython.longlong, v=Value)
cdef _enter(tuple operands, long long met, list[Value] stack)

@cython.locals(v=Value, g=double, d=double)
cdef _hand_back(Value root, list[Value] order)

@cython.locals(i=Py_ssize_t, ws=tuple, xs=tuple, w=Value, x=Value, k=double)
cdef _hand_on_row(Value v, double g)

@cython.locals(i=Py_ssize_t, ws=tuple, xs=tuple, w=Value, x=Value, z=double)
cdef _check_fresh(Value v)

cdef _check_range(Value v)
