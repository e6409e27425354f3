import CShims

/// What the threads of one node hold in blocks of the C library.
///
/// Each block is counted where it is obtained and where it is given back, on whatever thread that happens, so the figure is
/// true at any moment for all code, libraries included.
@frozen
public struct MemoryAccount: @unchecked Sendable {
    // Counters that each thread writes alone, and any may read.
    @usableFromInline let account: UnsafeMutablePointer<apus_account>

    /// An account that no thread has joined; nil where blocks are not counted because a sanitizer has them for itself. It
    /// lives as long as the process.
    /// - Parameter countingOthers: whether what threads hold that have joined no account is part of it.
    public init?(countingOthers: Bool) {
        guard apus_counts_blocks() else { return nil }
        account = apus_account_create(countingOthers)
    }

    /// Has the calling thread count here from now on, until it ends.
    public func join() { apus_account_join(account) }

    /// Where it stands what the calling thread holds, for that thread alone; nil before it has joined an account.
    public static var threadBytes: UnsafePointer<Int64>? { apus_own_bytes() }

    /// Counts bytes that come from elsewhere; with less than 0, bytes that have gone back there.
    public func add(_ bytes: Int) { apus_account_add(account, Int64(bytes)) }

    /// Bytes in use.
    @inlinable @inline(__always)
    public var bytes: Int { Int(apus_account_bytes(account)) }
}
