#include "MessagePack.h"

/// A container being read: how many items are still to come, the keys of a map counted too, and an array's next index,
/// which is 0 in a map.
typedef struct {
    uint64_t left;
    int64_t index;
} Level;

typedef struct {
    lua_State *lua;
    const unsigned char *next, *end;
    Scratch levels;
    int depth;
    Pace pace;
} Unpacker;

static void require(Unpacker *unpacker, uint64_t count) {
    if (count > (uint64_t)(unpacker->end - unpacker->next)) luaL_error(unpacker->lua, "Missing bytes in input.");
}

/// Takes the tag at the cursor and the `width` bytes after it, the highest of which comes first.
static uint64_t take_tagged(Unpacker *unpacker, int width) {
    require(unpacker, (uint64_t)width + 1);
    unpacker->next++;
    uint64_t value = 0;
    while (width-- > 0) value = value << 8 | *unpacker->next++;
    return value;
}

static double take_signed(Unpacker *unpacker, int width) {
    uint64_t value = take_tagged(unpacker, width);
    int unused = 64 - 8 * width;
    return (double)((int64_t)(value << unused) >> unused);
}

static double take_float(Unpacker *unpacker) {
    uint32_t representation = (uint32_t)take_tagged(unpacker, 4);
    float number;
    memcpy(&number, &representation, sizeof number);
    return number;
}

static double take_double(Unpacker *unpacker) {
    uint64_t representation = take_tagged(unpacker, 8);
    double number;
    memcpy(&number, &representation, sizeof number);
    return number;
}

static bool push_number(Unpacker *unpacker, double number) {
    lua_pushnumber(unpacker->lua, number);
    return true;
}

static bool push_boolean(Unpacker *unpacker, bool value) {
    unpacker->next++;
    lua_pushboolean(unpacker->lua, value);
    return true;
}

static bool push_nil(Unpacker *unpacker) {
    unpacker->next++;
    lua_pushnil(unpacker->lua);
    return true;
}

static bool push_string(Unpacker *unpacker, uint64_t count) {
    require(unpacker, count);
    lua_pushlstring(unpacker->lua, (const char *)unpacker->next, count);
    unpacker->next += count;
    return true;
}

/// Tables are made for the items announced, but for no more than a few that have not been seen.
static int prepared(uint64_t count) { return count < 32 ? (int)count : 32; }

/// Pushes a table and, unless it is empty, opens a level for it; whether it is finished.
static bool open_table(Unpacker *unpacker, Level level) {
    bool is_map = level.index == 0;
    const char *place = is_map ? "in function mp_decode_to_lua_hash" : "in function mp_decode_to_lua_array";
    luaL_checkstack(unpacker->lua, 4, place);
    lua_createtable(unpacker->lua, is_map ? 0 : prepared(level.left), is_map ? prepared(level.left / 2) : 0);
    if (level.left == 0) return true;
    scratch_append(&unpacker->levels, (const char *)&level, sizeof level);
    unpacker->depth++;
    return false;
}

static bool open_array(Unpacker *unpacker, uint64_t count) { return open_table(unpacker, (Level){count, 1}); }

static bool open_map(Unpacker *unpacker, uint64_t count) { return open_table(unpacker, (Level){count * 2, 0}); }

static bool push_tagged(Unpacker *unpacker, unsigned tag) {
    switch (tag) {
    case 0xC0: return push_nil(unpacker);
    case 0xC2: case 0xC3: return push_boolean(unpacker, tag == 0xC3);
    case 0xCA: return push_number(unpacker, take_float(unpacker));
    case 0xCB: return push_number(unpacker, take_double(unpacker));
    case 0xCC: case 0xCD: case 0xCE: return push_number(unpacker, (double)take_tagged(unpacker, 1 << (tag - 0xCC)));
    // Past the integers with sign they wrap around, which is what scripts expect.
    case 0xCF: return push_number(unpacker, take_signed(unpacker, 8));
    case 0xD0: case 0xD1: case 0xD2: case 0xD3: return push_number(unpacker, take_signed(unpacker, 1 << (tag - 0xD0)));
    case 0xD9: case 0xDA: case 0xDB: return push_string(unpacker, take_tagged(unpacker, 1 << (tag - 0xD9)));
    case 0xDC: case 0xDD: return open_array(unpacker, take_tagged(unpacker, 2 << (tag - 0xDC)));
    case 0xDE: case 0xDF: return open_map(unpacker, take_tagged(unpacker, 2 << (tag - 0xDE)));
    default: return luaL_error(unpacker->lua, "Bad data format in input.");
    }
}

