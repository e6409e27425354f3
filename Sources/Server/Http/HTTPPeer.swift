import Monitoring

/// A connection of the HTTP port.
final class HTTPPeer {
    let descriptor: Int32
    let machine: HTTPConnection
    /// What is being sent, and how much of it has been.
    private var output: [UInt8] = []
    private var sentCount = 0
    /// What the poller watches it for.
    var isWatched: (reading: Bool, writing: Bool) = (true, false)

    init(_ descriptor: Int32, now: Int64) {
        (self.descriptor, machine) = (descriptor, HTTPConnection(now: now))
    }

    /// Whether something has to be sent yet.
    var hasOutput: Bool { sentCount < output.count }

    /// Adds what is to be sent.
    func append(_ bytes: [UInt8]) {
        if hasOutput { output += bytes } else { (output, sentCount) = (bytes, 0) }
    }

    /// Lends what is to be sent, and takes how much was.
    func send(_ body: (UnsafeRawBufferPointer) -> Int) -> Int {
        let count = output.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[sentCount...])) }
        if count > 0 { sentCount += count }
        if !hasOutput { (output, sentCount) = ([], 0) }
        return count
    }
}
