#include <ctype.h>
#include <limits.h>
#include <stdbool.h>

#include "Integers.h"
#include "Scratch.h"

enum { widest_integer = 32, default_alignment = 8 };

/// A format that is being read, with what its control letters have set so far.
typedef struct {
    lua_State *lua;
    const char *next;
    size_t alignment;
    bool big;
} Format;

static Format format_start(lua_State *lua) {
    return (Format){lua, luaL_checkstring(lua, 1), 1, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__};
}

static size_t format_number(Format *format, size_t otherwise) {
    if (!isdigit((unsigned char)*format->next)) return otherwise;
    size_t number = 0;
    while (isdigit((unsigned char)*format->next)) {
        number = number * 10 + (size_t)(*format->next++ - '0');
        if (number > INT_MAX) luaL_error(format->lua, "integral size overflow");
    }
    return number;
}

static size_t integer_width(Format *format) {
    size_t width = format_number(format, sizeof(int));
    if (width > widest_integer)
        luaL_error(format->lua, "integral size %d is larger than limit of %d", (int)width, widest_integer);
    return width;
}

/// The width of an option in bytes; 0 for one that has none of its own.
static size_t option_width(Format *format, char option) {
    switch (option) {
    case 'b': case 'B': case 'x': return 1;
    case 'h': case 'H': return sizeof(short);
    case 'l': case 'L': return sizeof(long);
    case 'T': return sizeof(size_t);
    case 'f': return sizeof(float);
    case 'd': return sizeof(double);
    case 'c': return format_number(format, 1);
    case 'i': case 'I': return integer_width(format);
    default: return 0;
    }
}

static size_t padding_before(const Format *format, char option, size_t width, size_t position) {
    if (width == 0 || option == 'c') return 0;
    size_t unit = width < format->alignment ? width : format->alignment;
    return (unit - (position & (unit - 1))) & (unit - 1);
}

static void set_alignment(Format *format) {
    size_t alignment = format_number(format, default_alignment);
    if (alignment == 0 || (alignment & (alignment - 1)) != 0)
        luaL_error(format->lua, "alignment %d is not a power of 2", (int)alignment);
    format->alignment = alignment;
}

static void obey_control(Format *format, char option) {
    switch (option) {
    case ' ': return;
    case '<': format->big = false; return;
    case '>': format->big = true; return;
    case '!': set_alignment(format); return;
    default: luaL_argerror(format->lua, 1, lua_pushfstring(format->lua, "invalid format option '%c'", option));
    }
}

static void pack_integer(Format *format, Scratch *packed, double number, size_t width) {
    uint64_t value = number < 0 ? (uint64_t)signed_integer(number) : unsigned_integer(number);
    char *room = scratch_room(packed, width);
    for (size_t index = 0; index < width; index++) {
        room[format->big ? width - 1 - index : index] = (char)(index < 8 ? value >> (index * 8) & 0xFF : 0);
    }
    packed->count += width;
}

static void copy_ordered(const Format *format, char *target, const char *source, size_t width) {
    bool reversed = format->big != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    for (size_t index = 0; index < width; index++) target[index] = source[reversed ? width - 1 - index : index];
}

static void pack_float(Format *format, Scratch *packed, double number) {
    float narrow = (float)number;
    copy_ordered(format, scratch_room(packed, sizeof narrow), (const char *)&narrow, sizeof narrow);
    packed->count += sizeof narrow;
}

static void pack_double(Format *format, Scratch *packed, double number) {
    copy_ordered(format, scratch_room(packed, sizeof number), (const char *)&number, sizeof number);
    packed->count += sizeof number;
}

// An argument too short is reported one to the right, which is where scripts know it from.
static void pack_text(Format *format, Scratch *packed, int argument, char option, size_t width) {
    size_t length;
    const char *text = luaL_checklstring(format->lua, argument, &length);
    if (width == 0) width = length;
    luaL_argcheck(format->lua, length >= width, argument + 1, "string too short");
    scratch_append(packed, text, width);
    if (option == 's') scratch_byte(packed, 0);
}

/// Packs an option and returns whether it took the argument.
static bool pack_option(Format *format, Scratch *packed, int argument, char option, size_t width) {
    switch (option) {
    case 'b': case 'B': case 'h': case 'H': case 'l': case 'L': case 'T': case 'i': case 'I':
        pack_integer(format, packed, luaL_checknumber(format->lua, argument), width);
        return true;
    case 'f': pack_float(format, packed, luaL_checknumber(format->lua, argument)); return true;
    case 'd': pack_double(format, packed, luaL_checknumber(format->lua, argument)); return true;
    case 'c': case 's': pack_text(format, packed, argument, option, width); return true;
    case 'x': scratch_byte(packed, 0); return false;
    default: obey_control(format, option); return false;
    }
}

