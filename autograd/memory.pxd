"""The functions of memory.py, in C."""

cdef extern from "node.h":
    """
    #define WHYGRAD_IN_C 1
    #ifdef Py_GIL_DISABLED
    #define WHYGRAD_GIL 0
    #else
    #define WHYGRAD_GIL 1
    #endif
    """
    const bint IN_C "WHYGRAD_IN_C"
    const bint GIL "WHYGRAD_GIL"
    Py_ssize_t slabs_held, slabs_empty
    object node_new(
        object cls, double data, str op, object a, double da, object b, double db, tuple factors,
        long long made,
    )
    void nodes_of(object cls) noexcept
