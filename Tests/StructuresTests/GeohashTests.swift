import Primitives
import Structures
import Testing

@Suite struct GeohashTests {
    private let places = GeohashFigures.places.split(separator: "\n").map(Place.init)

    @Test func scoresAndPositionsAreThoseOfTheReference() {
        for place in places {
            #expect(place.point.score == place.score)
            let position = GeoPoint(score: place.score)
            #expect(text(position.longitude, NumberText.writeTrimmed) == place.longitudeText)
            #expect(text(position.latitude, NumberText.writeTrimmed) == place.latitudeText)
            #expect(position.geohashText == place.geohash)
        }
    }

    @Test func distancesAreThoseOfTheReference() {
        for (place, next) in zip(places, places.dropFirst() + places.prefix(1)) {
            let distance = GeoPoint(score: place.score).distance(to: GeoPoint(score: next.score))
            #expect(text(distance, NumberText.writeDistance) == place.distanceToNext)
        }
    }

    @Test func searchesFindWhatTheReferenceFindsInItsOrder() {
        for search in GeohashFigures.searches.split(separator: "\n").map(Search.init) {
            #expect(find(search.shape) == search.found, "\(search.shape)")
        }
    }

    /// The numbers of the places in an area, cell by cell, in the order of a sorted set.
    private func find(_ shape: GeoShape) -> [String] {
        let sorted = places.indices.sorted { (places[$0].score, "\($0)") < (places[$1].score, "\($1)") }
        return GeoCover(shape).cells.flatMap { cell in
            sorted.filter { index in
                cell.scores.contains(places[index].score)
                    && shape.distance(to: GeoPoint(score: places[index].score)) != nil
            }.map { "\($0)" }
        }
    }

    @Test func theEdgesOfTheMapCanBeStoredAndNothingBeyond() {
        #expect(GeoPoint(longitude: 180, latitude: 85.05112878).isStorable)
        #expect(GeoPoint(longitude: -180, latitude: -85.05112878).isStorable)
        #expect(!GeoPoint(longitude: 180.000001, latitude: 0).isStorable)
        #expect(!GeoPoint(longitude: 0, latitude: -85.05112879).isStorable)
    }

    @Test func anyScoreIsSomePlace() {
        for score in [-1, -1e300, 1e300, .infinity, -.infinity, 0x1p52, 0x1p63, 0x1p64, 0.5] {
            #expect(GeoPoint(score: score).isStorable)
        }
    }

    @Test func unitsAreInMetres() {
        let units: [(GeoUnit, Double)] = [(.metres, 1), (.kilometres, 1000), (.feet, 0.3048), (.miles, 1609.34)]
        for (unit, metres) in units { #expect(unit.metres == metres) }
    }

    @Test func polygonHoldsWhatLiesInsideOfItsCorners() {
        // An L: the square from 0 to 4 without its quarter in the north-east.
        let corners = [(0, 0), (4, 0), (4, 2), (2, 2), (2, 4), (0, 4)].map { GeoPoint(longitude: $0.0, latitude: $0.1) }
        let polygon = GeoPolygon(corners)
        for (longitude, latitude, isInside) in [
            (1.0, 1.0, true), (3, 1, true), (1, 3, true), (3, 3, false), (5, 1, false),
        ] {
            #expect(polygon.contains(GeoPoint(longitude: longitude, latitude: latitude)) == isInside)
        }
        #expect(GeoPolygon(corners.reversed()).contains(GeoPoint(longitude: 1, latitude: 1)))
    }

    @Test func polygonsFindWhatLooksInsideOfEachFinds() {
        var random = RandomSource(seed: 3)
        for _ in 0..<100 {
            let corners = (0..<Int.random(in: 3...8, using: &random)).map { _ in
                GeoPoint(
                    longitude: .random(in: -180...180, using: &random), latitude: .random(in: -85...85, using: &random))
            }
            let polygon = GeoPolygon(corners)
            let expected = places.indices.filter { polygon.contains(GeoPoint(score: places[$0].score)) }.map { "\($0)" }
            #expect(find(.polygon(polygon)).sorted() == expected.sorted())
        }
    }

    @Test func distancesFromAPolygonCountFromItsCentre() throws {
        let corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)].map { GeoPoint(longitude: $0.0, latitude: $0.1) }
        let shape = GeoShape.polygon(GeoPolygon(corners))
        let distance = try #require(shape.distance(to: GeoPoint(longitude: 0, latitude: 0.5)))
        #expect(text(distance, NumberText.writeDistance) == "55613.1500")
        #expect(shape.distance(to: GeoPoint(longitude: 0, latitude: 1.5)) == nil)
    }

    @Test func numbersAreWrittenWithoutExponents() {
        #expect(text(0, NumberText.writeTrimmed) == "0")
        #expect(text(-0.0, NumberText.writeTrimmed) == "0")
        #expect(text(1e-30, NumberText.writeTrimmed) == "0")
        #expect(text(-1e-5, NumberText.writeTrimmed) == "-0.00001")
        #expect(text(0.1, NumberText.writeTrimmed) == "0.10000000000000001")
        #expect(text(1e22, NumberText.writeTrimmed) == "10000000000000000000000")
        #expect(text(0, NumberText.writeDistance) == "0.0000")
        #expect(text(1.00005, NumberText.writeDistance) == "1.0001")
        #expect(text(-2.5, NumberText.writeDistance) == "-2.5000")
        #expect(text(1e18, NumberText.writeDistance) == "1000000000000000000.0000")
    }

    private func text(_ value: Double, _ write: (Double, UnsafeMutableRawPointer) -> Int) -> String {
        withUnsafeTemporaryAllocation(byteCount: NumberText.longestFixed, alignment: 8) { buffer in
            let length = write(value, buffer.baseAddress!)
            return String(decoding: buffer[..<length], as: UTF8.self)
        }
    }
}

/// A line of the figures.
private struct Place {
    let point: GeoPoint
    let score: Double
    let longitudeText: Substring
    let latitudeText: Substring
    let geohash: String
    let distanceToNext: Substring

    init(_ line: Substring) {
        let words = line.split(separator: " ")
        point = GeoPoint(longitude: Double(words[0])!, latitude: Double(words[1])!)
        score = Double(words[2])!
        (longitudeText, latitudeText, geohash, distanceToNext) = (words[3], words[4], String(words[5]), words[6])
    }
}

private struct Search {
    let shape: GeoShape
    let found: [String]

    init(_ line: Substring) {
        let parts = line.split(separator: ":", omittingEmptySubsequences: false)
        let words = parts[0].split(separator: " ")
        let centre = GeoPoint(longitude: Double(words[0])!, latitude: Double(words[1])!)
        let units: [Substring: GeoUnit] = ["m": .metres, "km": .kilometres, "ft": .feet, "mi": .miles]
        let lengths = words[3...].map { Double($0)! * units[words[2]]!.metres }
        shape =
            lengths.count == 1
            ? .circle(centre: centre, radius: lengths[0])
            : .box(centre: centre, width: lengths[0], height: lengths[1])
        found = parts[1].split(separator: " ").map(String.init)
    }
}
