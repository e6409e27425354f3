#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "Json.h"

typedef struct {
    lua_State *lua;
    const JsonSettings *settings;
    const char *start, *next;
    /// The string being read, if it has escapes.
    Scratch text;
    /// One integer for each open table on the stack: an array's next index, 0 for an object, whose key stands above it.
    Scratch levels;
    int depth;
    Pace pace;
} Decoder;

static void fail_at(Decoder *decoder, const char *expected, const char *found, const char *where) {
    luaL_error(decoder->lua, "Expected %s but found %s at character %d", expected, found,
               (int)(where - decoder->start) + 1);
}

static void skip_blanks(Decoder *decoder) {
    while (*decoder->next == ' ' || *decoder->next == '\t' || *decoder->next == '\n' || *decoder->next == '\r')
        decoder->next++;
}

// Numbers that are none in JSON: signed by plus, with leading zeros, hexadecimal, infinite, or not a number.
static bool is_invalid_number(const char *text) {
    if (*text == '+') return true;
    if (*text == '-') text++;
    if (*text == '0') return text[1] == 'x' || text[1] == 'X' || isdigit((unsigned char)text[1]);
    return strncasecmp(text, "inf", 3) == 0 || strncasecmp(text, "nan", 3) == 0;
}

static bool starts_number(Decoder *decoder) {
    char byte = *decoder->next;
    return byte == '-' || isdigit((unsigned char)byte)
        || (decoder->settings->decode_invalid && is_invalid_number(decoder->next));
}

/// Reads up to 15 digits that are all of a number, which most numbers are.
static bool read_digits(const char **next, double *number) {
    const char *digit = *next;
    int64_t value = 0;
    while (isdigit((unsigned char)*digit) && digit - *next < 15) value = value * 10 + (*digit++ - '0');
    if (digit == *next || isalnum((unsigned char)*digit) || *digit == '.') return false;
    *number = (double)value;
    *next = digit;
    return true;
}

/// Reads the number at the cursor; false if there is none, or one that the settings refuse.
static bool read_number(Decoder *decoder, double *number) {
    if (!decoder->settings->decode_invalid && is_invalid_number(decoder->next)) return false;
    if (read_digits(&decoder->next, number)) return true;
    char *end;
    *number = strtod(decoder->next, &end);
    if (end == decoder->next) return false;
    decoder->next = end;
    return true;
}

static int hexadecimal(const char *text) {
    int value = 0;
    for (int index = 0; index < 4; index++) {
        if (!isxdigit((unsigned char)text[index])) return -1;
        int digit = isdigit((unsigned char)text[index]) ? text[index] - '0' : (text[index] | 0x20) - 'a' + 10;
        value = value << 4 | digit;
    }
    return value;
}

/// The code point of `\uXXXX`, or of two of them that are a surrogate pair; -1 if it is none. Moves past it.
static int read_code_point(const char **next) {
    int first = hexadecimal(*next + 2);
    if (first < 0 || (first & 0xFC00) == 0xDC00) return -1;
    *next += 6;
    if ((first & 0xFC00) != 0xD800) return first;
    if ((*next)[0] != '\\' || (*next)[1] != 'u') return -1;
    int second = hexadecimal(*next + 2);
    if (second < 0 || (second & 0xFC00) != 0xDC00) return -1;
    *next += 6;
    return 0x10000 + ((first & 0x3FF) << 10 | (second & 0x3FF));
}

static void append_code_point(Scratch *text, int point) {
    if (point < 0x80) {
        scratch_byte(text, (char)point);
        return;
    }
    int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const int marks[] = {0, 0xC0, 0xE0, 0xF0};
    scratch_byte(text, (char)(marks[more] | point >> (6 * more)));
    while (more-- > 0) scratch_byte(text, (char)(0x80 | (point >> (6 * more) & 0x3F)));
}

