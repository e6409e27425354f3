let listExamples: [String: [EffectExample]] = [
    "lpush": [
        EffectExample("LPUSH l a 1 ''"), EffectExample("LPUSH l a b", after: "RPUSH l x 5", "EXPIRE l 1000"),
    ],
    "rpush": [EffectExample("RPUSH l a 1 ''"), EffectExample("RPUSH l a b", after: "RPUSH l x 5")],
    "lpushx": [EffectExample("LPUSHX l a b", after: "RPUSH l x"), EffectExample("LPUSHX l a")],
    "rpushx": [EffectExample("RPUSHX l a b", after: "RPUSH l x"), EffectExample("RPUSHX l a")],
    "lpop": [
        EffectExample("LPOP l", after: "RPUSH l a b c"), EffectExample("LPOP l", after: "RPUSH l a"),
        EffectExample("LPOP l 2", after: "RPUSH l a b c"), EffectExample("LPOP l 9", after: "RPUSH l a b c"),
    ],
    "rpop": [
        EffectExample("RPOP l", after: "RPUSH l a b c"), EffectExample("RPOP l 2", after: "RPUSH l a b c"),
        EffectExample("RPOP l 3", after: "RPUSH l a b c"),
    ],
    "lset": [EffectExample("LSET l -1 9", after: "RPUSH l a b c", "EXPIRE l 1000")],
    "linsert": [
        EffectExample("LINSERT l BEFORE b x", after: "RPUSH l a b c"),
        EffectExample("LINSERT l AFTER c 7", after: "RPUSH l a b c"),
        EffectExample("LINSERT l AFTER none x", after: "RPUSH l a b c"),
    ],
    "lrem": [
        EffectExample("LREM l -2 a", after: "RPUSH l a b a c a"), EffectExample("LREM l 0 a", after: "RPUSH l a a"),
    ],
    "ltrim": [
        EffectExample("LTRIM l 1 -2", after: "RPUSH l a b c d"), EffectExample("LTRIM l 5 9", after: "RPUSH l a b"),
        EffectExample("LTRIM l 0 -1", after: "RPUSH l a b"),
    ],
    "lmove": [
        EffectExample("LMOVE l m LEFT RIGHT", after: "RPUSH l a b", "RPUSH m x"),
        EffectExample("LMOVE l m RIGHT LEFT", after: "RPUSH l a"),
        EffectExample("LMOVE l l LEFT RIGHT", after: "RPUSH l a b c"),
    ],
    "rpoplpush": [EffectExample("RPOPLPUSH l m", after: "RPUSH l a b")],
    "lmovem": [
        EffectExample("LMOVEM l m LEFT LEFT COUNT 2 OBO", after: "RPUSH l a b c", "RPUSH m x y"),
        EffectExample("LMOVEM l l RIGHT LEFT EXACTLY 2 BULK", after: "RPUSH l a b c"),
        EffectExample("LMOVEM l m LEFT RIGHT", after: "RPUSH l a"),
    ],
    "lmpop": [
        EffectExample("LMPOP 2 l m RIGHT COUNT 5", after: "RPUSH m a b c"),
        EffectExample("LMPOP 1 l LEFT", after: "RPUSH l a b c"),
    ],
    "blpop": [EffectExample("BLPOP none l 1", after: "RPUSH l a b")],
    "brpop": [EffectExample("BRPOP l 1", after: "RPUSH l a b")],
    "blmove": [EffectExample("BLMOVE l m LEFT RIGHT 1", after: "RPUSH l a b")],
    "brpoplpush": [EffectExample("BRPOPLPUSH l m 1", after: "RPUSH l a b")],
    "blmovem": [
        EffectExample("BLMOVEM l m RIGHT RIGHT 1 COUNT 2 OBO", after: "RPUSH l a b c"),
        EffectExample("BLMOVEM l m RIGHT RIGHT 1", after: "RPUSH l a b c"),
    ],
    "blmpop": [EffectExample("BLMPOP 1 2 none l LEFT COUNT 2", after: "RPUSH l a b c")],
]

let idleListExamples: [EffectExample] = [
    EffectExample("LPUSHX none a"), EffectExample("RPUSHX none a"), EffectExample("LPOP none"),
    EffectExample("RPOP none 3"), EffectExample("LPOP l 0", after: "RPUSH l a"),
    EffectExample("LSET l 5 x", after: "RPUSH l a"), EffectExample("LINSERT l AFTER none x", after: "RPUSH l a"),
    EffectExample("LINSERT none AFTER a x"), EffectExample("LREM l 0 x", after: "RPUSH l a"),
    EffectExample("LTRIM l 0 -1", after: "RPUSH l a b"), EffectExample("LTRIM none 0 1"),
    EffectExample("LMOVE none l LEFT LEFT", after: "RPUSH l a"),
    EffectExample("LMOVE l s LEFT LEFT", after: "RPUSH l a", "SET s 1"), EffectExample("RPOPLPUSH none l"),
    EffectExample("LMPOP 2 none other LEFT"), EffectExample("LMOVEM l m LEFT LEFT EXACTLY 3 OBO", after: "RPUSH l a b"),
    EffectExample("LRANGE l 0 -1", after: "RPUSH l a b"), EffectExample("LPUSH s a", after: "SET s 1"),
]
