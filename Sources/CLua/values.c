#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// MARK: RESP to Lua

typedef struct {
    const char *at;
    const char *end;
} reader;

/// The line that begins behind the type; the reader then stands behind it.
static const char *read_line(reader *reader, size_t *count) {
    const char *start = reader->at;
    const char *end = memchr(start, '\r', (size_t)(reader->end - start));
    if (!end) end = reader->end;
    *count = (size_t)(end - start);
    reader->at = end + 2 < reader->end ? end + 2 : reader->end;
    return start;
}

static int64_t read_number(reader *reader) {
    size_t count;
    const char *text = read_line(reader, &count);
    int64_t value = 0;
    size_t index = count > 0 && text[0] == '-';
    for (; index < count; index++) value = (int64_t)((uint64_t)value * 10 + (uint64_t)(text[index] - '0'));
    return count > 0 && text[0] == '-' ? (int64_t)(0 - (uint64_t)value) : value;
}

static void push_value(lua_State *lua, reader *reader);

static void push_bulk(lua_State *lua, reader *reader) {
    int64_t count = read_number(reader);
    if (count < 0) return lua_pushboolean(lua, 0);
    lua_pushlstring(lua, reader->at, (size_t)count);
    reader->at += count + 2;
}

static void push_array(lua_State *lua, reader *reader) {
    int64_t count = read_number(reader);
    if (count < 0) return lua_pushboolean(lua, 0);
    lua_createtable(lua, count > 1 << 20 ? 1 << 20 : (int)count, 0);
    for (int64_t index = 1; index <= count; index++) {
        push_value(lua, reader);
        lua_rawseti(lua, -2, (int)index);
    }
}

/// Pushes `{map = {…}}`, or `{set = {… = true}}`.
static void push_pairs(lua_State *lua, reader *reader, const char *name, int is_set) {
    int64_t count = read_number(reader);
    lua_createtable(lua, 0, 1);
    lua_pushstring(lua, name);
    lua_createtable(lua, 0, count > 1 << 20 ? 1 << 20 : (int)count);
    for (int64_t index = 0; index < count; index++) {
        push_value(lua, reader);
        if (is_set) lua_pushboolean(lua, 1);
        else push_value(lua, reader);
        if (lua_isnil(lua, -2)) lua_pop(lua, 2);
        else lua_rawset(lua, -3);
    }
    lua_rawset(lua, -3);
}

/// Pushes `{name = line}`.
static void push_named_line(lua_State *lua, reader *reader, const char *name) {
    size_t count;
    const char *text = read_line(reader, &count);
    lua_createtable(lua, 0, 1);
    lua_pushstring(lua, name);
    lua_pushlstring(lua, text, count);
    lua_rawset(lua, -3);
}

static void push_double(lua_State *lua, reader *reader) {
    size_t count;
    char digits[64];
    const char *text = read_line(reader, &count);
    if (count > sizeof digits - 1) count = sizeof digits - 1;
    memcpy(digits, text, count);
    digits[count] = 0;
    lua_createtable(lua, 0, 1);
    lua_pushliteral(lua, "double");
    lua_pushnumber(lua, strtod(digits, NULL));
    lua_rawset(lua, -3);
}

static void push_verbatim(lua_State *lua, reader *reader) {
    int64_t count = read_number(reader);
    lua_createtable(lua, 0, 1);
    lua_pushliteral(lua, "verbatim_string");
    lua_createtable(lua, 0, 2);
    lua_pushliteral(lua, "format");
    lua_pushlstring(lua, reader->at, 3);
    lua_rawset(lua, -3);
    lua_pushliteral(lua, "string");
    lua_pushlstring(lua, reader->at + 4, (size_t)count - 4);
    lua_rawset(lua, -3);
    lua_rawset(lua, -3);
    reader->at += count + 2;
}

static void push_failed_command(lua_State *lua, reader *reader) {
    size_t count;
    const char *text = read_line(reader, &count);
    lua_createtable(lua, 0, 2);
    lua_pushliteral(lua, "err");
    lua_pushlstring(lua, text, count);
    lua_rawset(lua, -3);
    lua_pushliteral(lua, "ignore_error_stats_update");
    lua_pushboolean(lua, 1);
    lua_rawset(lua, -3);
}

static void skip_attributes(lua_State *lua, reader *reader) {
    int64_t count = read_number(reader) * 2;
    for (; count > 0; count--) {
        push_value(lua, reader);
        lua_pop(lua, 1);
    }
    push_value(lua, reader);
}

