// The table `redis`, which is `server` too.
#include "engine.h"

#include <stdlib.h>
#include <string.h>

static int raise_error(lua_State *lua, const char *text) {
    apus_values_push_error(lua, text, strlen(text));
    return lua_error(lua);
}

// MARK: Commands

/// Puts the arguments of the function where the caller sees them; whether all can be sent.
static int take_arguments(lua_State *lua, apus_engine *engine) {
    int count = lua_gettop(lua);
    if (engine->span_capacity < (size_t)count) {
        apus_lua_span *spans = realloc(engine->spans, sizeof *spans * (size_t)count * 2);
        if (!spans) luaL_error(lua, "not enough memory");
        engine->spans = spans;
        engine->span_capacity = (size_t)count * 2;
    }
    for (int index = 1; index <= count; index++) {
        int type = lua_type(lua, index);
        if (type == LUA_TNUMBER) {
            char digits[64];
            lua_pushlstring(lua, digits, (size_t)engine->services.write_double(lua_tonumber(lua, index), digits));
            lua_replace(lua, index);
        } else if (type != LUA_TSTRING) {
            return 0;
        }
        size_t length;
        const char *text = lua_tolstring(lua, index, &length);
        engine->spans[index - 1] = (apus_lua_span){text - (const char *)engine, (int64_t)length};
    }
    engine->face.argument_base = engine;
    engine->face.arguments = engine->spans;
    engine->face.argument_count = count;
    return 1;
}

/// Why the arguments of a call are none; NULL if they are.
static const char *refusal(lua_State *lua, apus_engine *engine) {
    if (engine->kind == APUS_LUA_LOAD) return "redis.call/pcall can only be called inside a script invocation";
    if (lua_gettop(lua) == 0) return "Please specify at least one argument for this redis lib call";
    if (!take_arguments(lua, engine)) return "Lua redis lib command arguments must be strings or integers";
    return NULL;
}

static int call(lua_State *lua) {
    apus_engine *engine = apus_engine_of(lua);
    const char *reason = refusal(lua, engine);
    if (reason) return raise_error(lua, reason);
    apus_engine_yield(lua, engine, APUS_LUA_CALL);
    int has_failed = engine->face.reply_count > 0 && *(const char *)engine->face.reply == '-';
    apus_values_push_reply(lua, engine->face.reply, (size_t)engine->face.reply_count);
    return has_failed ? lua_error(lua) : 1;
}

static int call_protected(lua_State *lua) {
    apus_engine *engine = apus_engine_of(lua);
    const char *reason = refusal(lua, engine);
    if (reason) {
        apus_values_push_error(lua, reason, strlen(reason));
        return 1;
    }
    apus_engine_yield(lua, engine, APUS_LUA_CALL);
    apus_values_push_reply(lua, engine->face.reply, (size_t)engine->face.reply_count);
    return 1;
}

static int may_call(lua_State *lua) {
    apus_engine *engine = apus_engine_of(lua);
    if (engine->kind == APUS_LUA_LOAD) return raise_error(lua, "redis.acl_check_cmd can only be called inside a script invocation");
    if (lua_gettop(lua) == 0) return raise_error(lua, "Please specify at least one argument for this redis.acl_check_cmd() call");
    if (!take_arguments(lua, engine)) return raise_error(lua, "redis.acl_check_cmd() require only string or integer arguments");
    apus_engine_yield(lua, engine, APUS_LUA_MAY_CALL);
    if (engine->face.answer < 0) return raise_error(lua, "Invalid command passed to redis.acl_check_cmd()");
    lua_pushboolean(lua, engine->face.answer);
    return 1;
}

// MARK: Replies

static int error_reply(lua_State *lua) {
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING) {
        apus_values_push_error(lua, "wrong number or type of arguments", 33);
        return 1;
    }
    if (*lua_tostring(lua, 1) != '-') {
        lua_pushliteral(lua, "-");
        lua_insert(lua, 1);
        lua_concat(lua, 2);
    }
    size_t count;
    const char *text = lua_tolstring(lua, 1, &count);
    apus_values_push_error(lua, text, count);
    return 1;
}

static int status_reply(lua_State *lua) {
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING) {
        apus_values_push_error(lua, "wrong number or type of arguments", 33);
        return 1;
    }
    lua_createtable(lua, 0, 1);
    lua_pushliteral(lua, "ok");
    lua_pushvalue(lua, 1);
    lua_rawset(lua, -3);
    return 1;
}

// MARK: Settings of the run

static int set_protocol(lua_State *lua) {
    if (lua_gettop(lua) != 1) return raise_error(lua, "redis.setresp() requires one argument.");
    lua_Number version = lua_tonumber(lua, 1);
    if (version != 2 && version != 3) return raise_error(lua, "RESP version must be 2 or 3.");
    apus_engine_of(lua)->face.protocol = (int)version;
    return 0;
}

