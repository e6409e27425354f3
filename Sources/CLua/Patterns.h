#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CLuaLibraries.h"
#include <lua5.1/lauxlib.h>

enum { most_captures = 32 };

/// What a pair of parentheses matched: some bytes, a position alone, or bytes whose end is not known yet.
typedef struct {
    const char *start;
    ptrdiff_t length;
} Capture;

enum { capture_open = -1, capture_position = -2 };

/// A pattern matched against a text. Matching counts its steps over all attempts of one call: every 10,000 it ticks,
/// and past a limit it raises an error, as patterns exist that would take years.
typedef struct {
    lua_State *lua;
    const char *text, *text_end;
    int captures, depth;
    int64_t steps_left, steps_until_tick;
    Capture capture[most_captures];
} Matcher;

void apus_matcher_open(Matcher *matcher, lua_State *lua, const char *text, size_t count);

/// Matches a pattern at one place of the text; where the match ends, or NULL.
const char *apus_matcher_match(Matcher *matcher, const char *place, const char *pattern);

/// Pushes one capture; the first of a pattern that has none is the whole match.
void apus_matcher_push_capture(Matcher *matcher, int index, const char *start, const char *end);

/// Pushes all captures, or the whole match if there are none and it has a start, and returns how many.
int apus_matcher_push_captures(Matcher *matcher, const char *start, const char *end);
