#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "Integers.h"
#include "Scratch.h"
#include "Strings.h"

enum {
    // A sign, 309 digits, a point, 99 more digits and the end, or 99 columns.
    widest_item = 512,
    longest_padded_text = 100,
};

/// One conversion: flags, width and precision as they stand in the format, and where its letter goes.
typedef struct {
    char text[16];
    size_t count;
} Conversion;

static void add(Conversion *conversion, const char *letters) {
    size_t count = strlen(letters);
    memcpy(conversion->text + conversion->count, letters, count + 1);
    conversion->count += count;
}

static const char *skip_two_digits(const char *next) {
    if (isdigit((unsigned char)*next)) next++;
    if (isdigit((unsigned char)*next)) next++;
    return next;
}

/// Reads what stands between the percent sign and the letter.
static const char *read_conversion(lua_State *lua, const char *start, Conversion *conversion) {
    const char *next = start + strspn(start, "-+ #0");
    if (next - start > 5) luaL_error(lua, "invalid format (repeated flags)");
    next = skip_two_digits(next);
    if (*next == '.') next = skip_two_digits(next + 1);
    if (isdigit((unsigned char)*next)) luaL_error(lua, "invalid format (width or precision too long)");
    conversion->text[0] = '%';
    memcpy(conversion->text + 1, start, (size_t)(next - start));
    conversion->count = 1 + (size_t)(next - start);
    return next;
}

static int character(double number) { return number > INT_MIN && number <= INT_MAX ? (int)number : 0; }

// What snprintf is told here is a percent sign, at most five flags, two digits, a point, two digits and a letter.
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/// Formats a number by a letter for one of the C types behind it; false if the letter is none.
static bool format_number(lua_State *lua, int argument, Conversion *conversion, char letter, char *item) {
    switch (letter) {
    case 'c':
        add(conversion, "c");
        snprintf(item, widest_item, conversion->text, character(luaL_checknumber(lua, argument)));
        return true;
    case 'd': case 'i':
        add(conversion, letter == 'd' ? "ld" : "li");
        snprintf(item, widest_item, conversion->text, (long)signed_integer(luaL_checknumber(lua, argument)));
        return true;
    case 'o': case 'u': case 'x': case 'X':
        add(conversion, (char[]){'l', letter, 0});
        snprintf(item, widest_item, conversion->text, (unsigned long)unsigned_integer(luaL_checknumber(lua, argument)));
        return true;
    case 'e': case 'E': case 'f': case 'g': case 'G':
        add(conversion, (char[]){letter, 0});
        snprintf(item, widest_item, conversion->text, luaL_checknumber(lua, argument));
        return true;
    default: return false;
    }
}

/// A long text without precision is taken whole; others go the way of C, up to their first zero.
static void append_text(Scratch *result, int argument, Conversion *conversion) {
    size_t count;
    const char *text = luaL_checklstring(result->lua, argument, &count);
    if (strchr(conversion->text, '.') == NULL && count >= longest_padded_text) {
        scratch_append(result, text, count);
        return;
    }
    char item[widest_item];
    add(conversion, "s");
    snprintf(item, sizeof item, conversion->text, text);
    scratch_append(result, item, strlen(item));
}

/// Appends a text as the interpreter could read it again.
static void append_quoted(Scratch *result, int argument) {
    size_t count;
    const char *text = luaL_checklstring(result->lua, argument, &count);
    scratch_byte(result, '"');
    for (size_t index = 0; index < count; index++) {
        switch (text[index]) {
        case '"': case '\\': case '\n':
            scratch_byte(result, '\\');
            scratch_byte(result, text[index]);
            break;
        case '\r': scratch_append(result, "\\r", 2); break;
        case '\0': scratch_append(result, "\\000", 4); break;
        default: scratch_byte(result, text[index]);
        }
    }
    scratch_byte(result, '"');
}

static const char *append_item(Scratch *result, int argument, const char *start) {
    Conversion conversion;
    const char *letter = read_conversion(result->lua, start, &conversion);
    conversion.text[conversion.count] = '\0';
    char item[widest_item];
    if (*letter == 'q') {
        append_quoted(result, argument);
    } else if (*letter == 's') {
        append_text(result, argument, &conversion);
    } else if (format_number(result->lua, argument, &conversion, *letter, item)) {
        scratch_append(result, item, strlen(item));
    } else {
        luaL_error(result->lua, "invalid option '%%%c' to 'format'", *letter);
    }
    return letter + 1;
}

int apus_string_format(lua_State *lua) {
    size_t count;
    const char *next = luaL_checklstring(lua, 1, &count);
    const char *end = next + count;
    int arguments = lua_gettop(lua), argument = 1;
    luaL_checkstack(lua, 4, "too many arguments");
    Scratch result;
    apus_scratch_open(&result, lua);
    while (next < end) {
        if (*next != '%' || *++next == '%') {
            scratch_byte(&result, *next++);
            continue;
        }
        if (++argument > arguments) return luaL_argerror(lua, argument, "no value");
        next = append_item(&result, argument, next);
    }
    scratch_push(&result);
    return 1;
}