static int set_propagation(lua_State *lua) {
    if (lua_gettop(lua) != 1) return raise_error(lua, "redis.set_repl() requires two arguments.");
    int flags = (int)lua_tonumber(lua, 1);
    if ((flags & ~3) != 0) {
        return raise_error(lua, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }
    apus_engine_of(lua)->face.propagation = flags;
    return 0;
}

/// Effects are what is replicated, always.
static int replicate_commands(lua_State *lua) {
    lua_pushboolean(lua, 1);
    return 1;
}

/// Without a debugger nobody stops here.
static int pass_breakpoint(lua_State *lua) {
    lua_pushboolean(lua, 0);
    return 1;
}

static int debug_nothing(lua_State *lua) {
    (void)lua;
    return 0;
}

// MARK: Others

static int sha1_text(lua_State *lua) {
    if (lua_gettop(lua) != 1) return raise_error(lua, "wrong number of arguments");
    size_t count;
    const char *text = lua_tolstring(lua, 1, &count);
    char digits[40];
    apus_engine_of(lua)->services.write_sha1(text ? text : "", text ? (int64_t)count : 0, digits);
    lua_pushlstring(lua, digits, sizeof digits);
    return 1;
}

static int write_log(lua_State *lua) {
    apus_engine *engine = apus_engine_of(lua);
    int count = lua_gettop(lua);
    if (count < 2) return raise_error(lua, "redis.log() requires two arguments or more.");
    if (!lua_isnumber(lua, 1)) return raise_error(lua, "First argument must be a number (log level).");
    int level = (int)lua_tonumber(lua, 1);
    if (level < 0 || level > 3) return raise_error(lua, "Invalid debug level.");
    luaL_Buffer line;
    luaL_buffinit(lua, &line);
    for (int index = 2; index <= count; index++) {
        if (!lua_isstring(lua, index)) continue;
        if (index > 2) luaL_addchar(&line, ' ');
        lua_pushvalue(lua, index);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    size_t length;
    engine->face.text = lua_tolstring(lua, -1, &length);
    engine->face.text_count = (int64_t)length;
    engine->face.level = level;
    apus_engine_yield(lua, engine, APUS_LUA_LOG);
    return 0;
}

// MARK: Functions of libraries

static char *copy(lua_State *lua, const char *text) {
    char *fresh = strdup(text);
    if (!fresh) luaL_error(lua, "not enough memory");
    return fresh;
}

static apus_lua_function *next_function(lua_State *lua, apus_engine *engine) {
    size_t count = (size_t)engine->face.function_count;
    if (count == engine->function_capacity) {
        size_t capacity = count * 2 + 8;
        apus_lua_function *functions = realloc(engine->face.functions, sizeof *functions * capacity);
        if (!functions) luaL_error(lua, "not enough memory");
        engine->face.functions = functions;
        engine->function_capacity = capacity;
    }
    return engine->face.functions + count;
}

static int is_name(const char *name) {
    const char *at = name;
    for (; *at; at++) {
        int is_letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
        if (!is_letter && !(*at >= '0' && *at <= '9') && *at != '_') return 0;
    }
    return at != name;
}

static int is_registered(const apus_engine *engine, const char *name) {
    for (int64_t index = 0; index < engine->face.function_count; index++) {
        if (strcasecmp(engine->face.functions[index].name, name) == 0) return 1;
    }
    return 0;
}

/// Takes the table of flags on top; raises for what is none.
static uint32_t take_flags(lua_State *lua) {
    uint32_t flags = 0;
    if (!lua_istable(lua, -1)) {
        raise_error(lua, "flags argument to redis.register_function must be a table representing function flags");
    }
    for (int index = 1;; index++) {
        lua_rawgeti(lua, -1, index);
        if (lua_isnil(lua, -1)) break;
        int flag = 0;
        const char *name = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "";
        while (apus_lua_flag_names[flag] && strcmp(apus_lua_flag_names[flag], name) != 0) flag++;
        if (!apus_lua_flag_names[flag]) raise_error(lua, "unknown flag given");
        flags |= 1u << flag;
        lua_pop(lua, 1);
    }
    lua_pop(lua, 2);
    return flags;
}

/// Lays the named arguments of the table out as name, callback, description; returns the flags.
static uint32_t take_named_arguments(lua_State *lua) {
    uint32_t flags = 0;
    lua_settop(lua, 1);
    lua_pushnil(lua);
    lua_pushnil(lua);
    lua_pushnil(lua);
    for (lua_pushnil(lua); lua_next(lua, 1) != 0;) {
        const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "";
        if (strcmp(key, "function_name") == 0) {
            if (!lua_isstring(lua, -1)) raise_error(lua, "function_name argument given to redis.register_function must be a string");
            lua_replace(lua, 2);
        } else if (strcmp(key, "callback") == 0) {
            if (!lua_isfunction(lua, -1)) raise_error(lua, "callback argument given to redis.register_function must be a function");
            lua_replace(lua, 3);
        } else if (strcmp(key, "description") == 0) {
            if (!lua_isstring(lua, -1)) raise_error(lua, "description argument given to redis.register_function must be a string");
            lua_replace(lua, 4);
        } else if (strcmp(key, "flags") == 0) {
            flags = take_flags(lua);
        } else {
            raise_error(lua, "unknown argument given to redis.register_function");
        }
    }
    if (lua_isnil(lua, 2)) raise_error(lua, "redis.register_function must get a function name argument");
    if (lua_isnil(lua, 3)) raise_error(lua, "redis.register_function must get a callback argument");
    lua_remove(lua, 1);
    return flags;
}

static int register_function(lua_State *lua) {
    apus_engine *engine = apus_engine_of(lua);
    uint32_t flags = 0;
    int count = lua_gettop(lua);
    if (engine->kind != APUS_LUA_LOAD) return raise_error(lua, "redis.register_function can only be called on FUNCTION LOAD command");
    if (count < 1 || count > 2) return raise_error(lua, "wrong number of arguments to redis.register_function");
    if (count == 1) {
        if (!lua_istable(lua, 1)) {
            return raise_error(lua, "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).");
        }
        flags = take_named_arguments(lua);
    } else {
        if (!lua_isstring(lua, 1)) return raise_error(lua, "first argument to redis.register_function must be a string");
        if (!lua_isfunction(lua, 2)) return raise_error(lua, "second argument to redis.register_function must be a function");
        lua_pushnil(lua);
    }
    const char *name = lua_tostring(lua, 1);
    if (!is_name(name) || strlen(name) != lua_objlen(lua, 1)) {
        return raise_error(lua, "Function names can only contain letters, numbers, or underscores(_) and must be at least one character long");
    }
    if (is_registered(engine, name)) return raise_error(lua, "Function already exists in the library");
    apus_lua_function *function = next_function(lua, engine);
    char *name_copy = copy(lua, name);
    char *description = lua_isnil(lua, 3) ? NULL : copy(lua, lua_tostring(lua, 3));
    lua_pushvalue(lua, 2);
    *function = (apus_lua_function){name_copy, description, luaL_ref(lua, LUA_REGISTRYINDEX), flags};
    engine->face.function_count++;
    return 0;
}

// MARK: The table

static const luaL_Reg common_functions[] = {
    {"call", call}, {"pcall", call_protected}, {"log", write_log}, {"sha1hex", sha1_text},
    {"error_reply", error_reply}, {"status_reply", status_reply}, {"setresp", set_protocol},
    {"set_repl", set_propagation}, {"acl_check_cmd", may_call}, {NULL, NULL},
};

static const luaL_Reg script_functions[] = {
    {"replicate_commands", replicate_commands}, {"breakpoint", pass_breakpoint}, {"debug", debug_nothing}, {NULL, NULL},
};

static void set_functions(lua_State *lua, const luaL_Reg *functions) {
    for (; functions->name; functions++) {
        lua_pushcfunction(lua, functions->func);
        lua_setfield(lua, -2, functions->name);
    }
}

static void set_constants(lua_State *lua, const apus_engine *engine) {
    static const struct {
        const char *name;
        int value;
    } constants[] = {
        {"LOG_DEBUG", 0}, {"LOG_VERBOSE", 1}, {"LOG_NOTICE", 2}, {"LOG_WARNING", 3}, {"REPL_NONE", 0}, {"REPL_AOF", 1},
        {"REPL_SLAVE", 2}, {"REPL_REPLICA", 2}, {"REPL_ALL", 3},
    };
    for (size_t index = 0; index < sizeof constants / sizeof *constants; index++) {
        lua_pushinteger(lua, constants[index].value);
        lua_setfield(lua, -2, constants[index].name);
    }
    lua_pushstring(lua, engine->services.version);
    lua_setfield(lua, -2, "REDIS_VERSION");
    lua_pushnumber(lua, (lua_Number)engine->services.version_number);
    lua_setfield(lua, -2, "REDIS_VERSION_NUM");
}

void apus_calls_push_library(lua_State *lua, apus_engine *engine, int kind) {
    lua_newtable(lua);
    set_functions(lua, common_functions);
    if (kind == APUS_LUA_EVAL) set_functions(lua, script_functions);
    if (kind == APUS_LUA_LOAD) {
        lua_pushcfunction(lua, register_function);
        lua_setfield(lua, -2, "register_function");
    }
    set_constants(lua, engine);
}
