let sortExamples: [String: [EffectExample]] = [
    "sort": [
        EffectExample("SORT s STORE d", after: "SADD s 3 1 2", "SET d x", "EXPIRE d 1000"),
        EffectExample("SORT s ALPHA DESC LIMIT 0 2 STORE d", after: "SADD s c a b"),
        EffectExample("SORT s BY nosort STORE d", after: "SADD s c a b 1 x y z"),
        EffectExample("SORT s BY nosort DESC STORE d", after: "SADD s c a b 1 x y z"),
        EffectExample("SORT s BY w_* ALPHA STORE d", after: "SADD s c a b x y z", "SET w_a v", "SET w_z v"),
        EffectExample(
            "SORT s BY w_* GET # GET v_* STORE d", after: "SADD s c a", "SET w_a 1", "SET w_c 0", "SET v_c v"),
        EffectExample("SORT none STORE d", after: "SADD d c"), EffectExample("SORT s", after: "SADD s 1"),
    ]
]

/// Sorting that finds nothing to do.
let idleSortExamples: [EffectExample] = [
    EffectExample("SORT s", after: "SADD s 1 2"), EffectExample("SORT none STORE d"),
    EffectExample("SORT s STORE d", after: "SADD s a b", "SADD d a"),
]
