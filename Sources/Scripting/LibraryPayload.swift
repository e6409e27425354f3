import Persistence
import Primitives

/// Libraries as bytes, as FUNCTION DUMP and FUNCTION RESTORE exchange them: what an RDB file holds of them, and the footer of
/// a payload.
///
///     F5 length code   F5 length code   …   footer
enum LibraryPayload {
    static func write(_ libraries: [Library]) -> [UInt8] {
        var writer = RDBWriter()
        for library in libraries { library.code.withBytes { writer.library($0) } }
        // Libraries came with this version, so that every server that has them takes the payload.
        Footer.write(version: RDBVersion.written, to: &writer)
        return Array(writer.bytes)
    }

    /// The codes of libraries in a payload; nil if it is damaged or of an unknown version.
    /// - Parameter checksSum: whether the checksum has to be right.
    static func read(_ payload: Bytes, checksSum: Bool = true) -> [[UInt8]]? {
        guard let (contents, _) = Footer.contents(of: payload, checksSum: checksSum) else { return nil }
        var reader = RDBReader(contents)
        var codes: [[UInt8]] = []
        while !reader.isAtEnd {
            guard let code = try? reader.library() else { return nil }
            codes.append(code)
        }
        return codes
    }
}
