// A stack of its own for a run that is to be interrupted anywhere.
#ifndef APUS_FIBRE_H
#define APUS_FIBRE_H

#include <stddef.h>

typedef struct {
    void *stack;
    size_t stack_size;
    /// Where the other side's registers lie while it rests.
    void *inside;
    void *outside;
    void (*body)(void *);
    void *argument;
    // What the sanitizers know of either side.
    void *inside_shadow;
    void *outside_shadow;
    const void *outside_stack;
    size_t outside_stack_size;
    void *thread_inside;
    void *thread_outside;
} apus_fibre;

/// Prepares a fibre that calls `body`, which never returns, when it is entered first. Returns 0 if there is no memory.
int apus_fibre_create(apus_fibre *fibre, size_t stack_size, void (*body)(void *), void *argument);
void apus_fibre_destroy(apus_fibre *fibre);
/// Goes on inside, until it leaves.
void apus_fibre_enter(apus_fibre *fibre);
/// Goes back to whoever entered.
void apus_fibre_leave(apus_fibre *fibre);
/// Bytes of stack that are left to whoever runs inside.
size_t apus_fibre_room(const apus_fibre *fibre);

#endif
