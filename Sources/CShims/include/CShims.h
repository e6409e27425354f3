// What Swift cannot say: prefetch hints, the processor's time-stamp counter, long double arithmetic, fork; and the headers
// of Linux that the Glibc module leaves out.
// Header-only functions are inlined into the Swift that calls them.
#ifndef APUS_CSHIMS_H
#define APUS_CSHIMS_H

#include "Allocation.h"
#include "Folding.h"
#include "Registers.h"
#include "Resolver.h"
#include "Runs.h"

#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/// Asks the processor to bring the cache line at `address` in for reading; never faults.
static inline void apus_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// A counter that rises at a fixed rate on every core; its unit is found by calibration against the monotonic clock.
static inline uint64_t apus_ticks(void) {
#if defined(__x86_64__)
    return __rdtsc();
#elif defined(__aarch64__)
    uint64_t value;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#else
#error "apus_ticks: unknown processor"
#endif
}

/// Counts of holders of a block that threads may share: holding, letting go (1 for the last), looking.
static inline void apus_retain(uint32_t *count) { __atomic_fetch_add(count, 1, __ATOMIC_RELAXED); }
static inline _Bool apus_release(uint32_t *count) {
    // The only holder needs no atomic write: nobody else can be looking.
    if (__atomic_load_n(count, __ATOMIC_ACQUIRE) == 1) return 1;
    return __atomic_fetch_sub(count, 1, __ATOMIC_ACQ_REL) == 1;
}
static inline uint32_t apus_load(const uint32_t *count) { return __atomic_load_n(count, __ATOMIC_ACQUIRE); }

/// `malloc` and `free`, under names that inlined Swift can use without the C library's module. Without memory the process
/// ends.
static inline void *apus_allocate(size_t size) {
    void *block = malloc(size);
    if (!block) abort();
    return block;
}
static inline void apus_free(void *block) { free(block); }

/// Adds two decimal numbers in the widest floating type of the machine and writes the sum without an exponent,
/// with at most 17 decimals and no trailing zeros.
/// Returns the length written, -1 when `left` is no number, -2 when `right` is none, -3 when the sum is NaN or infinite.
int apus_add_decimal(const char *left, size_t left_length, const char *right, size_t right_length,
                     char *text, size_t capacity);

/// Becomes a daemon: forks, ends the parent, starts a session, and points the standard streams at /dev/null.
/// Must be called before any thread is started. Returns 0, or -1 with errno set.
int apus_daemonize(void);

/// Has what is written to an open file go past the system's cache, in whole blocks, or not any more. Returns false where the
/// file system does not know how to do this.
_Bool apus_set_direct(int descriptor, _Bool is_direct);

/// Has the system begin to write a part of a file out, or with `waits` waits until it has. Returns 0, or -1 with errno set.
int apus_write_out(int descriptor, int64_t offset, int64_t count, _Bool waits);

/// Asks the kernel to leave huge pages out of this process. Returns 0, or -1 with errno set.
int apus_disable_huge_pages(void);

/// Gives back the memory of the program's own code and constants. What is needed again comes back from the program's file,
/// which mostly lies in the system's cache; what was needed only to start does not.
void apus_return_program_pages(void);

#endif
