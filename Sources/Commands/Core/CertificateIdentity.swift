#if canImport(Glibc)
    import Glibc
#endif

/// What INFO tells of a certificate.
public struct CertificateIdentity: Sendable {
    let serial: String
    /// In seconds since 1970.
    let expiry: Int

    /// - Parameters:
    ///   - serial: in hexadecimal digits.
    ///   - expiry: in seconds since 1970.
    public init(serial: String, expiry: Int) { (self.serial, self.expiry) = (serial, expiry) }

    /// Such as `Dec  5 12:00:00 2026 GMT`, as openssl shows it.
    var expiryText: String {
        var (parts, seconds) = (tm(), time_t(expiry))
        gmtime_r(&seconds, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 40) { room in
            strftime(room.baseAddress!, room.count, "%b %e %H:%M:%S %Y GMT", &parts)
            return String(cString: room.baseAddress!)
        }
    }
}