static char unescaped(char letter) {
    switch (letter) {
    case '"': case '\\': case '/': return letter;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

/// Reads the escape at the cursor; what is wrong with it otherwise.
static const char *read_escape(Decoder *decoder) {
    if (decoder->next[1] == 'u') {
        const char *end = decoder->next;
        int point = read_code_point(&end);
        if (point < 0) return "invalid unicode escape code";
        append_code_point(&decoder->text, point);
        decoder->next = end;
        return NULL;
    }
    char byte = unescaped(decoder->next[1]);
    if (byte == 0) return "invalid escape code";
    scratch_byte(&decoder->text, byte);
    decoder->next += 2;
    return NULL;
}

static const char *run_end(const char *text) {
    while (*text != '"' && *text != '\\' && *text != '\0') text++;
    return text;
}

/// Pushes the string whose opening quote the cursor stands on; what is wrong with it otherwise.
static const char *read_string(Decoder *decoder) {
    const char *run = ++decoder->next;
    decoder->next = run_end(run);
    if (*decoder->next == '"') {
        lua_pushlstring(decoder->lua, run, (size_t)(decoder->next++ - run));
        return NULL;
    }
    decoder->text.count = 0;
    while (*decoder->next == '\\') {
        scratch_append(&decoder->text, run, (size_t)(decoder->next - run));
        const char *wrong = read_escape(decoder);
        if (wrong != NULL) return wrong;
        run = decoder->next;
        decoder->next = run_end(run);
    }
    if (*decoder->next == '\0') return "unexpected end of string";
    scratch_append(&decoder->text, run, (size_t)(decoder->next++ - run));
    scratch_push(&decoder->text);
    return NULL;
}

static const char *word_name(Decoder *decoder) {
    const char *text = decoder->next;
    if (strncmp(text, "true", 4) == 0 || strncmp(text, "false", 5) == 0) return "T_BOOLEAN";
    return strncmp(text, "null", 4) == 0 ? "T_NULL" : "invalid token";
}

/// Raises the error of finding what stands at the cursor where something else was expected.
static void fail(Decoder *decoder, const char *expected) {
    const char *where = decoder->next, *found = NULL;
    double number;
    switch (*where) {
    case '\0': found = "T_END"; break;
    case '{': found = "T_OBJ_BEGIN"; break;
    case '}': found = "T_OBJ_END"; break;
    case '[': found = "T_ARR_BEGIN"; break;
    case ']': found = "T_ARR_END"; break;
    case ':': found = "T_COLON"; break;
    case ',': found = "T_COMMA"; break;
    case '"':
        found = read_string(decoder);
        if (found != NULL) where = decoder->next;
        else found = "T_STRING";
        break;
    default:
        if (!starts_number(decoder)) found = word_name(decoder);
        else found = read_number(decoder, &number) ? "T_NUMBER" : "invalid number";
    }
    fail_at(decoder, expected, found, where);
}

static void take(Decoder *decoder, char wanted, const char *expected) {
    skip_blanks(decoder);
    if (*decoder->next != wanted) fail(decoder, expected);
    decoder->next++;
}

static int *innermost(Decoder *decoder) { return (int *)(decoder->levels.bytes + decoder->levels.count) - 1; }

static void push_key(Decoder *decoder) {
    skip_blanks(decoder);
    const char *start = decoder->next;
    if (*start != '"') fail(decoder, "object key string");
    const char *wrong = read_string(decoder);
    if (wrong != NULL) fail_at(decoder, "object key string", wrong, decoder->next);
    take(decoder, ':', "colon");
}

static void mark_as_array(lua_State *lua) {
    lua_newtable(lua);
    lua_pushboolean(lua, true);
    lua_setfield(lua, -2, json_array_mark);
    lua_setmetatable(lua, -2);
}

/// Pushes the table that begins at the cursor and opens a level for it; one that is empty is finished at once.
static bool open_table(Decoder *decoder, bool is_object) {
    lua_State *lua = decoder->lua;
    decoder->next++;
    if (++decoder->depth > decoder->settings->decode_depth || !lua_checkstack(lua, 5))
        luaL_error(lua, "Found too many nested data structures (%d) at character %d", decoder->depth,
                   (int)(decoder->next - decoder->start));
    lua_newtable(lua);
    skip_blanks(decoder);
    if (*decoder->next == (is_object ? '}' : ']')) {
        decoder->next++;
        decoder->depth--;
        if (!is_object && decoder->settings->mark_empty_arrays) mark_as_array(lua);
        return true;
    }
    int first = is_object ? 0 : 1;
    scratch_append(&decoder->levels, (const char *)&first, sizeof first);
    if (is_object) push_key(decoder);
    return false;
}

/// Pushes true, false, null or a number.
static void push_word(Decoder *decoder) {
    double number;
    if (starts_number(decoder) && read_number(decoder, &number)) {
        lua_pushnumber(decoder->lua, number);
    } else if (strncmp(decoder->next, "true", 4) == 0) {
        decoder->next += 4;
        lua_pushboolean(decoder->lua, true);
    } else if (strncmp(decoder->next, "false", 5) == 0) {
        decoder->next += 5;
        lua_pushboolean(decoder->lua, false);
    } else if (strncmp(decoder->next, "null", 4) == 0) {
        decoder->next += 4;
        lua_pushlightuserdata(decoder->lua, NULL);
    } else {
        fail(decoder, "value");
    }
}

/// Pushes the value at the cursor, and returns whether it is finished: a table with something in it is not.
static bool push_value(Decoder *decoder) {
    skip_blanks(decoder);
    pace_step(&decoder->pace);
    switch (*decoder->next) {
    case '{': return open_table(decoder, true);
    case '[': return open_table(decoder, false);
    case '"': {
        const char *wrong = read_string(decoder);
        if (wrong != NULL) fail_at(decoder, "value", wrong, decoder->next);
        return true;
    }
    default: push_word(decoder); return true;
    }
}

/// Stores the finished value on top of the stack in the innermost table, and returns whether that is finished with it.
static bool store_value(Decoder *decoder) {
    int *index = innermost(decoder);
    bool is_object = *index == 0;
    if (is_object) {
        lua_rawset(decoder->lua, -3);
    } else {
        lua_rawseti(decoder->lua, -2, (*index)++);
    }
    skip_blanks(decoder);
    if (*decoder->next == ',') {
        decoder->next++;
        if (is_object) push_key(decoder);
        return false;
    }
    take(decoder, is_object ? '}' : ']', is_object ? "comma or object end" : "comma or array end");
    decoder->levels.count -= sizeof(int);
    decoder->depth--;
    return true;
}

static void push_document(Decoder *decoder) {
    bool finished;
    do {
        finished = push_value(decoder);
        while (finished && decoder->depth > 0) finished = store_value(decoder);
    } while (!finished);
}

int apus_json_decode(lua_State *lua) {
    luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
    Decoder decoder = {.lua = lua, .settings = json_settings(lua), .pace = pace_start(lua)};
    size_t count;
    decoder.start = decoder.next = luaL_checklstring(lua, 1, &count);
    if (count >= 2 && (decoder.start[0] == '\0' || decoder.start[1] == '\0'))
        luaL_error(lua, "JSON parser does not support UTF-16 or UTF-32");
    apus_scratch_open(&decoder.text, lua);
    apus_scratch_open(&decoder.levels, lua);
    push_document(&decoder);
    take(&decoder, '\0', "the end");
    return 1;
}
