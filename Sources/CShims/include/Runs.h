// Runs of bytes at the width of the processor's vectors: the widest there are on x86-64 are chosen while running, since
// programs are built for every processor of the family; elsewhere the compiler's vectors do.
#ifndef APUS_RUNS_H
#define APUS_RUNS_H

#include <stddef.h>
#include <stdint.h>

/// The number of bits that are set in `count` bytes.
size_t apus_count_bits(const void *bytes, size_t count);

/// The index of the first of `count` bytes that differs from `value`; `count` for none.
size_t apus_find_other(const void *bytes, size_t count, uint8_t value);

/// Changes each of `count` bytes of `target` by its counterpart in `source`; the two are the same or do not overlap.
void apus_and(void *target, const void *source, size_t count);
void apus_or(void *target, const void *source, size_t count);
void apus_xor(void *target, const void *source, size_t count);
/// target = ~source
void apus_not(void *target, const void *source, size_t count);
/// target = target & ~source
void apus_clear(void *target, const void *source, size_t count);
/// target = ~target & source
void apus_keep_others(void *target, const void *source, size_t count);
/// target = target | (first & second)
void apus_gather_common(void *target, const void *first, const void *second, size_t count);

#endif