static void push_value(lua_State *lua, reader *reader) {
    size_t count;
    luaL_checkstack(lua, 8, "the reply is nested too deeply");
    if (reader->at >= reader->end) return lua_pushnil(lua);
    switch (*reader->at++) {
    case '$': return push_bulk(lua, reader);
    case ':': return lua_pushnumber(lua, (lua_Number)read_number(reader));
    case '+': return push_named_line(lua, reader, "ok");
    case '-': return push_failed_command(lua, reader);
    case '*':
    case '>': return push_array(lua, reader);
    case '%': return push_pairs(lua, reader, "map", 0);
    case '~': return push_pairs(lua, reader, "set", 1);
    case ',': return push_double(lua, reader);
    case '(': return push_named_line(lua, reader, "big_number");
    case '=': return push_verbatim(lua, reader);
    case '#': return lua_pushboolean(lua, *read_line(reader, &count) == 't');
    case '|': return skip_attributes(lua, reader);
    default: read_line(reader, &count); return lua_pushnil(lua);
    }
}

void apus_values_push_reply(lua_State *lua, const void *reply, size_t count) {
    reader reader = {.at = reply, .end = (const char *)reply + count};
    push_value(lua, &reader);
}

void apus_values_push_error(lua_State *lua, const char *text, size_t count) {
    const char *code = "ERR";
    size_t code_count = 3;
    while (count > 0 && (text[count - 1] == '\r' || text[count - 1] == '\n')) count--;
    if (count > 0 && text[0] == '-') {
        const char *space = memchr(text, ' ', count);
        text++;
        count--;
        if (space) {
            code = text;
            code_count = (size_t)(space - text);
            text = space + 1;
            count -= code_count + 1;
        }
    }
    lua_createtable(lua, 0, 1);
    lua_pushliteral(lua, "err");
    lua_pushlstring(lua, code, code_count);
    lua_pushliteral(lua, " ");
    lua_pushlstring(lua, text, count);
    lua_concat(lua, 3);
    lua_rawset(lua, -3);
}

// MARK: Lua to RESP

static void put(lua_State *lua, apus_buffer *out, const char *text, size_t count) {
    memcpy(apus_buffer_room(lua, out, count), text, count);
    out->count += count;
}

static void put_header(lua_State *lua, apus_buffer *out, char type, int64_t number) {
    char digits[24];
    int first = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    digits[--first] = '\n';
    digits[--first] = '\r';
    do {
        digits[--first] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) digits[--first] = '-';
    digits[--first] = type;
    put(lua, out, digits + first, sizeof digits - (size_t)first);
}

static void put_bulk(lua_State *lua, apus_buffer *out, const char *text, size_t count) {
    put_header(lua, out, '$', (int64_t)count);
    put(lua, out, text, count);
    put(lua, out, "\r\n", 2);
}

/// A line, in which line breaks become blanks.
static void put_line(lua_State *lua, apus_buffer *out, char type, const char *text, size_t count) {
    char *room = apus_buffer_room(lua, out, count + 3);
    *room++ = type;
    for (size_t index = 0; index < count; index++) {
        *room++ = text[index] == '\r' || text[index] == '\n' ? ' ' : text[index];
    }
    *room++ = '\r';
    *room = '\n';
    out->count += count + 3;
}

static void put_null(lua_State *lua, apus_engine *engine) {
    if (engine->reply_protocol == 3) put(lua, &engine->result, "_\r\n", 3);
    else put(lua, &engine->result, "$-1\r\n", 5);
}

static void put_boolean(lua_State *lua, apus_engine *engine, int value) {
    if (engine->face.protocol < 3) {
        if (value) put(lua, &engine->result, ":1\r\n", 4);
        else put_null(lua, engine);
    } else if (engine->reply_protocol == 3) {
        put(lua, &engine->result, value ? "#t\r\n" : "#f\r\n", 4);
    } else {
        put(lua, &engine->result, value ? ":1\r\n" : ":0\r\n", 4);
    }
}

static void put_integer(lua_State *lua, apus_engine *engine, lua_Number number) {
    // What does not fit becomes what the reference's machine makes of it.
    int fits = number >= -9223372036854775808.0 && number < 9223372036854775808.0;
    put_header(lua, &engine->result, ':', fits ? (int64_t)number : INT64_MIN);
}

static void put_double(lua_State *lua, apus_engine *engine, lua_Number number) {
    char digits[64];
    size_t count = (size_t)engine->services.write_double(number, digits);
    if (engine->reply_protocol == 3) put_line(lua, &engine->result, ',', digits, count);
    else put_bulk(lua, &engine->result, digits, count);
}

static void put_big_number(lua_State *lua, apus_engine *engine, const char *digits, size_t count) {
    if (engine->reply_protocol == 3) return put_line(lua, &engine->result, '(', digits, count);
    put_header(lua, &engine->result, '$', (int64_t)count);
    size_t start = engine->result.count;
    put_line(lua, &engine->result, ' ', digits, count);
    memmove(engine->result.bytes + start, engine->result.bytes + start + 1, count + 2);
    engine->result.count--;
}

static void put_verbatim(
    lua_State *lua, apus_engine *engine, const char *format, size_t format_count, const char *text, size_t count
) {
    if (engine->reply_protocol != 3) return put_bulk(lua, &engine->result, text, count);
    char padded[4] = "   ";
    memcpy(padded, format, format_count < 3 ? format_count : 3);
    padded[3] = ':';
    put_header(lua, &engine->result, '=', (int64_t)count + 4);
    put(lua, &engine->result, padded, 4);
    put(lua, &engine->result, text, count);
    put(lua, &engine->result, "\r\n", 2);
}

