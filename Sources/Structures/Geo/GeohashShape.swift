#if canImport(Glibc)
    import Glibc
#endif

/// An area in which places are searched for; lengths in metres.
public enum GeoShape: Sendable {
    /// All within a distance of the centre.
    case circle(centre: GeoPoint, radius: Double)
    /// All within half of the height to the north and south of the centre, and half of the width to the east and west.
    case box(centre: GeoPoint, width: Double, height: Double)
    /// All inside of a closed line through three or more corners, straight on a map with even degrees.
    case polygon(GeoPolygon)

    /// Where distances are measured from.
    public var centre: GeoPoint {
        switch self {
        case .circle(let centre, _), .box(let centre, _, _): centre
        case .polygon(let polygon): polygon.centre
        }
    }

    /// How far a place is from the centre, in metres; nil where it lies outside of the area.
    public func distance(to point: GeoPoint) -> Double? {
        switch self {
        case .circle(let centre, let radius):
            let distance = centre.distance(to: point)
            return distance > radius ? nil : distance
        case .box(let centre, let width, let height):
            if point.latitudeDistance(to: centre) > height / 2 { return nil }
            // The width is measured along the parallel of the place.
            let below = GeoPoint(longitude: centre.longitude, latitude: point.latitude)
            if point.distance(to: below) > width / 2 { return nil }
            return centre.distance(to: point)
        case .polygon(let polygon):
            return polygon.contains(point) ? polygon.centre.distance(to: point) : nil
        }
    }

    /// The edges of a rectangle in degrees that holds the area; they may lie beyond the poles or the date line.
    var bounds: GeoBounds {
        switch self {
        case .circle(let centre, let radius): GeoBounds(around: centre, halfWidth: radius, halfHeight: radius)
        case .box(let centre, let width, let height):
            GeoBounds(around: centre, halfWidth: width / 2, halfHeight: height / 2)
        case .polygon(let polygon): polygon.bounds
        }
    }

    /// The distance in metres that no place of the area exceeds from the centre.
    var reach: Double {
        switch self {
        case .circle(_, let radius): radius
        case .box(_, let width, let height): (width / 2 * (width / 2) + height / 2 * (height / 2)).squareRoot()
        case .polygon(let polygon): polygon.bounds.corners.map(polygon.centre.distance(to:)).max() ?? 0
        }
    }
}

/// A rectangle of degrees.
struct GeoBounds: Equatable, Sendable {
    let west: Double
    let south: Double
    let east: Double
    let north: Double

    init(west: Double, south: Double, east: Double, north: Double) {
        (self.west, self.south, self.east, self.north) = (west, south, east, north)
    }

    /// What reaches so many metres from a place, as wide in degrees as on its parallel nearest to the pole.
    init(around centre: GeoPoint, halfWidth: Double, halfHeight: Double) {
        let north = (halfHeight / GeoPoint.earthRadius).degrees
        let polarLatitude = centre.latitude < 0 ? centre.latitude - north : centre.latitude + north
        let east = (halfWidth / GeoPoint.earthRadius / cos(polarLatitude.radians)).degrees
        self.init(
            west: centre.longitude - east, south: centre.latitude - north, east: centre.longitude + east,
            north: centre.latitude + north)
    }

    var corners: [GeoPoint] {
        [(west, north), (east, north), (west, south), (east, south)].map(GeoPoint.init)
    }
}

/// A closed line through corners on a map with even degrees.
public struct GeoPolygon: Sendable {
    let corners: [GeoPoint]
    /// Where distances are measured from: below the mean of the corners in space.
    public let centre: GeoPoint
    let bounds: GeoBounds

    /// The fewest corners of an area.
    public static let fewestCorners = 3

    /// - Parameter corners: three or more, in order; the last is joined with the first.
    public init(_ corners: [GeoPoint]) {
        precondition(corners.count >= GeoPolygon.fewestCorners, "a polygon has three corners or more")
        self.corners = corners
        centre = GeoPolygon.centre(corners)
        let (longitudes, latitudes) = (corners.map(\.longitude), corners.map(\.latitude))
        bounds = GeoBounds(
            west: longitudes.min()!, south: latitudes.min()!, east: longitudes.max()!, north: latitudes.max()!)
    }

    /// The mean of the corners as points in space, seen from the earth's middle.
    private static func centre(_ corners: [GeoPoint]) -> GeoPoint {
        var (x, y, z) = (0.0, 0.0, 0.0)
        for corner in corners {
            let (longitude, latitude) = (corner.longitude.radians, corner.latitude.radians)
            x += GeoPoint.earthRadius * cos(latitude) * cos(longitude)
            y += GeoPoint.earthRadius * cos(latitude) * sin(longitude)
            z += GeoPoint.earthRadius * sin(latitude)
        }
        let count = Double(corners.count)
        (x, y, z) = (x / count, y / count, z / count)
        return GeoPoint(
            longitude: atan2(y, x).degrees, latitude: atan2(z, (x * x + y * y).squareRoot()).degrees)
    }

    /// Whether a line from the place to the east crosses the polygon's an odd number of times.
    /// Source: W. R. Franklin, "PNPOLY, point inclusion in polygon test".
    public func contains(_ point: GeoPoint) -> Bool {
        var isInside = false
        var previous = corners[corners.count - 1]
        for corner in corners {
            if (corner.latitude > point.latitude) != (previous.latitude > point.latitude) {
                let (east, north) = (
                    previous.longitude - corner.longitude, previous.latitude - corner.latitude
                )
                let crossing = east * (point.latitude - corner.latitude) / north + corner.longitude
                if point.longitude < crossing { isInside.toggle() }
            }
            previous = corner
        }
        return isInside
    }
}
