/// What a process holds of memory, in bytes.
public struct ProcessMemory: Sendable {
    /// In physical memory, files that are mapped left out.
    public var anonymous = 0
    /// In blocks of the C library that are in use.
    public var allocated = 0
    /// What the C library has obtained for its blocks.
    public var obtained = 0

    /// Nothing known.
    public init() {}
}

// What an environment that is no process says.
extension Environment {
    /// All of the memory is its own.
    public var memory: ProcessMemory {
        var memory = ProcessMemory()
        memory.anonymous = residentBytes
        return memory
    }

    /// The thread does all that the process does.
    public var threadCPUSeconds: (system: Double, user: Double) { cpuSeconds }

    /// What is thrown away is freed at once.
    public var pendingDisposals: Int { 0 }
    /// What is thrown away is freed at once.
    public var pendingDisposalBytes: Int { 0 }
}
