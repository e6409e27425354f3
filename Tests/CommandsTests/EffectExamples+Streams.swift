/// The examples of streams.
let streamExamples = olderStreamExamples.merging(newerStreamExamples) { $0 + $1 }

private let olderStreamExamples: [String: [EffectExample]] = [
    "xadd": [
        EffectExample("XADD s 1-1 f v"), EffectExample("XADD s * f v"),
        EffectExample("XADD s * f v", after: "XADD s 1-1 f v"),
        EffectExample("XADD s 5-* f v", after: "XADD s 5-1 f v"), EffectExample("XADD s NOMKSTREAM * f v"),
        EffectExample("XADD s MAXLEN 1 * f v", after: "XADD s 1-1 f v", "XADD s 2-1 f v"),
        EffectExample("XADD s MAXLEN ~ 1 LIMIT 5 9-1 f v", after: "XADD s 1-1 f v", "XADD s 2-1 f v"),
        EffectExample("XADD s MINID ~ 2 9-1 f v g w", after: "XADD s 1-1 f v", "XADD s 2-1 f v"),
        EffectExample("XADD s MINID 2 9-* f v", after: "XADD s 1-1 f v", "XADD s 2-1 f v"),
    ],
    "xtrim": [
        EffectExample("XTRIM s MAXLEN 1", after: "XADD s 1-1 f v", "XADD s 2-1 f v"),
        EffectExample("XTRIM s MAXLEN ~ 1", after: "XADD s 1-1 f v", "XADD s 2-1 f v"),
        EffectExample("XTRIM s MAXLEN ~ 0", after: "XADD s 1-1 f v", "XADD s 2-1 f v"),
        EffectExample("XTRIM s MINID ~ 5", after: "XADD s 1-1 f v", "XADD s 2-1 f v"),
        EffectExample("XTRIM s MINID 2", after: "XADD s 1-1 f v", "XADD s 2-1 f v"),
    ],
    "xdel": [
        EffectExample("XDEL s 1-1 9-9", after: "XADD s 1-1 f v", "XADD s 2-1 f v"),
        EffectExample("XDEL s 9-9", after: "XADD s 1-1 f v"),
    ],
    "xsetid": [EffectExample("XSETID s 9-9 ENTRIESADDED 5 MAXDELETEDID 3-3", after: "XADD s 1-1 f v")],
    "xgroup|create": [
        EffectExample("XGROUP CREATE s g $ MKSTREAM"), EffectExample("XGROUP CREATE s g 0", after: "XADD s 1-1 f v"),
    ],
    "xgroup|setid": [EffectExample("XGROUP SETID s g $", after: "XADD s 1-1 f v", "XGROUP CREATE s g 0")],
    "xgroup|createconsumer": [
        EffectExample("XGROUP CREATECONSUMER s g c", after: "XGROUP CREATE s g 0 MKSTREAM")
    ],
    "xgroup|delconsumer": [
        EffectExample(
            "XGROUP DELCONSUMER s g c", after: "XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATECONSUMER s g c")
    ],
    "xgroup|destroy": [EffectExample("XGROUP DESTROY s g", after: "XGROUP CREATE s g 0 MKSTREAM")],
    "xreadgroup": [
        EffectExample("XREADGROUP GROUP g c STREAMS s >", after: "XADD s 1-1 f v", "XGROUP CREATE s g 0"),
        EffectExample("XREADGROUP GROUP g c NOACK STREAMS s >", after: "XADD s 1-1 f v", "XGROUP CREATE s g 0"),
        EffectExample("XREADGROUP GROUP g c STREAMS s >", after: "XGROUP CREATE s g 0 MKSTREAM"),
        EffectExample("XREADGROUP GROUP g c STREAMS s 0", after: "XGROUP CREATE s g 0 MKSTREAM"),
    ],
    "xack": [
        EffectExample(
            "XACK s g 1-1", after: "XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >")
    ],
    "xclaim": [
        EffectExample(
            "XCLAIM s g d 0 1-1", after: "XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >"),
        EffectExample(
            "XCLAIM s g d 9999 1-1 LASTID 5-5", after: "XADD s 1-1 f v", "XGROUP CREATE s g 0",
            "XREADGROUP GROUP g c STREAMS s >"),
        EffectExample("XCLAIM s g d 0 1-1 FORCE", after: "XADD s 1-1 f v", "XGROUP CREATE s g 0"),
        EffectExample(
            "XCLAIM s g d 0 1-1", after: "XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >",
            "XDEL s 1-1"),
    ],
    "xautoclaim": [
        EffectExample(
            "XAUTOCLAIM s g d 0 0", after: "XADD s 1-1 f v", "XADD s 2-1 f v", "XGROUP CREATE s g 0",
            "XREADGROUP GROUP g c STREAMS s >", "XDEL s 1-1"),
        EffectExample("XAUTOCLAIM s g d 0 0", after: "XGROUP CREATE s g 0 MKSTREAM"),
    ],
]

