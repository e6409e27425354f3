import Primitives
import RESP
import Storage
import Structures

/// The commands of the group `geo`: places in a sorted set, whose scores are cells of the earth's surface.
let geoCommands: [Command] = geoPlaceCommands + geoSearchCommands + geoRadiusCommands

private let geoPlaceCommands: [Command] = [
    Command(
        "geoadd", .geo, since: "3.2.0", arity: -5, [.write, .denyoom], keys: [.key(1, [.readWrite, .update])],
        syntax: "key [NX|XX] [CH] longitude latitude member [longitude latitude member ...]",
        complexity: "O(log N) for each place, with N places in the sorted set.",
        summary: "Puts places into the sorted set of a key, or moves them.", run: geoadd),
    Command(
        "geodist", .geo, since: "3.2.0", arity: -4, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key member1 member2 [M|KM|FT|MI]", complexity: "O(1)",
        summary: "Returns the distance between two places.", run: geodist),
    Command(
        "geohash", .geo, since: "3.2.0", arity: -2, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key [member [member ...]]", complexity: "O(1) for each place.",
        summary: "Returns places as standard geohash texts.", run: geohash),
    Command(
        "geopos", .geo, since: "3.2.0", arity: -2, [.readonly], keys: [.key(1, [.readOnly, .access])],
        syntax: "key [member [member ...]]", complexity: "O(1) for each place.",
        summary: "Returns longitudes and latitudes of places.", run: geopos),
]

/// The options of GEOADD.
private struct PlaceOptions {
    var conditions: ScoreConditions = []
    var countsChanged = false

    /// Reads `[NX|XX] [CH]`, in any order and number.
    init(_ reader: inout ArgumentReader) throws(CommandError) {
        while true {
            if reader.take("nx") {
                conditions.insert(.isNew)
            } else if reader.take("xx") {
                conditions.insert(.isThere)
            } else if reader.take("ch") {
                countsChanged = true
            } else {
                break
            }
        }
        if conditions.isSuperset(of: [.isNew, .isThere]) { throw .syntax }
    }
}

private func geoadd(_ call: inout Call) throws(CommandError) {
    var reader = call.options(from: 2)
    let options = try PlaceOptions(&reader)
    guard reader.remaining > 0, reader.remaining % 3 == 0 else { throw .syntax }
    let first = reader.position
    for index in stride(from: first, to: call.arguments.count, by: 3) { _ = try call.place(index) }
    let key = call.key(1)
    let entry = try call.entry(key, of: SortedSetValue.self)
    let (arguments, limits) = (call.arguments, call.limits)
    let (added, moved) = call.edit(key, entry, as: SortedSetValue.self, event: .zadd) { set in
        var (added, moved) = (0, 0)
        for index in stride(from: first, to: arguments.count, by: 3) {
            let score = GeoPoint(arguments, index).score
            switch set.add(arguments[index + 2], score, options.conditions, limits) {
            case .added: added += 1
            case .updated: moved += 1
            case .same, .refused, .notANumber: break
            }
        }
        return ((added, moved), added + moved)
    }
    call.reply.integer(options.countsChanged ? added + moved : added)
}

extension Call {
    /// The place whose longitude is argument `index`, and whose latitude follows.
    func place(_ index: Int) throws(CommandError) -> GeoPoint {
        guard let longitude = arguments[index].double, let latitude = arguments[index + 1].double else {
            throw .notFloat
        }
        let point = GeoPoint(longitude: longitude, latitude: latitude)
        if point.isStorable { return point }
        let pair = [longitude, latitude].map { NumberText.text($0, decimals: 6) }.joined(separator: ",")
        throw .text("ERR invalid longitude,latitude pair \(pair)")
    }

    /// The unit that an argument names.
    func unit(_ argument: Bytes) throws(CommandError) -> GeoUnit {
        if argument.equals(ignoringCase: "m") { return .metres }
        if argument.equals(ignoringCase: "km") { return .kilometres }
        if argument.equals(ignoringCase: "ft") { return .feet }
        if argument.equals(ignoringCase: "mi") { return .miles }
        throw .message("ERR unsupported unit provided. please use M, KM, FT, MI")
    }
}

extension GeoPoint {
    /// The place at `index` of arguments that have been checked.
    fileprivate init(_ arguments: Arguments, _ index: Int) {
        self.init(longitude: arguments[index].double ?? 0, latitude: arguments[index + 1].double ?? 0)
    }
}

private func geodist(_ call: inout Call) throws(CommandError) {
    let arguments = call.arguments
    if arguments.count > 5 { throw .syntax }
    let unit = try arguments.count == 5 ? call.unit(arguments[4]) : .metres
    let set = try call.read(call.key(1), as: SortedSetValue.self)
    guard let from = set?.point(of: arguments[2]), let to = set?.point(of: arguments[3])
    else {
        return call.reply.null()
    }
    call.reply.distance(from.distance(to: to) / unit.metres)
}

private func geohash(_ call: inout Call) throws(CommandError) {
    try replyPlaces(call) { reply, place in
        guard let place else { return reply.null() }
        reply.bulk(place.geohashText)
    }
}

private func geopos(_ call: inout Call) throws(CommandError) {
    try replyPlaces(call) { reply, place in
        guard let place else { return reply.nullArray() }
        reply.coordinates(place)
    }
}

/// Replies with an array of what `body` writes for each member that the command names; nil for one that is not there.
private func replyPlaces(_ call: Call, _ body: (inout ReplyWriter, GeoPoint?) -> Void) throws(CommandError) {
    let set = try call.read(call.key(1), as: SortedSetValue.self)
    call.reply.array(call.arguments.count - 2)
    for index in 2..<call.arguments.count { body(&call.reply, set?.point(of: call.arguments[index])) }
}

extension SortedSetValue {
    /// The place of a member; nil if there is no such member.
    func point(of member: Bytes) -> GeoPoint? { score(of: member).map(GeoPoint.init(score:)) }
}

extension ReplyWriter {
    /// A distance as a bulk string with four decimals.
    mutating func distance(_ value: Double) {
        withUnsafeTemporaryAllocation(byteCount: NumberText.longestFixed, alignment: 1) { scratch in
            let length = NumberText.writeDistance(value, to: scratch.baseAddress!)
            bulk(Bytes(base: UnsafeRawPointer(scratch.baseAddress!), count: length))
        }
    }

    /// Longitude and latitude: an array of two doubles.
    mutating func coordinates(_ place: GeoPoint) {
        array(2)
        coordinate(place.longitude)
        coordinate(place.latitude)
    }

    /// A double with 17 decimals: a bulk string in RESP2.
    private mutating func coordinate(_ value: Double) {
        withUnsafeTemporaryAllocation(byteCount: NumberText.longestFixed, alignment: 1) { scratch in
            let length = NumberText.writeTrimmed(value, to: scratch.baseAddress!)
            let text = Bytes(base: UnsafeRawPointer(scratch.baseAddress!), count: length)
            guard version == .resp3 else { return bulk(text) }
            raw(",")
            raw(text)
            raw("\r\n")
        }
    }
}
