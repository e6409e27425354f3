import CLua
import Commands
import Primitives
import RESP

/// The keys and the arguments of a script, among those of the command that calls it.
struct ScriptArguments {
    private let all: Arguments
    private let keyCount: Int

    /// - Parameter notNumber: what is thrown where the number of keys is none.
    init(_ arguments: Arguments, notNumber: CommandError) throws(CommandError) {
        guard let count = arguments[2].integer else { throw notNumber }
        if count > Int64(arguments.count - 3) {
            throw .message("ERR Number of keys can't be greater than number of args")
        }
        if count < 0 { throw .message("ERR Number of keys can't be negative") }
        all = arguments
        keyCount = Int(count)
    }

    /// Shows the spans of the keys and those of what follows them.
    func withSpans<Result>(
        _ body: (UnsafeRawPointer, UnsafePointer<apus_lua_span>?, Int64, UnsafePointer<apus_lua_span>?, Int64) -> Result
    ) -> Result {
        all.withSpans(from: 3) { base, spans, count in
            let spans = UnsafeRawPointer(spans).assumingMemoryBound(to: apus_lua_span.self)
            return body(base, spans, Int64(keyCount), spans + keyCount, Int64(count - keyCount))
        }
    }
}
