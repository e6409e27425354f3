#include "engine.h"

#include <stdlib.h>
#include <string.h>

const char *const apus_lua_flag_names[] = {
    "no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys", NULL,
};

/// Instructions between two looks at the time.
enum { instructions_per_slice = 10000 };
static const size_t stack_size = 16 << 20;
/// What scripts leave for the calls that clean up after them.
static const size_t reserved_bytes = 1 << 20;

// MARK: Memory

static void *allocate(void *context, void *pointer, size_t old_size, size_t new_size) {
    apus_engine *engine = context;
    if (new_size == 0) {
        engine->used -= old_size;
        free(pointer);
        return NULL;
    }
    size_t most = engine->is_running ? engine->most : engine->most + reserved_bytes;
    if (new_size > old_size && engine->used - old_size + new_size > most) return NULL;
    void *fresh = realloc(pointer, new_size);
    if (fresh) engine->used += new_size - old_size;
    return fresh;
}

void apus_buffer_clear(apus_buffer *buffer) {
    buffer->count = 0;
    if (buffer->capacity <= 1 << 20) return;
    free(buffer->bytes);
    *buffer = (apus_buffer){0};
}

char *apus_buffer_room(lua_State *lua, apus_buffer *buffer, size_t count) {
    if (buffer->capacity - buffer->count >= count) return buffer->bytes + buffer->count;
    size_t capacity = buffer->capacity * 2;
    if (capacity < buffer->count + count) capacity = buffer->count + count + 256;
    char *bytes = capacity <= apus_engine_of(lua)->most ? realloc(buffer->bytes, capacity) : NULL;
    if (!bytes) {
        lua_pushliteral(lua, "not enough memory");
        lua_error(lua);
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return buffer->bytes + buffer->count;
}

// MARK: The fibre

static void fibre_body(void *context) {
    apus_engine *engine = context;
    for (;;) {
        engine->job(engine);
        engine->is_running = 0;
        engine->event = APUS_LUA_ENDED;
        apus_fibre_leave(&engine->fibre);
    }
}

void apus_engine_yield(lua_State *lua, apus_engine *engine, int event) {
    engine->event = event;
    apus_fibre_leave(&engine->fibre);
    if (engine->face.is_killed) apus_engine_die(lua);
}

static void look_around(lua_State *lua, lua_Debug *activation);

int apus_engine_die(lua_State *lua) {
    // From here on every instruction raises, so that nobody can catch it for good.
    lua_sethook(lua, look_around, LUA_MASKCOUNT | LUA_MASKLINE, 1);
    static const char *const texts[] = {
        "Script killed by user with SCRIPT KILL.", "Script killed by user with FUNCTION KILL.", "FUNCTION LOAD timeout",
    };
    lua_pushstring(lua, texts[apus_engine_of(lua)->kind]);
    return lua_error(lua);
}

/// Lua collects garbage by what was allocated, not by what is left: near the limit it has to be told.
static void collect_if_short(lua_State *lua, apus_engine *engine) {
    if (engine->used < engine->most / 2) return;
    if (engine->used < engine->used_after_collection + engine->most / 8) return;
    lua_gc(lua, LUA_GCCOLLECT, 0);
    engine->used_after_collection = engine->used;
}

static void look_around(lua_State *lua, lua_Debug *activation) {
    (void)activation;
    apus_engine *engine = apus_engine_of(lua);
    if (engine->face.is_killed) apus_engine_die(lua);
    collect_if_short(lua, engine);
    if (engine->is_running) apus_engine_yield(lua, engine, APUS_LUA_SLICE);
}

void apus_lua_tick(lua_State *lua) {
    apus_engine *engine = apus_engine_of(lua);
    if (engine->face.is_killed) apus_engine_die(lua);
    if (engine->is_running) apus_engine_yield(lua, engine, APUS_LUA_SLICE);
}

int apus_lua_resume(apus_lua_exchange *exchange) {
    apus_engine *engine = (apus_engine *)exchange;
    apus_fibre_enter(&engine->fibre);
    return engine->event;
}

// MARK: Errors

/// Says where an error came from, in the table that becomes the reply.
static int describe_error(lua_State *lua) {
    lua_Debug place;
    int is_known = lua_getstack(lua, 1, &place) && lua_getinfo(lua, "nSl", &place);
    if (is_known && place.what[0] == 'C') is_known = lua_getstack(lua, 2, &place) && lua_getinfo(lua, "nSl", &place);
    if (!lua_istable(lua, 1)) {
        const char *text = lua_isstring(lua, 1) ? lua_tostring(lua, 1) : luaL_typename(lua, 1);
        lua_createtable(lua, 0, 3);
        lua_pushfstring(lua, "ERR %s", text);
        lua_setfield(lua, -2, "err");
    } else {
        // The script may hold the table still: it is not ours to write into.
        lua_createtable(lua, 0, 4);
        lua_getfield(lua, 1, "err");
        lua_setfield(lua, -2, "err");
        lua_getfield(lua, 1, "ignore_error_stats_update");
        lua_setfield(lua, -2, "ignore_error_stats_update");
    }
    if (is_known) {
        lua_pushstring(lua, place.source);
        lua_setfield(lua, -2, "source");
        lua_pushinteger(lua, place.currentline);
        lua_setfield(lua, -2, "line");
    }
    return 1;
}

static void append(lua_State *lua, apus_buffer *buffer, const char *text, size_t count) {
    memcpy(apus_buffer_room(lua, buffer, count), text, count);
    buffer->count += count;
}

static void append_field(lua_State *lua, apus_buffer *buffer, const char *name, const char *otherwise) {
    size_t count = strlen(otherwise);
    const char *text = otherwise;
    lua_pushstring(lua, name);
    lua_rawget(lua, -2);
    if (lua_isstring(lua, -1)) text = lua_tolstring(lua, -1, &count);
    append(lua, buffer, text, count);
    lua_pop(lua, 1);
}

/// Makes the failure of what is on top of the stack, as `describe_error` has left it.
static void write_failure(lua_State *lua, apus_engine *engine) {
    apus_buffer *result = &engine->result;
    result->count = 0;
    engine->face.has_failed = 1;
    if (!lua_istable(lua, -1)) {
        size_t count;
        const char *text = lua_tolstring(lua, -1, &count);
        append(lua, result, "ERR ", 4);
        return append(lua, result, text ? text : "unknown error", text ? count : 13);
    }
    append_field(lua, result, "err", "ERR unknown error");
    lua_getfield(lua, -1, "ignore_error_stats_update");
    engine->face.is_counted = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    lua_getfield(lua, -1, "source");
    int has_place = lua_isstring(lua, -1);
    lua_pop(lua, 1);
    if (!has_place || engine->kind == APUS_LUA_LOAD) return;
    append(lua, result, " script: ", 9);
    append(lua, result, engine->face.name, (size_t)engine->face.name_count);
    append(lua, result, ", on ", 5);
    append_field(lua, result, "source", "");
    append(lua, result, ":", 1);
    append_field(lua, result, "line", "");
    append(lua, result, ".", 1);
}

// MARK: Runs

static void push_spans(lua_State *lua, const char *base, const apus_lua_span *spans, int64_t count) {
    lua_createtable(lua, count > 1 << 20 ? 1 << 20 : (int)count, 0);
    for (int64_t index = 0; index < count; index++) {
        lua_pushlstring(lua, base + spans[index].offset, (size_t)spans[index].count);
        lua_rawseti(lua, -2, (int)index + 1);
    }
}

/// Forgets the functions of the last library that was loaded.
static void free_functions(apus_engine *engine) {
    for (int64_t index = 0; index < engine->face.function_count; index++) {
        free(engine->face.functions[index].name);
        free(engine->face.functions[index].description);
    }
    engine->face.function_count = 0;
}

/// Pushes what was compiled, with fresh globals, and KEYS and ARGV where they belong; returns the number of arguments.
static int push_target(lua_State *lua, apus_engine *engine) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, engine->target);
    apus_sandbox_push_globals(lua, engine);
    lua_pushvalue(lua, -1);
    lua_replace(lua, LUA_GLOBALSINDEX);
    if (engine->kind == APUS_LUA_FUNCTION) {
        lua_pop(lua, 1);
        push_spans(lua, engine->base, engine->keys, engine->key_count);
        push_spans(lua, engine->base, engine->values, engine->value_count);
        return 2;
    }
    if (engine->kind == APUS_LUA_EVAL) {
        lua_pushliteral(lua, "KEYS");
        push_spans(lua, engine->base, engine->keys, engine->key_count);
        lua_rawset(lua, -3);
        lua_pushliteral(lua, "ARGV");
        push_spans(lua, engine->base, engine->values, engine->value_count);
        lua_rawset(lua, -3);
    }
    lua_setfenv(lua, -2);
    return 0;
}