static void put_value(lua_State *lua, apus_engine *engine);

static int64_t count_pairs(lua_State *lua) {
    int64_t count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_pop(lua, 1);
        count++;
    }
    return count;
}

/// Writes the table on top as a map, or its keys as a set.
static void put_pairs(lua_State *lua, apus_engine *engine, int is_set) {
    int64_t count = count_pairs(lua);
    int is_new = engine->reply_protocol == 3;
    put_header(lua, &engine->result, is_new ? (is_set ? '~' : '%') : '*', is_new || is_set ? count : count * 2);
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        if (is_set) {
            lua_pop(lua, 1);
            lua_pushvalue(lua, -1);
            put_value(lua, engine);
        } else {
            lua_pushvalue(lua, -2);
            put_value(lua, engine);
            put_value(lua, engine);
        }
    }
}

static void put_array(lua_State *lua, apus_engine *engine) {
    int count = 0;
    for (;; count++) {
        lua_rawgeti(lua, -1, count + 1);
        int is_end = lua_isnil(lua, -1);
        lua_pop(lua, 1);
        if (is_end) break;
    }
    put_header(lua, &engine->result, '*', count);
    for (int index = 1; index <= count; index++) {
        lua_rawgeti(lua, -1, index);
        put_value(lua, engine);
    }
}

/// Pushes a field of the table on top; whether it has the type.
static int push_field(lua_State *lua, const char *name, int type) {
    lua_pushstring(lua, name);
    lua_rawget(lua, -2);
    if (lua_type(lua, -1) == type) return 1;
    lua_pop(lua, 1);
    return 0;
}

static int put_verbatim_field(lua_State *lua, apus_engine *engine) {
    if (!push_field(lua, "format", LUA_TSTRING)) return 0;
    lua_insert(lua, -2);
    if (!push_field(lua, "string", LUA_TSTRING)) {
        lua_remove(lua, -2);
        return 0;
    }
    size_t count;
    size_t format_count;
    const char *text = lua_tolstring(lua, -1, &count);
    const char *format = lua_tolstring(lua, -3, &format_count);
    put_verbatim(lua, engine, format, format_count, text, count);
    return 1;
}

/// Writes a table whose fields say what it is.
static void put_table(lua_State *lua, apus_engine *engine) {
    size_t count;
    if (push_field(lua, "err", LUA_TSTRING)) {
        const char *text = lua_tolstring(lua, -1, &count);
        put_line(lua, &engine->result, '-', text, count);
        lua_pop(lua, 1);
        if (push_field(lua, "ignore_error_stats_update", LUA_TBOOLEAN)) return;
        engine->face.text = text;
        engine->face.text_count = (int64_t)count;
        apus_engine_yield(lua, engine, APUS_LUA_ERROR);
    } else if (push_field(lua, "ok", LUA_TSTRING)) {
        const char *text = lua_tolstring(lua, -1, &count);
        put_line(lua, &engine->result, '+', text, count);
    } else if (push_field(lua, "double", LUA_TNUMBER)) {
        put_double(lua, engine, lua_tonumber(lua, -1));
    } else if (push_field(lua, "map", LUA_TTABLE)) {
        put_pairs(lua, engine, 0);
    } else if (push_field(lua, "set", LUA_TTABLE)) {
        put_pairs(lua, engine, 1);
    } else if (push_field(lua, "big_number", LUA_TSTRING)) {
        const char *digits = lua_tolstring(lua, -1, &count);
        put_big_number(lua, engine, digits, count);
    } else {
        int top = lua_gettop(lua);
        if (push_field(lua, "verbatim_string", LUA_TTABLE) && put_verbatim_field(lua, engine)) return;
        lua_settop(lua, top);
        put_array(lua, engine);
    }
}

static void put_value(lua_State *lua, apus_engine *engine) {
    static const char too_deep[] = "-ERR reached lua stack limit\r\n";
    size_t count;
    int top = lua_gettop(lua);
    if (!lua_checkstack(lua, 8)) {
        put(lua, &engine->result, too_deep, sizeof too_deep - 1);
        return lua_settop(lua, top - 1);
    }
    switch (lua_type(lua, -1)) {
    case LUA_TSTRING: {
        const char *text = lua_tolstring(lua, -1, &count);
        put_bulk(lua, &engine->result, text, count);
        break;
    }
    case LUA_TNUMBER: put_integer(lua, engine, lua_tonumber(lua, -1)); break;
    case LUA_TBOOLEAN: put_boolean(lua, engine, lua_toboolean(lua, -1)); break;
    case LUA_TTABLE: put_table(lua, engine); break;
    default: put_null(lua, engine);
    }
    lua_settop(lua, top - 1);
}

void apus_values_write(lua_State *lua, apus_engine *engine) { put_value(lua, engine); }
