"""C types for reading.py, which is plain Python and runs without them."""

cimport cython

from autograd.value cimport Value

cdef long long _NEW, _IDENTITY, _SQUARE, _ADD, _MUL, _POWER
cdef dict _CODES, _LISTED

cdef inline size_t id(object x) noexcept:
    return <size_t> <void*> x  # as Python's, without a call


@cython.locals(reader=_Reader, index=dict, stack=list, v=Value)
cpdef object read(object roots, object inputs, object parameters=*, object constants=*)


cdef class _Reader:
    cdef dict index, constants, numbers, lists, tuples, chosen, places
    cdef list kinds, a, b, c, levels, flags, flat, sizes, list_levels, list_flags

    cdef object add(self, object kind, object a, object b, object c, object level, object flags)
    cdef leaf(self, Value v, object flags)

    @cython.locals(node=object)
    cdef object number(self, double x)

    cdef push_operands(self, list stack, Value v)
    cdef push_tuple(self, list stack, tuple operands)

    @cython.locals(
        kind=cython.longlong, level=cython.longlong, flags=cython.longlong,
        other=cython.longlong, more=cython.longlong,
    )
    cdef object node(self, Value v)

    @cython.locals(ws=tuple)
    cdef object node_of_many(self, Value v)

    cdef object dot(self, object values, object weights, object bias)

    @cython.locals(valued=cython.bint)
    cdef object list_of(self, tuple operands)

    @cython.locals(
        x=Py_ssize_t, level=cython.longlong, flags=cython.longlong,
        other=cython.longlong, more=cython.longlong,
    )
    cdef object listed(self, tuple numbers)
