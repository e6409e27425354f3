// The 16384 registers of a HyperLogLog: packed as numbers of 6 bits (12288 bytes), or as one byte each.
#ifndef APUS_REGISTERS_H
#define APUS_REGISTERS_H

#include <stddef.h>
#include <stdint.h>

/// Unpacks registers. The 4 bytes before `packed` can be read.
void apus_registers_unpack(uint8_t *ranks, const uint8_t *packed);

/// Raises each rank to that of its packed counterpart. The 4 bytes before `packed` can be read.
void apus_registers_merge(uint8_t *ranks, const uint8_t *packed);

/// Packs registers, which are all below 64.
void apus_registers_pack(void *packed, const uint8_t *ranks);

/// Counts how many registers have each of the 64 ranks.
void apus_registers_count(uint32_t *counts, const uint8_t *ranks);

/// Passes over sparse runs, `count` bytes of them, that lie before a register by some way: those that remain begin with
/// some that lie before it as well. Adds the registers that were passed to `first`, and returns the bytes.
size_t apus_registers_skip(const uint8_t *runs, size_t count, size_t target, size_t *first);

#endif
