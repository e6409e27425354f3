import Primitives
import RESP

/// Replies of every type of the protocol, for tests of clients.
let protocolSwitches: [DebugSwitch] = [
    DebugSwitch(
        "protocol", taking: 1...1, syntax: ProtocolSample.all.map { "\($0.name)" }.joined(separator: "|"),
        "Answers with a value of that type.", run: sample),
    DebugSwitch("error", taking: 1...1, syntax: "text", "Answers with that error.", run: error),
]

private func sample(_ call: inout Call) throws(CommandError) {
    let name = call.arguments[2]
    for sample in ProtocolSample.all where name.equals(ignoringCase: sample.name) {
        return try sample.write(&call.reply)
    }
    let names = ProtocolSample.all.map { "\($0.name)" }.joined(separator: "|")
    throw .text("ERR Wrong protocol type name. Please use one of the following: \(names)")
}

/// The error is the client's own wish, so it does not count as one of the node's.
private func error(_ call: inout Call) throws(CommandError) { call.reply.error(String(call.arguments[2])) }

/// A type of the protocol with the reference's example of it.
private struct ProtocolSample: Sendable {
    let name: StaticString
    let write: @Sendable (inout ReplyWriter) throws(CommandError) -> Void

    init(_ name: StaticString, _ write: @escaping @Sendable (inout ReplyWriter) throws(CommandError) -> Void) {
        self.name = name
        self.write = write
    }

    static let all: [ProtocolSample] = [
        ProtocolSample("string") { reply throws(CommandError) in reply.bulk("Hello World") },
        ProtocolSample("integer") { reply throws(CommandError) in reply.integer(12345) },
        ProtocolSample("double") { reply throws(CommandError) in reply.double(3.141) },
        ProtocolSample("bignum") { reply throws(CommandError) in
            reply.bigNumber("1234567999999999999999999999999999999")
        },
        ProtocolSample("null") { reply throws(CommandError) in reply.null() },
        ProtocolSample("array") { reply throws(CommandError) in
            reply.array(3)
            for number in 0..<3 { reply.integer(number) }
        },
        ProtocolSample("set") { reply throws(CommandError) in
            reply.set(3)
            for number in 0..<3 { reply.integer(number) }
        },
        ProtocolSample("map") { reply throws(CommandError) in
            reply.map(3)
            for number in 0..<3 {
                reply.integer(number)
                reply.boolean(number == 1)
            }
        },
        ProtocolSample("attrib", attribute),
        ProtocolSample("push", push),
        ProtocolSample("verbatim") { reply throws(CommandError) in reply.verbatim("This is a verbatim\nstring") },
        ProtocolSample("true") { reply throws(CommandError) in reply.boolean(true) },
        ProtocolSample("false") { reply throws(CommandError) in reply.boolean(false) },
    ]

    private static func attribute(_ reply: inout ReplyWriter) throws(CommandError) {
        if reply.version == .resp3 {
            reply.attribute(1)
            reply.bulk("key-popularity")
            reply.array(2)
            reply.bulk("key:123")
            reply.integer(90)
        }
        reply.bulk("Some real reply following the attribute")
    }

    private static func push(_ reply: inout ReplyWriter) throws(CommandError) {
        guard reply.version == .resp3 else { throw .message("ERR RESP2 is not supported by this command") }
        reply.push(2)
        reply.bulk("server-cpu-usage")
        reply.integer(42)
        reply.bulk("Some real reply following the push reply")
    }
}
