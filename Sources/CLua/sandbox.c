// The globals of a run.
//
//     fresh table {KEYS, ARGV} ─ metatable ─▶ look up: in `globals` (functions), or among `libraries`, of which the run
//                                             gets an empty table of its own, whose metatable shows the library
//                                             change:  an error
//
// 1. A script never holds a table that another run sees, so whatever it manages to change is gone with it.
// 2. The metatable of a protected table has the field `mark`, whose key no script can make. Functions that would change a
//    table past its metatable (rawset, table.insert …) look for it.
// 3. What is shared are functions and strings, which cannot be changed.
#include "engine.h"

#include <stdlib.h>
#include <string.h>

static const char mark;
static const char read_only[] = "Attempt to modify a readonly table";

// MARK: Protected tables

/// Whether the table at `index` is protected; then its metatable is pushed.
static int push_protection(lua_State *lua, int index) {
    if (!lua_istable(lua, index) || !lua_getmetatable(lua, index)) return 0;
    lua_pushlightuserdata(lua, (void *)&mark);
    lua_rawget(lua, -2);
    int is_protected = lua_toboolean(lua, -1);
    lua_pop(lua, is_protected ? 1 : 2);
    return is_protected;
}

static int refuse_change(lua_State *lua) { return luaL_error(lua, "%s", read_only); }

/// Raises, without a place as the reference does, if the first argument is protected.
static void check_writable(lua_State *lua) {
    if (!push_protection(lua, 1)) return;
    lua_pushlstring(lua, read_only, sizeof read_only - 1);
    lua_error(lua);
}

/// Makes the table on top a metatable of protected tables that show what is at `index`, or what a function finds.
static void fill_protection(lua_State *lua, int index) {
    lua_pushvalue(lua, index);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, refuse_change);
    lua_setfield(lua, -2, "__newindex");
    lua_pushlightuserdata(lua, (void *)&mark);
    lua_pushboolean(lua, 1);
    lua_rawset(lua, -3);
}

/// Replaces the metatable on top by a fresh, empty table that has it.
static void make_window(lua_State *lua) {
    lua_newtable(lua);
    lua_insert(lua, -2);
    lua_setmetatable(lua, -2);
}

// MARK: Looking up globals

/// Libraries that are not the same for all runs: `redis`, which depends on the kind of run, and `cjson`, which holds settings
/// that scripts can change.
enum { library_by_kind, library_by_run };

/// Replaces the number of such a library by the metatable of windows on it.
static void replace_by_own(lua_State *lua, apus_engine *engine) {
    int which = (int)lua_tointeger(lua, -1);
    lua_pop(lua, 1);
    if (which == library_by_kind) {
        lua_rawgeti(lua, LUA_REGISTRYINDEX, engine->redis_metatables[engine->kind]);
        return;
    }
    apus_lua_open_json(lua);
    lua_newtable(lua);
    fill_protection(lua, lua_gettop(lua) - 1);
    lua_remove(lua, -2);
}

/// Pushes the window on a library for the globals at `globals`, where it stays; whether there is such a library.
static int push_library(lua_State *lua, apus_engine *engine, int globals, int name) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, engine->libraries);
    lua_pushvalue(lua, name);
    lua_rawget(lua, -2);
    lua_remove(lua, -2);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        return 0;
    }
    if (lua_isnumber(lua, -1)) replace_by_own(lua, engine);
    make_window(lua);
    // The globals under which a library was loaded stay with its functions, which have another `redis`.
    if (engine->kind == APUS_LUA_LOAD) return 1;
    lua_pushvalue(lua, name);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, globals);
    return 1;
}

