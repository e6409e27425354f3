#pragma once

#include <stdbool.h>

#include "Pace.h"
#include "Scratch.h"

typedef enum { invalid_numbers_refused, invalid_numbers_written, invalid_numbers_null } InvalidNumbers;

/// What the functions of one `cjson` table share and its settings change.
typedef struct {
    int sparse_convert, sparse_ratio, sparse_safe;
    int encode_depth, decode_depth;
    int precision;
    int keep_buffer;
    int encode_invalid, decode_invalid;
    int mark_empty_arrays;
    char number_format[8];
    /// Whole numbers below it are written with all their digits.
    double plain_limit;
} JsonSettings;

/// The field of a metatable that makes a table an array, however empty.
static const char json_array_mark[] = "__is_cjson_array";

static inline JsonSettings *json_settings(lua_State *lua) { return lua_touserdata(lua, lua_upvalueindex(1)); }

int apus_json_encode(lua_State *lua);
int apus_json_decode(lua_State *lua);
