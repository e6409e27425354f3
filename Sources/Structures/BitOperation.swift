import Primitives

/// What `BITOP` makes of several strings; a shorter one counts as filled up with zeros.
public enum BitOperation: Sendable, CaseIterable {
    case and, or, xor
    /// The complement of the only source.
    case not
    /// Set in the first source and in no other.
    case difference
    /// Set in any other source, but not in the first.
    case reverseDifference
    /// Set in the first source and in any other.
    case andOr
    /// Set in exactly one source.
    case one

    /// Writes the result to `target`, which is as long as the longest of the sources, of which there is at least one.
    public func combine(_ sources: [Bytes], into target: UnsafeMutableRawBufferPointer) {
        if let base = target.baseAddress { base.initializeMemory(as: UInt8.self, repeating: 0, count: target.count) }
        switch self {
        case .and:
            fold(target, sources[0]) { $1 }
            for source in sources.dropFirst() { fold(target, source) { $0 & $1 } }
        case .or: for source in sources { fold(target, source) { $0 | $1 } }
        case .xor: for source in sources { fold(target, source) { $0 ^ $1 } }
        case .not: fold(target, sources[0]) { ~$1 }
        case .difference: foldOthers(sources, target) { ~$0 & $1 }
        case .reverseDifference: foldOthers(sources, target) { $0 & ~$1 }
        case .andOr: foldOthers(sources, target) { $0 & $1 }
        case .one: combineOne(sources, target)
        }
    }

    /// Gathers all sources but the first, then applies `step` to them and the first.
    @inline(__always)
    private func foldOthers(
        _ sources: [Bytes], _ target: UnsafeMutableRawBufferPointer, _ step: (UInt64, UInt64) -> UInt64
    ) {
        for source in sources.dropFirst() { fold(target, source) { $0 | $1 } }
        fold(target, sources[0], step)
    }

    private func combineOne(_ sources: [Bytes], _ target: UnsafeMutableRawBufferPointer) {
        let repeated = UnsafeMutableRawBufferPointer.allocate(byteCount: target.count, alignment: 8)
        defer { repeated.deallocate() }
        if let base = repeated.baseAddress { base.initializeMemory(as: UInt8.self, repeating: 0, count: target.count) }
        for source in sources {
            gather(repeated, Bytes(UnsafeRawBufferPointer(target)), source)
            fold(target, source) { $0 | $1 }
        }
        fold(target, Bytes(UnsafeRawBufferPointer(repeated))) { $0 & ~$1 }
    }

    /// Adds to `repeated` what is in both `seen` and `source`.
    private func gather(_ repeated: UnsafeMutableRawBufferPointer, _ seen: Bytes, _ source: Bytes) {
        let both = UnsafeMutableRawBufferPointer(rebasing: repeated[..<source.count])
        var offset = 0
        while offset &+ 8 <= both.count {
            let common =
                seen.base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                & source.base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let old = both.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            both.storeBytes(of: old | common, toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        while offset < both.count {
            both[offset] |= seen[offset] & source[offset]
            offset &+= 1
        }
    }

    /// Applies `step` to each word of `target` and its counterpart in `source`, which may be shorter.
    @inline(__always)
    private func fold(
        _ target: UnsafeMutableRawBufferPointer, _ source: Bytes, _ step: (UInt64, UInt64) -> UInt64
    ) {
        guard let base = target.baseAddress else { return }
        var offset = 0
        while offset &+ 8 <= source.count {
            let old = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let new = step(old, source.base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            base.storeBytes(of: new, toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        while offset < target.count {
            let old = UInt64(base.load(fromByteOffset: offset, as: UInt8.self))
            let new = step(old, offset < source.count ? UInt64(source[offset]) : 0)
            base.storeBytes(of: UInt8(truncatingIfNeeded: new), toByteOffset: offset, as: UInt8.self)
            offset &+= 1
        }
    }
}
