#include "Allocation.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define APUS_SANITIZED 1
#endif
#endif

_Alignas(64) apus_slot apus_others;

// In the program's own block of thread-local storage, so that reaching it allocates nothing. Null before a thread joins.
static _Thread_local apus_slot *own_slot __attribute__((tls_model("initial-exec")));

apus_account *apus_account_create(_Bool has_others) {
    void *memory = NULL;
    if (posix_memalign(&memory, 64, sizeof(apus_account)) != 0) abort();
    apus_account *account = memory;
    *account = (apus_account){.has_others = has_others};
    return account;
}

void apus_account_join(apus_account *account) {
    uint32_t index = __atomic_load_n(&account->threads, __ATOMIC_RELAXED);
    do {
        if (index == APUS_ACCOUNT_THREADS) return;
    } while (!__atomic_compare_exchange_n(
        &account->threads, &index, index + 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    own_slot = &account->slots[index];
}

const int64_t *apus_own_bytes(void) { return own_slot ? &own_slot->bytes : NULL; }

#if defined(__GLIBC__) && !defined(APUS_SANITIZED)

_Bool apus_counts_blocks(void) { return 1; }

// The C library calls these for all that it allocates itself, so every block comes by here both ways.

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void *__libc_valloc(size_t);
extern void *__libc_pvalloc(size_t);
extern void __libc_free(void *);

static inline void count(int64_t bytes) {
    apus_slot *slot = own_slot;
    if (slot) {
        // Nobody else writes it, so nothing can come between.
        __atomic_store_n(&slot->bytes, slot->bytes + bytes, __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_add(&apus_others.bytes, bytes, __ATOMIC_RELAXED);
    }
}

// What a block takes: what can be used of it, and the word before it.
static inline int64_t size_of(void *block) { return (int64_t)(malloc_usable_size(block) + sizeof(size_t)); }

static inline void *counted(void *block) {
    if (block) count(size_of(block));
    return block;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }

void *calloc(size_t number, size_t size) { return counted(__libc_calloc(number, size)); }

void free(void *block) {
    if (!block) return;
    count(-size_of(block));
    __libc_free(block);
}

void *realloc(void *block, size_t size) {
    int64_t before = block ? size_of(block) : 0;
    void *fresh = __libc_realloc(block, size);
    // Without a new block the old one stays, unless it was to have no size.
    if (fresh) count(size_of(fresh) - before);
    else if (size == 0) count(-before);
    return fresh;
}

void *reallocarray(void *block, size_t number, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(number, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

void *valloc(size_t size) { return counted(__libc_valloc(size)); }

void *pvalloc(size_t size) { return counted(__libc_pvalloc(size)); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1))) return EINVAL;
    void *fresh = memalign(alignment, size);
    if (!fresh) return ENOMEM;
    *block = fresh;
    return 0;
}

#else

_Bool apus_counts_blocks(void) { return 0; }

#endif
