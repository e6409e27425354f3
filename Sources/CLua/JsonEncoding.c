#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "Json.h"

/// A table that is being written. An object is walked by its keys, an array by its indices.
typedef struct {
    int64_t index, count;
} Level;

enum { object = -1 };

typedef struct {
    lua_State *lua;
    const JsonSettings *settings;
    Scratch text;
    /// The open tables, each of which stands on the stack, an object followed by its last key.
    Scratch levels;
    int depth;
    Pace pace;
} Encoder;

static void refuse(Encoder *encoder, int index, const char *reason) {
    luaL_error(encoder->lua, "Cannot serialise %s: %s", luaL_typename(encoder->lua, index), reason);
}

static void put_word(Encoder *encoder, const char *word) { scratch_append(&encoder->text, word, strlen(word)); }

// The letter after the backslash for bytes that have one, `u` for those that are written by number.
static char escape_of(unsigned char byte) {
    switch (byte) {
    case '"': case '\\': case '/': return (char)byte;
    case '\b': return 'b';
    case '\t': return 't';
    case '\n': return 'n';
    case '\f': return 'f';
    case '\r': return 'r';
    default: return byte < 0x20 || byte == 0x7F ? 'u' : 0;
    }
}

static void put_escaped(Encoder *encoder, unsigned char byte, char escape) {
    scratch_byte(&encoder->text, '\\');
    scratch_byte(&encoder->text, escape);
    if (escape != 'u') return;
    put_word(encoder, "00");
    scratch_byte(&encoder->text, "0123456789abcdef"[byte >> 4]);
    scratch_byte(&encoder->text, "0123456789abcdef"[byte & 15]);
}

static void put_string(Encoder *encoder, int index) {
    size_t count;
    const char *bytes = lua_tolstring(encoder->lua, index, &count);
    scratch_byte(&encoder->text, '"');
    size_t plain = 0;
    for (size_t position = 0; position < count; position++) {
        unsigned char byte = (unsigned char)bytes[position];
        char escape = escape_of(byte);
        if (escape == 0) continue;
        scratch_append(&encoder->text, bytes + plain, position - plain);
        put_escaped(encoder, byte, escape);
        plain = position + 1;
    }
    scratch_append(&encoder->text, bytes + plain, count - plain);
    scratch_byte(&encoder->text, '"');
}

static void put_invalid_number(Encoder *encoder, int index, double number) {
    switch (encoder->settings->encode_invalid) {
    case invalid_numbers_written: put_word(encoder, isnan(number) ? "nan" : number < 0 ? "-inf" : "inf"); return;
    case invalid_numbers_null: put_word(encoder, "null"); return;
    default: refuse(encoder, index, "must not be NaN or Inf");
    }
}

static void put_integer(Encoder *encoder, int64_t number) {
    char digits[20];
    size_t first = sizeof digits;
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do digits[--first] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0) digits[--first] = '-';
    scratch_append(&encoder->text, digits + first, sizeof digits - first);
}

static void put_number(Encoder *encoder, int index) {
    double number = lua_tonumber(encoder->lua, index);
    if (!isfinite(number)) {
        put_invalid_number(encoder, index, number);
        return;
    }
    if (number == floor(number) && fabs(number) < encoder->settings->plain_limit && (number != 0 || !signbit(number))) {
        put_integer(encoder, (int64_t)number);
        return;
    }
    char *room = scratch_room(&encoder->text, 32);
    encoder->text.count += (size_t)snprintf(room, 32, encoder->settings->number_format, number);
}

static bool is_marked_array(lua_State *lua) {
    if (!luaL_getmetafield(lua, -1, json_array_mark)) return false;
    bool marked = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return marked;
}

/// The highest index of the table on top of the stack, or `object` if it has any other key; 0 if it is empty.
static int64_t highest_index(lua_State *lua, int64_t *items) {
    int64_t highest = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        double key = lua_type(lua, -2) == LUA_TNUMBER ? lua_tonumber(lua, -2) : 0;
        if (key < 1 || key > INT_MAX || floor(key) != key) {
            lua_pop(lua, 2);
            return object;
        }
        if (key > (double)highest) highest = (int64_t)key;
        *items += 1;
        lua_pop(lua, 1);
    }
    return highest;
}