static int struct_pack(lua_State *lua) {
    Format format = format_start(lua);
    Scratch packed;
    // An argument that is missing is this nil.
    lua_pushnil(lua);
    apus_scratch_open(&packed, lua);
    int argument = 2;
    while (*format.next != '\0') {
        char option = *format.next++;
        size_t width = option_width(&format, option);
        size_t padding = padding_before(&format, option, width, packed.count);
        while (padding-- > 0) scratch_byte(&packed, 0);
        if (pack_option(&format, &packed, argument, option, width)) argument++;
    }
    scratch_push(&packed);
    return 1;
}

static double unpacked_integer(const Format *format, const char *bytes, size_t width, bool has_sign) {
    uint64_t value = 0;
    for (size_t index = 0; index < width; index++) {
        value = value << 8 | (unsigned char)bytes[format->big ? index : width - 1 - index];
    }
    if (!has_sign) return (double)value;
    uint64_t sign = ~UINT64_C(0) << ((width * 8 - 1) & 63);
    return (double)(int64_t)(value & sign ? value | sign : value);
}

static double unpacked_float(const Format *format, const char *bytes) {
    float number;
    copy_ordered(format, (char *)&number, bytes, sizeof number);
    return number;
}

static double unpacked_double(const Format *format, const char *bytes) {
    double number;
    copy_ordered(format, (char *)&number, bytes, sizeof number);
    return number;
}

/// The data of an unpacking: where it is, and how many values it has left on the stack.
typedef struct {
    const char *bytes;
    size_t count, position;
    int values;
} Source;

static void require(lua_State *lua, const Source *source, size_t width) {
    bool fits = width <= source->count && source->position <= source->count - width;
    luaL_argcheck(lua, fits, 2, "data string too short");
}

/// `c0` takes its width from the value before, which goes.
static size_t width_before(lua_State *lua, Source *source) {
    if (source->values == 0 || !lua_isnumber(lua, -1)) luaL_error(lua, "format 'c0' needs a previous size");
    size_t width = unsigned_integer(lua_tonumber(lua, -1));
    lua_pop(lua, 1);
    source->values--;
    require(lua, source, width);
    return width;
}

static size_t push_terminated(lua_State *lua, const Source *source) {
    const char *start = source->bytes + source->position;
    const char *end = memchr(start, 0, source->count - source->position);
    if (end == NULL) return (size_t)luaL_error(lua, "unfinished string in data");
    lua_pushlstring(lua, start, (size_t)(end - start));
    return (size_t)(end - start) + 1;
}

/// Pushes the value of an option, if it has one, and moves past it.
static void unpack_option(Format *format, Source *source, char option, size_t width) {
    lua_State *lua = format->lua;
    const char *bytes = source->bytes + source->position;
    source->values++;
    switch (option) {
    case 'b': case 'h': case 'l': case 'i': lua_pushnumber(lua, unpacked_integer(format, bytes, width, true)); break;
    case 'B': case 'H': case 'L': case 'T': case 'I':
        lua_pushnumber(lua, unpacked_integer(format, bytes, width, false));
        break;
    case 'f': lua_pushnumber(lua, unpacked_float(format, bytes)); break;
    case 'd': lua_pushnumber(lua, unpacked_double(format, bytes)); break;
    case 's': width = push_terminated(lua, source); break;
    case 'c':
        source->values--;
        if (width == 0) width = width_before(lua, source);
        lua_pushlstring(lua, bytes, width);
        source->values++;
        break;
    default:
        source->values--;
        if (option != 'x') obey_control(format, option);
    }
    source->position += width;
}

static int struct_unpack(lua_State *lua) {
    Format format = format_start(lua);
    Source source = {.values = 0};
    source.bytes = luaL_checklstring(lua, 2, &source.count);
    lua_Integer first = luaL_optinteger(lua, 3, 1);
    luaL_argcheck(lua, first != 0, 3, "offset must be 1 or greater");
    source.position = (size_t)first - 1;
    while (*format.next != '\0') {
        char option = *format.next++;
        size_t width = option_width(&format, option);
        source.position += padding_before(&format, option, width, source.position);
        require(lua, &source, width);
        luaL_checkstack(lua, 2, "too many results");
        unpack_option(&format, &source, option, width);
    }
    lua_pushinteger(lua, (lua_Integer)(source.position + 1));
    return source.values + 1;
}

static int struct_size(lua_State *lua) {
    Format format = format_start(lua);
    size_t size = 0;
    while (*format.next != '\0') {
        char option = *format.next++;
        size_t width = option_width(&format, option);
        size += padding_before(&format, option, width, size);
        luaL_argcheck(lua, option != 's', 1, "option 's' has no fixed size");
        luaL_argcheck(lua, option != 'c' || width != 0, 1, "option 'c0' has no fixed size");
        if (!isalnum((unsigned char)option)) obey_control(&format, option);
        size += width;
    }
    lua_pushnumber(lua, (double)size);
    return 1;
}

static const luaL_Reg functions[] = {
    {"pack", struct_pack}, {"unpack", struct_unpack}, {"size", struct_size}, {NULL, NULL},
};

int apus_lua_open_struct(lua_State *lua) {
    lua_newtable(lua);
    luaL_register(lua, NULL, functions);
    return 1;
}
