// The packed collections of all releases.

extension Payload {
    /// A listpack. `count` is what its header claims.
    public static func listpack(_ items: [PackedItem], count: Int? = nil) -> [UInt8] {
        let elements = items.flatMap(listpackElement)
        return little(UInt32(elements.count + 7)) + little(UInt16(count ?? items.count)) + elements + [0xFF]
    }

    static func listpackElement(_ item: PackedItem) -> [UInt8] {
        let body: [UInt8]
        switch item {
        case .text(let text) where text.count < 64: body = [0x80 | UInt8(text.count)] + text
        case .text(let text) where text.count < 4096:
            body = [0xE0 | UInt8(text.count >> 8), UInt8(text.count & 0xFF)] + text
        case .text(let text): body = [0xF0] + little(UInt32(text.count)) + text
        case .integer(let value): body = listpackInteger(value)
        }
        return body + listpackTail(body.count)
    }

    private static func listpackInteger(_ value: Int64) -> [UInt8] {
        if (0...127).contains(value) { return [UInt8(value)] }
        if (-4096...4095).contains(value) {
            let bits = UInt16(bitPattern: Int16(value)) & 0x1FFF
            return [0xC0 | UInt8(bits >> 8), UInt8(bits & 0xFF)]
        }
        if let small = Int16(exactly: value) { return [0xF1] + little(small) }
        if (-8_388_608...8_388_607).contains(value) { return [0xF2] + little(Int32(value)).prefix(3) }
        if let middle = Int32(exactly: value) { return [0xF3] + little(middle) }
        return [0xF4] + little(value)
    }

    private static func listpackTail(_ body: Int) -> [UInt8] {
        let size = body <= 127 ? 1 : body < 16383 ? 2 : body < 2_097_151 ? 3 : body < 268_435_455 ? 4 : 5
        return (0..<size).map { UInt8(body >> (7 * (size - 1 - $0)) & 127) | ($0 == 0 ? 0 : 128) }
    }

    /// A ziplist. `count` is what its header claims.
    public static func ziplist(_ items: [PackedItem], count: Int? = nil) -> [UInt8] {
        var entries: [UInt8] = []
        var last = 0
        var size = 0
        for item in items {
            let before = size < 254 ? [UInt8(size)] : [0xFE] + little(UInt32(size))
            last = entries.count
            entries += before + ziplistBody(item)
            size = entries.count - last
        }
        return little(UInt32(entries.count + 11)) + little(UInt32(10 + last)) + little(UInt16(count ?? items.count))
            + entries + [0xFF]
    }

    private static func ziplistBody(_ item: PackedItem) -> [UInt8] {
        switch item {
        case .text(let text) where text.count < 64: return [UInt8(text.count)] + text
        case .text(let text) where text.count < 16384:
            return [0x40 | UInt8(text.count >> 8), UInt8(text.count & 0xFF)] + text
        case .text(let text): return [0x80] + big(UInt32(text.count)) + text
        case .integer(let value):
            if (0...12).contains(value) { return [0xF1 + UInt8(value)] }
            if let tiny = Int8(exactly: value) { return [0xFE] + little(tiny) }
            if let small = Int16(exactly: value) { return [0xC0] + little(small) }
            if (-8_388_608...8_388_607).contains(value) { return [0xF0] + little(Int32(value)).prefix(3) }
            if let middle = Int32(exactly: value) { return [0xD0] + little(middle) }
            return [0xE0] + little(value)
        }
    }

    /// A zipmap of fields and values, each value with some bytes unused.
    public static func zipmap(_ pairs: [(String, String)], unused: Int = 0) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(min(254, pairs.count))]
        for (field, value) in pairs {
            bytes += zipmapLength(field.utf8.count) + Array(field.utf8)
            bytes += zipmapLength(value.utf8.count) + [UInt8(unused)] + Array(value.utf8)
            bytes += [UInt8](repeating: 0x2E, count: unused)
        }
        return bytes + [0xFF]
    }

    private static func zipmapLength(_ length: Int) -> [UInt8] {
        length < 254 ? [UInt8(length)] : [0xFE] + little(UInt32(length))
    }

    /// An intset of integers of one width.
    public static func intset<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
        little(UInt32(MemoryLayout<Value>.size)) + little(UInt32(values.count)) + values.flatMap { little($0) }
    }
}
