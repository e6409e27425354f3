// CLua: the Lua interpreter behind a small interface of events and flat bytes, so that no Lua error ever passes through a
// frame of the caller.
//
//     apus_lua_start… ─▶ apus_lua_resume ─▶ CALL    a command is wanted; its reply is put into `reply`
//                              ▲             SLICE   the script has run for a while
//                              │             LOG     a line for the log
//                              └──────────── MAY_CALL  may the user run a command?
//                                            ERROR   the reply has an error that no command has made
//                                            ENDED   `result`, or `failure`
//
// The script runs on a stack of its own; `apus_lua_resume` returns with everything of Lua's left standing there.
#ifndef APUS_CLUA_H
#define APUS_CLUA_H

#include <stddef.h>
#include <stdint.h>
#include "CLuaLibraries.h"

#ifdef __cplusplus
extern "C" {
#endif

/// An argument: an offset from `argument_base`, and a length.
typedef struct {
    int64_t offset;
    int64_t count;
} apus_lua_span;

enum { APUS_LUA_ENDED, APUS_LUA_CALL, APUS_LUA_SLICE, APUS_LUA_LOG, APUS_LUA_MAY_CALL, APUS_LUA_ERROR };

/// What the globals of a run offer.
enum { APUS_LUA_EVAL, APUS_LUA_FUNCTION, APUS_LUA_LOAD };

/// A function that a library has registered; valid until the next library is loaded.
typedef struct {
    char *name;
    char *description;
    /// A reference to the function, to be given back with `apus_lua_forget`.
    int reference;
    /// Bits in the order of `apus_lua_flag_names`.
    uint32_t flags;
} apus_lua_function;

/// What a script and its caller tell each other.
typedef struct {
    // From the script, with CALL and MAY_CALL.
    const void *argument_base;
    const apus_lua_span *arguments;
    int64_t argument_count;
    // With LOG and ERROR.
    const char *text;
    int64_t text_count;
    int level;
    // To the script: the reply to CALL, whole, in the protocol that `protocol` says; valid until the next event.
    const void *reply;
    int64_t reply_count;
    /// To MAY_CALL: 1 or 0; -1 for no such command.
    int answer;
    /// 2 or 3, as the script has chosen.
    int protocol;
    /// REPL_* bits that the script has chosen: 1 for the file, 2 for replicas.
    int propagation;
    /// What the name of the running script is in errors.
    const char *name;
    int64_t name_count;
    /// Set to end the script with an error at the next event.
    int is_killed;
    // With ENDED: the reply in RESP, or, where `has_failed`, the text of an error.
    const char *result;
    int64_t result_count;
    int has_failed;
    /// Whether the error was counted when the command failed that caused it.
    int is_counted;
    /// The reference of what was compiled.
    int reference;
    apus_lua_function *functions;
    int64_t function_count;
} apus_lua_exchange;

/// What the interpreter needs of its caller: functions that return at once and know no Lua.
typedef struct {
    /// Writes the shortest text of a number (at most 40 bytes) and returns its length.
    int64_t (*write_double)(double value, char *target);
    /// Writes the 40 hexadecimal digits of SHA-1.
    void (*write_sha1)(const void *bytes, int64_t count, char *target);
    const char *version;
    int64_t version_number;
} apus_lua_services;

/// Names of the flags of scripts and functions, in the order of their bits; NULL at the end.
extern const char *const apus_lua_flag_names[];

/// Makes an interpreter whose memory is limited; NULL where there is not even enough for that.
apus_lua_exchange *apus_lua_create(int64_t most_bytes, const apus_lua_services *services);
void apus_lua_destroy(apus_lua_exchange *exchange);

/// Compiles a script, or the code of a library (`kind`), which ends at once: `reference`, or a failure.
void apus_lua_compile(apus_lua_exchange *exchange, const void *code, int64_t count, int kind);

/// Begins a run of what was compiled; to be followed by `apus_lua_resume` until it says ENDED. Keys and arguments are read
/// at the first resume.
/// - protocol: what the reply is written for, 2 or 3.
void apus_lua_start(
    apus_lua_exchange *exchange, int reference, int kind, const void *base, const apus_lua_span *keys,
    int64_t key_count, const apus_lua_span *arguments, int64_t argument_count, int protocol, uint32_t seed);
int apus_lua_resume(apus_lua_exchange *exchange);

/// Gives a reference back.
void apus_lua_forget(apus_lua_exchange *exchange, int reference);
/// Frees what nothing refers to any more.
void apus_lua_collect(apus_lua_exchange *exchange);
/// Gives the memory of a large result back.
void apus_lua_release_result(apus_lua_exchange *exchange);
/// Bytes that Lua holds.
int64_t apus_lua_used(const apus_lua_exchange *exchange);

#ifdef __cplusplus
}
#endif
#endif
