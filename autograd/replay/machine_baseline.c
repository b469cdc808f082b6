/* The interpreter for every processor. */
#define WIDTH 2
#define TARGET target_baseline
#define NAME "baseline"
#include "records.h"
