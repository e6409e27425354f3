/// Examples of the commands of HyperLogLogs.
let hyperLogLogExamples: [String: [EffectExample]] = [
    "pfadd": [
        EffectExample("PFADD a x y"), EffectExample("PFADD a"), EffectExample("PFADD a x", after: "PFADD a x"),
        EffectExample("PFADD a z", after: "PFADD a x", "EXPIRE a 1000", "PFDEBUG TODENSE a"),
    ],
    "pfmerge": [
        EffectExample("PFMERGE a b c", after: "PFADD a x", "PFADD b y z"), EffectExample("PFMERGE a"),
        EffectExample("PFMERGE a b", after: "PFADD b y", "PFDEBUG TODENSE b"),
    ],
    "pfdebug": [
        EffectExample("PFDEBUG TODENSE a", after: "PFADD a x"), EffectExample("PFDEBUG GETREG a", after: "PFADD a x"),
        EffectExample("PFDEBUG DECODE a", after: "PFADD a x"),
    ],
]
