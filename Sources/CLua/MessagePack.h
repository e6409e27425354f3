#pragma once

#include <stdbool.h>

#include "Pace.h"
#include "Scratch.h"

int apus_msgpack_pack(lua_State *lua);
int apus_msgpack_unpack(lua_State *lua);
int apus_msgpack_unpack_one(lua_State *lua);
int apus_msgpack_unpack_limit(lua_State *lua);
