/* The interpreter for x86-64 with AVX-512. */
#include "system.h"

#if WIDE_VECTORS
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
