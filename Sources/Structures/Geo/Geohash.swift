/// A cell of the earth's surface: each axis is halved `step` times, and the halves taken, latitude and longitude in
/// turn, are the bits of the cell. Nearby places mostly share their first bits, so that cells are ranges of numbers.
///
///     step 2    longitude  west half 0, its east half 1
///               latitude   north half 1, its south half 0    →  bits  0 1 1 0
///                                                                     ▲ longitude first
///
/// At step 26 a cell has 52 bits, which a double holds exactly: the score of a place in a sorted set.
public struct Geohash: Equatable, Sendable {
    /// The cell's bits, the coarsest first among the lowest `2 * step`.
    public let bits: UInt64
    /// How often each axis is halved, from 1 to 26.
    public let step: Int

    /// The step of stored places.
    public static let finestStep = 26

    /// The cell around a place.
    /// - Parameter latitudes: what the bits of the latitude halve.
    init(_ point: GeoPoint, step: Int, latitudes: ClosedRange<Double> = GeoPoint.latitudes) {
        let column = Geohash.index(point.longitude, in: GeoPoint.longitudes, step: step)
        let row = Geohash.index(point.latitude, in: latitudes, step: step)
        self.init(column: column, row: row, step: step)
    }

    private init(column: UInt32, row: UInt32, step: Int) {
        bits = Geohash.spread(row) | Geohash.spread(column) << 1
        self.step = step
    }

    /// The cell that a score stands for, whatever number it is.
    init(score: Double) {
        bits = score < 0x1p63 ? UInt64(bitPattern: Int64(clamping: score)) : UInt64(clamping: score)
        step = Geohash.finestStep
    }

    /// The number of the interval that holds a coordinate; the end of the range is one past the last.
    private static func index(_ coordinate: Double, in range: ClosedRange<Double>, step: Int) -> UInt32 {
        let offset = (coordinate - range.lowerBound) / (range.upperBound - range.lowerBound)
        return UInt32(clamping: offset * Double(1 << step))
    }

    var column: UInt32 { Geohash.gather(bits >> 1) }
    var row: UInt32 { Geohash.gather(bits) }

    /// The cell so many columns to the east and rows to the north. The map wraps at each edge; only a place on the very
    /// edge is in a cell beyond, and stays there as long as it is not moved along that axis.
    func moved(east: Int, north: Int) -> Geohash {
        Geohash(column: moved(column, by: east), row: moved(row, by: north), step: step)
    }

    private func moved(_ index: UInt32, by distance: Int) -> UInt32 {
        if distance == 0 { return index }
        return (index &+ UInt32(truncatingIfNeeded: distance)) & UInt32(truncatingIfNeeded: (1 << step) - 1)
    }

    /// The scores of all places in the cell.
    public var scores: Range<Double> {
        let shift = UInt64(52 - 2 * step)
        return Double(bits << shift)..<Double((bits &+ 1) << shift)
    }

    /// The 32 digits of geohash text.
    fileprivate static let letters = Array("0123456789bcdefghjkmnpqrstuvwxyz".utf8)

    /// Puts each bit of a number on an even place.
    private static func spread(_ value: UInt32) -> UInt64 {
        var bits = UInt64(value)
        bits = (bits | bits << 16) & 0x0000_FFFF_0000_FFFF
        bits = (bits | bits << 8) & 0x00FF_00FF_00FF_00FF
        bits = (bits | bits << 4) & 0x0F0F_0F0F_0F0F_0F0F
        bits = (bits | bits << 2) & 0x3333_3333_3333_3333
        return (bits | bits << 1) & 0x5555_5555_5555_5555
    }

    /// The number on the even places.
    private static func gather(_ spread: UInt64) -> UInt32 {
        var bits = spread & 0x5555_5555_5555_5555
        bits = (bits | bits >> 1) & 0x3333_3333_3333_3333
        bits = (bits | bits >> 2) & 0x0F0F_0F0F_0F0F_0F0F
        bits = (bits | bits >> 4) & 0x00FF_00FF_00FF_00FF
        bits = (bits | bits >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: bits | bits >> 16)
    }
}

extension Geohash {
    /// The cell's edges in degrees.
    var longitudes: ClosedRange<Double> { Geohash.interval(column, of: GeoPoint.longitudes, step: step) }
    var latitudes: ClosedRange<Double> { Geohash.interval(row, of: GeoPoint.latitudes, step: step) }

    private static func interval(_ index: UInt32, of range: ClosedRange<Double>, step: Int) -> ClosedRange<Double> {
        let (count, extent) = (Double(1 << step), range.upperBound - range.lowerBound)
        let low = range.lowerBound + Double(index) / count * extent
        return low...range.lowerBound + (Double(index) + 1) / count * extent
    }

    /// The middle of the cell.
    var middle: GeoPoint {
        GeoPoint(
            longitude: Geohash.middle(longitudes).clamped(to: GeoPoint.longitudes),
            latitude: Geohash.middle(latitudes).clamped(to: GeoPoint.latitudes))
    }

    private static func middle(_ range: ClosedRange<Double>) -> Double { (range.lowerBound + range.upperBound) / 2 }
}

extension GeoPoint {
    /// The score that a sorted set keeps for the place.
    public var score: Double { Double(Geohash(self, step: Geohash.finestStep).bits) }

    /// The place that a score stands for, half a metre or so from the one that was stored.
    public init(score: Double) { self = Geohash(score: score).middle }

    /// The standard geohash text of the place with eleven characters, of which the reference always makes the last `0`.
    /// It halves latitudes from -90 to 90. Source: http://geohash.org.
    public var geohashText: String {
        let bits = Geohash(self, step: Geohash.finestStep, latitudes: -90...90).bits
        let letters = stride(from: UInt64(47), through: 2, by: -5).map { Geohash.letters[Int(bits >> $0 & 31)] }
        return String(decoding: letters, as: UTF8.self) + "0"
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}

extension FixedWidthInteger {
    /// The integer part of a number, or the nearest that there is; 0 for NaN.
    fileprivate init(clamping number: Double) {
        if number.isNaN {
            self = 0
        } else {
            self = Self(exactly: number.rounded(.towardZero)) ?? (number < 0 ? .min : .max)
        }
    }
}
