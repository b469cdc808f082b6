"""C types for value.py, which is plain Python and runs without them."""

cimport cython
from libc cimport math

from autograd cimport memory, scalar, sweeping

cdef long long _LEAF, _clock
cdef bint _watching


cdef class Value:
    cdef readonly double _data
    cdef readonly double _grad
    cdef public str label
    cdef readonly str op
    cdef readonly object _a, _b
    cdef readonly double _da, _db
    cdef readonly tuple _row, _factors
    cdef readonly long long _made, _mark

cdef inline size_t id(object x) noexcept:
    return <size_t> <void*> x  # as Python's, without a call


@cython.locals(v=Value)
cpdef Value node(double data, str op, object a, double da, object b=*, double db=*)

@cython.locals(v=Value)
cpdef Value row(double data, str op, object values, object partials, object place=*)

@cython.locals(i=Py_ssize_t, ws=tuple, xs=tuple, z=double, v=Value, w=Value, x=Value, k=double)
cpdef Value dot(object weights, object inputs, object bias=*)

cpdef Value pair(str op, object a, object b, double y, double da, double db)
@cython.locals(x=double, y=double)
cpdef Value atan2_node(object a, object b)
@cython.locals(x=double, y=double, h=double)
cpdef Value hypot_node(object a, object b)
cpdef double number_in(object x, str op) except? -1.0
@cython.locals(v=Value)
cpdef Value infinite(double data, str op, object a, double da, object b=*, double db=*)

cdef tuple _floats(tuple xs)
cdef object plain(object x, str op)
cdef double _number(object x, str op) except? -1.0
cdef long long _advance() except -1
@cython.locals(now=cython.longlong)
cpdef put(Value v, double data)
cpdef tuple values_of(object xs, str op)

cpdef check_fresh(Value v)

cdef _check_range(Value v)
