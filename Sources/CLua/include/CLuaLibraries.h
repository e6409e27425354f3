#pragma once

#include <lua5.1/lua.h>

// The libraries of C that scripts are given. Each function pushes a new table with the functions of one library and
// returns 1; nothing is registered as a global. All of them may raise an error of the interpreter, as any push may.

/// `cjson`. The settings of the table's functions (depths, precision, …) live as long as the table.
int apus_lua_open_json(lua_State *lua);

/// `cmsgpack`.
int apus_lua_open_msgpack(lua_State *lua);

/// `struct`.
int apus_lua_open_struct(lua_State *lua);

/// `bit`.
int apus_lua_open_bit(lua_State *lua);

/// `string`, without `dump`. The caller sets the metatable of strings.
int apus_lua_open_string(lua_State *lua);

/// Provided by the engine: called every 10,000 steps of a function that takes long and that no hook sees inside. It may
/// raise an error, which ends the function, and it may switch stacks; it must not run code of the interpreter.
void apus_lua_tick(lua_State *lua);
