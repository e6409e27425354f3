// Which instructions the processor has beyond those that the build assumes.
#ifndef APUS_PROCESSOR_H
#define APUS_PROCESSOR_H

#if defined(__x86_64__)
#include <immintrin.h>
#define APUS_WIDE __attribute__((target("avx2,popcnt")))

static inline int has_wide(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"); }
#endif

#endif