/// Pushes the value at the cursor; whether it is finished, which a container with something in it is not.
static bool push_value(Unpacker *unpacker) {
    pace_step(&unpacker->pace);
    require(unpacker, 1);
    luaL_checkstack(unpacker->lua, 3,
                    "too many return values at once; use unpack_one or unpack_limit instead.");
    unsigned tag = *unpacker->next;
    if (tag < 0x80) return push_number(unpacker, (double)take_tagged(unpacker, 0) + tag);
    if (tag >= 0xE0) return push_number(unpacker, (double)take_tagged(unpacker, 0) + (int)tag - 0x100);
    if (tag < 0x90) return open_map(unpacker, take_tagged(unpacker, 0) + (tag & 15));
    if (tag < 0xA0) return open_array(unpacker, take_tagged(unpacker, 0) + (tag & 15));
    if (tag < 0xC0) return push_string(unpacker, take_tagged(unpacker, 0) + (tag & 31));
    return push_tagged(unpacker, tag);
}

/// Stores the finished item on top of the stack in the innermost container; whether that is finished with it.
static bool store_item(Unpacker *unpacker) {
    Level *level = (Level *)(unpacker->levels.bytes + unpacker->levels.count) - 1;
    level->left--;
    if (level->index > 0) {
        lua_rawseti(unpacker->lua, -2, (int)level->index++);
    } else if (level->left % 2 == 0) {
        lua_rawset(unpacker->lua, -3);
    }
    if (level->left > 0) return false;
    unpacker->levels.count -= sizeof(Level);
    unpacker->depth--;
    return true;
}

static void push_whole_value(Unpacker *unpacker) {
    bool finished;
    do {
        finished = push_value(unpacker);
        while (finished && unpacker->depth > 0) finished = store_item(unpacker);
    } while (!finished);
}

/// Unpacks up to `limit` values from an offset; without both all there are. Otherwise the offset to go on from comes
/// before the values, -1 at the end.
static int unpack(lua_State *lua, lua_Integer limit, lua_Integer offset) {
    size_t count;
    const char *bytes = luaL_checklstring(lua, 1, &count);
    if (offset < 0 || limit < 0)
        return luaL_error(lua, "Invalid request to unpack with offset of %d and limit of %d.", (int)offset, (int)count);
    if ((size_t)offset > count)
        return luaL_error(lua, "Start offset %d greater than input length %d.", (int)offset, (int)count);
    lua_settop(lua, 1);
    Unpacker unpacker = {.lua = lua, .pace = pace_start(lua)};
    unpacker.next = (const unsigned char *)bytes + offset;
    unpacker.end = (const unsigned char *)bytes + count;
    apus_scratch_open(&unpacker.levels, lua);
    int values = 0;
    bool all = limit == 0 && offset == 0;
    while (unpacker.next < unpacker.end && (all || values < limit)) {
        push_whole_value(&unpacker);
        values++;
    }
    if (all) return values;
    size_t reached = (size_t)(unpacker.next - (const unsigned char *)bytes);
    lua_pushinteger(lua, reached == count ? -1 : (lua_Integer)reached);
    lua_insert(lua, -1 - values);
    return values + 1;
}

int apus_msgpack_unpack(lua_State *lua) { return unpack(lua, 0, 0); }

int apus_msgpack_unpack_one(lua_State *lua) {
    lua_Integer offset = luaL_optinteger(lua, 2, 0);
    return unpack(lua, 1, offset);
}

int apus_msgpack_unpack_limit(lua_State *lua) {
    lua_Integer limit = luaL_checkinteger(lua, 2);
    lua_Integer offset = luaL_optinteger(lua, 3, 0);
    return unpack(lua, limit, offset);
}
