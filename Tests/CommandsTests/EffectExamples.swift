/// For each command that writes, ways to use it that should leave the same data set wherever their effects are replayed.
/// A command that is not in the table yet may have its examples already.
let effectExamples: [String: [EffectExample]] = [
    genericExamples, datasetExamples, stringExamples, bitmapExamples, hyperLogLogExamples, listExamples, setExamples,
    hashExamples, sortedSetExamples, streamExamples, geoExamples, sortExamples,
].reduce(into: [:]) { all, examples in all.merge(examples) { first, _ in first } }

private let genericExamples: [String: [EffectExample]] = [
    "del": [
        EffectExample("DEL a", after: "SET a 1"), EffectExample("DEL a b none", after: "SET a 1", "SET b 2", "SET c 3"),
        EffectExample("DEL none"),
    ],
    "unlink": [EffectExample("UNLINK a b", after: "SET a 1", "SET b 2", "SET c 3")],
    "rename": [
        EffectExample("RENAME a b", after: "SET a 1", "SET b 2"),
        EffectExample("RENAME a b", after: "SET a 1", "EXPIRE a 1000", "SET b 2"),
        EffectExample("RENAME a a", after: "SET a 1"),
    ],
    "renamenx": [
        EffectExample("RENAMENX a b", after: "SET a 1"), EffectExample("RENAMENX a b", after: "SET a 1", "SET b 2"),
    ],
    "copy": [
        EffectExample("COPY a b", after: "SET a 1", "EXPIRE a 1000"),
        EffectExample("COPY a b REPLACE", after: "SET a 1", "SET b 2", "EXPIRE b 1000"),
        EffectExample("COPY a b DB 3", after: "SET a 1"), EffectExample("COPY a b", after: "SET a 1", "SET b 2"),
    ],
    "move": [
        EffectExample("MOVE a 3", after: "SET a 1", "EXPIRE a 1000"),
        EffectExample("MOVE a 3", after: "SET a 1", "MOVE a 3", "SET a 2"),
    ],
    "expire": [
        EffectExample("EXPIRE a 1000", after: "SET a 1"), EffectExample("EXPIRE a -1", after: "SET a 1", "SET b 2"),
        EffectExample("EXPIRE a 2000 GT", after: "SET a 1", "EXPIRE a 1000"),
        EffectExample("EXPIRE a 2000 LT", after: "SET a 1", "EXPIRE a 1000"),
    ],
    "pexpire": [EffectExample("PEXPIRE a 1000000", after: "SET a 1"), EffectExample("PEXPIRE a 0", after: "SET a 1")],
    "expireat": [
        EffectExample("EXPIREAT a 1900000000", after: "SET a 1"), EffectExample("EXPIREAT a 1", after: "SET a 1"),
    ],
    "pexpireat": [
        EffectExample("PEXPIREAT a 1900000000001 NX", after: "SET a 1"),
        EffectExample("PEXPIREAT a 1", after: "SET a 1"),
    ],
    "persist": [
        EffectExample("PERSIST a", after: "SET a 1", "EXPIRE a 1000"), EffectExample("PERSIST a", after: "SET a 1"),
    ],
]

private let datasetExamples: [String: [EffectExample]] = [
    "flushdb": [
        EffectExample("FLUSHDB", after: "SET a 1", "COPY a b DB 3"), EffectExample("FLUSHDB ASYNC", after: "SET a 1"),
    ],
    "flushall": [EffectExample("FLUSHALL", after: "SET a 1", "COPY a b DB 3")],
    "swapdb": [
        EffectExample("SWAPDB 0 3", after: "SET a 1", "COPY a b DB 3"),
        EffectExample("SWAPDB 3 5", after: "SET a 1", "MOVE a 3"),
    ],
    // The slots of a and b are 15495 and 3300.
    "trimslots": [
        EffectExample("TRIMSLOTS RANGES 1 0 16383", after: "SET a 1", "SET b 2", "COPY a b DB 3"),
        EffectExample("TRIMSLOTS RANGES 2 3300 3300 5 9", after: "SET a 1", "SET b 2", "COPY b b DB 3"),
    ],
    "sflush": [
        EffectExample("SFLUSH 0 16383", after: "SET a 1", "SET b 2", "EXPIRE b 1000", "COPY a b DB 3"),
        EffectExample("SFLUSH 15000 16000 0 5 ASYNC", after: "SET a 1", "SET {a}b 2", "SET b 2"),
    ],
]

