#pragma once

#include <math.h>
#include <stdint.h>

/// A number as an integer, toward zero; one that has none is the smallest, as the processor's own conversion has it.
static inline int64_t signed_integer(double number) {
    return number >= -0x1p63 && number < 0x1p63 ? (int64_t)number : INT64_MIN;
}

/// A number as an integer without sign, a negative one by its two's complement.
static inline uint64_t unsigned_integer(double number) {
    if (number >= 0x1p63) return (uint64_t)signed_integer(number - 0x1p63) ^ (UINT64_C(1) << 63);
    return (uint64_t)signed_integer(number);
}
