#if canImport(Glibc)
    import Glibc
#endif

/// Why a value of the right kind is refused all the same, in the reference's words; nil if it is not.
enum Check {
    static func fileName(_ text: String) -> String? {
        text.contains("/") ? "dbfilename can't be a path, just a filename" : nil
    }

    static func appendFileName(_ text: String) -> String? {
        if text.isEmpty { return "appendfilename can't be empty" }
        return text.contains("/") ? "appendfilename can't be a path, just a filename" : nil
    }

    static func appendDirectoryName(_ text: String) -> String? {
        if text.isEmpty { return "appenddirname can't be empty" }
        return text.contains("/") ? "appenddirname can't be a path, just a dirname" : nil
    }

    static func backupDirectoryName(_ text: String) -> String? {
        if text.isEmpty { return "backupdirname can't be empty" }
        return text.contains("/") ? "backupdirname can't be a path, just a dirname" : nil
    }

    static func clusterFileName(_ text: String) -> String? {
        text.isEmpty ? "cluster-config-file can't be empty" : nil
    }

    static func hostName(_ text: String) -> String? {
        if text.utf8.count >= 256 { return "Hostnames must be less than 256 characters" }
        let isValid = text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        return isValid ? nil : "Hostnames may only contain alphanumeric characters, hyphens or dots"
    }

    static func nodeName(_ text: String) -> String? {
        if text.utf8.count >= 256 { return "Node names must be less than 256 characters" }
        // The characters that structure a line of the cluster's state, and those that no terminal shows.
        let isValid = text.utf8.allSatisfy { 0x21..<0x7F ~= $0 && !"!#$%&()*+:;<>?@[]^{|}~=,\"'\\".utf8.contains($0) }
        return isValid ? nil : "Announced human node name contained invalid character"
    }

    static func ipv4(_ text: String) -> String? { isAddress(text, AF_INET) ? nil : "Invalid IPv4 address" }

    static func ipv6(_ text: String) -> String? { isAddress(text, AF_INET6) ? nil : "Invalid IPv6 address" }

    static func noDefragmentation(_ isOn: Bool) -> String? {
        guard isOn else { return nil }
        return """
            Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc \
            like the one shipped by default with the Redis source distribution
            """
    }

    static func titleTemplate(_ text: String) -> String? {
        // The title proper may be empty, so something else has to be shown with it.
        let isShown = text.split(separator: "{title}").joined().contains { !$0.isWhitespace }
        let isValid = isShown && hasOnlyKnownVariables(text)
        return isValid ? nil : "template format is invalid or contains unknown variables"
    }

    private static let titleVariables: Set<Substring> = [
        "title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file",
    ]

    /// Whether every `{` opens the name of a variable; `{{` stands for itself.
    private static func hasOnlyKnownVariables(_ text: String) -> Bool {
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            rest = rest[rest.index(after: open)...]
            if rest.first == "{" {
                rest = rest.dropFirst()
                continue
            }
            guard let close = rest.firstIndex(of: "}"), titleVariables.contains(rest[..<close]) else { return false }
            rest = rest[rest.index(after: close)...]
        }
        return true
    }

    /// Whether `text` is an address of the family, or empty for none.
    private static func isAddress(_ text: String, _ family: Int32) -> Bool {
        var storage = in6_addr()
        return text.isEmpty || inet_pton(family, text, &storage) == 1
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: false
        }
    }
}
