// How many bytes are held in blocks of the C library, counted where they are obtained and where they are given back.
//
//     malloc, free … of all code ─▶ the definitions here ─▶ the C library's own
//                                        └─ the block's size ─▶ slot of the calling thread
//
// 1. A thread that has joined an account counts in a slot that it alone writes; all others share one.
// 2. What one thread obtains and another gives back raises one slot and lowers the other: only sums mean anything.
// 3. Where a sanitizer has malloc for itself, nothing is counted.
#ifndef APUS_ALLOCATION_H
#define APUS_ALLOCATION_H

#include <stddef.h>
#include <stdint.h>

/// Threads that can join an account; any further one counts among the others.
#define APUS_ACCOUNT_THREADS 15

/// A line of the cache to itself, so that threads that count do not hinder each other.
typedef struct {
    int64_t bytes;
    int64_t rest[7];
} apus_slot;

/// The sum of some threads' slots.
typedef struct {
    /// Bytes obtained in another way.
    apus_slot elsewhere;
    uint32_t threads;
    _Bool has_others;
    char rest[59];
    apus_slot slots[APUS_ACCOUNT_THREADS];
} apus_account;

/// The slot of all threads that have joined no account.
extern apus_slot apus_others;

/// Whether blocks are counted at all.
_Bool apus_counts_blocks(void);

/// An account without threads, which is never freed.
apus_account *apus_account_create(_Bool has_others);

/// Has the calling thread count there from here on, for as long as it lives.
void apus_account_join(apus_account *account);

/// Where the calling thread counts; NULL before it has joined an account.
const int64_t *apus_own_bytes(void);

/// Counts bytes that were obtained, or with less than 0 given back, in another way.
static inline void apus_account_add(apus_account *account, int64_t bytes) {
    __atomic_fetch_add(&account->elsewhere.bytes, bytes, __ATOMIC_RELAXED);
}

static inline int64_t apus_slot_bytes(const apus_slot *slot) { return __atomic_load_n(&slot->bytes, __ATOMIC_RELAXED); }

/// Bytes that the threads of an account hold together.
static inline int64_t apus_account_bytes(const apus_account *account) {
    int64_t sum = apus_slot_bytes(&account->elsewhere);
    if (account->has_others) sum += apus_slot_bytes(&apus_others);
    uint32_t threads = __atomic_load_n(&account->threads, __ATOMIC_RELAXED);
    for (uint32_t index = 0; index < threads; index++) sum += apus_slot_bytes(&account->slots[index]);
    return sum;
}

#endif
