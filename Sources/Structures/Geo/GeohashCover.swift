/// The cells that hold an area: the one around its centre and those of its eight neighbours that it reaches.
public struct GeoCover: Sendable {
    /// The cells in the order in which the reference searches them.
    public let cells: [Geohash]

    /// The cells of an area.
    public init(_ shape: GeoShape) {
        let bounds = shape.bounds
        var step = GeoCover.step(reach: shape.reach, latitude: shape.centre.latitude)
        var middle = Geohash(shape.centre, step: step)
        if step > 1, !GeoCover.neighbours(of: middle, reach: bounds) {
            step -= 1
            middle = Geohash(shape.centre, step: step)
        }
        cells = GeoCover.cells(around: middle, within: bounds)
    }

    /// Half of the length of the equator in metres, on the map of the latitudes that can be stored.
    private static let halfEquator = 20_037_726.37

    /// The finest step at which a cell and its neighbours are sure to hold most areas of that reach.
    private static func step(reach: Double, latitude: Double) -> Int {
        if reach == 0 { return Geohash.finestStep }
        var (step, doubled) = (-1, reach)
        while doubled < halfEquator {
            doubled *= 2
            step += 1
        }
        // Towards the poles a degree of longitude is short.
        if abs(latitude) > 66 { step -= 1 }
        if abs(latitude) > 80 { step -= 1 }
        return min(max(step, 1), Geohash.finestStep)
    }

    /// Whether the neighbours of a cell reach as far as a rectangle does.
    private static func neighbours(of middle: Geohash, reach bounds: GeoBounds) -> Bool {
        middle.moved(east: 0, north: 1).latitudes.upperBound >= bounds.north
            && middle.moved(east: 0, north: -1).latitudes.lowerBound <= bounds.south
            && middle.moved(east: 1, north: 0).longitudes.upperBound >= bounds.east
            && middle.moved(east: -1, north: 0).longitudes.lowerBound <= bounds.west
    }

    private static let directions: [(east: Int, north: Int)] = [
        (0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1),
    ]

    private static func cells(around middle: Geohash, within bounds: GeoBounds) -> [Geohash] {
        // Two steps or more: where the cell holds the rectangle's edge, nothing beyond it is wanted.
        let isFine = middle.step >= 2
        let (longitudes, latitudes) = (middle.longitudes, middle.latitudes)
        var cells: [Geohash] = []
        for (east, north) in directions {
            if isFine {
                if north < 0, latitudes.lowerBound < bounds.south { continue }
                if north > 0, latitudes.upperBound > bounds.north { continue }
                if east < 0, longitudes.lowerBound < bounds.west { continue }
                if east > 0, longitudes.upperBound > bounds.east { continue }
            }
            let cell = middle.moved(east: east, north: north)
            // With two cells an axis, both neighbours are one.
            if cell != cells.last { cells.append(cell) }
        }
        return cells
    }
}
