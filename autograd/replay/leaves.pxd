"""C types for leaves.py, which is plain Python and runs without them."""

cimport cython

from autograd.value cimport Value, put


@cython.locals(i=Py_ssize_t, v=Value)
cdef _get(tuple values, double[::1] numbers)

@cython.locals(i=Py_ssize_t, v=Value)
cdef _set(tuple values, const double[::1] numbers)

@cython.locals(i=Py_ssize_t, v=Value, grad=double)
cpdef swap_grad(tuple values, double[::1] numbers)