static int collect_protected(lua_State *lua) {
    lua_gc(lua, LUA_GCCOLLECT, 0);
    return 0;
}

static int run_protected(lua_State *lua) {
    apus_engine *engine = apus_engine_of(lua);
    engine->is_running = 1;
    lua_pushcfunction(lua, describe_error);
    int handler = lua_gettop(lua);
    int arguments = push_target(lua, engine);
    if (lua_pcall(lua, arguments, 1, handler) != 0) {
        write_failure(lua, engine);
    } else if (engine->kind != APUS_LUA_LOAD) {
        apus_values_write(lua, engine);
    }
    return 0;
}

/// Ends with what no handler has seen: memory that ran out outside of the script itself.
static void fail_plainly(apus_engine *engine) {
    static const char text[] = "ERR not enough memory";
    engine->is_running = 0;
    apus_buffer_clear(&engine->result);
    engine->face.result = text;
    engine->face.result_count = sizeof text - 1;
    engine->face.has_failed = 1;
    lua_settop(engine->lua, 0);
    lua_cpcall(engine->lua, collect_protected, NULL);
}

static void do_protected(apus_engine *engine, lua_CFunction function) {
    engine->face.has_failed = 0;
    engine->face.is_counted = 0;
    apus_buffer_clear(&engine->result);
    // What a run has left must not be what the next one lacks.
    if (engine->used > engine->most / 2) lua_cpcall(engine->lua, collect_protected, NULL);
    engine->used_after_collection = 0;
    if (lua_cpcall(engine->lua, function, NULL) != 0) {
        fail_plainly(engine);
    } else {
        engine->face.result = engine->result.bytes;
        engine->face.result_count = (int64_t)engine->result.count;
    }
    if (engine->face.is_killed) {
        engine->face.is_killed = 0;
        lua_sethook(engine->lua, look_around, LUA_MASKCOUNT, instructions_per_slice);
    }
}

