/* The interpreter for every processor; on 64-bit ARM each has NEON, and vector.h uses it. */
#define WIDTH 2
#define TARGET target_baseline
#if defined(__aarch64__)
#define NAME "neon"
#else
#define NAME "baseline"
#endif
#include "records.h"
