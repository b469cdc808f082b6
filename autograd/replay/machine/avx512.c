/* The interpreter for x86-64 with AVX-512. */
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
#define __AVX512F__ 1
#define __AVX512DQ__ 1
#define __AVX512VL__ 1
#define __AVX512BW__ 1
#endif
#include <immintrin.h>
#include <math.h>
#include <stdlib.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma")
#endif
#define WIDTH 8
#define TARGET target_avx512
#define NAME "avx512"
#include "records.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
