#include "Scratch.h"

// Numbers are taken modulo 2^32, rounded to the nearest: added to 1.5 * 2^52, the low bits of the sum are the integer.
static uint32_t bits_at(lua_State *lua, int index) {
    double sum = luaL_checknumber(lua, index) + 0x1.8p52;
    uint64_t representation;
    memcpy(&representation, &sum, sizeof sum);
    return (uint32_t)representation;
}

static int push_bits(lua_State *lua, uint32_t bits) {
    lua_pushnumber(lua, (int32_t)bits);
    return 1;
}

static uint32_t rotated(uint32_t bits, uint32_t count) {
    return bits << (count & 31) | bits >> (-count & 31);
}

static int bit_tobit(lua_State *lua) { return push_bits(lua, bits_at(lua, 1)); }

static int bit_bnot(lua_State *lua) { return push_bits(lua, ~bits_at(lua, 1)); }

static int bit_band(lua_State *lua) {
    uint32_t bits = bits_at(lua, 1);
    for (int index = lua_gettop(lua); index > 1; index--) bits &= bits_at(lua, index);
    return push_bits(lua, bits);
}

static int bit_bor(lua_State *lua) {
    uint32_t bits = bits_at(lua, 1);
    for (int index = lua_gettop(lua); index > 1; index--) bits |= bits_at(lua, index);
    return push_bits(lua, bits);
}

static int bit_bxor(lua_State *lua) {
    uint32_t bits = bits_at(lua, 1);
    for (int index = lua_gettop(lua); index > 1; index--) bits ^= bits_at(lua, index);
    return push_bits(lua, bits);
}

static int bit_lshift(lua_State *lua) {
    uint32_t bits = bits_at(lua, 1);
    return push_bits(lua, bits << (bits_at(lua, 2) & 31));
}

static int bit_rshift(lua_State *lua) {
    uint32_t bits = bits_at(lua, 1);
    return push_bits(lua, bits >> (bits_at(lua, 2) & 31));
}

static int bit_arshift(lua_State *lua) {
    uint32_t bits = bits_at(lua, 1);
    return push_bits(lua, (uint32_t)((int32_t)bits >> (bits_at(lua, 2) & 31)));
}

static int bit_rol(lua_State *lua) {
    uint32_t bits = bits_at(lua, 1);
    return push_bits(lua, rotated(bits, bits_at(lua, 2)));
}

static int bit_ror(lua_State *lua) {
    uint32_t bits = bits_at(lua, 1);
    return push_bits(lua, rotated(bits, -bits_at(lua, 2)));
}

static int bit_bswap(lua_State *lua) { return push_bits(lua, __builtin_bswap32(bits_at(lua, 1))); }

static int bit_tohex(lua_State *lua) {
    uint32_t bits = bits_at(lua, 1);
    int32_t wanted = lua_isnone(lua, 2) ? 8 : (int32_t)bits_at(lua, 2);
    const char *digits = wanted < 0 ? "0123456789ABCDEF" : "0123456789abcdef";
    uint32_t count = wanted < 0 ? -(uint32_t)wanted : (uint32_t)wanted;
    if (count > 8) count = 8;
    char text[8];
    for (uint32_t index = count; index-- > 0; bits >>= 4) text[index] = digits[bits & 15];
    lua_pushlstring(lua, text, count);
    return 1;
}

static const luaL_Reg functions[] = {
    {"tobit", bit_tobit}, {"tohex", bit_tohex}, {"bnot", bit_bnot}, {"band", bit_band},
    {"bor", bit_bor}, {"bxor", bit_bxor}, {"lshift", bit_lshift}, {"rshift", bit_rshift},
    {"arshift", bit_arshift}, {"rol", bit_rol}, {"ror", bit_ror}, {"bswap", bit_bswap},
    {NULL, NULL},
};

int apus_lua_open_bit(lua_State *lua) {
    lua_newtable(lua);
    luaL_register(lua, NULL, functions);
    return 1;
}
