#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "CLuaLibraries.h"

/// Counts the steps of a function that no hook sees inside, and ticks every so many.
typedef struct {
    lua_State *lua;
    int64_t left;
} Pace;

enum { steps_per_tick = 10000 };

static inline Pace pace_start(lua_State *lua) { return (Pace){lua, steps_per_tick}; }

static inline void pace_step(Pace *pace) {
    if (--pace->left > 0) return;
    pace->left = steps_per_tick;
    apus_lua_tick(pace->lua);
}
