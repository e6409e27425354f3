import NIOSSL

/// Why TLS cannot be set up.
public enum SecurityError: Error, Equatable {
    /// A directive that has to be set is not.
    case missing(String)
    /// A file cannot be read or makes no sense: what it was to be, its name, the reason.
    case file(purpose: String, path: String, reason: String)
    /// A directive has a value that cannot be had.
    case refused(String)

    /// The reason, in the reference's words.
    public var reason: String {
        switch self {
        case .missing(let directive): "No \(directive) configured!"
        case .file(let purpose, let path, let reason): "Failed to load \(purpose): \(path): \(reason)"
        case .refused(let text): text
        }
    }

    /// What an error of the library says, without the place in its source.
    static func text(of error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(let cause), NIOSSLError.shutdownFailed(let cause): text(of: cause)
        case BoringSSLError.sslError(let stack), BoringSSLError.unknownError(let stack): text(of: stack)
        case BoringSSLError.syscallError, BoringSSLError.zeroReturn: "Connection reset by peer"
        default: "\(error)"
        }
    }

    private static func text(of stack: NIOBoringSSLErrorStack) -> String {
        guard let first = stack.first else { return "unknown error" }
        // Error: 268435703 error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at file:line
        let words = first.description.split(separator: " ", maxSplits: 2).dropFirst(2).joined()
        return String(words.split(separator: " at /").first ?? "unknown error")
    }
}
