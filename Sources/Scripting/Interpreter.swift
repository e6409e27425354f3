import CLua
import Primitives
import RESP

/// The interpreter: what CLua offers, with nothing left of pointers to pointers.
///
/// Everything of Lua's happens between `resume` and its return, on a stack of its own; here only flat bytes arrive.
struct Interpreter: ~Copyable {
    private let exchange: UnsafeMutablePointer<apus_lua_exchange>

    /// The most memory that all scripts together may take, in bytes; the longest string that the protocol carries is half
    /// of it.
    static let mostBytes: Int64 = 1 << 30

    /// What a script wants.
    enum Event {
        case call
        case slice
        case log
        case mayCall
        /// The reply has an error that no command has made.
        case error
        case ended
    }

    enum Kind: Int32 {
        case script
        case function
        case library
    }

    init?(mostBytes: Int64, version: (text: StaticString, number: Int64)) {
        var services = apus_lua_services(
            write_double: { Int64(NumberText.write($0, to: $1!)) },
            write_sha1: { bytes, count, target in
                SHA1.digest(Bytes(base: bytes!, count: Int(count))).hexadecimal(to: target!)
            },
            version: UnsafeRawPointer(version.text.utf8Start).assumingMemoryBound(to: CChar.self),
            version_number: version.number)
        guard let made = apus_lua_create(mostBytes, &services) else { return nil }
        exchange = made
    }

    deinit { apus_lua_destroy(exchange) }

    /// Bytes that the interpreter holds.
    var usedBytes: Int { Int(apus_lua_used(exchange)) }

    // MARK: Compiling

    /// Compiles code; returns where the interpreter keeps it, or why it cannot.
    func compile(_ code: Bytes, _ kind: Kind) -> Result<Int32, InterpreterFailure> {
        apus_lua_compile(exchange, code.base, Int64(code.count), kind.rawValue)
        if exchange.pointee.has_failed != 0 { return .failure(InterpreterFailure(text: result.text)) }
        return .success(exchange.pointee.reference)
    }

    func forget(_ reference: Int32) { apus_lua_forget(exchange, reference) }

    func collect() { apus_lua_collect(exchange) }

    // MARK: Running

    /// Begins a run. The arguments stay in their place until it has ended.
    func start(_ reference: Int32, _ kind: Kind, _ arguments: ScriptArguments, version: ProtocolVersion, seed: UInt32) {
        arguments.withSpans { base, keys, keyCount, values, valueCount in
            apus_lua_start(
                exchange, reference, kind.rawValue, base, keys, keyCount, values, valueCount, Int32(version.rawValue),
                seed)
        }
    }

    /// Begins the run of a library's code, which registers functions.
    func startLibrary(_ reference: Int32, seed: UInt32) {
        apus_lua_start(exchange, reference, Kind.library.rawValue, nil, nil, 0, nil, 0, 2, seed)
    }

    @inline(__always)
    func resume() -> Event {
        switch Int(apus_lua_resume(exchange)) {
        case APUS_LUA_CALL: .call
        case APUS_LUA_SLICE: .slice
        case APUS_LUA_LOG: .log
        case APUS_LUA_MAY_CALL: .mayCall
        case APUS_LUA_ERROR: .error
        default: .ended
        }
    }

    /// The name of the run in errors; valid until the run has ended.
    func setName(_ name: Bytes) {
        exchange.pointee.name = name.base.assumingMemoryBound(to: CChar.self)
        exchange.pointee.name_count = Int64(name.count)
    }

    var name: Bytes {
        guard let base = exchange.pointee.name else { return .empty }
        return Bytes(base: base, count: Int(exchange.pointee.name_count))
    }

    /// The arguments of the command that the script calls.
    var commandBase: UnsafeRawPointer { exchange.pointee.argument_base }
    var commandSpans: UnsafePointer<ArgumentSpan> {
        UnsafeRawPointer(exchange.pointee.arguments).assumingMemoryBound(to: ArgumentSpan.self)
    }
    var commandCount: Int { Int(exchange.pointee.argument_count) }

    /// Gives the script the reply to its command.
    @inline(__always)
    func reply(_ bytes: Bytes) {
        exchange.pointee.reply = bytes.base
        exchange.pointee.reply_count = Int64(bytes.count)
    }

    func answer(_ isAllowed: Bool?) { exchange.pointee.answer = isAllowed.map { $0 ? 1 : 0 } ?? -1 }

    /// The protocol that the script wants replies in.
    var version: ProtocolVersion { exchange.pointee.protocol == 3 ? .resp3 : .resp2 }

    /// Whether what the script changes is to be recorded.
    var recordsEffects: Bool { exchange.pointee.propagation != 0 }

    /// What is to be logged, or the error.
    var text: Bytes { Bytes(base: exchange.pointee.text!, count: Int(exchange.pointee.text_count)) }
    /// Of what is to be logged: 0 is the least.
    var logLevel: Int { Int(exchange.pointee.level) }

    /// Ends the script with an error when it goes on.
    func kill() { exchange.pointee.is_killed = 1 }

    // MARK: After a run

    var hasFailed: Bool { exchange.pointee.has_failed != 0 }
    /// Whether the error was counted when the command failed that caused it.
    var isFailureCounted: Bool { exchange.pointee.is_counted != 0 }

    /// The reply, or the text of the error.
    var result: Bytes {
        guard let base = exchange.pointee.result else { return .empty }
        return Bytes(base: base, count: Int(exchange.pointee.result_count))
    }

    func releaseResult() { apus_lua_release_result(exchange) }

    /// The functions that a library has registered.
    func takeFunctions() -> [LibraryFunction] {
        (0..<Int(exchange.pointee.function_count)).map { index in
            let function = exchange.pointee.functions[index]
            return LibraryFunction(
                name: String(cString: function.name), description: function.description.map { String(cString: $0) },
                reference: function.reference, flags: ScriptFlags(rawValue: function.flags))
        }
    }
}

/// Why code could not be compiled.
struct InterpreterFailure: Error {
    let text: String
}

extension [UInt8] {
    /// Writes two hexadecimal digits for each byte.
    fileprivate func hexadecimal(to target: UnsafeMutablePointer<CChar>) {
        let digits: StaticString = "0123456789abcdef"
        for (index, byte) in enumerated() {
            target[index * 2] = CChar(digits.utf8Start[Int(byte >> 4)])
            target[index * 2 + 1] = CChar(digits.utf8Start[Int(byte & 15)])
        }
    }
}
