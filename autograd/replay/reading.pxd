"""C types for reading.py, which is plain Python and runs without them."""

cimport cython

from autograd.value cimport Value, id

cdef long long _NEW, _IDENTITY, _SQUARE, _TWO, _MUL, _POWER
cdef dict _CODES, _LISTED


@cython.locals(reader=_Reader, index=dict, stack=list, v=Value)
cpdef object read(object roots, object inputs, object parameters=*, object constants=*)


cdef class _Reader:
    cdef long long count, room
    cdef long long[::1] kinds, a, b, c, levels, flags
    cdef dict index, constants, numbers, lists, tuples, chosen, places, selections
    cdef set places_taken
    cdef list flat, sizes, list_levels, list_flags

    cdef long long add(
        self, long long kind, long long a, long long b, long long c, long long level,
        long long flags,
    ) except -1

    cdef grow(self)
    cdef leaf(self, Value v, long long flags)

    @cython.locals(node=cython.longlong)
    cdef long long number(self, double x) except -1

    cdef long long argument(self, object x) except -1

    @cython.locals(node=cython.longlong, other=cython.longlong, level=cython.longlong, rows=cython.longlong)
    cdef long long selection(self, str kind, object reading) except -1

    cdef push(self, list stack, object x)
    cdef push_operands(self, list stack, Value v)
    cdef push_tuple(self, list stack, tuple operands)

    @cython.locals(
        kind=cython.longlong, a=cython.longlong, b=cython.longlong, level=cython.longlong,
        flags=cython.longlong, other=cython.longlong, more=cython.longlong,
    )
    cdef long long node(self, Value v) except -1

    @cython.locals(
        ws=tuple, a=cython.longlong, b=cython.longlong, c=cython.longlong, bias=cython.longlong,
        operands=cython.longlong, level=cython.longlong, flags=cython.longlong,
        node=cython.longlong,
    )
    cdef long long node_of_many(self, Value v) except -1

    @cython.locals(operands=cython.longlong, level=cython.longlong, flags=cython.longlong)
    cdef long long taken(self, tuple ws, long long place) except -1

    @cython.locals(levels=list, flags=list, level=cython.longlong, flag=cython.longlong)
    cdef long long dot(self, long long values, long long weights, long long bias) except -1

    @cython.locals(valued=cython.bint, found=cython.longlong)
    cdef long long list_of(self, tuple operands) except -1

    @cython.locals(
        found=cython.longlong, x=Py_ssize_t, level=cython.longlong, flags=cython.longlong,
        other=cython.longlong, more=cython.longlong,
    )
    cdef long long listed(self, tuple numbers) except -1
