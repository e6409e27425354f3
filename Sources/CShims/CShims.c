#define _GNU_SOURCE
#include "CShims.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

// A number in these commands is at most this long; anything longer is not one.
enum { longest_number = 5 * 1024 };

static int parse_long_double(const char *text, size_t length, long double *value) {
    char copy[longest_number];
    if (length == 0 || length >= sizeof copy || isspace((unsigned char)text[0])) return 0;
    memcpy(copy, text, length);
    copy[length] = 0;
    char *end = NULL;
    errno = 0;
    *value = strtold(copy, &end);
    if (end != copy + length || isnan(*value)) return 0;
    return !(errno == ERANGE && (*value == HUGE_VALL || *value == -HUGE_VALL || fpclassify(*value) == FP_ZERO));
}

int apus_add_decimal(const char *left, size_t left_length, const char *right, size_t right_length,
                     char *text, size_t capacity) {
    long double a = 0, b = 0;
    if (left != NULL && !parse_long_double(left, left_length, &a)) return -1;
    if (!parse_long_double(right, right_length, &b)) return -2;
    long double sum = a + b;
    if (isnan(sum) || isinf(sum)) return -3;
    char wide[longest_number];
    int length = snprintf(wide, sizeof wide, "%.17Lf", sum);
    if (length <= 0 || (size_t)length >= sizeof wide) return -3;
    if (strchr(wide, '.') != NULL) {
        while (wide[length - 1] == '0') length--;
        if (wide[length - 1] == '.') length--;
    }
    if (length == 2 && wide[0] == '-' && wide[1] == '0') {
        wide[0] = '0';
        length = 1;
    }
    if ((size_t)length > capacity) return -3;
    memcpy(text, wide, (size_t)length);
    return length;
}

int apus_daemonize(void) {
    pid_t child = fork();
    if (child < 0) return -1;
    if (child > 0) _exit(0);
    if (setsid() < 0) return -1;
    int null = open("/dev/null", O_RDWR);
    if (null < 0) return -1;
    for (int stream = 0; stream <= 2; stream++) dup2(null, stream);
    if (null > 2) close(null);
    return 0;
}

int apus_disable_huge_pages(void) {
    return prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

// The first object that is listed is the program itself.
static int return_pages(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size, (void)context;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[index];
        // What was written to exists nowhere else.
        if (part->p_type != PT_LOAD || part->p_flags & PF_W) continue;
        uintptr_t start = (object->dlpi_addr + part->p_vaddr) & ~(page - 1);
        uintptr_t end = (object->dlpi_addr + part->p_vaddr + part->p_memsz) & ~(page - 1);
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 1;
}

void apus_return_program_pages(void) { dl_iterate_phdr(return_pages, NULL); }

_Bool apus_set_direct(int descriptor, _Bool is_direct) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return 0;
    return fcntl(descriptor, F_SETFL, is_direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

int apus_write_out(int descriptor, int64_t offset, int64_t count, _Bool waits) {
    unsigned flags = SYNC_FILE_RANGE_WRITE;
    if (waits) flags |= SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WAIT_AFTER;
    return sync_file_range(descriptor, offset, count, flags);
}
