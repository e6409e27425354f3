import Primitives

/// An entry that a group has delivered and nobody has acknowledged.
public struct PendingEntry: StreamOrdered, Equatable, Sendable {
    /// The entry's ID; the entry itself may have been deleted.
    public let id: StreamID
    /// When it was delivered last, in milliseconds since 1970.
    public var deliveredAt: Int64
    /// How often it was delivered.
    public var deliveries: Int64
    /// The consumer that has it, by its number; nil after it was given back.
    public var consumer: Int? {
        get { owner < 0 ? nil : Int(owner) }
        set { owner = Int32(newValue ?? -1) }
    }
    private var owner: Int32

    /// A pending entry.
    public init(id: StreamID, deliveredAt: Int64, deliveries: Int64, consumer: Int?) {
        self.id = id
        self.deliveredAt = deliveredAt
        self.deliveries = deliveries
        owner = Int32(consumer ?? -1)
    }
}

/// Somebody who reads for a group.
public struct StreamConsumer {
    /// Its name.
    public let name: [UInt8]
    /// When it last tried to read or claim, in milliseconds since 1970.
    public internal(set) var seenAt: Int64
    /// When it last got something, in milliseconds since 1970; -1 for never.
    public internal(set) var activeAt: Int64 = -1
    /// What it has to acknowledge.
    public internal(set) var pending = OrderedPages<StreamID>()
    /// False for a place that is free.
    var isPresent = true

    var bytes: Int { MemoryLayout<StreamConsumer>.stride + 32 + name.capacity + pending.bytes }
}

/// A consumer group: how far it has read, who reads for it, and what is not acknowledged yet.
///
///     pending    ID → time, count, number of the consumer       one list for the group
///     consumers  number → name, times, IDs                      each with a list of its own
///     order      numbers of consumers, by name
///
/// 1. A pending entry that has a consumer is in that one's list too, any other in `ownerless`, and the other way round.
/// 2. A consumer keeps its number as long as it lives; the number of one that has gone is used again.
public struct StreamGroup {
    /// Its name.
    public let name: [UInt8]
    /// The last ID that was delivered to anybody.
    public internal(set) var lastDeliveredID: StreamID
    /// How many entries were read from the stream, as far as that can be told; -1 where it cannot.
    public internal(set) var entriesRead: Int64
    /// What is not acknowledged.
    public private(set) var pending = OrderedPages<PendingEntry>()
    /// Those of them that no consumer has.
    public private(set) var ownerless = OrderedPages<StreamID>()
    private var consumers: [StreamConsumer] = []
    private var order: [Int32] = []
    private var freeNumbers: [Int32] = []
    private var consumerBytes = 0

    /// A group without consumers.
    init(name: [UInt8], lastDeliveredID: StreamID, entriesRead: Int64) {
        self.name = name
        self.lastDeliveredID = lastDeliveredID
        self.entriesRead = entriesRead
    }

    var bytes: Int {
        MemoryLayout<StreamGroup>.stride + 32 + name.capacity + pending.bytes + ownerless.bytes + consumerBytes
            + (order.capacity + freeNumbers.capacity) * 4
    }

    // MARK: Consumers

    /// The number of consumers.
    public var consumerCount: Int { order.count }

    /// The numbers of the consumers, by name.
    public var consumerNumbers: [Int] { order.map(Int.init) }

    /// The consumer with a number.
    public func consumer(_ number: Int) -> StreamConsumer { consumers[number] }

    /// The number of the consumer with a name.
    public func consumer(named name: Bytes) -> Int? {
        let place = orderPlace(of: name)
        guard place < order.count else { return nil }
        let number = Int(order[place])
        return consumers[number].name.withBytes { $0 == name } ? number : nil
    }

    private func orderPlace(of name: Bytes) -> Int {
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if consumers[Int(order[middle])].name.withBytes({ $0 < name }) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Adds a consumer whose name is new, and returns its number.
    mutating func addConsumer(_ name: Bytes, seenAt: Int64) -> Int {
        let place = orderPlace(of: name)
        let consumer = StreamConsumer(name: Array(name), seenAt: seenAt)
        consumerBytes += consumer.bytes
        let number = freeNumbers.popLast().map(Int.init) ?? consumers.count
        if number == consumers.count { consumers.append(consumer) } else { consumers[number] = consumer }
        order.insert(Int32(number), at: place)
        return number
    }

    /// Removes a consumer with all that it has to acknowledge.
    mutating func removeConsumer(_ number: Int) {
        order.remove(at: consumers[number].name.withBytes { orderPlace(of: $0) })
        consumerBytes -= consumers[number].bytes
        let ids = consumers[number].pending
        consumers[number] = StreamConsumer(name: [], seenAt: 0, isPresent: false)
        freeNumbers.append(Int32(number))
        ids.forEach {
            pending.remove($0)
            return true
        }
    }

    /// Says when a consumer was seen, and when it last got something.
    mutating func setTimes(_ number: Int, seenAt: Int64, activeAt: Int64) {
        (consumers[number].seenAt, consumers[number].activeAt) = (seenAt, activeAt)
    }

    /// Notes when a consumer tried to get something, and whether it did.
    mutating func touch(_ number: Int, seenAt: Int64, isActive: Bool) {
        consumers[number].seenAt = seenAt
        if isActive { consumers[number].activeAt = seenAt }
    }

    // MARK: Pending entries

    /// Adds a pending entry, or puts it in the place of the one with its ID, which may be another consumer's.
    mutating func setPending(_ entry: PendingEntry) {
        let old = pending[entry.id]
        pending.set(entry)
        guard old == nil || old?.consumer != entry.consumer else { return }
        if let old { changeList(of: old.consumer) { $0.remove(entry.id) } }
        changeList(of: entry.consumer) { $0.set(entry.id) }
    }

    /// Removes a pending entry; false if there is none with the ID.
    mutating func removePending(_ id: StreamID) -> Bool {
        guard let entry = pending.remove(id) else { return false }
        changeList(of: entry.consumer) { $0.remove(id) }
        return true
    }

    /// Changes what a consumer has, or for nil what nobody has.
    private mutating func changeList(of number: Int?, _ change: (inout OrderedPages<StreamID>) -> Void) {
        guard let number else { return change(&ownerless) }
        consumerBytes -= consumers[number].pending.bytes
        change(&consumers[number].pending)
        consumerBytes += consumers[number].pending.bytes
    }

    /// Whether the invariants hold; for tests.
    var isSound: Bool {
        var owned = 0
        for number in consumerNumbers {
            guard consumers[number].isPresent, consumers[number].pending.isSound else { return false }
            owned += consumers[number].pending.count
            var isRight = true
            consumers[number].pending.forEach {
                isRight = isRight && pending[$0]?.consumer == number
                return true
            }
            if !isRight { return false }
        }
        var unowned = 0
        pending.forEach {
            if $0.consumer == nil { unowned += 1 }
            return true
        }
        return pending.isSound && owned + unowned == pending.count && unowned == ownerless.count
            && consumerNumbers.reduce(0) { $0 + consumers[$1].bytes } == consumerBytes
    }
}
