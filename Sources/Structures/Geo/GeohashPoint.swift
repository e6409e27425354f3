#if canImport(Glibc)
    import Glibc
#endif

/// A place on the earth, in degrees.
public struct GeoPoint: Equatable, Sendable {
    /// From -180 in the west to 180 in the east.
    public let longitude: Double
    /// From -85.05112878 in the south to 85.05112878 in the north: the square that web maps show (EPSG:3857).
    public let latitude: Double

    /// The longitudes that can be stored.
    public static let longitudes = -180.0...180.0
    /// The latitudes that can be stored.
    public static let latitudes = -85.05112878...85.05112878

    /// A place, which may lie outside of what can be stored.
    public init(longitude: Double, latitude: Double) {
        self.longitude = longitude
        self.latitude = latitude
    }

    /// Whether the place can be stored.
    public var isStorable: Bool {
        GeoPoint.longitudes.contains(longitude) && GeoPoint.latitudes.contains(latitude)
    }

    /// The earth's mean radius in metres, as the reference has it.
    static let earthRadius = 6_372_797.560856

    /// The great-circle distance in metres, by the haversine formula on a sphere.
    public func distance(to other: GeoPoint) -> Double {
        let halfEast = sin((other.longitude.radians - longitude.radians) / 2)
        if halfEast == 0 { return latitudeDistance(to: other) }
        let halfNorth = sin((other.latitude.radians - latitude.radians) / 2)
        let chord = halfNorth * halfNorth + cos(latitude.radians) * cos(other.latitude.radians) * halfEast * halfEast
        return 2 * GeoPoint.earthRadius * asin(chord.squareRoot())
    }

    /// The distance in metres between the parallels of two places.
    func latitudeDistance(to other: GeoPoint) -> Double {
        GeoPoint.earthRadius * abs(other.latitude.radians - latitude.radians)
    }
}

extension Double {
    private static let radiansPerDegree = Double.pi / 180

    /// Degrees as radians.
    var radians: Double { self * Double.radiansPerDegree }
    /// Radians as degrees.
    var degrees: Double { self / Double.radiansPerDegree }
}

/// The units of distances in commands.
public enum GeoUnit: Sendable {
    case metres, kilometres, feet, miles

    /// How many metres one of it has.
    public var metres: Double {
        switch self {
        case .metres: 1
        case .kilometres: 1000
        case .feet: 0.3048
        case .miles: 1609.34
        }
    }
}
