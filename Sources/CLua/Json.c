#include <limits.h>
#include <stdio.h>

#include "Json.h"

static void set_precision(JsonSettings *settings, int precision) {
    settings->precision = precision;
    settings->plain_limit = 1;
    for (int digit = 0; digit < precision; digit++) settings->plain_limit *= 10;
    snprintf(settings->number_format, sizeof settings->number_format, "%%.%dg", precision);
}

// Settings are asked for with nothing and set with a value.
static void accept_arguments(lua_State *lua, int most) {
    luaL_argcheck(lua, lua_gettop(lua) <= most, most + 1, "found too many arguments");
    lua_settop(lua, most);
}

// A value out of range is said to be the first argument whichever it is, as scripts know it.
static void integer_setting(lua_State *lua, int index, int *setting, int least, int most) {
    if (!lua_isnil(lua, index)) {
        lua_Integer value = luaL_checkinteger(lua, index);
        if (value < least || value > most) {
            const char *reason = lua_pushfstring(lua, "expected integer between %d and %d", least, most);
            luaL_argerror(lua, 1, reason);
        }
        *setting = (int)value;
    }
    lua_pushinteger(lua, *setting);
}

static const char *const choices[] = {"off", "on", "null", NULL};
static const char *const switches[] = {"off", "on", NULL};

static void choice_setting(lua_State *lua, int index, int *setting, const char *const names[]) {
    if (lua_isboolean(lua, index)) {
        *setting = lua_toboolean(lua, index);
    } else if (!lua_isnil(lua, index)) {
        *setting = luaL_checkoption(lua, index, NULL, names);
    }
    if (*setting <= 1) {
        lua_pushboolean(lua, *setting);
    } else {
        lua_pushstring(lua, names[*setting]);
    }
}

static int json_encode_sparse_array(lua_State *lua) {
    JsonSettings *settings = json_settings(lua);
    accept_arguments(lua, 3);
    choice_setting(lua, 1, &settings->sparse_convert, switches);
    integer_setting(lua, 2, &settings->sparse_ratio, 0, INT_MAX);
    integer_setting(lua, 3, &settings->sparse_safe, 0, INT_MAX);
    return 3;
}

static int json_encode_max_depth(lua_State *lua) {
    accept_arguments(lua, 1);
    integer_setting(lua, 1, &json_settings(lua)->encode_depth, 1, INT_MAX);
    return 1;
}

static int json_decode_max_depth(lua_State *lua) {
    accept_arguments(lua, 1);
    integer_setting(lua, 1, &json_settings(lua)->decode_depth, 1, INT_MAX);
    return 1;
}

static int json_encode_number_precision(lua_State *lua) {
    JsonSettings *settings = json_settings(lua);
    accept_arguments(lua, 1);
    int precision = settings->precision;
    integer_setting(lua, 1, &precision, 1, 14);
    set_precision(settings, precision);
    return 1;
}

static int json_encode_keep_buffer(lua_State *lua) {
    accept_arguments(lua, 1);
    choice_setting(lua, 1, &json_settings(lua)->keep_buffer, switches);
    return 1;
}

static int json_encode_invalid_numbers(lua_State *lua) {
    accept_arguments(lua, 1);
    choice_setting(lua, 1, &json_settings(lua)->encode_invalid, choices);
    return 1;
}

static int json_decode_invalid_numbers(lua_State *lua) {
    accept_arguments(lua, 1);
    choice_setting(lua, 1, &json_settings(lua)->decode_invalid, switches);
    return 1;
}

static int json_decode_array_with_array_mt(lua_State *lua) {
    accept_arguments(lua, 1);
    choice_setting(lua, 1, &json_settings(lua)->mark_empty_arrays, switches);
    return 1;
}

static int json_new(lua_State *lua) { return apus_lua_open_json(lua); }

static const luaL_Reg functions[] = {
    {"encode", apus_json_encode},
    {"decode", apus_json_decode},
    {"encode_sparse_array", json_encode_sparse_array},
    {"encode_max_depth", json_encode_max_depth},
    {"decode_max_depth", json_decode_max_depth},
    {"encode_number_precision", json_encode_number_precision},
    {"encode_keep_buffer", json_encode_keep_buffer},
    {"encode_invalid_numbers", json_encode_invalid_numbers},
    {"decode_invalid_numbers", json_decode_invalid_numbers},
    {"decode_array_with_array_mt", json_decode_array_with_array_mt},
    {"new", json_new},
    {NULL, NULL},
};

static void push_settings(lua_State *lua) {
    JsonSettings *settings = lua_newuserdata(lua, sizeof *settings);
    *settings = (JsonSettings){
        .sparse_ratio = 2, .sparse_safe = 10, .encode_depth = 1000, .decode_depth = 1000,
        .keep_buffer = true, .decode_invalid = true,
    };
    set_precision(settings, 14);
}

int apus_lua_open_json(lua_State *lua) {
    luaL_checkstack(lua, 4, "cjson");
    lua_newtable(lua);
    push_settings(lua);
    for (const luaL_Reg *function = functions; function->name != NULL; function++) {
        lua_pushvalue(lua, -1);
        lua_pushcclosure(lua, function->func, 1);
        lua_setfield(lua, -3, function->name);
    }
    lua_pop(lua, 1);
    lua_pushlightuserdata(lua, NULL);
    lua_setfield(lua, -2, "null");
    lua_pushliteral(lua, "cjson");
    lua_setfield(lua, -2, "_NAME");
    lua_pushliteral(lua, "2.1.0");
    lua_setfield(lua, -2, "_VERSION");
    return 1;
}
