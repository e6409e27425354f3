#include <ctype.h>
#include <limits.h>

#include "Scratch.h"
#include "Strings.h"

/// A position counted from the start, one that counts from the end translated; below the start it is 0.
static ptrdiff_t from_start(ptrdiff_t position, size_t count) {
    if (position < 0) position += (ptrdiff_t)count + 1;
    return position < 0 ? 0 : position;
}

static int string_len(lua_State *lua) {
    size_t count;
    luaL_checklstring(lua, 1, &count);
    lua_pushinteger(lua, (lua_Integer)count);
    return 1;
}

static int string_sub(lua_State *lua) {
    size_t count;
    const char *text = luaL_checklstring(lua, 1, &count);
    ptrdiff_t first = from_start(luaL_checkinteger(lua, 2), count);
    ptrdiff_t last = from_start(luaL_optinteger(lua, 3, -1), count);
    if (first < 1) first = 1;
    if (last > (ptrdiff_t)count) last = (ptrdiff_t)count;
    lua_pushlstring(lua, text + first - 1, first <= last ? (size_t)(last - first + 1) : 0);
    return 1;
}

static int string_byte(lua_State *lua) {
    size_t count;
    const char *text = luaL_checklstring(lua, 1, &count);
    ptrdiff_t first = from_start(luaL_optinteger(lua, 2, 1), count);
    ptrdiff_t last = from_start(luaL_optinteger(lua, 3, first), count);
    if (first < 1) first = 1;
    if (last > (ptrdiff_t)count) last = (ptrdiff_t)count;
    if (first > last) return 0;
    ptrdiff_t wanted = last - first + 1;
    if (wanted >= INT_MAX) return luaL_error(lua, "string slice too long");
    luaL_checkstack(lua, (int)wanted, "string slice too long");
    for (ptrdiff_t index = first - 1; index < last; index++) lua_pushinteger(lua, (unsigned char)text[index]);
    return (int)wanted;
}

static int string_char(lua_State *lua) {
    int arguments = lua_gettop(lua);
    luaL_checkstack(lua, 3, "too many arguments");
    Scratch result;
    apus_scratch_open(&result, lua);
    for (int index = 1; index <= arguments; index++) {
        int byte = (int)luaL_checkinteger(lua, index);
        luaL_argcheck(lua, byte >= 0 && byte <= UCHAR_MAX, index, "invalid value");
        scratch_byte(&result, (char)byte);
    }
    scratch_push(&result);
    return 1;
}

static int push_mapped(lua_State *lua, int (*map)(int)) {
    size_t count;
    const char *text = luaL_checklstring(lua, 1, &count);
    Scratch result;
    apus_scratch_open(&result, lua);
    char *room = scratch_room(&result, count);
    for (size_t index = 0; index < count; index++) room[index] = (char)map((unsigned char)text[index]);
    result.count = count;
    scratch_push(&result);
    return 1;
}

static int string_lower(lua_State *lua) { return push_mapped(lua, tolower); }

static int string_upper(lua_State *lua) { return push_mapped(lua, toupper); }

static int string_reverse(lua_State *lua) {
    size_t count;
    const char *text = luaL_checklstring(lua, 1, &count);
    Scratch result;
    apus_scratch_open(&result, lua);
    char *room = scratch_room(&result, count);
    for (size_t index = 0; index < count; index++) room[index] = text[count - 1 - index];
    result.count = count;
    scratch_push(&result);
    return 1;
}

/// Fills room with one text again and again, each copy as long as what is there.
static void fill_with_copies(char *room, size_t total, const char *text, size_t count) {
    memcpy(room, text, count);
    for (size_t filled = count; filled < total;) {
        size_t more = filled < total - filled ? filled : total - filled;
        memcpy(room + filled, room, more);
        filled += more;
    }
}

static int string_rep(lua_State *lua) {
    size_t count;
    const char *text = luaL_checklstring(lua, 1, &count);
    int times = (int)luaL_checkinteger(lua, 2);
    if (times <= 0 || count == 0) {
        lua_pushliteral(lua, "");
        return 1;
    }
    if (count > scratch_limit / (size_t)times) return luaL_error(lua, "resulting string too large");
    Scratch result;
    apus_scratch_open(&result, lua);
    fill_with_copies(scratch_room(&result, count * (size_t)times), count * (size_t)times, text, count);
    result.count = count * (size_t)times;
    scratch_push(&result);
    return 1;
}

static const luaL_Reg functions[] = {
    {"byte", string_byte}, {"char", string_char}, {"find", apus_string_find}, {"format", apus_string_format},
    {"gfind", apus_string_gmatch}, {"gmatch", apus_string_gmatch}, {"gsub", apus_string_gsub}, {"len", string_len},
    {"lower", string_lower}, {"match", apus_string_match}, {"rep", string_rep}, {"reverse", string_reverse},
    {"sub", string_sub}, {"upper", string_upper}, {NULL, NULL},
};

int apus_lua_open_string(lua_State *lua) {
    lua_newtable(lua);
    luaL_register(lua, NULL, functions);
    return 1;
}