static void run_job(void *context) {
    do_protected(context, run_protected);
}

void apus_lua_start(
    apus_lua_exchange *exchange, int reference, int kind, const void *base, const apus_lua_span *keys,
    int64_t key_count, const apus_lua_span *arguments, int64_t argument_count, int protocol, uint32_t seed
) {
    apus_engine *engine = (apus_engine *)exchange;
    engine->target = reference;
    engine->kind = kind;
    engine->base = base;
    engine->keys = keys;
    engine->key_count = key_count;
    engine->values = arguments;
    engine->value_count = argument_count;
    engine->reply_protocol = protocol;
    engine->coroutine_depth = 0;
    engine->random = ((uint64_t)seed << 16) + 0x330E;
    engine->face.protocol = 2;
    engine->face.propagation = 3;
    engine->face.is_killed = 0;
    if (kind == APUS_LUA_LOAD) free_functions(engine);
    engine->job = run_job;
}

// MARK: Compiling

static int compile_protected(lua_State *lua) {
    apus_engine *engine = apus_engine_of(lua);
    const char *name = engine->kind == APUS_LUA_EVAL ? "@user_script" : "@user_function";
    if (luaL_loadbuffer(lua, engine->code, engine->code_count, name) != 0) {
        size_t count;
        const char *text = lua_tolstring(lua, -1, &count);
        append(lua, &engine->result, text, count);
        engine->face.has_failed = 1;
        return 0;
    }
    engine->face.reference = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
}

static void compile_job(void *context) { do_protected(context, compile_protected); }

void apus_lua_compile(apus_lua_exchange *exchange, const void *code, int64_t count, int kind) {
    apus_engine *engine = (apus_engine *)exchange;
    engine->code = code;
    engine->code_count = (size_t)count;
    engine->kind = kind;
    engine->job = compile_job;
    apus_lua_resume(exchange);
}

// MARK: Life

static int open_protected(lua_State *lua) {
    apus_sandbox_open(lua, apus_engine_of(lua));
    return 0;
}

static void open_job(void *context) { do_protected(context, open_protected); }

apus_lua_exchange *apus_lua_create(int64_t most_bytes, const apus_lua_services *services) {
    apus_engine *engine = calloc(1, sizeof *engine);
    if (!engine) return NULL;
    engine->most = (size_t)most_bytes;
    engine->services = *services;
    engine->lua = lua_newstate(allocate, engine);
    if (!engine->lua || !apus_fibre_create(&engine->fibre, stack_size, fibre_body, engine)) {
        apus_lua_destroy(&engine->face);
        return NULL;
    }
    engine->job = open_job;
    apus_lua_resume(&engine->face);
    if (engine->face.has_failed) {
        apus_lua_destroy(&engine->face);
        return NULL;
    }
    lua_sethook(engine->lua, look_around, LUA_MASKCOUNT, instructions_per_slice);
    return &engine->face;
}

void apus_lua_destroy(apus_lua_exchange *exchange) {
    apus_engine *engine = (apus_engine *)exchange;
    if (engine->lua) lua_close(engine->lua);
    apus_fibre_destroy(&engine->fibre);
    free_functions(engine);
    free(engine->face.functions);
    free(engine->result.bytes);
    free(engine->spans);
    free(engine);
}

static int forget_protected(lua_State *lua) {
    luaL_unref(lua, LUA_REGISTRYINDEX, apus_engine_of(lua)->face.reference);
    return 0;
}

static void forget_job(void *context) { do_protected(context, forget_protected); }

static void collect_job(void *context) { do_protected(context, collect_protected); }

static void do_job(apus_lua_exchange *exchange, void (*job)(void *)) {
    ((apus_engine *)exchange)->job = job;
    apus_lua_resume(exchange);
}

void apus_lua_forget(apus_lua_exchange *exchange, int reference) {
    exchange->reference = reference;
    do_job(exchange, forget_job);
}

void apus_lua_collect(apus_lua_exchange *exchange) { do_job(exchange, collect_job); }

void apus_lua_release_result(apus_lua_exchange *exchange) { apus_buffer_clear(&((apus_engine *)exchange)->result); }

int64_t apus_lua_used(const apus_lua_exchange *exchange) { return (int64_t)((const apus_engine *)exchange)->used; }
