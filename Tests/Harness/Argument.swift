/// What can stand as an argument of a command: text, a number, or bytes.
public protocol Argument {
    /// The argument as it goes over the wire.
    var wireBytes: Bytes { get }
}

extension String: Argument {
    /// The text as UTF-8.
    public var wireBytes: Bytes { Bytes(utf8) }
}

extension Int: Argument {
    /// The number in decimal.
    public var wireBytes: Bytes { Bytes(String(self).utf8) }
}

extension Bytes: Argument {
    /// The bytes themselves.
    public var wireBytes: Bytes { self }
}

/// A request as an array of bulk strings, which is how clients write them.
public func encodedRequest(_ arguments: [Bytes]) -> Bytes {
    var bytes = Bytes("*\(arguments.count)\r\n".utf8)
    for argument in arguments {
        bytes += Bytes("$\(argument.count)\r\n".utf8)
        bytes += argument
        bytes += [0x0D, 0x0A]
    }
    return bytes
}

/// A request as an array of bulk strings.
public func encodedRequest(_ arguments: any Argument...) -> Bytes {
    encodedRequest(arguments.map(\.wireBytes))
}
