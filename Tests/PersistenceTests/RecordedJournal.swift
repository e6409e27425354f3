import Primitives
import RESP
import Storage

/// Keeps what the journal says.
final class RecordedJournal: JournalReader {
    private var bytes: [UInt8] = []

    func read(_ bytes: Bytes, endingAt offset: Int64) { self.bytes.append(bytes) }

    /// The commands since it was last asked, each as a line; what is not text stands as `…`.
    func words() -> [String] {
        defer { bytes = [] }
        var parser = ReplyParser()
        bytes.withBytes { parser.append($0) }
        var found: [String] = []
        while case .array(let words)? = try? parser.next() {
            found.append(words.map(RecordedJournal.word).joined(separator: " "))
        }
        return found
    }

    private static func word(_ reply: Reply) -> String {
        guard case .bulk(let bytes) = reply, bytes.allSatisfy({ $0 >= 32 && $0 < 127 }) else { return "…" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
