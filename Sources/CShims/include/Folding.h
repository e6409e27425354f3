// Checksums by multiplication without carries.
#ifndef APUS_FOLDING_H
#define APUS_FOLDING_H

#include <stddef.h>
#include <stdint.h>

/// Folds a multiple of 64 bytes into 16 that have the same CRC-64 of Jones as they and what was before.
/// `sum` is the CRC of what was before. Returns 0 and does nothing where the processor cannot do it.
_Bool apus_crc64_fold(void *rest, const void *bytes, size_t count, uint64_t sum);

#endif
