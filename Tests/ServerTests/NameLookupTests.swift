import Glibc
import Primitives
import Settings
import Testing

@testable import Server

@Suite struct NameLookupTests {
    private func outcome(_ lookup: NameLookup) -> NameLookup.Outcome? {
        for _ in 0..<10_000 {
            if let outcome = lookup.outcome { return outcome }
            usleep(1000)
        }
        return nil
    }

    @Test(arguments: ["127.0.0.1", "::1"]) func anAddressIsKnownAtOnce(host: String) throws {
        let found = try #require(NameLookup.begin(PrimaryAddress(host: host, port: 6379)).outcome)
        #expect(try found.get().first.pointee.ai_family == (host == "::1" ? AF_INET6 : AF_INET))
    }

    @Test func aNameIsFound() throws {
        let found = try #require(outcome(NameLookup.begin(PrimaryAddress(host: "localhost", port: 6379))))
        #expect(try found.get().first.pointee.ai_socktype == Int32(SOCK_STREAM.rawValue))
    }

    @Test func whatIsNoNameIsNot() throws {
        let found = try #require(outcome(NameLookup.begin(PrimaryAddress(host: "no name at all", port: 6379))))
        #expect(throws: StartError.self) { try found.get() }
    }

    @Test func nobodyWaitsForIt() throws {
        let mayEnd = Locked(false)
        let lookup = NameLookup.begin {
            while !mayEnd.withLock({ $0 }) { usleep(1000) }
            return .failure(StartError(reason: "late"))
        }
        #expect(lookup.outcome == nil)
        mayEnd.withLock { $0 = true }
        #expect(try #require(outcome(lookup)).reason == "late")
    }
}

extension NameLookup.Outcome {
    /// Why nothing was found.
    fileprivate var reason: String? {
        do throws(StartError) {
            _ = try get()
            return nil
        } catch {
            return error.reason
        }
    }
}
