// Clocks of access for entries that were used elsewhere before.

extension Keyspace {
    /// The clock of an entry that was last used so many seconds ago; nil where not times but frequencies are kept.
    public func clock(idleSeconds: Int64) -> UInt32? {
        guard case .seconds = accessClock else { return nil }
        // The clock goes round after half a year: what was idle for longer has been so for that long.
        let idle = UInt32(clamping: min(idleSeconds, 0xFF_FFFF))
        return (UInt32(truncatingIfNeeded: now / 1000) &- idle) & 0xFF_FFFF
    }

    /// The clock of an entry with a logarithmic access counter; nil where not frequencies but times are kept.
    public func clock(frequency: UInt8) -> UInt32? {
        guard case .frequency = accessClock else { return nil }
        return minutes << 8 | UInt32(frequency)
    }
}
