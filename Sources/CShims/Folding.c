#include "Folding.h"
#include "Processor.h"

#if defined(__x86_64__)

#define APUS_CARRYLESS __attribute__((target("pclmul,sse2")))

// Powers of x modulo the polynomial 0xAD93D23594C935A9, bits reversed: of 512 + 63 and 512 - 1 for four blocks of 16 bytes,
// of 128 + 63 and 128 - 1 for one. The product of reversed numbers is reversed and shifted by one, hence the odd exponents.
// V. Gopal et al., Fast CRC Computation for Generic Polynomials Using PCLMULQDQ, 2009.
static const uint64_t four[2] = {0xAF86EFB16D9AB4FB, 0xF49784A634F014E4};
static const uint64_t one[2] = {0xD9D7BE7D505DA32C, 0x381D0015C96F4444};

APUS_CARRYLESS static inline __m128i load(const uint8_t *bytes) { return _mm_loadu_si128((const __m128i *)bytes); }

// What stands so many blocks before `next`, moved there.
APUS_CARRYLESS static inline __m128i fold(__m128i before, __m128i next, __m128i powers) {
    __m128i high = _mm_clmulepi64_si128(before, powers, 0x00);
    __m128i low = _mm_clmulepi64_si128(before, powers, 0x11);
    return _mm_xor_si128(_mm_xor_si128(high, low), next);
}

APUS_CARRYLESS static void fold_all(void *rest, const uint8_t *bytes, size_t count, uint64_t sum) {
    const __m128i by_four = load((const uint8_t *)four), by_one = load((const uint8_t *)one);
    __m128i a = _mm_xor_si128(load(bytes), _mm_cvtsi64_si128((long long)sum));
    __m128i b = load(bytes + 16), c = load(bytes + 32), d = load(bytes + 48);
    for (size_t place = 64; place < count; place += 64) {
        a = fold(a, load(bytes + place), by_four);
        b = fold(b, load(bytes + place + 16), by_four);
        c = fold(c, load(bytes + place + 32), by_four);
        d = fold(d, load(bytes + place + 48), by_four);
    }
    _mm_storeu_si128((__m128i *)rest, fold(fold(fold(a, b, by_one), c, by_one), d, by_one));
}

_Bool apus_crc64_fold(void *rest, const void *bytes, size_t count, uint64_t sum) {
    if (count < 64 || !__builtin_cpu_supports("pclmul")) return 0;
    fold_all(rest, bytes, count, sum);
    return 1;
}

#else

_Bool apus_crc64_fold(void *rest, const void *bytes, size_t count, uint64_t sum) {
    (void)rest, (void)bytes, (void)count, (void)sum;
    return 0;
}

#endif
