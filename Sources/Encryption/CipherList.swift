/// The cipher suites that a list in OpenSSL's language names (openssl-ciphers(1)), as far as the library has them.
///
/// The library ends the process when a list names nothing it knows: so the list is worked out here, and what is handed on
/// are full names.
struct CipherList {
    /// Suites, separated by colons.
    let text: String

    /// - Throws: where a word is unknown, or nothing is left.
    init(_ list: String) throws(SecurityError) {
        var (chosen, banned): ([Suite], Set<String>) = ([], [])
        for word in list.split(whereSeparator: { ":, ;".contains($0) }).map(String.init) where !word.hasPrefix("@") {
            let mark = word.first.flatMap { "!-+".contains($0) ? $0 : nil }
            let matches = try CipherList.suites(word.drop { "!-+".contains($0) }, in: list)
            let names = Set(matches.map(\.name))
            switch mark {
            case "+":
                chosen = chosen.filter { !names.contains($0.name) } + chosen.filter { names.contains($0.name) }
            case nil: chosen += matches.filter { suite in !chosen.contains { $0.name == suite.name } }
            default:
                chosen.removeAll { names.contains($0.name) }
                if mark == "!" { banned.formUnion(names) }
            }
        }
        let names = chosen.map(\.name).filter { !banned.contains($0) }
        guard !names.isEmpty else { throw CipherList.failure(list) }
        text = names.joined(separator: ":")
    }

    /// Suites that have every property named in a word such as `ECDHE+AESGCM`.
    private static func suites(_ word: Substring, in list: String) throws(SecurityError) -> [Suite] {
        var found = Suite.all
        for part in word.split(separator: "+").map(String.init) {
            if Suite.general.contains(part) { continue }
            let isKnown = Suite.foreign.contains(part) || Suite.all.contains { $0.has(part) }
            guard isKnown else { throw failure(list) }
            found.removeAll { !$0.has(part) }
        }
        return found
    }

    private static func failure(_ list: String) -> SecurityError { .refused("Failed to configure ciphers: \(list)") }
}

/// A suite and the words that it goes by.
private struct Suite {
    let name: String
    let words: Set<String>

    init(_ name: String, _ words: String) {
        self.name = name
        self.words = Set(words.split(separator: " ").map(String.init))
    }

    func has(_ word: String) -> Bool { word == name || words.contains(word) }

    static let all = [
        Suite("ECDHE-ECDSA-AES128-GCM-SHA256", "\(elliptic) ECDSA aECDSA AESGCM AES AES128 SHA256 TLSv1.2"),
        Suite("ECDHE-RSA-AES128-GCM-SHA256", "\(elliptic) aRSA AESGCM AES AES128 SHA256 TLSv1.2"),
        Suite("ECDHE-ECDSA-AES256-GCM-SHA384", "\(elliptic) ECDSA aECDSA AESGCM AES AES256 SHA384 TLSv1.2"),
        Suite("ECDHE-RSA-AES256-GCM-SHA384", "\(elliptic) aRSA AESGCM AES AES256 SHA384 TLSv1.2"),
        Suite("ECDHE-ECDSA-CHACHA20-POLY1305", "\(elliptic) ECDSA aECDSA CHACHA20 SHA256 TLSv1.2"),
        Suite("ECDHE-RSA-CHACHA20-POLY1305", "\(elliptic) aRSA CHACHA20 SHA256 TLSv1.2"),
        Suite("ECDHE-ECDSA-AES128-SHA", "\(elliptic) ECDSA aECDSA AES AES128 SHA SHA1 TLSv1 SSLv3"),
        Suite("ECDHE-RSA-AES128-SHA", "\(elliptic) aRSA AES AES128 SHA SHA1 TLSv1 SSLv3"),
        Suite("ECDHE-ECDSA-AES256-SHA", "\(elliptic) ECDSA aECDSA AES AES256 SHA SHA1 TLSv1 SSLv3"),
        Suite("ECDHE-RSA-AES256-SHA", "\(elliptic) aRSA AES AES256 SHA SHA1 TLSv1 SSLv3"),
        Suite("AES128-GCM-SHA256", "kRSA aRSA RSA AESGCM AES AES128 SHA256 TLSv1.2"),
        Suite("AES256-GCM-SHA384", "kRSA aRSA RSA AESGCM AES AES256 SHA384 TLSv1.2"),
        Suite("AES128-SHA", "kRSA aRSA RSA AES AES128 SHA SHA1 TLSv1 SSLv3"),
        Suite("AES256-SHA", "kRSA aRSA RSA AES AES256 SHA SHA1 TLSv1 SSLv3"),
    ]
    private static let elliptic = "ECDHE EECDH kECDHE kEECDH ECDH"
    /// Words for all of them.
    static let general: Set = ["ALL", "DEFAULT", "HIGH", "COMPLEMENTOFALL", "FIPS"]
    /// Words for suites that the library does not have: good for taking away.
    static let foreign: Set = [
        "aNULL", "eNULL", "NULL", "LOW", "MEDIUM", "EXP", "EXPORT", "COMPLEMENTOFDEFAULT", "DES", "3DES", "RC2", "RC4",
        "MD5", "IDEA", "SEED", "CAMELLIA", "CAMELLIA128", "CAMELLIA256", "ARIA", "AESCCM", "AESCCM8", "DH", "DHE",
        "EDH",
        "kDHE", "kEDH", "kDH", "ADH", "AECDH", "DSS", "aDSS", "PSK", "kPSK", "aPSK", "kECDHEPSK", "kDHEPSK", "kRSAPSK",
        "SRP", "kSRP", "aSRP", "GOST", "SSLv2", "TLSv1.0", "TLSv1.1",
    ]
}
