#include "Runs.h"
#include "Processor.h"

#include <string.h>

static inline uint64_t word_at(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

// The bits of less than one vector, or of everything where there are no vectors.
static inline __attribute__((always_inline)) size_t count_bits_of_words(const uint8_t *bytes, size_t count) {
    size_t total = 0;
    size_t offset = 0;
    for (; offset + 8 <= count; offset += 8) total += (size_t)__builtin_popcountll(word_at(bytes + offset));
    for (; offset < count; offset++) total += (size_t)__builtin_popcount(bytes[offset]);
    return total;
}

static inline __attribute__((always_inline)) size_t find_other_word(const uint8_t *bytes, size_t count,
                                                                    uint8_t value, size_t offset) {
    uint64_t same = value * 0x0101010101010101u;
    while (offset + 8 <= count && word_at(bytes + offset) == same) offset += 8;
    while (offset < count && bytes[offset] == value) offset++;
    return offset;
}

#if defined(__x86_64__)

// The bits of each byte: those of its halves by a table.
APUS_WIDE static inline __m256i bits_of_bytes(__m256i bytes) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
                                           0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i half = _mm256_set1_epi8(15);
    __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(bytes, half));
    __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half));
    return _mm256_add_epi8(low, high);
}

APUS_WIDE static inline __m256i load(const uint8_t *bytes) { return _mm256_loadu_si256((const __m256i *)bytes); }

APUS_WIDE static size_t count_bits_wide(const uint8_t *bytes, size_t count) {
    __m256i total = _mm256_setzero_si256();
    size_t offset = 0;
    while (offset + 128 <= count) {
        // A byte holds the sum of four times up to 8 bits, seven times over.
        size_t end = offset + 7 * 128 <= count ? offset + 7 * 128 : offset + (count - offset) / 128 * 128;
        __m256i sums = _mm256_setzero_si256();
        for (; offset < end; offset += 128) {
            __m256i first = _mm256_add_epi8(bits_of_bytes(load(bytes + offset)),
                                            bits_of_bytes(load(bytes + offset + 32)));
            __m256i second = _mm256_add_epi8(bits_of_bytes(load(bytes + offset + 64)),
                                             bits_of_bytes(load(bytes + offset + 96)));
            sums = _mm256_add_epi8(sums, _mm256_add_epi8(first, second));
        }
        total = _mm256_add_epi64(total, _mm256_sad_epu8(sums, _mm256_setzero_si256()));
    }
    uint64_t lanes[4];
    _mm256_storeu_si256((__m256i *)lanes, total);
    return lanes[0] + lanes[1] + lanes[2] + lanes[3] + count_bits_of_words(bytes + offset, count - offset);
}

APUS_WIDE static size_t find_other_wide(const uint8_t *bytes, size_t count, uint8_t value) {
    const __m256i same = _mm256_set1_epi8((char)value);
    size_t offset = 0;
    for (; offset + 64 <= count; offset += 64) {
        __m256i first = _mm256_cmpeq_epi8(load(bytes + offset), same);
        __m256i second = _mm256_cmpeq_epi8(load(bytes + offset + 32), same);
        if (_mm256_movemask_epi8(_mm256_and_si256(first, second)) != -1) break;
    }
    return find_other_word(bytes, count, value, offset);
}

size_t apus_count_bits(const void *bytes, size_t count) {
    return has_wide() ? count_bits_wide(bytes, count) : count_bits_of_words(bytes, count);
}

size_t apus_find_other(const void *bytes, size_t count, uint8_t value) {
    return has_wide() ? find_other_wide(bytes, count, value) : find_other_word(bytes, count, value, 0);
}

#else

size_t apus_count_bits(const void *bytes, size_t count) { return count_bits_of_words(bytes, count); }

size_t apus_find_other(const void *bytes, size_t count, uint8_t value) {
    return find_other_word(bytes, count, value, 0);
}

#endif

// Loops that compilers turn into vectors, once for the baseline and once for the widest.
#define LOOP(name, attributes, expression)                                                                   \
    attributes static void name(uint8_t *restrict target, const uint8_t *restrict source, size_t count) {    \
        for (size_t index = 0; index < count; index++) {                                                      \
            uint8_t t = target[index], s = source[index];                                                     \
            (void)t;                                                                                          \
            target[index] = (uint8_t)(expression);                                                            \
        }                                                                                                     \
    }

#if defined(__x86_64__)
#define OPERATION(name, expression)                                                                          \
    LOOP(name##_wide, APUS_WIDE, expression)                                                                 \
    LOOP(name##_plain, , expression)                                                                         \
    void name(void *target, const void *source, size_t count) {                                              \
        if (has_wide()) name##_wide(target, source, count); else name##_plain(target, source, count);         \
    }
#else
#define OPERATION(name, expression)                                                                          \
    LOOP(name##_plain, , expression)                                                                         \
    void name(void *target, const void *source, size_t count) { name##_plain(target, source, count); }
#endif

OPERATION(apus_and, t & s)
OPERATION(apus_or, t | s)
OPERATION(apus_xor, t ^ s)
OPERATION(apus_not, ~s)
OPERATION(apus_clear, t & ~s)
OPERATION(apus_keep_others, ~t & s)

void apus_gather_common(void *target, const void *first, const void *second, size_t count) {
    uint8_t *restrict to = target;
    const uint8_t *left = first, *right = second;
    for (size_t index = 0; index < count; index++) to[index] |= left[index] & right[index];
}