private let stringExamples: [String: [EffectExample]] = [
    "set": [
        EffectExample("SET a 1"), EffectExample("SET a hello", after: "SET a 1", "EXPIRE a 1000"),
        EffectExample("SET a 1 EX 1000"), EffectExample("SET a 1 PX 1000000"), EffectExample("SET a 1 EXAT 1900000000"),
        EffectExample("SET a 1 PXAT 1900000000001"), EffectExample("SET a 1 NX", after: "SET a 2"),
        EffectExample("SET a 1 XX GET", after: "SET a 2"), EffectExample("SET a ''"),
        EffectExample("SET a 2 KEEPTTL", after: "SET a 1", "EXPIRE a 1000"),
    ],
    "setnx": [EffectExample("SETNX a 1"), EffectExample("SETNX a 1", after: "SET a 2")],
    "setex": [EffectExample("SETEX a 1000 v"), EffectExample("SETEX a 1000 v", after: "SET a 1")],
    "psetex": [EffectExample("PSETEX a 1000000 v")],
    "getset": [EffectExample("GETSET a 1"), EffectExample("GETSET a 1", after: "SET a 2", "EXPIRE a 1000")],
    "getdel": [EffectExample("GETDEL a", after: "SET a 1", "SET b 2"), EffectExample("GETDEL a")],
    "getex": [
        EffectExample("GETEX a EX 1000", after: "SET a 1"), EffectExample("GETEX a PX 1000000", after: "SET a 1"),
        EffectExample("GETEX a EXAT 1900000000", after: "SET a 1"),
        EffectExample("GETEX a PXAT 1", after: "SET a 1", "SET b 2"),
        EffectExample("GETEX a PERSIST", after: "SET a 1", "EXPIRE a 1000"), EffectExample("GETEX a", after: "SET a 1"),
    ],
    "append": [
        EffectExample("APPEND a world", after: "SET a hello", "EXPIRE a 1000"), EffectExample("APPEND a world"),
        EffectExample("APPEND a 5", after: "SET a 12"),
    ],
    "setrange": [
        EffectExample("SETRANGE a 6 world", after: "SET a hello-there"), EffectExample("SETRANGE a 3 x"),
        EffectExample("SETRANGE a 1 9", after: "SET a 123", "EXPIRE a 1000"),
    ],
    "incr": [EffectExample("INCR a"), EffectExample("INCR a", after: "SET a 5", "EXPIRE a 1000")],
    "decr": [EffectExample("DECR a"), EffectExample("DECR a", after: "SET a 5")],
    "incrby": [EffectExample("INCRBY a 7", after: "SET a 5")],
    "decrby": [EffectExample("DECRBY a 7", after: "SET a 5")],
    "incrbyfloat": [
        EffectExample("INCRBYFLOAT a 0.1", after: "SET a 0.2"),
        EffectExample("INCRBYFLOAT a 1.5", after: "SET a 5", "EXPIRE a 1000"), EffectExample("INCRBYFLOAT a 3e5"),
    ],
    "mset": [EffectExample("MSET a 1 b 2 a 3"), EffectExample("MSET a 1 b 2", after: "SET a x", "EXPIRE a 1000")],
    "msetnx": [EffectExample("MSETNX a 1 b 2"), EffectExample("MSETNX a 1 b 2", after: "SET b 1")],
    "msetex": [
        EffectExample("MSETEX 2 a 1 b 2 EX 1000"), EffectExample("MSETEX 1 a 1 PX 1000000 NX"),
        EffectExample("MSETEX 2 a 1 b 2 KEEPTTL", after: "SET a x", "EXPIRE a 1000"), EffectExample("MSETEX 1 a 1"),
    ],
    "increx": [
        EffectExample("INCREX a EX 1000"), EffectExample("INCREX a BYINT 5 PX 1000000", after: "SET a 5"),
        EffectExample("INCREX a BYFLOAT 0.5", after: "SET a 1", "EXPIRE a 1000"),
        EffectExample("INCREX a EX 1000 ENX", after: "SET a 5"),
        EffectExample("INCREX a PERSIST", after: "SET a 5", "EXPIRE a 1000"),
    ],
    "delifeq": [
        EffectExample("DELIFEQ a 1", after: "SET a 1", "SET b 2"), EffectExample("DELIFEQ a 2", after: "SET a 1"),
    ],
    "delex": [
        EffectExample("DELEX a IFEQ 1", after: "SET a 1", "SET b 2"), EffectExample("DELEX a IFNE 2", after: "SET a 1"),
        EffectExample("DELEX a", after: "SET a 1"), EffectExample("DELEX a IFEQ 2", after: "SET a 1"),
    ],
]