/// Commands on streams that find nothing to do.
let idleStreamExamples: [EffectExample] = [
    EffectExample("XADD s NOMKSTREAM * f v"), EffectExample("XADD s 0-0 f v"),
    EffectExample("XADD s 1-1 f v", after: "XADD s 1-1 f v"),
    EffectExample("XTRIM s MAXLEN 5", after: "XADD s 1-1 f v"),
    EffectExample("XTRIM s MAXLEN ~ 5"), EffectExample("XDEL s 5-5", after: "XADD s 1-1 f v"),
    EffectExample("XDEL s x"),
    EffectExample("XSETID s 1-1"), EffectExample("XGROUP CREATE s g 0"),
    EffectExample("XGROUP CREATE s g 0", after: "XGROUP CREATE s g 0 MKSTREAM"),
    EffectExample("XGROUP DESTROY s g", after: "XADD s 1-1 f v"),
    EffectExample("XGROUP DELCONSUMER s g c", after: "XGROUP CREATE s g 0 MKSTREAM"),
    EffectExample(
        "XGROUP CREATECONSUMER s g c", after: "XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATECONSUMER s g c"),
    EffectExample(
        "XREADGROUP GROUP g c STREAMS s >", after: "XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATECONSUMER s g c"),
    EffectExample("XACK s g 1-1", after: "XGROUP CREATE s g 0 MKSTREAM"),
    EffectExample(
        "XCLAIM s g c 0 1-1", after: "XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATECONSUMER s g c"),
    EffectExample(
        "XAUTOCLAIM s g c 0 0", after: "XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATECONSUMER s g c"),
    EffectExample("XDELEX s IDS 1 5-5", after: "XADD s 1-1 f v"), EffectExample("XDELEX s IDS 1 5-5"),
    EffectExample("XACKDEL s g IDS 1 5-5", after: "XGROUP CREATE s g 0 MKSTREAM"),
    EffectExample("XNACK s g FAIL IDS 1 5-5", after: "XGROUP CREATE s g 0 MKSTREAM"),
    EffectExample("XADD s IDMP p m * f v", after: "XADD s IDMP p m * f v"), EffectExample("XCFGSET s"),
    EffectExample("XIDMPRECORD s p m 1-1", after: "XADD s 1-1 f v", "XIDMPRECORD s p m 1-1"),
]

/// The examples of what is newer than groups themselves.
private let newerStreamExamples: [String: [EffectExample]] = [
    "xadd": [
        EffectExample("XADD s IDMP p m * f v"), EffectExample("XADD s IDMPAUTO p * f v", after: "XADD s 1-1 f v"),
        EffectExample("XADD s IDMP p m * f v", after: "XADD s IDMP p m * f v"),
        EffectExample(
            "XADD s ACKED MAXLEN ~ 0 9-1 f v", after: "XADD s 1-1 f v", "XADD s 2-1 f v", "XGROUP CREATE s g 1-1"),
        EffectExample(
            "XADD s DELREF MAXLEN 1 9-* f v", after: "XADD s 1-1 f v", "XGROUP CREATE s g 0",
            "XREADGROUP GROUP g c STREAMS s >"),
    ],
    "xtrim": [
        EffectExample("XTRIM s MAXLEN ~ 0 DELREF", after: "XADD s 1-1 f v", "XGROUP CREATE s g 0"),
        EffectExample("XTRIM s MAXLEN 0 ACKED", after: "XADD s 1-1 f v", "XADD s 2-1 f v", "XGROUP CREATE s g 1-1"),
    ],
    "xdelex": [
        EffectExample("XDELEX s IDS 2 1-1 9-9", after: "XADD s 1-1 f v", "XADD s 2-1 f v"),
        EffectExample(
            "XDELEX s ACKED IDS 2 1-1 2-1", after: "XADD s 1-1 f v", "XADD s 2-1 f v", "XGROUP CREATE s g 1-1"),
    ],
    "xackdel": [
        EffectExample(
            "XACKDEL s g DELREF IDS 2 1-1 9-9", after: "XADD s 1-1 f v", "XADD s 2-1 f v", "XGROUP CREATE s g 0",
            "XREADGROUP GROUP g c COUNT 1 STREAMS s >")
    ],
    "xnack": [
        EffectExample(
            "XNACK s g FAIL IDS 1 1-1", after: "XADD s 1-1 f v", "XGROUP CREATE s g 0",
            "XREADGROUP GROUP g c STREAMS s >")
    ],
    "xcfgset": [EffectExample("XCFGSET s IDMP-DURATION 5", after: "XADD s 1-1 f v")],
    "xidmprecord": [EffectExample("XIDMPRECORD s p m 1-1", after: "XADD s 1-1 f v")],
    "xreadgroup": [
        EffectExample(
            "XREADGROUP GROUP g d CLAIM 0 STREAMS s >", after: "XADD s 1-1 f v", "XADD s 2-1 f v",
            "XGROUP CREATE s g 0", "XREADGROUP GROUP g c COUNT 1 STREAMS s >")
    ],
]