/// Pushes the global with the name at `name`; whether there is one.
static int push_global(lua_State *lua, apus_engine *engine, int globals, int name) {
    if (push_library(lua, engine, globals, name)) return 1;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, engine->globals);
    lua_pushvalue(lua, name);
    lua_rawget(lua, -2);
    lua_remove(lua, -2);
    if (!lua_isnil(lua, -1)) return 1;
    lua_pop(lua, 1);
    if (lua_type(lua, name) != LUA_TSTRING || strcmp(lua_tostring(lua, name), "_G") != 0) return 0;
    lua_pushvalue(lua, globals);
    return 1;
}

static int find_global(lua_State *lua) {
    if (push_global(lua, apus_engine_of(lua), 1, 2)) return 1;
    const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : luaL_typename(lua, 2);
    return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'", name);
}

void apus_sandbox_push_globals(lua_State *lua, apus_engine *engine) {
    lua_createtable(lua, 0, 4);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, engine->globals_metatable);
    lua_setmetatable(lua, -2);
}

// MARK: Seeing through protection

static void copy_fields(lua_State *lua, int from, int to) {
    for (lua_pushnil(lua); lua_next(lua, from) != 0;) {
        lua_pushvalue(lua, -2);
        lua_insert(lua, -2);
        lua_rawset(lua, to);
    }
}

/// Copies all globals: windows on libraries, functions, and what the run has of its own.
static void copy_globals(lua_State *lua, int globals, int to) {
    apus_engine *engine = apus_engine_of(lua);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, engine->libraries);
    for (lua_pushnil(lua); lua_next(lua, -2) != 0;) {
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        lua_pushvalue(lua, -1);
        lua_gettable(lua, globals);
        lua_rawset(lua, to);
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, engine->globals);
    copy_fields(lua, lua_gettop(lua), to);
    copy_fields(lua, globals, to);
    lua_pushliteral(lua, "_G");
    lua_pushvalue(lua, globals);
    lua_rawset(lua, to);
    lua_pop(lua, 2);
}

/// Replaces the metatable on top, of the protected table at `index`, by a copy, of this run's own, of what it shows.
static void push_contents(lua_State *lua, int index) {
    lua_getfield(lua, -1, "__index");
    lua_replace(lua, -2);
    int source = lua_gettop(lua);
    lua_newtable(lua);
    if (lua_istable(lua, source)) copy_fields(lua, source, source + 1);
    else copy_globals(lua, index, source + 1);
    lua_remove(lua, source);
}

/// Puts a copy that can be walked in the place of a protected first argument.
static void open_window(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    if (!push_protection(lua, 1)) return;
    push_contents(lua, 1);
    lua_replace(lua, 1);
}

static int next_pair(lua_State *lua) {
    open_window(lua);
    lua_settop(lua, 2);
    if (lua_next(lua, 1)) return 2;
    lua_pushnil(lua);
    return 1;
}

static int all_pairs(lua_State *lua) {
    open_window(lua);
    lua_pushcfunction(lua, next_pair);
    lua_pushvalue(lua, 1);
    lua_pushnil(lua);
    return 3;
}

static int raw_get(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_checkany(lua, 2);
    lua_settop(lua, 2);
    if (push_protection(lua, 1)) {
        push_contents(lua, 1);
        lua_replace(lua, 1);
    }
    lua_rawget(lua, 1);
    return 1;
}

static int get_metatable(lua_State *lua) {
    luaL_checkany(lua, 1);
    if (push_protection(lua, 1)) {
        // The reference's globals have a metatable that can be seen; its libraries have none.
        lua_getfield(lua, -1, "__index");
        if (lua_istable(lua, -1)) {
            lua_pushnil(lua);
            return 1;
        }
        lua_pop(lua, 1);
        make_window(lua);
        return 1;
    }
    if (lua_istable(lua, 1)) {
        if (!lua_getmetatable(lua, 1)) return 0;
        lua_getfield(lua, -1, "__metatable");
        if (lua_isnil(lua, -1)) lua_pop(lua, 1);
        return 1;
    }
    // Strings share a metatable: it is shown, not given away.
    if (!lua_getmetatable(lua, 1)) return 0;
    lua_newtable(lua);
    lua_newtable(lua);
    fill_protection(lua, lua_gettop(lua) - 1);
    make_window(lua);
    return 1;
}

