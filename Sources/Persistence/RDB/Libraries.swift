import Primitives

// Libraries of functions: their code, each after its opcode.

extension RDBWriter {
    /// The code of a library.
    public mutating func library(_ code: Bytes) {
        opcode(.function)
        string(code)
    }
}

extension RDBReader {
    /// The code of a library. Throws where something else follows.
    public mutating func library() throws(RDBError) -> [UInt8] {
        guard try byte() == RDBOpcode.function.rawValue else { throw error("no library") }
        return try ownString()
    }
}