private let bitmapExamples: [String: [EffectExample]] = [
    "setbit": [
        EffectExample("SETBIT a 7 1"), EffectExample("SETBIT a 100 1", after: "SET a 5", "EXPIRE a 1000"),
        EffectExample("SETBIT a 1 0", after: "SET a hello"),
    ],
    "bitfield": [
        EffectExample("BITFIELD a SET u8 0 200"),
        EffectExample("BITFIELD a INCRBY i5 100 1 GET u4 0", after: "SET a hello"),
        EffectExample("BITFIELD a OVERFLOW FAIL INCRBY u2 0 3 INCRBY u2 0 3"),
        EffectExample("BITFIELD a GET u8 0", after: "SET a x"),
    ],
    "bitop": [
        EffectExample("BITOP AND d a b", after: "SET a hello", "SET b help"),
        EffectExample("BITOP NOT d a", after: "SET a hello", "SET d x", "EXPIRE d 1000"),
        EffectExample("BITOP OR d none", after: "SET d x"),
        EffectExample("BITOP XOR d a b", after: "SET a 123", "SET b 45"),
    ],
]

/// Commands that find nothing to do.
let idleExamples: [EffectExample] =
    commonIdleExamples + idleListExamples + idleHashExamples + idleSortedSetExamples + idleStreamExamples
    + idleGeoExamples

private let commonIdleExamples: [EffectExample] = [
    EffectExample("DEL none other"), EffectExample("UNLINK none"), EffectExample("RENAME a a", after: "SET a 1"),
    EffectExample("RENAME none a"), EffectExample("RENAMENX a b", after: "SET a 1", "SET b 2"),
    EffectExample("RENAMENX a a", after: "SET a 1"), EffectExample("COPY none a"), EffectExample("COPY a a"),
    EffectExample("COPY a b", after: "SET a 1", "SET b 2"), EffectExample("MOVE none 3"),
    EffectExample("MOVE a 99", after: "SET a 1"),
    EffectExample("EXPIRE none 10"), EffectExample("EXPIRE a 10 XX", after: "SET a 1"),
    EffectExample("EXPIRE a 10 GT", after: "SET a 1"), EffectExample("EXPIRE a foo", after: "SET a 1"),
    EffectExample("PERSIST a", after: "SET a 1"), EffectExample("PERSIST none"), EffectExample("SWAPDB 0 99"),
    EffectExample("FLUSHALL FOO"), EffectExample("SETNX a 1", after: "SET a 2"), EffectExample("GETDEL none"),
    EffectExample("GETEX a", after: "SET a 1"), EffectExample("GETEX a PERSIST", after: "SET a 1"),
    EffectExample("GETEX none EX 10"), EffectExample("MSETNX a 1 b 2", after: "SET b 1"),
    EffectExample("SETRANGE none 5 ''"), EffectExample("DELIFEQ a 2", after: "SET a 1"),
    EffectExample("DELIFEQ none 2"),
    EffectExample("DELEX a IFEQ 2", after: "SET a 1"), EffectExample("DELEX none"),
    EffectExample("INCR a", after: "SET a x"),
    EffectExample("BITFIELD a GET u8 0", after: "SET a x"), EffectExample("BITOP AND d none"),
    EffectExample("TRIMSLOTS RANGES 1 0 99", after: "SET a 1"), EffectExample("SFLUSH 0 99", after: "SET a 1"),
    EffectExample("SETBIT a x 1"), EffectExample("INCRBYFLOAT a x"), EffectExample("APPEND a"),
]
