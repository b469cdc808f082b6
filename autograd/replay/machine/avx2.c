/* The interpreter for x86-64 with AVX2 and FMA. */
#include "system.h"

#if WIDE_VECTORS
#if defined(_MSC_VER) /* for which Clang's headers show what the command line asks for */
#define __SSE3__ 1
#define __SSSE3__ 1
#define __SSE4_1__ 1
#define __SSE4_2__ 1
#define __AVX__ 1
#define __AVX2__ 1
#define __FMA__ 1
#endif
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
