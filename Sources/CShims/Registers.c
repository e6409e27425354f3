#include "Registers.h"
#include "Processor.h"

#include <string.h>

enum { register_count = 16384, packed_count = register_count / 4 * 3 };

// Four registers are three bytes.
static inline void unpack_four(uint8_t *ranks, const uint8_t *packed) {
    ranks[0] = packed[0] & 63;
    ranks[1] = (uint8_t)((packed[0] >> 6 | packed[1] << 2) & 63);
    ranks[2] = (uint8_t)((packed[1] >> 4 | packed[2] << 4) & 63);
    ranks[3] = packed[2] >> 2;
}

static inline void pack_four(uint8_t *packed, const uint8_t *ranks) {
    packed[0] = (uint8_t)(ranks[0] | ranks[1] << 6);
    packed[1] = (uint8_t)(ranks[1] >> 2 | ranks[2] << 4);
    packed[2] = (uint8_t)(ranks[2] >> 4 | ranks[3] << 2);
}

static void unpack_plain(uint8_t *restrict ranks, const uint8_t *restrict packed) {
    for (int group = 0; group < register_count / 4; group++) unpack_four(ranks + group * 4, packed + group * 3);
}

static void merge_plain(uint8_t *restrict ranks, const uint8_t *restrict packed) {
    for (int group = 0; group < register_count / 4; group++) {
        uint8_t four[4];
        unpack_four(four, packed + group * 3);
        for (int index = 0; index < 4; index++) {
            uint8_t *rank = ranks + group * 4 + index;
            *rank = four[index] > *rank ? four[index] : *rank;
        }
    }
}

static void pack_plain(uint8_t *restrict packed, const uint8_t *restrict ranks, int first) {
    for (int group = first; group < register_count / 4; group++) pack_four(packed + group * 3, ranks + group * 4);
}

#if defined(__x86_64__)

// 32 registers of 24 bytes: each lane gets twelve of them, preceded by four that do not matter, spreads them to three
// in every four bytes, and shifts each register to its byte.
APUS_WIDE static inline __m256i unpack_vector(const uint8_t *packed) {
    const __m256i spread = _mm256_setr_epi8(4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1,
                                            4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1);
    __m128i low = _mm_loadu_si128((const __m128i *)(packed - 4));
    __m128i high = _mm_loadu_si128((const __m128i *)(packed + 8));
    __m256i words = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), spread);
    __m256i first = _mm256_and_si256(words, _mm256_set1_epi32(0x3F));
    __m256i second = _mm256_and_si256(_mm256_slli_epi32(words, 2), _mm256_set1_epi32(0x3F00));
    __m256i third = _mm256_and_si256(_mm256_slli_epi32(words, 4), _mm256_set1_epi32(0x3F0000));
    __m256i fourth = _mm256_and_si256(_mm256_slli_epi32(words, 6), _mm256_set1_epi32(0x3F000000));
    return _mm256_or_si256(_mm256_or_si256(first, second), _mm256_or_si256(third, fourth));
}

APUS_WIDE static void unpack_wide(uint8_t *ranks, const uint8_t *packed) {
    for (int group = 0; group < register_count / 32; group++) {
        _mm256_storeu_si256((__m256i *)(ranks + group * 32), unpack_vector(packed + group * 24));
    }
}

APUS_WIDE static void merge_wide(uint8_t *ranks, const uint8_t *packed) {
    for (int group = 0; group < register_count / 32; group++) {
        __m256i *place = (__m256i *)(ranks + group * 32);
        __m256i higher = _mm256_max_epu8(_mm256_loadu_si256(place), unpack_vector(packed + group * 24));
        _mm256_storeu_si256(place, higher);
    }
}

APUS_WIDE static void pack_wide(uint8_t *packed, const uint8_t *ranks) {
    const __m128i gather = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    int group = 0;
    // A store writes four bytes too many, which the next one replaces: the last registers are packed one by one.
    for (; group + 8 <= register_count / 4; group += 4) {
        __m128i words = _mm_loadu_si128((const __m128i *)(ranks + group * 4));
        __m128i first = _mm_and_si128(words, _mm_set1_epi32(0x3F));
        __m128i second = _mm_and_si128(_mm_srli_epi32(words, 2), _mm_set1_epi32(0xFC0));
        __m128i third = _mm_and_si128(_mm_srli_epi32(words, 4), _mm_set1_epi32(0x3F000));
        __m128i fourth = _mm_and_si128(_mm_srli_epi32(words, 6), _mm_set1_epi32(0xFC0000));
        __m128i joined = _mm_or_si128(_mm_or_si128(first, second), _mm_or_si128(third, fourth));
        _mm_storeu_si128((__m128i *)(packed + group * 3), _mm_shuffle_epi8(joined, gather));
    }
    pack_plain(packed, ranks, group);
}

