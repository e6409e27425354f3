import NIOSSL

/// What operators ask of a certificate.
public struct CertificateSummary: Sendable, Equatable {
    /// Its number, in hexadecimal digits.
    public let serial: String
    /// When it expires, in seconds since 1970.
    public let expiry: Int

    /// The one that expires first; nil without any.
    init?(first certificates: [NIOSSLCertificate]) {
        guard let first = certificates.min(by: { $0.notValidAfter < $1.notValidAfter }) else { return nil }
        let digits = "0123456789ABCDEF".map(String.init)
        serial = first.serialNumber.reduce("") { $0 + digits[Int($1 >> 4)] + digits[Int($1 & 15)] }
        expiry = Int(first.notValidAfter)
    }
}
