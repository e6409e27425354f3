import Primitives
import RESP
import Structures

#if canImport(Glibc)
    import Glibc
#endif

extension ReplyWriter {
    /// A bulk string of an element.
    @inline(__always)
    mutating func bulk(_ element: Element) {
        switch element {
        case .bytes(let bytes): bulk(bytes)
        case .integer(let integer): bulk(integer)
        }
    }

    /// Bulk strings of `count` elements of a list, from an end on.
    mutating func elements(of list: ListValue, from end: ListEnd, _ count: Int) {
        guard end == .tail else { return elements(of: list, from: 0, count) }
        list.forEachRunBackwards(from: list.count - 1, count) { run in
            elementsBackwards(of: run)
            return true
        }
    }

    /// Bulk strings of `count` elements of a list, from the one at `index` on.
    mutating func elements(of list: ListValue, from index: Int, _ count: Int) {
        list.forEachRun(from: index, count) { run in
            elements(of: run)
            return true
        }
    }

    private mutating func elements(of run: ListRun) {
        // An element of n bytes takes n + 1 at least in the list, and n + 17 at most here; an integer 27 at most.
        raw(atMost: run.end - run.start + run.count * 32) { target in
            var end = target
            var place = run.start
            for _ in 0..<run.count {
                let (element, next) = Listpack.read(place)
                end += ReplyWriter.write(element, to: end)
                place = next
            }
            return end - target
        }
    }

    private mutating func elementsBackwards(of run: ListRun) {
        raw(atMost: run.end - run.start + run.count * 32) { target in
            var end = target
            var place = run.end
            for _ in 0..<run.count {
                place = Listpack.previous(place)
                end += ReplyWriter.write(Listpack.read(place).element, to: end)
            }
            return end - target
        }
    }

    @inline(__always)
    private static func write(_ element: Element, to target: UnsafeMutableRawPointer) -> Int {
        switch element {
        case .bytes(let bytes): return write(bytes, to: target)
        case .integer(let integer):
            var scratch: (UInt64, UInt64, UInt64) = (0, 0, 0)
            let count = NumberText.write(integer, to: &scratch)
            return withUnsafeBytes(of: scratch) { write(Bytes(base: $0.baseAddress!, count: count), to: target) }
        }
    }

    @inline(__always)
    private static func write(_ bytes: Bytes, to target: UnsafeMutableRawPointer) -> Int {
        let head = writeHead(bytes.count, to: target)
        memcpy(target + head, bytes.base, bytes.count)
        let end = head &+ bytes.count
        (target + end).storeBytes(of: 0x0A0D, as: UInt16.self)
        return end &+ 2
    }

    /// Writes the line before a bulk string of `count` bytes.
    @inline(__always)
    private static func writeHead(_ count: Int, to target: UnsafeMutableRawPointer) -> Int {
        if count < 10 {
            target.storeBytes(of: 0x0A0D_3024 &+ UInt32(count) << 8, as: UInt32.self)
            return 4
        }
        target.storeBytes(of: UInt8(ascii: "$"), as: UInt8.self)
        let digits = NumberText.write(UInt64(count), to: target + 1)
        (target + (digits &+ 1)).storeBytes(of: 0x0A0D, as: UInt16.self)
        return digits &+ 3
    }
}
