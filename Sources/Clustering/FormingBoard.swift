import Primitives

/// Where a node that looks for others by itself posts what it tells them, for those who ask with CLUSTER FORM.
public final class FormingBoard: Sendable {
    private let text = Locked<[UInt8]>([])

    /// What is added for those who ask and are known.
    public let acquaintance: [UInt8]

    /// An empty one.
    public init(acquaintance: [UInt8]) { self.acquaintance = acquaintance }

    /// What it tells now.
    public var posted: [UInt8] { text.withLock { $0 } }

    /// Tells something else from here on.
    public func post(_ text: [UInt8]) { self.text.withLock { $0 = text } }
}
