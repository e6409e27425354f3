import Primitives

/// What a start finds on the disk of a log.
public struct AOFFindings: Sendable {
    /// The content of the manifest file; nil where there is none.
    public var manifest: [UInt8]?
    /// Sizes of the files in the log's directory, in bytes, by name.
    public var sizes: [String: Int] = [:]
    /// Whether the file that old versions kept as their only one lies outside of the directory.
    public var hasSingleFile = false

    /// Nothing at all.
    public init() {}
}

/// What a start does with a log.
public enum AOFPlan: Equatable, Sendable {
    /// There is none yet.
    case none
    /// The single file of an old version becomes the base: the manifest is written, the file moved, and then it is loaded.
    case upgrade(AOFManifest)
    /// The files are replayed in order.
    case load(AOFManifest)

    /// - Parameter prefix: the name of an old version's file, with which the names of all files begin.
    public init(_ findings: AOFFindings, prefix: String) throws(AOFManifestError) {
        let manifest = try findings.manifest.map { (text) throws(AOFManifestError) in try AOFManifest(text) }
        let single = AOFFile(name: prefix, sequence: 1, kind: .base)
        let known = manifest ?? AOFManifest()
        // An upgrade that was interrupted has written the manifest and not moved the file.
        let isHalfMoved = known.replayed == [single] && findings.sizes[prefix] == nil
        if findings.hasSingleFile, known.replayed.isEmpty || isHalfMoved {
            var upgraded = AOFManifest()
            upgraded.base = single
            self = .upgrade(upgraded)
        } else if known.replayed.isEmpty {
            self = .none
        } else {
            try AOFPlan.checkPresence(of: known, findings)
            self = .load(known)
        }
    }

    private static func checkPresence(of manifest: AOFManifest, _ findings: AOFFindings) throws(AOFManifestError) {
        guard let missing = manifest.replayed.first(where: { findings.sizes[$0.name] == nil }) else { return }
        throw AOFManifestError(
            line: 0, text: "", reason: "The AOF file \(missing.name) that the manifest lists doesn't exist")
    }
}

/// What becomes of a file that cannot be read to its end.
public enum AOFRemedy: Equatable, Sendable {
    /// It is cut off behind what is in order, and loading goes on.
    case cut(size: Int)
    /// The start is refused, for this reason.
    case refuse(String)

    /// - Parameters:
    ///   - size: of the file, in bytes.
    ///   - isLast: whether no file with anything in it follows.
    ///   - cutsTornTails: `aof-load-truncated`.
    ///   - longestDamage: how many bytes of damage at the end are cut off too.
    public init(
        _ error: AOFError, in name: String, size: Int, isLast: Bool, cutsTornTails: Bool, longestDamage: Int
    ) {
        let place = "at offset \(error.offset) of \(name): \(error.reason)"
        let isSmall = size - error.validSize <= longestDamage
        switch error.kind {
        case _ where !isLast && error.kind == .torn:
            self = .refuse("The append only file ends unexpectedly \(place), and it is not the last file")
        case .torn where cutsTornTails, .damaged where isLast && isSmall: self = .cut(size: error.validSize)
        case .torn:
            self = .refuse(
                "Unexpected end of the append only file \(place). Make a backup, then use redis-check-aof --fix "
                    + "<filename.manifest>, or set aof-load-truncated to yes and start again")
        case .damaged:
            self = .refuse(
                "Bad file format reading the append only file \(place). Make a backup, then use redis-check-aof "
                    + "--fix <filename.manifest>")
        }
    }
}
