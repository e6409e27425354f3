#include "MessagePack.h"

static const luaL_Reg functions[] = {
    {"pack", apus_msgpack_pack},
    {"unpack", apus_msgpack_unpack},
    {"unpack_one", apus_msgpack_unpack_one},
    {"unpack_limit", apus_msgpack_unpack_limit},
    {NULL, NULL},
};

static void set_text(lua_State *lua, const char *field, const char *text) {
    lua_pushstring(lua, text);
    lua_setfield(lua, -2, field);
}

int apus_lua_open_msgpack(lua_State *lua) {
    lua_newtable(lua);
    luaL_register(lua, NULL, functions);
    set_text(lua, "_NAME", "cmsgpack");
    set_text(lua, "_VERSION", "lua-cmsgpack 0.4.0");
    set_text(lua, "_DESCRIPTION", "MessagePack C implementation for Lua");
    return 1;
}
