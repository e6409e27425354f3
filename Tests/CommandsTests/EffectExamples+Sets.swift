let setExamples: [String: [EffectExample]] = [
    "sadd": [
        EffectExample("SADD s 1 2 3"), EffectExample("SADD s a 1 a", after: "SADD s 1", "EXPIRE s 1000"),
        EffectExample("SADD s a", after: "SADD s a b"),
    ],
    "srem": [
        EffectExample("SREM s a x b", after: "SADD s a b c"),
        EffectExample("SREM s 1 2", after: "SADD s 1 2", "SET k v"),
        EffectExample("SREM s x", after: "SADD s a"),
    ],
    "smove": [
        EffectExample("SMOVE s t a", after: "SADD s a b", "SADD t c"),
        EffectExample("SMOVE s t a", after: "SADD s a", "SADD t a b"), EffectExample("SMOVE s t 1", after: "SADD s 1"),
        EffectExample("SMOVE s s a", after: "SADD s a b"), EffectExample("SMOVE s t x", after: "SADD s a b"),
    ],
    "spop": [
        EffectExample("SPOP s", after: "SADD s a b c d e f g h"), EffectExample("SPOP s", after: "SADD s 1"),
        EffectExample("SPOP s 3", after: "SADD s 10 200 3000 -4 5 66"), EffectExample("SPOP s 9", after: "SADD s a b"),
        EffectExample("SPOP s 2", after: "SADD s a b", "EXPIRE s 1000"), EffectExample("SPOP s 0", after: "SADD s a b"),
        EffectExample("SPOP s 1", after: "SADD s ''"),
    ],
    "sinterstore": [
        EffectExample("SINTERSTORE d s t", after: "SADD s a b 1", "SADD t b 1 2"),
        EffectExample("SINTERSTORE d s none", after: "SADD s a", "SADD d b"),
        EffectExample("SINTERSTORE s s t", after: "SADD s 1 2 3", "SADD t 2 3", "EXPIRE s 1000"),
    ],
    "sunionstore": [
        EffectExample("SUNIONSTORE d s t none", after: "SADD s a b", "SADD t b 1", "SET d x"),
        EffectExample("SUNIONSTORE d none", after: "SADD d b"),
    ],
    "sdiffstore": [
        EffectExample("SDIFFSTORE d s t", after: "SADD s a b 1", "SADD t b"),
        EffectExample("SDIFFSTORE d s s", after: "SADD s a b 1", "SADD d 1"),
    ],
]

/// Commands on sets that find nothing to do.
let idleSetExamples: [EffectExample] = [
    EffectExample("SADD s a", after: "SADD s a b"), EffectExample("SREM s x", after: "SADD s a"),
    EffectExample("SREM none a"), EffectExample("SMOVE s t x", after: "SADD s a"), EffectExample("SMOVE none t x"),
    EffectExample("SMOVE s s a", after: "SADD s a"), EffectExample("SPOP none"), EffectExample("SPOP none 3"),
    EffectExample("SPOP s 0", after: "SADD s a"), EffectExample("SPOP s x", after: "SADD s a"),
    EffectExample("SINTERSTORE d none", after: "SADD s a"), EffectExample("SUNIONSTORE d none none"),
    EffectExample("SDIFFSTORE d none s", after: "SADD s a"), EffectExample("SADD s a", after: "SET s 1"),
]
