"""C types for scalar.py, which is plain Python and runs without them."""

cimport cython
from libc cimport math

cdef double _INF, _NAN, _EXP_LARGEST

cpdef bint is_number(object x, str op) except -1
cpdef double as_float(object x, str op) except? -1.0

cpdef double exp_of(double x, str label=*) except? -1.0
cpdef double expm1_of(double x, str label=*) except? -1.0
cpdef double log_of(double x, str label=*) except? -1.0
cpdef double log1p_of(double x, str label=*) except? -1.0
cpdef double sqrt_of(double x, str label=*) except? -1.0
cpdef double sin_of(double x) noexcept
cpdef double cos_of(double x) noexcept
cpdef double sigmoid_of(double x) noexcept
cpdef double sigmoid_slope(double x) noexcept
cpdef double tanh_slope(double x) noexcept
cpdef double softplus_of(double x) noexcept
cpdef double relu_of(double x) noexcept
cpdef double sign_of(double x) noexcept
cpdef double quotient(double a, double b) noexcept
cpdef double divide(double a, double b, str a_label, str b_label) except? -1.0
@cython.locals(y=double)
cpdef double power_of(double a, double b, str a_label=*, str b_label=*) except? -1.0
@cython.locals(odd=bint)
cpdef double power_by_base(double a, double b) noexcept
cpdef double power_by_exponent(double a, double b, double y) noexcept
