import Primitives
import Storage
import Structures

/// What the commands that search have in common and how they differ.
struct GeoSearchForm {
    enum Beginning {
        /// The options say where and how far.
        case options
        /// Longitude, latitude, radius and unit come before the options.
        case point
        /// A member, radius and unit come before the options.
        case member
    }

    enum Storing {
        case never, onRequest, always
    }

    let beginning: Beginning
    let storing: Storing

    /// The argument that is the source.
    var source: Int { storing == .always ? 2 : 1 }

    /// Where the options begin.
    var optionsStart: Int {
        switch beginning {
        case .options: source + 1
        case .point: 6
        case .member: 5
        }
    }
}

/// The arguments of a search.
struct GeoSearchOptions {
    enum Order { case nearestFirst, farthestFirst }

    /// What is told of each place beside its member.
    struct Details: OptionSet {
        let rawValue: UInt8
        static let distance = Details(rawValue: 1)
        static let hash = Details(rawValue: 2)
        static let coordinates = Details(rawValue: 4)

        var count: Int { rawValue.nonzeroBitCount }
    }

    /// How the middle of the area is told.
    private enum Origin { case member, point, polygon }

    private enum Extent {
        case circle(radius: Double)
        case box(width: Double, height: Double)
        case polygon(GeoPolygon)
    }

    private(set) var details: Details = []
    private(set) var order: Order?
    /// How many places are wanted; nil for all.
    private(set) var count: Int?
    /// Whether any places will do, not the nearest.
    private(set) var isAnyEnough = false
    /// The argument that is the key to store at; nil to reply.
    private(set) var destination: Int?
    private(set) var storesDistances = false
    /// Of distances.
    private(set) var unit = GeoUnit.metres
    private var origin: Origin?
    private var centre: GeoPoint?
    private var extent: Extent?

    /// Reads the arguments of a call.
    /// - Parameter set: the source; without one its members are not looked for.
    init(_ call: Call, _ form: GeoSearchForm, _ set: SortedSetValue?) throws(CommandError) {
        if form.storing == .always { destination = 1 }
        var reader = call.options(from: 2)
        switch form.beginning {
        case .options: break
        case .point:
            try takePoint(&reader, call)
            try takeRadius(&reader, call)
        case .member:
            if set != nil {
                try takeMember(&reader, call, set)
                try takeRadius(&reader, call)
            }
        }
        reader = call.options(from: form.optionsStart)
        while !reader.isAtEnd { try take(&reader, call, form, set) }
        try check(call, form)
        if count != nil, order == nil, !isAnyEnough { order = .nearestFirst }
    }

    /// The area; nil where its middle is a member and there is no source.
    var shape: GeoShape? {
        switch extent {
        case .polygon(let polygon): .polygon(polygon)
        case .circle(let radius): centre.map { .circle(centre: $0, radius: radius) }
        case .box(let width, let height): centre.map { .box(centre: $0, width: width, height: height) }
        case nil: nil
        }
    }