// The registers that a byte stands for by itself; none for the first byte of a long run.
static inline unsigned registers_of(uint8_t byte) { return byte < 64 ? byte + 1u : byte < 128 ? 0 : (byte & 3) + 1u; }

// The registers of up to 32 bytes, of which `length` are whole runs.
APUS_WIDE static inline size_t registers_of_block(const uint8_t *runs, size_t *length) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)runs);
    __m256i tops = _mm256_and_si256(bytes, _mm256_set1_epi8((char)0xC0));
    __m256i is_long = _mm256_cmpeq_epi8(tops, _mm256_set1_epi8(0x40));
    __m256i masks = _mm256_blendv_epi8(_mm256_set1_epi8(63), _mm256_set1_epi8(3), bytes);
    __m256i counts = _mm256_add_epi8(_mm256_and_si256(bytes, masks), _mm256_set1_epi8(1));
    __m256i sums = _mm256_sad_epu8(_mm256_andnot_si256(is_long, counts), _mm256_setzero_si256());
    uint64_t lanes[4];
    _mm256_storeu_si256((__m256i *)lanes, sums);
    size_t total = lanes[0] + lanes[1] + lanes[2] + lanes[3];
    *length = 32;
    // Long runs are put right one by one: the byte that follows was taken for a run.
    uint64_t left = (uint32_t)_mm256_movemask_epi8(is_long);
    while (left != 0) {
        int index = __builtin_ctzll(left);
        left &= ~((uint64_t)3 << index);
        if (index == 31) {
            *length = 31;
        } else {
            total += ((size_t)(runs[index] & 63) << 8) + runs[index + 1] + 1 - registers_of(runs[index + 1]);
        }
    }
    return total;
}

APUS_WIDE static size_t skip_wide(const uint8_t *runs, size_t count, size_t target, size_t *first) {
    size_t offset = 0, passed = 0, length = 0, registers = 0;
    // One block behind.
    while (offset + length + 32 <= count) {
        size_t next_length;
        size_t next = registers_of_block(runs + offset + length, &next_length);
        if (*first + passed + registers + next > target) break;
        offset += length;
        passed += registers;
        length = next_length;
        registers = next;
    }
    *first += passed;
    return offset;
}

size_t apus_registers_skip(const uint8_t *runs, size_t count, size_t target, size_t *first) {
    return has_wide() ? skip_wide(runs, count, target, first) : 0;
}

void apus_registers_unpack(uint8_t *ranks, const uint8_t *packed) {
    if (has_wide()) unpack_wide(ranks, packed); else unpack_plain(ranks, packed);
}

void apus_registers_merge(uint8_t *ranks, const uint8_t *packed) {
    if (has_wide()) merge_wide(ranks, packed); else merge_plain(ranks, packed);
}

void apus_registers_pack(void *packed, const uint8_t *ranks) {
    if (has_wide()) pack_wide(packed, ranks); else pack_plain(packed, ranks, 0);
}

#else

size_t apus_registers_skip(const uint8_t *runs, size_t count, size_t target, size_t *first) {
    (void)runs, (void)count, (void)target, (void)first;
    return 0;
}

void apus_registers_unpack(uint8_t *ranks, const uint8_t *packed) { unpack_plain(ranks, packed); }

void apus_registers_merge(uint8_t *ranks, const uint8_t *packed) { merge_plain(ranks, packed); }

void apus_registers_pack(void *packed, const uint8_t *ranks) { pack_plain(packed, ranks, 0); }

#endif

void apus_registers_count(uint32_t *counts, const uint8_t *ranks) {
    // Four tables, so that equal neighbours do not wait for each other.
    uint32_t tables[4][64];
    memset(tables, 0, sizeof tables);
    for (int index = 0; index < register_count; index += 4) {
        tables[0][ranks[index] & 63]++;
        tables[1][ranks[index + 1] & 63]++;
        tables[2][ranks[index + 2] & 63]++;
        tables[3][ranks[index + 3] & 63]++;
    }
    for (int rank = 0; rank < 64; rank++) {
        counts[rank] = tables[0][rank] + tables[1][rank] + tables[2][rank] + tables[3][rank];
    }
}
