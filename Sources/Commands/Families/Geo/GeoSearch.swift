import Primitives
import RESP
import Storage
import Structures

let geoSearchCommands: [Command] = [
    Command(
        "geosearch", .geo, since: "6.2.0", arity: -7, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key \(areaSyntax) [ASC|DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
        complexity: searchComplexity, summary: "Finds the places within a circle, a box or a polygon.", run: geosearch),
    Command(
        "geosearchstore", .geo, since: "6.2.0", arity: -8, [.write, .denyoom],
        keys: [.key(1, [.overwrite, .update]), .key(2, [.readOnly, .access])],
        syntax: "destination source \(areaSyntax) [ASC|DESC] [COUNT count [ANY]] [STOREDIST]",
        complexity: searchComplexity,
        summary: "Stores the places within a circle, a box or a polygon as a sorted set.", run: geosearchstore),
]

/// A polygon has at least three corners, and a middle of its own.
private let areaSyntax = """
    ((FROMMEMBER member|FROMLONLAT longitude latitude) (BYRADIUS radius (M|KM|FT|MI)|BYBOX width height (M|KM|FT|MI))|\
    BYPOLYGON num-vertices longitude latitude longitude latitude longitude latitude [longitude latitude ...])
    """
private let searchComplexity =
    "O(N + log M) with N places in the cells around the area and M places in the sorted set."
private let radiusSyntax = """
    radius (M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC|DESC]
    """
private let storeSyntax = radiusSyntax + " [STORE key|STOREDIST key]"

let geoRadiusCommands: [Command] = [
    Command(
        "georadius", .geo, since: "3.2.0", arity: -6, [.write, .denyoom, .movablekeys], keys: radiusKeys(from: 6),
        syntax: "key longitude latitude \(storeSyntax)", complexity: searchComplexity,
        summary: "Finds the places within a distance of a point, and may store them.",
        deprecated: .init(since: "6.2.0", replacement: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument"),
        run: georadius),
    Command(
        "georadius_ro", .geo, since: "3.2.10", arity: -6, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key longitude latitude \(radiusSyntax)", complexity: searchComplexity,
        summary: "Finds the places within a distance of a point.",
        deprecated: .init(since: "6.2.0", replacement: "`GEOSEARCH` with the `BYRADIUS` argument"), run: georadiusRO),
    Command(
        "georadiusbymember", .geo, since: "3.2.0", arity: -5, [.write, .denyoom, .movablekeys],
        keys: radiusKeys(from: 5),
        syntax: "key member \(storeSyntax)", complexity: searchComplexity,
        summary: "Finds the places within a distance of a member, and may store them.",
        deprecated: .init(
            since: "6.2.0",
            replacement: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments"),
        run: georadiusbymember),
    Command(
        "georadiusbymember_ro", .geo, since: "3.2.10", arity: -5, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key member \(radiusSyntax)", complexity: searchComplexity,
        summary: "Finds the places within a distance of a member.",
        deprecated: .init(since: "6.2.0", replacement: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"),
        run: georadiusbymemberRO),
]

/// The source, and what follows STORE or STOREDIST.
private func radiusKeys(from index: Int) -> [KeySpecification] {
    [
        .key(1, [.readOnly, .access]),
        KeySpecification(
            .keyword("STORE", from: index), .range(last: 0, step: 1, limit: 0), [.overwrite, .update]),
        KeySpecification(
            .keyword("STOREDIST", from: index), .range(last: 0, step: 1, limit: 0), [.overwrite, .update]),
    ]
}

private func geosearch(_ call: inout Call) throws(CommandError) {
    try search(&call, GeoSearchForm(beginning: .options, storing: .never))
}

private func geosearchstore(_ call: inout Call) throws(CommandError) {
    try search(&call, GeoSearchForm(beginning: .options, storing: .always))
}

private func georadius(_ call: inout Call) throws(CommandError) {
    try search(&call, GeoSearchForm(beginning: .point, storing: .onRequest))
}

private func georadiusRO(_ call: inout Call) throws(CommandError) {
    try search(&call, GeoSearchForm(beginning: .point, storing: .never))
}

private func georadiusbymember(_ call: inout Call) throws(CommandError) {
    try search(&call, GeoSearchForm(beginning: .member, storing: .onRequest))
}

private func georadiusbymemberRO(_ call: inout Call) throws(CommandError) {
    try search(&call, GeoSearchForm(beginning: .member, storing: .never))
}

/// Reads the arguments, finds the places, replies with them or stores them.
private func search(_ call: inout Call, _ form: GeoSearchForm) throws(CommandError) {
    let set = try call.read(call.key(form.source), as: SortedSetValue.self)
    let options = try GeoSearchOptions(call, form, set)
    var matches = GeoMatches()
    if let set, let shape = options.shape { matches.find(in: set, shape, options) }
    if let destination = options.destination {
        store(call, matches, options, at: call.key(destination), form)
    } else {
        reply(&call.reply, matches, options)
    }
}

private func store(
    _ call: Call, _ matches: borrowing GeoMatches, _ options: GeoSearchOptions, at key: Key, _ form: GeoSearchForm
) {
    var set = SortedSetValue()
    matches.forEach { match, member in
        let score = options.storesDistances ? match.distance / options.unit.metres : match.score
        _ = set.add(member, score, [], call.limits)
    }
    let isByRadius = form.storing == .onRequest
    call.store(key, set, event: isByRadius ? .georadiusstore : .geosearchstore)
    call.keyspace.changes += max(0, matches.count - 1)
    call.reply.integer(matches.count)
}

private func reply(_ reply: inout ReplyWriter, _ matches: borrowing GeoMatches, _ options: GeoSearchOptions) {
    reply.array(matches.count)
    let details = options.details
    matches.forEach { match, member in
        if !details.isEmpty { reply.array(details.count + 1) }
        reply.bulk(member)
        if details.contains(.distance) { reply.distance(match.distance / options.unit.metres) }
        if details.contains(.hash) { reply.integer(Int64(match.score)) }
        if details.contains(.coordinates) { reply.coordinates(GeoPoint(score: match.score)) }
    }
}
