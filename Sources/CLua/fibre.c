#include "fibre.h"

#include <stdint.h>
#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define APUS_ADDRESS_SANITIZER 1
#endif
#if __has_feature(thread_sanitizer)
#define APUS_THREAD_SANITIZER 1
#endif
#endif

#ifdef APUS_ADDRESS_SANITIZER
void __sanitizer_start_switch_fiber(void **shadow, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *shadow, const void **bottom, size_t *size);
#endif
#ifdef APUS_THREAD_SANITIZER
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
#endif

// Saves the registers that a call preserves on the stack, exchanges the stacks, and takes the other side's registers back.
void apus_fibre_switch(void **saved, void *target);

#if defined(__x86_64__)
__asm__(
    ".text\n"
    ".globl apus_fibre_switch\n"
    ".hidden apus_fibre_switch\n"
    ".type apus_fibre_switch,@function\n"
    "apus_fibre_switch:\n"
    "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
    "  subq $8, %rsp\n  stmxcsr (%rsp)\n  fnstcw 4(%rsp)\n"
    "  movq %rsp, (%rdi)\n"
    "  movq %rsi, %rsp\n"
    "  ldmxcsr (%rsp)\n  fldcw 4(%rsp)\n  addq $8, %rsp\n"
    "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
    "  ret\n"
    ".size apus_fibre_switch,.-apus_fibre_switch\n");

static void *first_frame(char *top, void (*entry)(void)) {
    // As if `entry` had been called: the stack is 16-byte aligned before the return address was pushed.
    void **frame = (void **)top - 1;
    *frame = 0;
    *--frame = (void *)entry;
    for (int index = 0; index < 6; index++) *--frame = 0;
    uint32_t *control = (uint32_t *)--frame;
    control[0] = 0x1F80;
    control[1] = 0x037F;
    return frame;
}
#elif defined(__aarch64__)
__asm__(
    ".text\n"
    ".globl apus_fibre_switch\n"
    ".hidden apus_fibre_switch\n"
    ".type apus_fibre_switch,%function\n"
    "apus_fibre_switch:\n"
    "  sub sp, sp, #160\n"
    "  stp x19, x20, [sp, #0]\n  stp x21, x22, [sp, #16]\n  stp x23, x24, [sp, #32]\n"
    "  stp x25, x26, [sp, #48]\n  stp x27, x28, [sp, #64]\n  stp x29, x30, [sp, #80]\n"
    "  stp d8, d9, [sp, #96]\n  stp d10, d11, [sp, #112]\n  stp d12, d13, [sp, #128]\n  stp d14, d15, [sp, #144]\n"
    "  mov x9, sp\n  str x9, [x0]\n  mov sp, x1\n"
    "  ldp x19, x20, [sp, #0]\n  ldp x21, x22, [sp, #16]\n  ldp x23, x24, [sp, #32]\n"
    "  ldp x25, x26, [sp, #48]\n  ldp x27, x28, [sp, #64]\n  ldp x29, x30, [sp, #80]\n"
    "  ldp d8, d9, [sp, #96]\n  ldp d10, d11, [sp, #112]\n  ldp d12, d13, [sp, #128]\n  ldp d14, d15, [sp, #144]\n"
    "  add sp, sp, #160\n"
    "  ret\n"
    ".size apus_fibre_switch,.-apus_fibre_switch\n");

static void *first_frame(char *top, void (*entry)(void)) {
    void **frame = (void **)(top - 160);
    for (int index = 0; index < 20; index++) frame[index] = 0;
    frame[11] = (void *)entry;
    return frame;
}
#else
#error "the switch of stacks is written for x86_64 and aarch64"
#endif

// Which fibre is entered for the first time: its first frame takes no argument.
static _Thread_local apus_fibre *entered;

static void arrive_inside(apus_fibre *fibre) {
#ifdef APUS_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(fibre->inside_shadow, &fibre->outside_stack, &fibre->outside_stack_size);
#else
    (void)fibre;
#endif
}

static void first_entry(void) {
    apus_fibre *fibre = entered;
    arrive_inside(fibre);
    fibre->body(fibre->argument);
    __builtin_trap();
}

static const size_t guard_size = 1 << 16;

int apus_fibre_create(apus_fibre *fibre, size_t stack_size, void (*body)(void *), void *argument) {
    *fibre = (apus_fibre){.stack_size = stack_size, .body = body, .argument = argument};
    // Pages are only taken when they are touched; those at the lower end never can be.
    void *stack = mmap(
        0, stack_size + guard_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) return 0;
    mprotect(stack, guard_size, PROT_NONE);
    fibre->stack = (char *)stack + guard_size;
    fibre->inside = first_frame((char *)fibre->stack + stack_size, first_entry);
#ifdef APUS_THREAD_SANITIZER
    fibre->thread_inside = __tsan_create_fiber(0);
#endif
    return 1;
}

void apus_fibre_destroy(apus_fibre *fibre) {
    if (!fibre->stack) return;
#ifdef APUS_THREAD_SANITIZER
    __tsan_destroy_fiber(fibre->thread_inside);
#endif
    munmap((char *)fibre->stack - guard_size, fibre->stack_size + guard_size);
    fibre->stack = 0;
}

void apus_fibre_enter(apus_fibre *fibre) {
    entered = fibre;
#ifdef APUS_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&fibre->outside_shadow, fibre->stack, fibre->stack_size);
#endif
#ifdef APUS_THREAD_SANITIZER
    fibre->thread_outside = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fibre->thread_inside, 0);
#endif
    apus_fibre_switch(&fibre->outside, fibre->inside);
#ifdef APUS_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(fibre->outside_shadow, 0, 0);
#endif
}

void apus_fibre_leave(apus_fibre *fibre) {
#ifdef APUS_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&fibre->inside_shadow, fibre->outside_stack, fibre->outside_stack_size);
#endif
#ifdef APUS_THREAD_SANITIZER
    __tsan_switch_to_fiber(fibre->thread_outside, 0);
#endif
    apus_fibre_switch(&fibre->inside, fibre->outside);
    arrive_inside(fibre);
}

__attribute__((noinline)) size_t apus_fibre_room(const apus_fibre *fibre) {
    return (size_t)((char *)__builtin_frame_address(0) - (char *)fibre->stack);
}