// MARK: Functions that change tables

/// Calls the function of the library that the upvalue holds, in this frame, if the first argument may be changed.
static int change_table(lua_State *lua) {
    check_writable(lua);
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

/// `table.insert` with a position far from the table would move what is not there, and no hook would see it.
static int insert_element(lua_State *lua) {
    check_writable(lua);
    if (lua_gettop(lua) == 3 && lua_istable(lua, 1) && lua_tonumber(lua, 2) < -65536) {
        return luaL_argerror(lua, 2, "position out of bounds");
    }
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

// MARK: Calls that catch errors

/// An error that ends a killed script cannot be caught.
static void rethrow_kill(lua_State *lua) {
    if (apus_engine_of(lua)->face.is_killed) apus_engine_die(lua);
}

static int protected_call(lua_State *lua) {
    luaL_checkany(lua, 1);
    int status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
    rethrow_kill(lua);
    if (status != 0 && lua_istable(lua, -1)) {
        // Errors of commands are tables; scripts expect the text.
        lua_getfield(lua, -1, "err");
        if (lua_isstring(lua, -1)) lua_replace(lua, -2);
        else lua_pop(lua, 1);
    }
    lua_pushboolean(lua, status == 0);
    lua_insert(lua, 1);
    return lua_gettop(lua);
}

/// Calls the handler that the upvalue holds, but not for the error that ends the script: that is raised inside of a hook,
/// where no other hook would see the handler run.
static int handle_error(lua_State *lua) {
    if (apus_engine_of(lua)->face.is_killed) return 1;
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, 1, 1);
    return 1;
}

static int handled_call(lua_State *lua) {
    luaL_checkany(lua, 2);
    lua_settop(lua, 2);
    lua_pushcclosure(lua, handle_error, 1);
    lua_insert(lua, 1);
    int status = lua_pcall(lua, 0, LUA_MULTRET, 1);
    rethrow_kill(lua);
    lua_pushboolean(lua, status == 0);
    lua_replace(lua, 1);
    return lua_gettop(lua);
}

/// What nested coroutines, of which each may nest calls of its own, leave for the deepest.
static const size_t least_stack = 4 << 20;
/// How many coroutines may have resumed one another, as many as calls of C may nest.
enum { most_nested = 200 };

/// Resumes a coroutine with the `count` values on top; returns how many it gave, or -1 with an error on top.
static int resume(lua_State *lua, lua_State *coroutine, int count) {
    apus_engine *engine = apus_engine_of(lua);
    if (engine->coroutine_depth >= most_nested || apus_fibre_room(&engine->fibre) < least_stack) {
        lua_pushliteral(lua, "C stack overflow");
        return -1;
    }
    if (lua_status(coroutine) == 0 && lua_gettop(coroutine) == 0) {
        lua_pushliteral(lua, "cannot resume dead coroutine");
        return -1;
    }
    if (!lua_checkstack(coroutine, count)) luaL_error(lua, "too many arguments to resume");
    lua_xmove(lua, coroutine, count);
    engine->coroutine_depth++;
    int status = lua_resume(coroutine, count);
    engine->coroutine_depth--;
    rethrow_kill(lua);
    if (status != 0 && status != LUA_YIELD) {
        lua_xmove(coroutine, lua, 1);
        return -1;
    }
    int given = lua_gettop(coroutine);
    if (!lua_checkstack(lua, given + 1)) luaL_error(lua, "too many results to resume");
    lua_xmove(coroutine, lua, given);
    return given;
}

static lua_State *check_suspended(lua_State *lua, lua_State *coroutine) {
    if (!coroutine) luaL_argerror(lua, 1, "coroutine expected");
    lua_Debug activation;
    int is_running = coroutine == lua || (lua_status(coroutine) == 0 && lua_getstack(coroutine, 0, &activation) > 0);
    return is_running ? NULL : coroutine;
}

static int resume_coroutine(lua_State *lua) {
    lua_State *coroutine = check_suspended(lua, lua_tothread(lua, 1));
    if (!coroutine) {
        lua_pushboolean(lua, 0);
        lua_pushliteral(lua, "cannot resume non-suspended coroutine");
        return 2;
    }
    int given = resume(lua, coroutine, lua_gettop(lua) - 1);
    lua_pushboolean(lua, given >= 0);
    lua_insert(lua, given >= 0 ? -(given + 1) : -2);
    return given >= 0 ? given + 1 : 2;
}

static int resume_wrapped(lua_State *lua) {
    lua_State *coroutine = check_suspended(lua, lua_tothread(lua, lua_upvalueindex(1)));
    if (!coroutine) return luaL_error(lua, "cannot resume non-suspended coroutine");
    int given = resume(lua, coroutine, lua_gettop(lua));
    if (given >= 0) return given;
    if (lua_isstring(lua, -1)) {
        luaL_where(lua, 1);
        lua_insert(lua, -2);
        lua_concat(lua, 2);
    }
    return lua_error(lua);
}

/// As `coroutine.create`, which the upvalue holds, with a function around it.
static int wrap_coroutine(lua_State *lua) {
    lua_tocfunction(lua, lua_upvalueindex(1))(lua);
    lua_pushcclosure(lua, resume_wrapped, 1);
    return 1;
}

// MARK: Code from text

/// Compiles the text on top under the globals of this run; bytecode is refused, since nothing checks it.
static int load_text(lua_State *lua, const char *name) {
    size_t count;
    const char *text = lua_tolstring(lua, -1, &count);
    if (count > 0 && text[0] == LUA_SIGNATURE[0]) {
        lua_pushnil(lua);
        lua_pushliteral(lua, "attempt to load a binary chunk");
        return 2;
    }
    if (luaL_loadbuffer(lua, text, count, name) == 0) return 1;
    lua_pushnil(lua);
    lua_insert(lua, -2);
    return 2;
}

static int load_string(lua_State *lua) {
    const char *text = luaL_checkstring(lua, 1);
    const char *name = luaL_optstring(lua, 2, text);
    lua_pushvalue(lua, 1);
    return load_text(lua, name);
}

static int load_pieces(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    const char *name = luaL_optstring(lua, 2, "=(load)");
    lua_settop(lua, 2);
    lua_newtable(lua);
    int count = 0;
    for (;;) {
        lua_pushvalue(lua, 1);
        lua_call(lua, 0, 1);
        if (lua_isnil(lua, -1)) break;
        if (!lua_isstring(lua, -1)) return luaL_error(lua, "reader function must return a string");
        if (lua_objlen(lua, -1) == 0) break;
        lua_rawseti(lua, 3, ++count);
    }
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    for (int index = 1; index <= count; index++) {
        lua_rawgeti(lua, 3, index);
        luaL_addvalue(&buffer);
    }
    luaL_pushresult(&buffer);
    return load_text(lua, name);
}

// MARK: Small things

/// Scripts may ask how much memory is in use; when it is collected is not theirs to say.
static int collect_garbage(lua_State *lua) {
    static const char *const options[] = {
        "collect", "count", "stop", "restart", "step", "setpause", "setstepmul", NULL,
    };
    int option = luaL_checkoption(lua, 1, "collect", options);
    if (option == 1) lua_pushnumber(lua, (lua_Number)apus_engine_of(lua)->used / 1024);
    else lua_pushinteger(lua, 0);
    return 1;
}

static int count_memory(lua_State *lua) {
    lua_pushinteger(lua, (lua_Integer)(apus_engine_of(lua)->used / 1024));
    return 1;
}

/// A 48-bit linear congruential generator (drand48 of POSIX), of which each run has its own.
static int32_t next_random(apus_engine *engine) {
    engine->random = (engine->random * 0x5DEECE66D + 0xB) & 0xFFFFFFFFFFFF;
    return (int32_t)(engine->random >> 17);
}

static int random_number(lua_State *lua) {
    lua_Number number = (lua_Number)(next_random(apus_engine_of(lua)) % INT32_MAX) / (lua_Number)INT32_MAX;
    lua_Number low = 1;
    lua_Number high;
    switch (lua_gettop(lua)) {
    case 0: lua_pushnumber(lua, number); return 1;
    case 1: high = luaL_checkint(lua, 1); break;
    case 2:
        low = luaL_checkint(lua, 1);
        high = luaL_checkint(lua, 2);
        break;
    default: return luaL_error(lua, "wrong number of arguments");
    }
    luaL_argcheck(lua, low <= high, lua_gettop(lua), "interval is empty");
    lua_Number wide = number * (high - low + 1);
    lua_pushnumber(lua, (lua_Number)(int64_t)wide + low);
    return 1;
}

static int seed_random(lua_State *lua) {
    apus_engine_of(lua)->random = ((uint64_t)(uint32_t)luaL_checkint(lua, 1) << 16) + 0x330E;
    return 0;
}

// MARK: Opening

/// Opens a library into the table on top, in the place of the globals.
static void open_library(lua_State *lua, lua_CFunction opener, const char *name) {
    lua_pushcfunction(lua, opener);
    lua_pushstring(lua, name);
    lua_call(lua, 1, 0);
}

/// Puts a function into the table on top; it holds the one it replaces.
static void replace(lua_State *lua, const char *name, lua_CFunction function) {
    lua_getfield(lua, -1, name);
    lua_pushcclosure(lua, function, 1);
    lua_setfield(lua, -2, name);
}

static void remove_all(lua_State *lua, const char *const *names) {
    for (; *names; names++) {
        lua_pushnil(lua);
        lua_setfield(lua, -2, *names);
    }
}

static void adapt_table_library(lua_State *lua) {
    lua_getglobal(lua, LUA_TABLIBNAME);
    replace(lua, "insert", insert_element);
    replace(lua, "remove", change_table);
    replace(lua, "sort", change_table);
    lua_pop(lua, 1);
}

static void adapt_other_libraries(lua_State *lua) {
    lua_getglobal(lua, LUA_MATHLIBNAME);
    replace(lua, "random", random_number);
    replace(lua, "randomseed", seed_random);
    lua_pop(lua, 1);
    lua_getglobal(lua, LUA_COLIBNAME);
    replace(lua, "resume", resume_coroutine);
    lua_getfield(lua, -1, "create");
    lua_pushcclosure(lua, wrap_coroutine, 1);
    lua_setfield(lua, -2, "wrap");
    lua_pop(lua, 1);
    // Of the library that reaches into the system, only the processor's time is left.
    lua_getglobal(lua, LUA_OSLIBNAME);
    lua_getfield(lua, -1, "clock");
    lua_newtable(lua);
    lua_insert(lua, -2);
    lua_setfield(lua, -2, "clock");
    lua_setglobal(lua, LUA_OSLIBNAME);
    lua_pop(lua, 1);
}

static void adapt_base_library(lua_State *lua) {
    static const luaL_Reg functions[] = {
        {"next", next_pair}, {"pairs", all_pairs}, {"rawget", raw_get}, {"rawset", change_table},
        {"setmetatable", change_table}, {"getmetatable", get_metatable}, {"pcall", protected_call},
        {"xpcall", handled_call}, {"loadstring", load_string}, {"load", load_pieces},
        {"collectgarbage", collect_garbage}, {"gcinfo", count_memory}, {NULL, NULL},
    };
    static const char *const unwanted[] = {
        "dofile", "loadfile", "print", "newproxy", "getfenv", "setfenv", "_G", "require", "module", NULL,
    };
    for (const luaL_Reg *function = functions; function->name; function++) {
        replace(lua, function->name, function->func);
    }
    remove_all(lua, unwanted);
}

static int open_all(lua_State *lua) {
    open_library(lua, luaopen_base, "");
    open_library(lua, luaopen_table, LUA_TABLIBNAME);
    open_library(lua, luaopen_string, LUA_STRLIBNAME);
    open_library(lua, luaopen_math, LUA_MATHLIBNAME);
    open_library(lua, luaopen_os, LUA_OSLIBNAME);
    adapt_table_library(lua);
    adapt_other_libraries(lua);
    lua_pushvalue(lua, LUA_GLOBALSINDEX);
    adapt_base_library(lua);
    return 1;
}

static const luaL_Reg own_libraries[] = {
    {"cmsgpack", apus_lua_open_msgpack}, {"struct", apus_lua_open_struct}, {"bit", apus_lua_open_bit},
    {"string", apus_lua_open_string}, {NULL, NULL},
};

/// Opens the libraries that Lua does not have, or has otherwise, into the table on top.
static void open_own_libraries(lua_State *lua) {
    for (const luaL_Reg *library = own_libraries; library->name; library++) {
        lua_pushcfunction(lua, library->func);
        lua_call(lua, 0, 1);
        lua_setfield(lua, -2, library->name);
    }
    // Methods of strings are those of the library that scripts see.
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_getfield(lua, -3, LUA_STRLIBNAME);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 2);
}