/// How many elements the table on top of the stack has as an array, or `object`.
static int64_t array_count(Encoder *encoder) {
    const JsonSettings *settings = encoder->settings;
    int64_t items = 0;
    int64_t highest = highest_index(encoder->lua, &items);
    if (highest == 0) return is_marked_array(encoder->lua) ? 0 : object;
    if (highest == object) return object;
    bool sparse = settings->sparse_ratio > 0 && highest > items * settings->sparse_ratio
        && highest > settings->sparse_safe;
    if (sparse && !settings->sparse_convert) refuse(encoder, -1, "excessively sparse array");
    return sparse ? object : highest;
}

static void open_table(Encoder *encoder) {
    lua_State *lua = encoder->lua;
    if (++encoder->depth > encoder->settings->encode_depth || !lua_checkstack(lua, 3))
        luaL_error(lua, "Cannot serialise, excessive nesting (%d)", encoder->depth);
    Level level = {0, array_count(encoder)};
    scratch_append(&encoder->levels, (const char *)&level, sizeof level);
    scratch_byte(&encoder->text, level.count == object ? '{' : '[');
    if (level.count == object) lua_pushnil(lua);
}

static Level *innermost(Encoder *encoder) {
    return (Level *)(encoder->levels.bytes + encoder->levels.count) - 1;
}

static void close_table(Encoder *encoder) {
    scratch_byte(&encoder->text, innermost(encoder)->count == object ? '}' : ']');
    encoder->levels.count -= sizeof(Level);
    encoder->depth--;
    lua_pop(encoder->lua, 1);
}

static void put_key(Encoder *encoder) {
    switch (lua_type(encoder->lua, -2)) {
    case LUA_TSTRING: put_string(encoder, -2); break;
    case LUA_TNUMBER:
        scratch_byte(&encoder->text, '"');
        put_number(encoder, -2);
        scratch_byte(&encoder->text, '"');
        break;
    default: refuse(encoder, -2, "table key must be a number or string");
    }
    scratch_byte(&encoder->text, ':');
}

/// Pushes the next value of the innermost table, its separators and key already written; false at its end.
static bool push_next(Encoder *encoder) {
    Level *level = innermost(encoder);
    bool is_object = level->count == object;
    pace_step(&encoder->pace);
    if (is_object ? lua_next(encoder->lua, -2) == 0 : level->index == level->count) return false;
    if (level->index++ > 0) scratch_byte(&encoder->text, ',');
    if (is_object) {
        put_key(encoder);
    } else {
        lua_rawgeti(encoder->lua, -1, (int)level->index);
    }
    return true;
}

/// Writes the value on top of the stack and pops it; a table is opened instead, and stays.
static void put_value(Encoder *encoder) {
    lua_State *lua = encoder->lua;
    switch (lua_type(lua, -1)) {
    case LUA_TSTRING: put_string(encoder, -1); break;
    case LUA_TNUMBER: put_number(encoder, -1); break;
    case LUA_TBOOLEAN: put_word(encoder, lua_toboolean(lua, -1) ? "true" : "false"); break;
    case LUA_TNIL: put_word(encoder, "null"); break;
    case LUA_TTABLE: open_table(encoder); return;
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(lua, -1) == NULL) {
            put_word(encoder, "null");
            break;
        }
        // fallthrough
    default: refuse(encoder, -1, "type not supported");
    }
    lua_pop(lua, 1);
}

int apus_json_encode(lua_State *lua) {
    luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
    Encoder encoder = {.lua = lua, .settings = json_settings(lua), .pace = pace_start(lua)};
    apus_scratch_open(&encoder.text, lua);
    apus_scratch_open(&encoder.levels, lua);
    lua_pushvalue(lua, 1);
    put_value(&encoder);
    while (encoder.depth > 0) {
        if (push_next(&encoder)) {
            put_value(&encoder);
        } else {
            close_table(&encoder);
        }
    }
    scratch_push(&encoder.text);
    return 1;
}
