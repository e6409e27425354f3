#include <ctype.h>
#include <string.h>

#include "Patterns.h"

enum {
    steps_at_most = 200000000,
    steps_until_tick = 10000,
    // Each item of a pattern that repeats or captures nests once.
    deepest_nesting = 1000,
};

void apus_matcher_open(Matcher *matcher, lua_State *lua, const char *text, size_t count) {
    matcher->lua = lua;
    matcher->text = text;
    matcher->text_end = text + count;
    matcher->captures = matcher->depth = 0;
    matcher->steps_left = steps_at_most;
    matcher->steps_until_tick = steps_until_tick;
}

static void pause_matching(Matcher *matcher) {
    matcher->steps_left -= steps_until_tick - matcher->steps_until_tick;
    matcher->steps_until_tick = steps_until_tick;
    if (matcher->steps_left <= 0) luaL_error(matcher->lua, "pattern too complex");
    apus_lua_tick(matcher->lua);
}

static inline void spend(Matcher *matcher, ptrdiff_t steps) {
    matcher->steps_until_tick -= steps;
    if (matcher->steps_until_tick <= 0) pause_matching(matcher);
}

/// The end of the set whose bracket is at `item`. A bracket right after the opening one is a member.
static const char *set_end(Matcher *matcher, const char *item) {
    const char *next = item + 1;
    if (*next == '^') next++;
    do {
        if (*next == '\0') luaL_error(matcher->lua, "malformed pattern (missing ']')");
        if (*next++ == '%' && *next != '\0') next++;
    } while (*next != ']');
    return next + 1;
}

/// The end of the single-character item at `item`.
static const char *item_end(Matcher *matcher, const char *item) {
    if (*item == '[') return set_end(matcher, item);
    if (*item != '%') return item + 1;
    if (item[1] == '\0') luaL_error(matcher->lua, "malformed pattern (ends with '%%')");
    return item + 2;
}

static bool is_of_class(unsigned char byte, unsigned char letter) {
    bool is;
    switch (tolower(letter)) {
    case 'a': is = isalpha(byte); break;
    case 'c': is = iscntrl(byte); break;
    case 'd': is = isdigit(byte); break;
    case 'l': is = islower(byte); break;
    case 'p': is = ispunct(byte); break;
    case 's': is = isspace(byte); break;
    case 'u': is = isupper(byte); break;
    case 'w': is = isalnum(byte); break;
    case 'x': is = isxdigit(byte); break;
    case 'z': is = byte == 0; break;
    default: return letter == byte;
    }
    return isupper(letter) ? !is : is;
}

/// Whether a set, from its opening bracket to past its closing one, has a byte.
static bool set_has(unsigned char byte, const char *item, const char *end) {
    const char *last = end - 1;
    bool negated = item[1] == '^';
    for (const char *next = item + (negated ? 2 : 1); next < last; next++) {
        if (*next == '%') {
            if (is_of_class(byte, (unsigned char)*++next)) return !negated;
        } else if (next[1] == '-' && next + 2 < last) {
            if ((unsigned char)next[0] <= byte && byte <= (unsigned char)next[2]) return !negated;
            next += 2;
        } else if ((unsigned char)*next == byte) {
            return !negated;
        }
    }
    return negated;
}

/// Whether the byte at a place matches the single-character item of a pattern.
static bool fits(Matcher *matcher, const char *place, const char *item, const char *end) {
    spend(matcher, end - item);
    if (place >= matcher->text_end) return false;
    switch (*item) {
    case '.': return true;
    case '%': return is_of_class((unsigned char)*place, (unsigned char)item[1]);
    case '[': return set_has((unsigned char)*place, item, end);
    default: return *item == *place;
    }
}

static const char *match(Matcher *matcher, const char *place, const char *pattern);

/// Matches what is left of a pattern one level deeper.
static const char *match_rest(Matcher *matcher, const char *place, const char *pattern) {
    if (++matcher->depth > deepest_nesting) luaL_error(matcher->lua, "pattern too complex");
    const char *end = match(matcher, place, pattern);
    matcher->depth--;
    return end;
}

static const char *match_most(Matcher *matcher, const char *place, const char *item, const char *end) {
    ptrdiff_t count = 0;
    while (fits(matcher, place + count, item, end)) count++;
    for (; count >= 0; count--) {
        const char *found = match_rest(matcher, place + count, end + 1);
        if (found != NULL) return found;
    }
    return NULL;
}

static const char *match_fewest(Matcher *matcher, const char *place, const char *item, const char *end) {
    for (;; place++) {
        const char *found = match_rest(matcher, place, end + 1);
        if (found != NULL) return found;
        if (!fits(matcher, place, item, end)) return NULL;
    }
}

static const char *match_opened(Matcher *matcher, const char *place, const char *pattern) {
    bool is_position = pattern[1] == ')';
    if (matcher->captures >= most_captures) luaL_error(matcher->lua, "too many captures");
    matcher->capture[matcher->captures++] = (Capture){place, is_position ? capture_position : capture_open};
    const char *end = match_rest(matcher, place, pattern + (is_position ? 2 : 1));
    if (end == NULL) matcher->captures--;
    return end;
}

static Capture *last_open(Matcher *matcher) {
    for (int index = matcher->captures; index-- > 0;) {
        if (matcher->capture[index].length == capture_open) return matcher->capture + index;
    }
    luaL_error(matcher->lua, "invalid pattern capture");
    return NULL;
}

