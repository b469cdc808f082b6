"""C types for scalar.py, which is plain Python and runs without them."""

cimport cython
from libc cimport math

cdef double _INF, _NAN, _EXP_LARGEST, _SINH_LARGEST
cdef double _EXP_MINUS_37, _ROOT_HALF, _TWO_BY_ROOT_PI

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
cpdef double handed(str op, double partial, double adjoint) except? -1.0
cpdef double divide(double a, double b, str a_label, str b_label) except? -1.0
@cython.locals(y=double)
cpdef double power_of(double a, double b, str a_label=*, str b_label=*) except? -1.0
cpdef double power_by_base(double a, double b) noexcept
@cython.locals(odd=bint)
cpdef double infinite_power(double a, double b) noexcept
cpdef double power_by_exponent(double a, double b, double y) noexcept

@cython.locals(c=double)
cpdef double half(double x) noexcept
@cython.locals(ah=double, bh=double, al=double, bl=double)
cdef double _lost(double a, double b, double product) noexcept
cpdef double tan_of(double x) noexcept
cpdef double asin_of(double x, str label=*) except? -1.0
cpdef double acos_of(double x, str label=*) except? -1.0
cpdef double asin_slope(double x) noexcept
cpdef double atan_slope(double x) noexcept
cpdef double sinh_of(double x, str label=*) except? -1.0
cpdef double cosh_of(double x, str label=*) except? -1.0
cpdef double asinh_slope(double x) noexcept
@cython.locals(t=double, w=double, s=double, u=double, lost=double)
cpdef double acosh_of(double x, str label=*) except? -1.0
cpdef double acosh_slope(double x) noexcept
cpdef double atanh_of(double x, str label=*) except? -1.0
cpdef double atanh_slope(double x) noexcept
@cython.locals(h=double)
cpdef double atan2_slope(double a, double b) noexcept
@cython.locals(x=double, y=double, scale=double, h=double, d=double, rest=double)
cpdef double hypot_of(double a, double b) noexcept
@cython.locals(a=double, scale=double, y=double, square=double, cube=double, rest=double)
cpdef double cbrt_of(double x) noexcept
cpdef double cbrt_slope(double y) noexcept
cpdef double log2_of(double x, str label=*) except? -1.0
cpdef double log10_of(double x, str label=*) except? -1.0
cpdef double exp2_of(double x, str label=*) except? -1.0
@cython.locals(h=double)
cpdef double gaussian_of(double x, double share=*, double shift=*) noexcept
cpdef double erf_slope(double x) noexcept
@cython.locals(h=double)
cpdef double erfc_of(double x) noexcept
@cython.locals(q=double, p=double, n=double, w=double, rest=double, y=double)
cdef double _scaled_tail(double e, double d, double t, double lost) noexcept
@cython.locals(a=double, e=double, h=double, t=double, lost=double)
cpdef double normal_tail(double x, double shift=*) noexcept
cpdef double gelu_of(double x) noexcept
@cython.locals(below=double, density=double)
cpdef double gelu_slope(double x) noexcept
@cython.locals(e=double, n=double, y=double)
cpdef double silu_of(double x) noexcept
cpdef double silu_slope(double x) noexcept
