import Primitives
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// Finds the addresses of a name on a thread of its own, since whoever is asked may be slow to answer, and may never.
///
///     node:    begin ───── looks at `outcome` now and then ─────▶ socket
///     thread:  getaddrinfo ──────────────▶ outcome
///
/// One that nobody wants any more comes to its end, and is forgotten.
final class NameLookup: Sendable {
    typealias Outcome = Result<FoundAddresses, StartError>
    private let work: @Sendable () -> Outcome
    private let found = Locked<Outcome?>(nil)

    private init(_ work: @escaping @Sendable () -> Outcome) { self.work = work }

    /// What was found; nil as long as that is not known.
    var outcome: Outcome? { found.withLock { $0 } }

    /// Begins to look a server up. An address is found at once.
    static func begin(_ peer: PrimaryAddress) -> NameLookup {
        if let address = try? OutgoingSocket.resolve(peer.host, port: peer.port, isAddress: true) {
            let lookup = NameLookup { .success(address) }
            lookup.run()
            return lookup
        }
        return begin {
            do throws(StartError) {
                return .success(try OutgoingSocket.resolve(peer.host, port: peer.port))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Begins to do `work`, elsewhere.
    static func begin(_ work: @escaping @Sendable () -> Outcome) -> NameLookup {
        let lookup = NameLookup(work)
        var thread = pthread_t()
        let context = Unmanaged.passRetained(lookup).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<NameLookup>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context)
        guard code == 0 else {
            Unmanaged<NameLookup>.fromOpaque(context).release()
            lookup.found.withLock { $0 = .failure(StartError(reason: "no thread for a name: \(code)")) }
            return lookup
        }
        pthread_detach(thread)
        return lookup
    }

    private func run() {
        let outcome = work()
        found.withLock { $0 = outcome }
    }
}
