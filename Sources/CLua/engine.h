// What the files of CLua share: the interpreter with everything around it.
#ifndef APUS_ENGINE_H
#define APUS_ENGINE_H

#include "CLua.h"
#include "fibre.h"

#include <lua5.1/lauxlib.h>
#include <lua5.1/lua.h>
#include <lua5.1/lualib.h>

typedef struct {
    char *bytes;
    size_t count;
    size_t capacity;
} apus_buffer;

typedef struct {
    /// First, so that a pointer to it is one to the engine.
    apus_lua_exchange face;
    lua_State *lua;
    apus_lua_services services;
    size_t used;
    size_t most;
    /// What `used` was when all garbage was last collected because memory ran short.
    size_t used_after_collection;
    apus_fibre fibre;
    /// What the fibre does when it is entered next, from its beginning.
    void (*job)(void *);
    int event;
    int is_running;
    /// Coroutines that have resumed one another.
    int coroutine_depth;
    // The run.
    int kind;
    int target;
    const char *base;
    const apus_lua_span *keys;
    int64_t key_count;
    const apus_lua_span *values;
    int64_t value_count;
    int reply_protocol;
    uint64_t random;
    const char *code;
    size_t code_count;
    // Scratch.
    apus_buffer result;
    apus_lua_span *spans;
    size_t span_capacity;
    size_t function_capacity;
    // References to what every run needs.
    int globals_metatable;
    int globals;
    int libraries;
    int redis_metatables[3];
} apus_engine;

/// The engine of a state, which is its allocator's context.
static inline apus_engine *apus_engine_of(lua_State *lua) {
    void *context;
    lua_getallocf(lua, &context);
    return context;
}

/// Leaves the fibre with an event; raises where the script was killed meanwhile.
void apus_engine_yield(lua_State *lua, apus_engine *engine, int event);
/// Raises the error that ends a script which was killed.
int apus_engine_die(lua_State *lua);

/// Opens libraries and fills the tables from which each run's globals are made.
void apus_sandbox_open(lua_State *lua, apus_engine *engine);
/// Pushes fresh globals for a run of `kind`.
void apus_sandbox_push_globals(lua_State *lua, apus_engine *engine);
/// Pushes the table of `redis.*` as `kind` has it.
void apus_calls_push_library(lua_State *lua, apus_engine *engine, int kind);

/// Pushes what a reply in RESP becomes in Lua.
void apus_values_push_reply(lua_State *lua, const void *reply, size_t count);
/// Writes the value on top of the stack as a reply, and pops it.
void apus_values_write(lua_State *lua, apus_engine *engine);
/// Pushes a table with the field `err`, in the form that errors of commands have.
void apus_values_push_error(lua_State *lua, const char *text, size_t count);

/// Empties a buffer, and gives memory back beyond what is used again and again.
void apus_buffer_clear(apus_buffer *buffer);
/// Makes room for `count` more bytes; raises where that is too many.
char *apus_buffer_room(lua_State *lua, apus_buffer *buffer, size_t count);

#endif
