#include "Scratch.h"

void apus_scratch_open(Scratch *scratch, lua_State *lua) {
    lua_pushnil(lua);
    scratch->lua = lua;
    scratch->slot = lua_gettop(lua);
    scratch->bytes = scratch->first;
    scratch->count = 0;
    scratch->capacity = sizeof scratch->first;
}

void apus_scratch_grow(Scratch *scratch, size_t more) {
    if (more > scratch_limit - scratch->count) luaL_error(scratch->lua, "resulting string too large");
    size_t needed = scratch->count + more;
    size_t capacity = scratch->capacity * 2 > needed ? scratch->capacity * 2 : needed;
    luaL_checkstack(scratch->lua, 1, "no room for a result");
    char *bytes = lua_newuserdata(scratch->lua, capacity);
    memcpy(bytes, scratch->bytes, scratch->count);
    lua_replace(scratch->lua, scratch->slot);
    scratch->bytes = bytes;
    scratch->capacity = capacity;
}
