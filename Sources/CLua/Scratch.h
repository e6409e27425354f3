#pragma once

#include <stdint.h>
#include <string.h>

#include "CLuaLibraries.h"
#include <lua5.1/lauxlib.h>

/// Bytes that grow: in place while they are few, then in a userdata of the interpreter. An error raised by any push
/// thus leaves nothing behind, and the interpreter's limit of memory is theirs too.
typedef struct {
    lua_State *lua;
    char *bytes;
    size_t count, capacity;
    int slot;
    _Alignas(16) char first[512];
} Scratch;

/// The most bytes a result may have, those of the longest string the protocol carries.
static const size_t scratch_limit = 512 << 20;

/// Pushes one slot onto the stack, which has to stay in its place as long as the scratch is in use.
void apus_scratch_open(Scratch *scratch, lua_State *lua);

/// Makes room for `more` bytes; raises an error past the limit.
void apus_scratch_grow(Scratch *scratch, size_t more);

static inline char *scratch_room(Scratch *scratch, size_t more) {
    if (scratch->capacity - scratch->count < more) apus_scratch_grow(scratch, more);
    return scratch->bytes + scratch->count;
}

static inline void scratch_byte(Scratch *scratch, char byte) {
    *scratch_room(scratch, 1) = byte;
    scratch->count++;
}

static inline void scratch_append(Scratch *scratch, const char *bytes, size_t count) {
    memcpy(scratch_room(scratch, count), bytes, count);
    scratch->count += count;
}

/// Appends the string on top of the stack and pops it.
static inline void scratch_append_popped(Scratch *scratch) {
    size_t count;
    const char *bytes = lua_tolstring(scratch->lua, -1, &count);
    char *room = scratch_room(scratch, count);
    memcpy(room, bytes, count);
    scratch->count += count;
    lua_pop(scratch->lua, 1);
}

/// Pushes the bytes as a string.
static inline void scratch_push(const Scratch *scratch) {
    lua_pushlstring(scratch->lua, scratch->bytes, scratch->count);
}