/// Moves the libraries out of the table of globals on top, as metatables for windows on them.
static void separate_libraries(lua_State *lua, apus_engine *engine) {
    int globals = lua_gettop(lua);
    lua_newtable(lua);
    for (lua_pushnil(lua); lua_next(lua, globals) != 0; lua_pop(lua, 1)) {
        if (!lua_istable(lua, -1)) continue;
        lua_pushvalue(lua, -2);
        lua_newtable(lua);
        fill_protection(lua, lua_gettop(lua) - 2);
        lua_rawset(lua, globals + 1);
    }
    for (lua_pushnil(lua); lua_next(lua, globals + 1) != 0; lua_pop(lua, 1)) {
        lua_pushvalue(lua, -2);
        lua_pushnil(lua);
        lua_rawset(lua, globals);
    }
    lua_pushinteger(lua, library_by_kind);
    lua_setfield(lua, -2, "redis");
    lua_pushinteger(lua, library_by_kind);
    lua_setfield(lua, -2, "server");
    lua_pushinteger(lua, library_by_run);
    lua_setfield(lua, -2, "cjson");
    engine->libraries = luaL_ref(lua, LUA_REGISTRYINDEX);
}

void apus_sandbox_open(lua_State *lua, apus_engine *engine) {
    // The first reference that is given back would take memory.
    luaL_unref(lua, LUA_REGISTRYINDEX, (lua_pushboolean(lua, 1), luaL_ref(lua, LUA_REGISTRYINDEX)));
    open_all(lua);
    open_own_libraries(lua);
    separate_libraries(lua, engine);
    engine->globals = luaL_ref(lua, LUA_REGISTRYINDEX);
    for (int kind = 0; kind < 3; kind++) {
        apus_calls_push_library(lua, engine, kind);
        lua_newtable(lua);
        fill_protection(lua, lua_gettop(lua) - 1);
        engine->redis_metatables[kind] = luaL_ref(lua, LUA_REGISTRYINDEX);
        lua_pop(lua, 1);
    }
    lua_pushcfunction(lua, find_global);
    lua_newtable(lua);
    fill_protection(lua, lua_gettop(lua) - 1);
    engine->globals_metatable = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_pop(lua, 1);
    // What the libraries have left in the registry and in the globals is not for scripts.
    lua_newtable(lua);
    lua_replace(lua, LUA_GLOBALSINDEX);
}
