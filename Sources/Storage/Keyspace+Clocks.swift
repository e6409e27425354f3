import Primitives

// What the 24 bits of an entry's clock say of its use.

extension Keyspace {
    /// The clock of an entry that is made now.
    @inlinable @inline(__always)
    var freshClock: UInt32 {
        if _fastPath(accessClock == .seconds) { return UInt32(truncatingIfNeeded: now / 1000) & 0xFF_FFFF }
        return freshCount
    }

    @usableFromInline
    var freshCount: UInt32 {
        switch accessClock {
        case .seconds: seconds & 0xFF_FFFF
        case .frequency: minutes << 8 | 5
        case .queues: QueueMark(isSmall: true, uses: 0, age: useAge, seconds: seconds).bits
        }
    }

    /// The clock of an entry that takes the place of `old`: to those who count, it is the same key.
    @inlinable @inline(__always)
    func renewedClock(_ old: Entry) -> UInt32 {
        if _fastPath(accessClock == .seconds) { return UInt32(truncatingIfNeeded: now / 1000) & 0xFF_FFFF }
        return countedClock(old)
    }

    /// The clock of an entry that is used now.
    @usableFromInline @inline(never)
    func countedClock(_ entry: Entry) -> UInt32 {
        switch accessClock {
        case .seconds: seconds & 0xFF_FFFF
        case .frequency: minutes << 8 | UInt32(raisedFrequency(entry))
        case .queues: QueueMark(entry.clock).used(age: useAge, seconds: seconds).bits
        }
    }

    private var seconds: UInt32 { UInt32(truncatingIfNeeded: now / 1000) }
    private var minutes: UInt32 { UInt32(truncatingIfNeeded: now / 60_000) & 0xFFFF }

    /// The logarithmic access counter of an entry after one more use. Source: Redis, `LFULogIncr`.
    private func raisedFrequency(_ entry: Entry) -> Int {
        let counter = frequency(entry)
        guard counter < 255 else { return counter }
        let chance = 1.0 / (Double(max(0, counter - 5)) * Double(frequencyRule.logFactor) + 1)
        return Double.random(in: 0..<1, using: &random) < chance ? counter + 1 : counter
    }

    /// The logarithmic access counter of an entry, with its decay until now.
    public func frequency(_ entry: Entry) -> Int {
        let counter = Int(entry.clock & 0xFF)
        guard accessClock == .frequency, frequencyRule.decayMinutes > 0 else { return counter }
        let elapsed = Int((minutes &- entry.clock >> 8) & 0xFFFF)
        return max(0, counter - elapsed / frequencyRule.decayMinutes)
    }

    /// Seconds since an entry was last touched.
    public func idleSeconds(_ entry: Entry) -> Int {
        let mask = accessClock == .queues ? QueueMark.secondsMask : 0xFF_FFFF
        return Int((seconds &- entry.clock) & mask)
    }
}

// Clocks of access for entries that were used elsewhere before.

extension Keyspace {
    /// The clock of an entry that was last used so many seconds ago; nil where not times but frequencies are kept.
    public func clock(idleSeconds: Int64) -> UInt32? {
        // The clock goes round after half a year, in the queues after three days: what was idle for longer has been so for
        // that long.
        switch accessClock {
        case .seconds: return (seconds &- UInt32(clamping: min(idleSeconds, 0xFF_FFFF))) & 0xFF_FFFF
        case .frequency: return nil
        case .queues:
            let idle = UInt32(clamping: min(idleSeconds, Int64(QueueMark.secondsMask)))
            return QueueMark(isSmall: true, uses: 0, age: useAge, seconds: seconds &- idle).bits
        }
    }

    /// The clock of an entry with a logarithmic access counter; nil where not frequencies but times are kept.
    public func clock(frequency: UInt8) -> UInt32? {
        guard accessClock == .frequency else { return nil }
        return minutes << 8 | UInt32(frequency)
    }
}
