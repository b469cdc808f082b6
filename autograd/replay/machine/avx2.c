/* The interpreter for x86-64 with AVX2 and FMA. */
#include "system.h"

#if WIDE_VECTORS
#include <immintrin.h>
#include <math.h>
#include <stdlib.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#define WIDTH 4
#define TARGET target_avx2
#define NAME "avx2"
#include "records.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
