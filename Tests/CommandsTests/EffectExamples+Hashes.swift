let hashExamples: [String: [EffectExample]] = [
    "hset": [
        EffectExample("HSET a f 1 g 2 f 3"), EffectExample("HSET a f 1", after: "HSET a f 0 g 2", "EXPIRE a 1000"),
        EffectExample("HSET a f 5", after: "HSET a f 1", "HEXPIRE a 1000 FIELDS 1 f"),
    ],
    "hmset": [EffectExample("HMSET a f 1 g 2", after: "HSET a f 0")],
    "hsetnx": [EffectExample("HSETNX a f 1"), EffectExample("HSETNX a f 1", after: "HSET a f 2")],
    "hdel": [
        EffectExample("HDEL a f none", after: "HSET a f 1 g 2"),
        EffectExample("HDEL a f", after: "HSET a f 1", "SET b 2"),
    ],
    "hincrby": [
        EffectExample("HINCRBY a f 5"),
        EffectExample("HINCRBY a f 5", after: "HSET a f 7", "HEXPIRE a 1000 FIELDS 1 f"),
    ],
    "hincrbyfloat": [
        EffectExample("HINCRBYFLOAT a f 0.1", after: "HSET a f 0.2"), EffectExample("HINCRBYFLOAT a f 3e5"),
        EffectExample("HINCRBYFLOAT a f 0.1", after: "HSET a f 1", "HEXPIRE a 1000 FIELDS 1 f"),
    ],
    "hexpire": [
        EffectExample("HEXPIRE a 1000 FIELDS 2 f g", after: "HSET a f 1 g 2 h 3"),
        EffectExample("HEXPIRE a 0 FIELDS 1 f", after: "HSET a f 1 g 2"),
        EffectExample("HEXPIRE a 0 FIELDS 2 f g", after: "HSET a f 1 g 2", "SET b 1"),
    ],
    "hpexpire": [EffectExample("HPEXPIRE a 1000000 NX FIELDS 2 f none", after: "HSET a f 1")],
    "hexpireat": [EffectExample("HEXPIREAT a 1900000000 FIELDS 1 f", after: "HSET a f 1")],
    "hpexpireat": [
        EffectExample("HPEXPIREAT a 1900000000001 FIELDS 1 f", after: "HSET a f 1"),
        EffectExample("HPEXPIREAT a 1 FIELDS 1 f", after: "HSET a f 1", "SET b 1"),
    ],
    "hpersist": [EffectExample("HPERSIST a FIELDS 2 f g", after: "HSET a f 1 g 2", "HEXPIRE a 1000 FIELDS 1 f")],
    "hgetdel": [
        EffectExample("HGETDEL a FIELDS 2 f none", after: "HSET a f 1 g 2"),
        EffectExample("HGETDEL a FIELDS 1 f", after: "HSET a f 1", "SET b 1"),
    ],
    "hgetex": [
        EffectExample("HGETEX a EX 1000 FIELDS 2 f none", after: "HSET a f 1 g 2"),
        EffectExample("HGETEX a PERSIST FIELDS 1 f", after: "HSET a f 1", "HEXPIRE a 1000 FIELDS 1 f"),
        EffectExample("HGETEX a PXAT 1 FIELDS 1 f", after: "HSET a f 1 g 2"),
        EffectExample("HGETEX a FIELDS 1 f", after: "HSET a f 1"),
    ],
    "hsetex": [
        EffectExample("HSETEX a EX 1000 FIELDS 2 f 1 g 2"), EffectExample("HSETEX a FIELDS 1 f 1", after: "HSET a f 2"),
        EffectExample("HSETEX a KEEPTTL FIELDS 1 f 1", after: "HSET a f 2", "HEXPIRE a 1000 FIELDS 1 f"),
        EffectExample("HSETEX a PXAT 1 FIELDS 1 f 1", after: "HSET a f 2 g 3"),
        EffectExample("HSETEX a FNX FIELDS 1 f 1", after: "HSET a f 2"),
    ],
    "himport|set": [
        EffectExample("HIMPORT SET a fs 1 2", after: "HIMPORT PREPARE fs f g"),
        EffectExample(
            "HIMPORT SET a fs 1 2", after: "HIMPORT PREPARE fs f g", "HSET a h 1 f 2", "EXPIRE a 1000",
            "HEXPIRE a 1000 FIELDS 1 h"),
    ],
]

/// Commands on hashes that find nothing to do.
let idleHashExamples: [EffectExample] = [
    EffectExample("HSETNX a f 1", after: "HSET a f 2"), EffectExample("HDEL a g", after: "HSET a f 2"),
    EffectExample("HDEL none g"), EffectExample("HINCRBY a f 1", after: "HSET a f x"),
    EffectExample("HINCRBYFLOAT a f x", after: "HSET a f 1"), EffectExample("HEXPIRE none 10 FIELDS 1 f"),
    EffectExample("HEXPIRE a 10 FIELDS 1 g", after: "HSET a f 1"),
    EffectExample("HEXPIRE a 10 XX FIELDS 1 f", after: "HSET a f 1"),
    EffectExample("HPERSIST a FIELDS 1 f", after: "HSET a f 1"), EffectExample("HPERSIST none FIELDS 1 f"),
    EffectExample("HGETEX a FIELDS 1 f", after: "HSET a f 1"),
    EffectExample("HGETEX a EX 5 FIELDS 1 g", after: "HSET a f 1"),
    EffectExample("HGETDEL a FIELDS 1 g", after: "HSET a f 1"), EffectExample("HGETDEL none FIELDS 1 g"),
    EffectExample("HSETEX a FXX FIELDS 1 g 1", after: "HSET a f 1"),
    EffectExample("HSETEX a FNX FIELDS 1 f 1", after: "HSET a f 1"),
]
