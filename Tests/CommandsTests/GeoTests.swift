import RESP
import Testing

@testable import Commands

/// What the cases beside redis-server leave out: shapes that it does not know, and what others are told.
@Suite struct GeoTests {
    private let node = TestNode()

    init() {
        run(
            "GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.5 37.8 Trapani 15.55 38.19 Messina"
        )
    }

    @discardableResult
    private func run(_ words: String) -> Reply { node.run(words.split(separator: " ").map(String.init)) }

    private func members(_ words: String) -> [String] {
        guard case .array(let elements) = run(words) else { return [] }
        return elements.compactMap {
            if case .bulk(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { nil }
        }
    }

    @Test func placesAreMembersOfASortedSet() {
        #expect(run("GEOADD Sicily 15 37 Catania") == .integer(0))
        #expect(run("GEOADD Sicily CH 15.1 37 Catania 15 37.3 Lentini") == .integer(2))
        #expect(run("GEOADD Sicily NX CH 15 37 Catania") == .integer(0))
        #expect(run("GEOADD Sicily XX 15 37 Ragusa") == .integer(0))
        #expect(run("GEODIST Sicily Palermo Ragusa") == .null)
        #expect(run("TYPE Sicily") == .simple("zset"))
    }

    @Test func distancesAndTexts() {
        #expect(run("GEODIST Sicily Palermo Catania") == .text("166274.1516"))
        #expect(run("GEODIST Sicily Palermo Catania km") == .text("166.2742"))
        #expect(run("GEODIST Sicily Palermo Catania MI") == .text("103.3182"))
        #expect(
            run("GEOHASH Sicily Palermo none Catania") == .array([.text("sqc8b49rny0"), .null, .text("sqdtr74hyu0")]))
    }

    @Test func coordinatesAreDoublesForClientsThatKnowThem() {
        let first = [Reply.text("13.36138933897018433"), .text("38.11555639549629859")]
        #expect(run("GEOPOS Sicily Palermo none") == .array([.array(first), .null]))
        run("HELLO 3")
        guard case .array(let found) = run("GEOPOS Sicily Palermo"), case .array(let pair) = found.first else {
            Issue.record("no coordinates")
            return
        }
        #expect(pair == [.double("13.36138933897018433"), .double("38.11555639549629859")])
    }

    @Test func polygonsHoldWhatIsInside() {
        let west = "GEOSEARCH Sicily BYPOLYGON 4 12 37 14 37 14 39 12 39"
        #expect(members("\(west) ASC") == ["Palermo", "Trapani"])
        #expect(members("\(west) DESC COUNT 1") == ["Trapani"])
        #expect(members("GEOSEARCH Sicily BYPOLYGON 3 15 38.5 16 38.5 15.5 38") == ["Messina"])
        // The middle of the corners is where distances count from, in metres.
        #expect(
            run("\(west) COUNT 1 WITHDIST WITHHASH")
                == .array([.array([.text("Palermo"), .text("33984.8484"), .integer(3_479_099_956_230_698)])]))
    }

    @Test func polygonsAreStored() {
        #expect(run("GEOSEARCHSTORE west Sicily BYPOLYGON 4 12 37 14 37 14 39 12 39") == .integer(2))
        #expect(run("GEODIST west Palermo Trapani") == run("GEODIST Sicily Palermo Trapani"))
    }

    @Test(arguments: [
        ("BYPOLYGON 2 1 1 2 2", "ERR GEOSEARCH BYPOLYGON must have at least 3 vertices"),
        ("BYPOLYGON 3 1 1 2 2 3", "ERR GEOSEARCH BYPOLYGON must have at least 3 vertices"),
        ("BYPOLYGON x 1 1 2 2 3 3", "ERR invalid number of vertices"),
        ("BYPOLYGON 3 1 1 2 2 3 x", "ERR value is not a valid float"),
        ("BYPOLYGON 3 1 1 2 2 3 86", "ERR invalid longitude,latitude pair 3.000000,86.000000"),
        ("BYPOLYGON 3 1 1 2 2 3 3 4", "ERR syntax error"),
        ("FROMMEMBER Palermo BYPOLYGON 3 1 1 2 2 3 3", "ERR syntax error"),
        ("BYPOLYGON 3 1 1 2 2 3 3 FROMLONLAT 1 1", "ERR syntax error"),
        ("BYPOLYGON 3 1 1 2 2 3 3 BYRADIUS 1 km", "ERR syntax error"),
        ("FROMLONLAT 1 1 BYBOX 1 1 km BYRADIUS 1 km", "ERR syntax error"),
        ("FROMLONLAT 1 1 BYRADIUS 1 furlong", "ERR unsupported unit provided. please use M, KM, FT, MI"),
    ])
    func mistakes(arguments: String, text: String) {
        #expect(run("GEOSEARCH Sicily \(arguments)") == .error(text))
    }

    @Test func storingReplacesAndTellsOfIt() {
        node.run("CONFIG", "SET", "notify-keyspace-events", "KEA")
        var heard: [String] = []
        node.node.eventReader = { heard += $0.map { "\($0.event.name)" } }
        run("SET near something")
        #expect(run("GEORADIUS Sicily 15 37 100 km STORE near") == .integer(1))
        #expect(run("GEOSEARCHSTORE near Sicily FROMLONLAT 15 37 BYRADIUS 300 km STOREDIST") == .integer(4))
        #expect(run("GEOSEARCHSTORE near Sicily FROMLONLAT 0 0 BYRADIUS 1 km") == .integer(0))
        #expect(run("GEOSEARCHSTORE near none FROMLONLAT 0 0 BYRADIUS 1 km") == .integer(0))
        #expect(run("EXISTS near") == .integer(0))
        #expect(heard == ["set", "georadiusstore", "geosearchstore", "del"])
    }

    @Test func onlyChangesCount() {
        #expect(node.changes(of: "GEOADD", "Sicily", "1", "1", "a", "2", "2", "b") == 2)
        #expect(node.changes(of: "GEOADD", "Sicily", "1", "1", "a") == 0)
        #expect(node.changes(of: "GEORADIUS", "Sicily", "15", "37", "300", "km") == 0)
        #expect(node.changes(of: "GEORADIUS", "Sicily", "15", "37", "300", "km", "STORE", "d") == 4)
        #expect(StringEffects(node).of("GEOADD", "Sicily", "1", "1", "a") == [])
    }

    @Test func anySortedSetHasPlacesOfAKind() {
        #expect(run("GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 0 m") == .array([.text("Palermo")]))
        #expect(members("GEOSEARCH Sicily FROMLONLAT 180 85.05112878 BYRADIUS 30000 km ASC").count == 4)
        #expect(members("GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS inf km COUNT 1 ANY").count == 1)
    }
}
