// ProcessTests: the server as a process, as its users and their tools see it: start and end, sockets, limits, and real
// clients. It imports Testing, Harness, CHiredis and Glibc.

import Testing

/// Everything here starts processes and runs one test at a time.
@Suite(.serialized)
struct ProcessTests {}

/// Holds a value against the expected one. Of an operand with `try` the macro alone would not say what it was.
func expect<Value: Equatable>(
    _ got: Value, is expected: Value, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(got == expected, comment, sourceLocation: sourceLocation)
}