static const char *match_closed(Matcher *matcher, const char *place, const char *pattern) {
    Capture *capture = last_open(matcher);
    capture->length = place - capture->start;
    const char *end = match_rest(matcher, place, pattern + 1);
    if (end == NULL) capture->length = capture_open;
    return end;
}

/// `%b`: past the byte that closes what the first one opens.
static const char *match_balanced(Matcher *matcher, const char *place, const char *pair) {
    if (pair[0] == '\0' || pair[1] == '\0') luaL_error(matcher->lua, "unbalanced pattern");
    if (*place != pair[0] || place >= matcher->text_end) return NULL;
    ptrdiff_t open = 1;
    while (++place < matcher->text_end) {
        spend(matcher, 1);
        if (*place == pair[1]) {
            if (--open == 0) return place + 1;
        } else if (*place == pair[0]) {
            open++;
        }
    }
    return NULL;
}

/// `%1`: the same bytes again.
static const char *match_again(Matcher *matcher, const char *place, char digit) {
    int index = digit - '1';
    if (index < 0 || index >= matcher->captures || matcher->capture[index].length == capture_open)
        luaL_error(matcher->lua, "invalid capture index");
    ptrdiff_t length = matcher->capture[index].length;
    if (length < 0 || matcher->text_end - place < length) return NULL;
    spend(matcher, length / 16);
    return memcmp(matcher->capture[index].start, place, (size_t)length) == 0 ? place + length : NULL;
}

/// `%f`: a place where bytes of a set begin. Before the text and after it stands a zero.
static bool is_frontier(Matcher *matcher, const char *place, const char *set, const char *end) {
    spend(matcher, end - set);
    unsigned char before = place == matcher->text ? 0 : (unsigned char)place[-1];
    unsigned char after = place == matcher->text_end ? 0 : (unsigned char)*place;
    return !set_has(before, set, end) && set_has(after, set, end);
}

/// Matches an item that consumes bytes and needs no way back, and moves both past it; false if it does not match.
static bool step_over(Matcher *matcher, const char **place, const char **pattern) {
    const char *item = *pattern;
    if (*item == '%' && item[1] == 'b') {
        *place = match_balanced(matcher, *place, item + 2);
        *pattern = item + 4;
    } else if (*item == '%' && item[1] == 'f') {
        if (item[2] != '[') luaL_error(matcher->lua, "missing '[' after '%%f' in pattern");
        *pattern = set_end(matcher, item + 2);
        if (!is_frontier(matcher, *place, item + 2, *pattern)) return false;
    } else if (*item == '%' && isdigit((unsigned char)item[1])) {
        *place = match_again(matcher, *place, item[1]);
        *pattern = item + 2;
    } else {
        *pattern = item_end(matcher, item);
        if (!fits(matcher, *place, item, *pattern)) return false;
        ++*place;
    }
    return *place != NULL;
}

static bool is_repeatable(const char *item) {
    return *item != '%' || (item[1] != 'b' && item[1] != 'f' && !isdigit((unsigned char)item[1]));
}

static const char *match(Matcher *matcher, const char *place, const char *pattern) {
    for (;;) {
        spend(matcher, 1);
        if (*pattern == '\0') return place;
        if (*pattern == '(') return match_opened(matcher, place, pattern);
        if (*pattern == ')') return match_closed(matcher, place, pattern);
        if (*pattern == '$' && pattern[1] == '\0') return place == matcher->text_end ? place : NULL;
        const char *end = is_repeatable(pattern) ? item_end(matcher, pattern) : pattern;
        switch (is_repeatable(pattern) ? *end : '\0') {
        case '*': return match_most(matcher, place, pattern, end);
        case '+': return fits(matcher, place, pattern, end) ? match_most(matcher, place + 1, pattern, end) : NULL;
        case '-': return match_fewest(matcher, place, pattern, end);
        case '?': {
            const char *found = fits(matcher, place, pattern, end) ? match_rest(matcher, place + 1, end + 1) : NULL;
            if (found != NULL) return found;
            pattern = end + 1;
            break;
        }
        default:
            if (!step_over(matcher, &place, &pattern)) return NULL;
        }
    }
}

const char *apus_matcher_match(Matcher *matcher, const char *place, const char *pattern) {
    matcher->captures = matcher->depth = 0;
    return match(matcher, place, pattern);
}

void apus_matcher_push_capture(Matcher *matcher, int index, const char *start, const char *end) {
    if (index >= matcher->captures) {
        if (index != 0) luaL_error(matcher->lua, "invalid capture index");
        lua_pushlstring(matcher->lua, start, (size_t)(end - start));
        return;
    }
    Capture capture = matcher->capture[index];
    if (capture.length == capture_open) luaL_error(matcher->lua, "unfinished capture");
    if (capture.length == capture_position) {
        lua_pushinteger(matcher->lua, capture.start - matcher->text + 1);
    } else {
        lua_pushlstring(matcher->lua, capture.start, (size_t)capture.length);
    }
}

int apus_matcher_push_captures(Matcher *matcher, const char *start, const char *end) {
    int count = matcher->captures == 0 && start != NULL ? 1 : matcher->captures;
    luaL_checkstack(matcher->lua, count, "too many captures");
    for (int index = 0; index < count; index++) apus_matcher_push_capture(matcher, index, start, end);
    return count;
}
