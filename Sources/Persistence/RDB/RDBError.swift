/// Why bytes are no RDB file or payload.
public struct RDBError: Error, Equatable, Sendable {
    /// Where it was noticed, in bytes from the beginning; of something that lies in a string, where that string begins.
    public let offset: Int
    /// What is wrong there.
    public let reason: String
    /// Whether all that is wrong is that a collection has no elements. The reader stands behind it then: loading a file may
    /// leave out such a key, as the reference does.
    public let isEmptyCollection: Bool

    /// An error at a place.
    public init(offset: Int, _ reason: String) {
        self.offset = offset
        self.reason = reason
        isEmptyCollection = false
    }

    /// That the collection which ends at an offset has no elements.
    init(emptyCollectionAt offset: Int) {
        self.offset = offset
        reason = "a collection without elements"
        isEmptyCollection = true
    }
}
