/// Which keys go first where memory is short.
public struct EvictionRule: Equatable, Sendable {
    /// By what keys are compared.
    public enum Order: Equatable, Sendable {
        case leastRecentlyUsed, leastFrequentlyUsed, random
        /// The key that expires soonest goes first.
        case soonestExpiring
        /// Keys that were used once go before those that came again: a small queue, a main one and a ghost (`EvictionQueues`).
        case queues
    }

    /// By what keys are compared.
    public var order: Order
    /// Whether only keys that expire may go.
    public var onlyExpiring: Bool
    /// Keys that are compared for each that goes.
    public var samples: Int

    /// A rule.
    public init(_ order: Order, onlyExpiring: Bool, samples: Int = 5) {
        (self.order, self.onlyExpiring, self.samples) = (order, onlyExpiring, samples)
    }
}
