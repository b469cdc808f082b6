"""The functions of sweeping.py, in C."""

cdef extern from "sweeping.h":
    void setup "sweep_setup"(object selecting) noexcept
    list inner_nodes "sweep_inner_nodes"(object root, long long now, object settle)
    int sweep "sweep_whole"(object root, long long now, object settle) except -1
    bint in_doubt "sweep_in_doubt"(object v) noexcept
