#define _GNU_SOURCE
#include <ctype.h>
#include <string.h>

#include "Patterns.h"
#include "Scratch.h"
#include "Strings.h"

static bool has_specials(const char *pattern) { return strpbrk(pattern, "^$*+?.([%-") != NULL; }

/// Where a search starts, from the third argument.
static size_t start_offset(lua_State *lua, size_t count) {
    ptrdiff_t first = luaL_optinteger(lua, 3, 1);
    if (first < 0) first += (ptrdiff_t)count + 1;
    if (first < 1) return 0;
    return (size_t)first - 1 < count ? (size_t)first - 1 : count;
}

static int push_found(lua_State *lua, const char *text, const char *start, const char *end) {
    lua_pushinteger(lua, start - text + 1);
    lua_pushinteger(lua, end - text);
    return 2;
}

static int push_none(lua_State *lua) {
    lua_pushnil(lua);
    return 1;
}

/// Looks for the second argument as it stands, in windows that overlap, with a tick between any two.
static int find_plain(lua_State *lua, const char *text, size_t count, size_t offset) {
    size_t wanted_count;
    const char *wanted = lua_tolstring(lua, 2, &wanted_count);
    size_t stride = (1 << 20) + 4 * wanted_count;
    for (;; offset += stride) {
        size_t left = count - offset;
        bool is_last = left <= stride + wanted_count;
        const char *found = memmem(text + offset, is_last ? left : stride + wanted_count, wanted, wanted_count);
        if (found != NULL) return push_found(lua, text, found, found + wanted_count);
        if (is_last) return push_none(lua);
        apus_lua_tick(lua);
    }
}

static int search(lua_State *lua, bool finds) {
    size_t count;
    const char *text = luaL_checklstring(lua, 1, &count);
    const char *pattern = luaL_checkstring(lua, 2);
    size_t offset = start_offset(lua, count);
    if (finds && (lua_toboolean(lua, 4) || !has_specials(pattern))) return find_plain(lua, text, count, offset);
    bool anchored = *pattern == '^';
    if (anchored) pattern++;
    Matcher matcher;
    apus_matcher_open(&matcher, lua, text, count);
    const char *place = text + offset;
    do {
        const char *end = apus_matcher_match(&matcher, place, pattern);
        if (end == NULL) continue;
        if (!finds) return apus_matcher_push_captures(&matcher, place, end);
        int found = push_found(lua, text, place, end);
        return found + apus_matcher_push_captures(&matcher, NULL, NULL);
    } while (!anchored && place++ < matcher.text_end);
    return push_none(lua);
}

int apus_string_find(lua_State *lua) { return search(lua, true); }

int apus_string_match(lua_State *lua) { return search(lua, false); }

/// The iterator: its text, its pattern, and the offset to go on from.
static int next_match(lua_State *lua) {
    size_t count;
    const char *text = lua_tolstring(lua, lua_upvalueindex(1), &count);
    const char *pattern = lua_tostring(lua, lua_upvalueindex(2));
    Matcher matcher;
    apus_matcher_open(&matcher, lua, text, count);
    for (const char *place = text + lua_tointeger(lua, lua_upvalueindex(3)); place <= matcher.text_end; place++) {
        const char *end = apus_matcher_match(&matcher, place, pattern);
        if (end == NULL) continue;
        lua_pushinteger(lua, end - text + (end == place ? 1 : 0));
        lua_replace(lua, lua_upvalueindex(3));
        return apus_matcher_push_captures(&matcher, place, end);
    }
    return 0;
}

int apus_string_gmatch(lua_State *lua) {
    luaL_checkstring(lua, 1);
    luaL_checkstring(lua, 2);
    lua_settop(lua, 2);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_match, 3);
    return 1;
}

/// Appends the third argument as a replacement, `%0` to `%9` in it standing for the match and its captures.
static void append_replacement(Matcher *matcher, Scratch *result, const char *start, const char *end) {
    size_t count;
    const char *replacement = lua_tolstring(matcher->lua, 3, &count);
    for (size_t index = 0; index < count; index++) {
        if (replacement[index] != '%') {
            scratch_byte(result, replacement[index]);
            continue;
        }
        char letter = replacement[++index];
        if (letter == '0') {
            scratch_append(result, start, (size_t)(end - start));
        } else if (isdigit((unsigned char)letter)) {
            apus_matcher_push_capture(matcher, letter - '1', start, end);
            scratch_append_popped(result);
        } else {
            scratch_byte(result, letter);
        }
    }
}

static void push_replacement(Matcher *matcher, const char *start, const char *end) {
    lua_State *lua = matcher->lua;
    if (lua_type(lua, 3) == LUA_TFUNCTION) {
        lua_pushvalue(lua, 3);
        lua_call(lua, apus_matcher_push_captures(matcher, start, end), 1);
    } else {
        apus_matcher_push_capture(matcher, 0, start, end);
        lua_gettable(lua, 3);
    }
}

/// Appends what the function or table in the third argument makes of a match, which stays if that is false or nil.
static void append_computed(Matcher *matcher, Scratch *result, const char *start, const char *end) {
    lua_State *lua = matcher->lua;
    push_replacement(matcher, start, end);
    if (!lua_toboolean(lua, -1)) {
        lua_pop(lua, 1);
        scratch_append(result, start, (size_t)(end - start));
    } else if (lua_isstring(lua, -1)) {
        scratch_append_popped(result);
    } else {
        luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
    }
}

static void append_match(Matcher *matcher, Scratch *result, const char *start, const char *end) {
    if (lua_isstring(matcher->lua, 3)) append_replacement(matcher, result, start, end);
    else append_computed(matcher, result, start, end);
}

/// Appends the text with its matches replaced, and returns how many there were.
static int64_t replace_matches(Matcher *matcher, Scratch *result, const char *pattern, int64_t most) {
    bool anchored = *pattern == '^';
    if (anchored) pattern++;
    const char *place = matcher->text;
    int64_t replaced = 0;
    while (replaced < most) {
        const char *end = apus_matcher_match(matcher, place, pattern);
        if (end != NULL) {
            replaced++;
            append_match(matcher, result, place, end);
        }
        if (end != NULL && end > place) place = end;
        else if (place < matcher->text_end) scratch_byte(result, *place++);
        else break;
        if (anchored) break;
    }
    scratch_append(result, place, (size_t)(matcher->text_end - place));
    return replaced;
}

int apus_string_gsub(lua_State *lua) {
    size_t count;
    const char *text = luaL_checklstring(lua, 1, &count);
    const char *pattern = luaL_checkstring(lua, 2);
    int type = lua_type(lua, 3);
    int64_t most = lua_isnoneornil(lua, 4) ? (int64_t)count + 1 : (int)luaL_checkinteger(lua, 4);
    bool replaces = type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE || type == LUA_TFUNCTION;
    luaL_argcheck(lua, replaces, 3, "string/function/table expected");
    Matcher matcher;
    Scratch result;
    lua_settop(lua, 4);
    apus_scratch_open(&result, lua);
    apus_matcher_open(&matcher, lua, text, count);
    int64_t replaced = replace_matches(&matcher, &result, pattern, most);
    scratch_push(&result);
    lua_pushinteger(lua, (lua_Integer)replaced);
    return 2;
}
