/// Ways to write places.
let geoExamples: [String: [EffectExample]] = [
    "geoadd": [
        EffectExample("GEOADD a 13.361389 38.115556 x 15.087269 37.502669 y"),
        EffectExample("GEOADD a CH 15 37 x 16 38 y 16 38 z", after: "GEOADD a 13 38 x 16 38 y", "EXPIRE a 1000"),
        EffectExample("GEOADD a NX 15 37 x 16 38 y", after: "GEOADD a 13 38 x"),
        EffectExample("GEOADD a XX 15 37 x 16 38 y", after: "GEOADD a 13 38 x"),
        EffectExample("GEOADD a 13 38 x", after: "GEOADD a 13 38 x"),
    ],
    "geosearchstore": [
        EffectExample(
            "GEOSEARCHSTORE d a FROMLONLAT 15 37 BYRADIUS 500 km", after: "GEOADD a 13 38 x 15 37 y 50 50 z", "SET d 1"),
        EffectExample(
            "GEOSEARCHSTORE d a FROMMEMBER x BYBOX 500 500 km COUNT 1 ANY STOREDIST", after: "GEOADD a 13 38 x 15 37 y"),
        EffectExample("GEOSEARCHSTORE d a BYPOLYGON 3 12 37 14 37 13 39", after: "GEOADD a 13 38 x 15 37 y"),
        EffectExample("GEOSEARCHSTORE d a FROMLONLAT 1 1 BYRADIUS 1 m", after: "GEOADD a 13 38 x", "SET d 1"),
        EffectExample("GEOSEARCHSTORE d none FROMLONLAT 1 1 BYRADIUS 1 m", after: "SET d 1"),
        EffectExample("GEOSEARCHSTORE a a FROMMEMBER x BYRADIUS 1 m", after: "GEOADD a 13 38 x 15 37 y"),
    ],
    "georadius": [
        EffectExample("GEORADIUS a 15 37 500 km STORE d", after: "GEOADD a 13 38 x 15 37 y 50 50 z"),
        EffectExample("GEORADIUS a 15 37 500 mi COUNT 1 STOREDIST d", after: "GEOADD a 13 38 x 15 37 y"),
        EffectExample("GEORADIUS a 15 37 500 km", after: "GEOADD a 13 38 x"),
    ],
    "georadiusbymember": [
        EffectExample("GEORADIUSBYMEMBER a x 500 km STORE d", after: "GEOADD a 13 38 x 15 37 y 50 50 z"),
        EffectExample("GEORADIUSBYMEMBER none x 500 km STORE d", after: "SET d 1"),
    ],
]

/// Ways in which nothing is written.
let idleGeoExamples: [EffectExample] = [
    EffectExample("GEOADD a 13 38 x", after: "GEOADD a 13 38 x"), EffectExample("GEOADD a XX 13 38 x"),
    EffectExample("GEOADD a 13 86 x"), EffectExample("GEOSEARCHSTORE d a FROMLONLAT 1 1 BYRADIUS 1 m"),
    EffectExample("GEORADIUS a 15 37 500 km", after: "GEOADD a 13 38 x"),
    EffectExample("GEORADIUSBYMEMBER none x 500 km STORE d"),
]
