"""The functions of memory.py, in C."""

cdef extern from "node.h":
    """
    #define WHYGRAD_IN_C 1
    """
    const bint IN_C "WHYGRAD_IN_C"
    Py_ssize_t slabs_held, slabs_empty
    object node_new(
        object cls, double data, str op, object a, double da, object b, double db, tuple factors,
        long long made,
    )
    void nodes_of(object cls) noexcept
