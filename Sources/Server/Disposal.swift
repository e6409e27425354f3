import CShims
import Storage
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A helper thread that frees databases which were handed over whole, so that FLUSHALL ASYNC costs the node nothing.
final class Disposal: Sendable {
    /// A database that nobody else refers to any more, on its way to the thread that frees it.
    private struct Parcel: @unchecked Sendable {
        let database: Unmanaged<Database>
    }

    private let inbox = Mutex<[Parcel]>([])
    private let wakeUp: Int32
    /// Databases that wait.
    var pending: Int { inbox.withLock { $0.count } }

    init() {
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC))
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Disposal>.fromOpaque(context!).takeRetainedValue().work()
                return nil
            }, context)
        pthread_detach(thread)
    }

    /// Hands a database over, with the only reference to it.
    func take(_ database: Unmanaged<Database>) {
        let parcel = Parcel(database: database)
        inbox.withLock { $0.append(parcel) }
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }

    private func work() {
        var count: UInt64 = 0
        while read(wakeUp, &count, 8) == 8 {
            while let parcel = inbox.withLock({ $0.popLast() }) { parcel.database.release() }
        }
    }
}
