import Primitives
import Settings

/// A file of the log: its name within the directory, its number among those of its kind, and what it is for.
public struct AOFFile: Hashable, Sendable {
    /// What a file is for.
    public enum Kind: String, Sendable {
        /// The data set at a cut.
        case base = "b"
        /// Replaced, and to be removed.
        case history = "h"
        /// What was changed from a cut on.
        case increment = "i"
    }

    /// The name, without a directory.
    public let name: String
    /// Rises from file to file of a kind.
    public let sequence: Int
    /// What it is for.
    public var kind: Kind

    /// From its parts.
    public init(name: String, sequence: Int, kind: Kind) {
        self.name = name
        self.sequence = sequence
        self.kind = kind
    }

    fileprivate var line: String {
        let needsQuotes = name.utf8.contains { $0 <= 0x20 || $0 >= 0x7F || [0x22, 0x27, 0x5C].contains($0) }
        let shown = needsQuotes ? String(decoding: Words.quoted(Array(name.utf8)), as: UTF8.self) : name
        return "file \(shown) seq \(sequence) type \(kind.rawValue)\n"
    }
}

/// Which files make up the log, and in which order: the content of the manifest file.
///
///     file appendonly.aof.2.base.rdb seq 2 type b       at most one
///     file appendonly.aof.1.base.rdb seq 1 type h       any number, to be removed
///     file appendonly.aof.3.incr.aof seq 3 type i       replayed in this order, numbers rise
public struct AOFManifest: Equatable, Sendable {
    /// The data set that the increments begin with.
    public var base: AOFFile?
    /// What was replaced and may still be there.
    public var history: [AOFFile] = []
    /// What was changed since the base, oldest first.
    public var increments: [AOFFile] = []

    /// Of a log without files.
    public init() {}

    /// The files that have to be replayed, in order.
    public var replayed: [AOFFile] { (base.map { [$0] } ?? []) + increments }

    /// The manifest as its file holds it.
    public var text: String { ((base.map { [$0] } ?? []) + history + increments).map(\.line).joined() }

    // MARK: Successors

    /// The next increment of a log whose files begin with `prefix`.
    /// - Parameter used: a number that was used already.
    public func nextIncrement(_ prefix: String, after used: Int = 0) -> AOFFile {
        let sequence = max(increments.last?.sequence ?? 0, used) + 1
        return AOFFile(name: "\(prefix).\(sequence).incr.aof", sequence: sequence, kind: .increment)
    }

    /// The next base of a log whose files begin with `prefix`.
    /// - Parameters:
    ///   - isRDB: whether it is going to be an RDB file; otherwise commands.
    ///   - used: a number that was used already.
    public func nextBase(_ prefix: String, isRDB: Bool, after used: Int = 0) -> AOFFile {
        let sequence = max(base?.sequence ?? 0, used) + 1
        return AOFFile(name: "\(prefix).\(sequence).base.\(isRDB ? "rdb" : "aof")", sequence: sequence, kind: .base)
    }

    /// The manifest with a new base, which holds all that increments before `first` have changed.
    public func replacing(base fresh: AOFFile, keepingFrom first: AOFFile) -> AOFManifest {
        var next = self
        next.history += replayed.filter { $0.kind == .base || $0.sequence < first.sequence }.map(\.replaced)
        next.base = fresh
        next.increments.removeAll { $0.sequence < first.sequence }
        return next
    }
}

extension AOFFile {
    fileprivate var replaced: AOFFile { AOFFile(name: name, sequence: sequence, kind: .history) }
}

// MARK: Reading

/// Why a manifest cannot be believed.
public struct AOFManifestError: Error, Equatable, Sendable {
    /// Counted from 1; 0 where it is no single line.
    public let line: Int
    /// The line.
    public let text: String
    /// What is wrong, in the reference's words.
    public let reason: String

    /// The report, over several lines where it is about one.
    public var report: String {
        line == 0 ? reason : "Reading the manifest file, at line \(line)\n>>> '\(text)'\n\(reason)"
    }
}

extension AOFManifest {
    /// The longest line that is believed, in bytes.
    private static let longestLine = 1024

    /// Reads the content of a manifest file.
    public init(_ content: [UInt8]) throws(AOFManifestError) {
        self.init()
        var number = 0
        for line in AOFManifest.lines(content) {
            number += 1
            if line.first == UInt8(ascii: "#") { continue }
            do throws(Refusal) {
                try take(line)
            } catch {
                let shown = String(decoding: line.prefix(AOFManifest.longestLine), as: UTF8.self)
                throw AOFManifestError(line: number, text: shown, reason: error.reason)
            }
        }
        if number == 0 { throw AOFManifestError(line: 0, text: "", reason: "Found an empty AOF manifest") }
    }

    /// What stands between line ends; nothing follows the last one.
    private static func lines(_ content: [UInt8]) -> [[UInt8]] {
        var lines = content.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private mutating func take(_ line: [UInt8]) throws(Refusal) {
        if line.count > AOFManifest.longestLine { throw Refusal("The AOF manifest file contains too long line") }
        let file = try AOFFile(line: line)
        switch file.kind {
        case .base:
            if base != nil { throw Refusal("Found duplicate base file information") }
            base = file
        case .history: history.append(file)
        case .increment:
            if let last = increments.last, file.sequence <= last.sequence {
                throw Refusal("Found a non-monotonic sequence number")
            }
            increments.append(file)
        }
    }
}

extension AOFFile {
    /// From a line of pairs of words, of which others than these three may come with newer versions.
    fileprivate init(line: [UInt8]) throws(Refusal) {
        guard let words = Words.split(line), words.count >= 6, words.count % 2 == 0 else { throw .malformed }
        var pairs: [String: String] = [:]
        for index in stride(from: 0, to: words.count, by: 2) {
            let name = String(decoding: words[index], as: UTF8.self).lowercased()
            pairs[name] = String(decoding: words[index + 1], as: UTF8.self)
        }
        guard let name = pairs["file"], let number = pairs["seq"], let letter = pairs["type"], !name.isEmpty else {
            throw .malformed
        }
        if name.contains("/") || name == ".." { throw Refusal("File can't be a path, just a filename") }
        guard let sequence = Int(number), sequence > 0 else { throw .malformed }
        guard let kind = Kind(rawValue: letter) else { throw Refusal("Unknown AOF file type") }
        self.init(name: name, sequence: sequence, kind: kind)
    }
}

extension Refusal {
    fileprivate static let malformed = Refusal("Invalid AOF manifest file format")
}
