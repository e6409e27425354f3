#include <math.h>

#include "MessagePack.h"

/// Tables inside tables past this depth are packed as nil.
enum { deepest_level = 16 };

typedef struct {
    lua_State *lua;
    Scratch packed;
    Pace pace;
} Packer;

/// Appends a tag and the low `width` bytes of a value, the highest first.
static void put_tagged(Packer *packer, unsigned tag, uint64_t value, int width) {
    char *room = scratch_room(&packer->packed, 9);
    *room++ = (char)tag;
    for (int index = width; index-- > 0;) *room++ = (char)(value >> (8 * index));
    packer->packed.count += (size_t)width + 1;
}

static void put_nil(Packer *packer) { put_tagged(packer, 0xC0, 0, 0); }

static void put_positive(Packer *packer, uint64_t value) {
    if (value < 0x80) put_tagged(packer, (unsigned)value, 0, 0);
    else if (value <= UINT8_MAX) put_tagged(packer, 0xCC, value, 1);
    else if (value <= UINT16_MAX) put_tagged(packer, 0xCD, value, 2);
    else if (value <= UINT32_MAX) put_tagged(packer, 0xCE, value, 4);
    else put_tagged(packer, 0xCF, value, 8);
}

static void put_negative(Packer *packer, int64_t value) {
    if (value >= -32) put_tagged(packer, (unsigned)value & 0xFF, 0, 0);
    else if (value >= INT8_MIN) put_tagged(packer, 0xD0, (uint64_t)value, 1);
    else if (value >= INT16_MIN) put_tagged(packer, 0xD1, (uint64_t)value, 2);
    else if (value >= INT32_MIN) put_tagged(packer, 0xD2, (uint64_t)value, 4);
    else put_tagged(packer, 0xD3, (uint64_t)value, 8);
}

/// The shorter float if it holds the number exactly.
static void put_float(Packer *packer, double number) {
    float narrow = (float)number;
    if ((double)narrow == number) {
        uint32_t representation;
        memcpy(&representation, &narrow, sizeof narrow);
        put_tagged(packer, 0xCA, representation, 4);
    } else {
        uint64_t representation;
        memcpy(&representation, &number, sizeof number);
        put_tagged(packer, 0xCB, representation, 8);
    }
}

static void put_number(Packer *packer, double number) {
    bool is_integer = number >= -0x1p63 && number < 0x1p63 && floor(number) == number;
    if (!is_integer) put_float(packer, number);
    else if (number >= 0) put_positive(packer, (uint64_t)number);
    else put_negative(packer, (int64_t)number);
}

static void put_string(Packer *packer, int index) {
    size_t count;
    const char *bytes = lua_tolstring(packer->lua, index, &count);
    if (count < 32) put_tagged(packer, 0xA0 | (unsigned)count, 0, 0);
    else if (count <= UINT8_MAX) put_tagged(packer, 0xD9, count, 1);
    else if (count <= UINT16_MAX) put_tagged(packer, 0xDA, count, 2);
    else put_tagged(packer, 0xDB, count, 4);
    scratch_append(&packer->packed, bytes, count);
}

/// The head of an array or a map; `few` is its one-byte form, `many` the tag before a count of two bytes.
static void put_head(Packer *packer, unsigned few, unsigned many, uint64_t count) {
    if (count < 16) put_tagged(packer, few | (unsigned)count, 0, 0);
    else if (count <= UINT16_MAX) put_tagged(packer, many, count, 2);
    else put_tagged(packer, many + 1, count, 4);
}

/// What the keys of a table tell: how many there are, and whether they are 1 to that.
typedef struct {
    uint64_t count;
    bool is_array;
} Extent;

static Extent extent(lua_State *lua) {
    Extent extent = {0, true};
    double highest = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        double key = lua_type(lua, -2) == LUA_TNUMBER ? lua_tonumber(lua, -2) : 0;
        extent.is_array = extent.is_array && key >= 1 && floor(key) == key;
        if (key > highest) highest = key;
        extent.count++;
        lua_pop(lua, 1);
    }
    extent.is_array = extent.is_array && highest == (double)extent.count;
    return extent;
}

static void put_value(Packer *packer, int level);

static void put_array(Packer *packer, uint64_t count, int level) {
    put_head(packer, 0x90, 0xDC, count);
    for (uint64_t index = 1; index <= count; index++) {
        lua_rawgeti(packer->lua, -1, (int)index);
        put_value(packer, level + 1);
    }
}

static void put_map(Packer *packer, uint64_t count, int level) {
    put_head(packer, 0x80, 0xDE, count);
    lua_pushnil(packer->lua);
    while (lua_next(packer->lua, -2) != 0) {
        lua_pushvalue(packer->lua, -2);
        put_value(packer, level + 1);
        put_value(packer, level + 1);
    }
}

static void put_table(Packer *packer, int level) {
    if (level == deepest_level) {
        put_nil(packer);
        return;
    }
    luaL_checkstack(packer->lua, 5, "in function mp_encode_lua_table");
    Extent size = extent(packer->lua);
    if (size.is_array) put_array(packer, size.count, level);
    else put_map(packer, size.count, level);
}

/// Packs the value on top of the stack and pops it. What has no form of its own is packed as nil.
static void put_value(Packer *packer, int level) {
    pace_step(&packer->pace);
    switch (lua_type(packer->lua, -1)) {
    case LUA_TSTRING: put_string(packer, -1); break;
    case LUA_TBOOLEAN: put_tagged(packer, lua_toboolean(packer->lua, -1) ? 0xC3 : 0xC2, 0, 0); break;
    case LUA_TNUMBER: put_number(packer, lua_tonumber(packer->lua, -1)); break;
    case LUA_TTABLE: put_table(packer, level); break;
    default: put_nil(packer);
    }
    lua_pop(packer->lua, 1);
}

int apus_msgpack_pack(lua_State *lua) {
    int arguments = lua_gettop(lua);
    if (arguments == 0) return luaL_argerror(lua, 0, "MessagePack pack needs input.");
    luaL_checkstack(lua, 3, "in function mp_pack");
    Packer packer = {.lua = lua, .pace = pace_start(lua)};
    apus_scratch_open(&packer.packed, lua);
    for (int index = 1; index <= arguments; index++) {
        lua_pushvalue(lua, index);
        put_value(&packer, 0);
    }
    scratch_push(&packer.packed);
    return 1;
}
