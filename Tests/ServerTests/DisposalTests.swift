import Glibc
import Primitives
import Storage
import Testing

@testable import Server

@Suite struct DisposalTests {
    /// A keyspace whose flushed databases go to the helper thread; run under the thread sanitizer by `make sanitize`.
    @Test func databasesAreFreedBehindTheNodesBack() {
        let disposal = Disposal()
        let keyspace = Keyspace(seed: 3)
        keyspace.dispose = { disposal.take($0) }
        let big = [UInt8](repeating: 7, count: 10_000)
        for round in 0..<50 {
            for number in 0..<200 {
                Bytes.with("key:\(number)") { key in
                    big.withBytes { keyspace.set(keyspace.key(key), .bytes($0), round % 3, expiry: .clear) }
                }
            }
            #expect(keyspace.flush(nil, later: true) == 200)
            #expect(keyspace.existing(0)?.count == 0)
        }
        #expect(keyspace.statistics.lazilyFreed == 50 * 200)
        for _ in 0..<1000 where disposal.pending > 0 { usleep(1000) }
        #expect(disposal.pending == 0)
    }
}
