let sortedSetExamples: [String: [EffectExample]] = [
    "zadd": [
        EffectExample("ZADD a 1 x"), EffectExample("ZADD a 1 x 2 y", after: "ZADD a 3 x 4 z", "EXPIRE a 1000"),
        EffectExample("ZADD a NX 1 x 2 y", after: "ZADD a 3 x"),
        EffectExample("ZADD a XX CH 1 x 2 y", after: "ZADD a 3 x"),
        EffectExample("ZADD a GT 5 x", after: "ZADD a 3 x"), EffectExample("ZADD a INCR 2.5 x", after: "ZADD a 3 x"),
        EffectExample("ZADD a INCR 0.1 x", after: "ZADD a 0.2 x"), EffectExample("ZADD a inf x -inf y"),
    ],
    "zincrby": [
        EffectExample("ZINCRBY a 2 x"), EffectExample("ZINCRBY a -7.25 x", after: "ZADD a 3 x", "EXPIRE a 1000"),
    ],
    "zrem": [
        EffectExample("ZREM a x none", after: "ZADD a 1 x 2 y"), EffectExample("ZREM a x y", after: "ZADD a 1 x 2 y"),
    ],
    "zremrangebyrank": [EffectExample("ZREMRANGEBYRANK a 0 -2", after: "ZADD a 1 x 2 y 3 z")],
    "zremrangebyscore": [EffectExample("ZREMRANGEBYSCORE a (1 +inf", after: "ZADD a 1 x 2 y 3 z")],
    "zremrangebylex": [EffectExample("ZREMRANGEBYLEX a [b +", after: "ZADD a 0 a 0 b 0 c")],
    "zpopmin": [
        EffectExample("ZPOPMIN a", after: "ZADD a 1 x 2 y"), EffectExample("ZPOPMIN a 9", after: "ZADD a 1 x 2 y"),
    ],
    "zpopmax": [
        EffectExample("ZPOPMAX a", after: "ZADD a 1 x 2 y"), EffectExample("ZPOPMAX a 2", after: "ZADD a 1 x 2 y 3 z"),
    ],
    "bzpopmin": [EffectExample("BZPOPMIN none a 0", after: "ZADD a 1 x 2 y")],
    "bzpopmax": [EffectExample("BZPOPMAX a 0", after: "ZADD a 1 x")],
    "zmpop": [
        EffectExample("ZMPOP 2 none a MIN COUNT 2", after: "ZADD a 1 x 2 y 3 z"),
        EffectExample("ZMPOP 1 a MAX", after: "ZADD a 1 x 2 y 3 z"),
    ],
    "bzmpop": [EffectExample("BZMPOP 0 2 none a MAX COUNT 10", after: "ZADD a 1 x 2 y 3 z")],
    "zrangestore": [
        EffectExample("ZRANGESTORE d a 0 1", after: "ZADD a 1 x 2 y 3 z", "SET d x", "EXPIRE d 1000"),
        EffectExample("ZRANGESTORE d a 9 10", after: "ZADD a 1 x", "ZADD d 1 x"),
        EffectExample("ZRANGESTORE a a 0 0 REV", after: "ZADD a 1 x 2 y"),
    ],
    "zunionstore": [
        EffectExample("ZUNIONSTORE d 2 a b WEIGHTS 2 3", after: "ZADD a 1 x 2 y", "SADD b x z", "EXPIRE d 1000"),
        EffectExample("ZUNIONSTORE d 1 none", after: "ZADD d 1 x"),
    ],
    "zinterstore": [
        EffectExample("ZINTERSTORE d 2 a b AGGREGATE MAX", after: "ZADD a 1 x 2 y", "ZADD b 5 x"),
        EffectExample("ZINTERSTORE d 2 a none", after: "ZADD a 1 x 2 y", "ZADD d 5 x"),
    ],
    "zdiffstore": [EffectExample("ZDIFFSTORE d 2 a b", after: "ZADD a 1 x 2 y", "ZADD b 5 x")],
]

/// Commands on sorted sets that find nothing to do.
let idleSortedSetExamples: [EffectExample] = [
    EffectExample("ZADD a 1 x", after: "ZADD a 1 x"), EffectExample("ZADD a XX 1 x"),
    EffectExample("ZADD a NX 2 x", after: "ZADD a 1 x"),
    EffectExample("ZADD a GT 0 x", after: "ZADD a 1 x"), EffectExample("ZADD a XX INCR 1 x"),
    EffectExample("ZADD a q x"),
    EffectExample("ZINCRBY a 0 x", after: "ZADD a 1 x"), EffectExample("ZINCRBY a -inf x", after: "ZADD a inf x"),
    EffectExample("ZREM a y", after: "ZADD a 1 x"), EffectExample("ZREM none y"),
    EffectExample("ZREMRANGEBYRANK a 5 6", after: "ZADD a 1 x"),
    EffectExample("ZREMRANGEBYSCORE a 5 6", after: "ZADD a 1 x"),
    EffectExample("ZREMRANGEBYLEX none - +"), EffectExample("ZPOPMIN none"),
    EffectExample("ZPOPMAX a 0", after: "ZADD a 1 x"),
    EffectExample("ZMPOP 1 none MIN"), EffectExample("ZRANGESTORE d none 0 -1"), EffectExample("ZUNIONSTORE d 1 none"),
]