    private func check(_ call: Call, _ form: GeoSearchForm) throws(CommandError) {
        if destination != nil, !details.isEmpty {
            throw form.storing == .always
                ? .message("ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
                : .message(
                    "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
        }
        if form.beginning == .options {
            let name = String(call.arguments[0])
            if origin == nil { throw .text("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for \(name)") }
            if extent == nil { throw .text("ERR exactly one of BYRADIUS and BYBOX can be specified for \(name)") }
        }
        if isAnyEnough, count == nil { throw .message("ERR the ANY argument requires COUNT argument") }
    }
}

// MARK: Options in any order

extension GeoSearchOptions {
    private mutating func take(
        _ reader: inout ArgumentReader, _ call: Call, _ form: GeoSearchForm, _ set: SortedSetValue?
    ) throws(CommandError) {
        if reader.take("withdist") {
            details.insert(.distance)
        } else if reader.take("withhash") {
            details.insert(.hash)
        } else if reader.take("withcoord") {
            details.insert(.coordinates)
        } else if reader.take("any") {
            isAnyEnough = true
        } else if reader.take("asc") {
            order = .nearestFirst
        } else if reader.take("desc") {
            order = .farthestFirst
        } else if let wanted = try reader.integer(after: "count") {
            guard wanted > 0 else { throw .message("ERR COUNT must be > 0") }
            count = Int(wanted)
        } else if try !takeStoring(&reader, form) {
            guard form.beginning == .options, try takeArea(&reader, call, set) else { throw .syntax }
        }
    }

    /// `STORE key` and `STOREDIST key` of GEORADIUS, `STOREDIST` of GEOSEARCHSTORE.
    private mutating func takeStoring(
        _ reader: inout ArgumentReader, _ form: GeoSearchForm
    ) throws(CommandError) -> Bool {
        switch form.storing {
        case .never: return false
        case .always:
            guard reader.take("storedist") else { return false }
            storesDistances = true
        case .onRequest:
            if try reader.value(after: "store") != nil {
                storesDistances = false
            } else if try reader.value(after: "storedist") != nil {
                storesDistances = true
            } else {
                return false
            }
            destination = reader.position - 1
        }
        return true
    }

    /// Where and how far, of GEOSEARCH. Each may be said again, but not in another way.
    private mutating func takeArea(
        _ reader: inout ArgumentReader, _ call: Call, _ set: SortedSetValue?
    ) throws(CommandError) -> Bool {
        let left = reader.remaining - 1
        if left >= 1, canBegin(.member), reader.take("frommember") {
            try takeMember(&reader, call, set)
        } else if left >= 2, canBegin(.point), reader.take("fromlonlat") {
            try takePoint(&reader, call)
        } else if left >= 2, isCircle ?? true, reader.take("byradius") {
            try takeRadius(&reader, call)
        } else if left >= 3, !(isCircle ?? false), origin != .polygon, reader.take("bybox") {
            try takeBox(&reader, call)
        } else if left >= 2, canBegin(.polygon), extent == nil || origin == .polygon, reader.take("bypolygon") {
            try takePolygon(&reader, call)
        } else {
            return false
        }
        return true
    }

    private func canBegin(_ wanted: Origin) -> Bool { origin == nil || origin == wanted }

    /// Whether the area is a circle; nil if it is not known yet.
    private var isCircle: Bool? {
        switch extent {
        case nil: nil
        case .circle: true
        case .box, .polygon: false
        }
    }
}

// MARK: Where and how far

extension GeoSearchOptions {
    private mutating func takeMember(
        _ reader: inout ArgumentReader, _ call: Call, _ set: SortedSetValue?
    ) throws(CommandError) {
        origin = .member
        let member = try reader.next()
        guard let set else { return }
        guard let place = set.point(of: member) else {
            throw .message("ERR could not decode requested zset member")
        }
        centre = place
    }

    private mutating func takePoint(_ reader: inout ArgumentReader, _ call: Call) throws(CommandError) {
        origin = .point
        centre = try takePlace(&reader, call)
    }

    private func takePlace(_ reader: inout ArgumentReader, _ call: Call) throws(CommandError) -> GeoPoint {
        let place = try call.place(reader.position)
        for _ in 0..<2 { _ = try reader.next() }
        return place
    }

    private mutating func takeRadius(_ reader: inout ArgumentReader, _ call: Call) throws(CommandError) {
        guard let radius = try reader.next().double else { throw .message("ERR need numeric radius") }
        if radius < 0 { throw .message("ERR radius cannot be negative") }
        unit = try call.unit(try reader.next())
        extent = .circle(radius: radius * unit.metres)
    }

    private mutating func takeBox(_ reader: inout ArgumentReader, _ call: Call) throws(CommandError) {
        guard let width = try reader.next().double else { throw .message("ERR need numeric width") }
        guard let height = try reader.next().double else { throw .message("ERR need numeric height") }
        if width < 0 || height < 0 { throw .message("ERR height or width cannot be negative") }
        unit = try call.unit(try reader.next())
        extent = .box(width: width * unit.metres, height: height * unit.metres)
    }

    private mutating func takePolygon(_ reader: inout ArgumentReader, _ call: Call) throws(CommandError) {
        guard let count = try reader.next().integer, Int32(exactly: count) != nil else {
            throw .message("ERR invalid number of vertices")
        }
        guard count >= GeoPolygon.fewestCorners, count <= reader.remaining / 2 else {
            throw .message("ERR GEOSEARCH BYPOLYGON must have at least 3 vertices")
        }
        var corners: [GeoPoint] = []
        for _ in 0..<count { corners.append(try takePlace(&reader, call)) }
        (origin, unit, extent) = (.polygon, .metres, .polygon(GeoPolygon(corners)))
    }
}
