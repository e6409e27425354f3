#pragma once

#include "CLuaLibraries.h"

int apus_string_find(lua_State *lua);
int apus_string_match(lua_State *lua);
int apus_string_gmatch(lua_State *lua);
int apus_string_gsub(lua_State *lua);
int apus_string_format(lua_State *lua);
