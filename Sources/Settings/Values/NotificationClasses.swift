/// The classes of events that `notify-keyspace-events` turns on.
public struct NotificationClasses: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt32

    /// From bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    private init(bit: UInt32) { self.init(rawValue: 1 << bit) }

    /// `g`: commands of any type, as DEL and EXPIRE.
    public static let generic = NotificationClasses(bit: 0)
    /// `$`: strings.
    public static let string = NotificationClasses(bit: 1)
    /// `l`: lists.
    public static let list = NotificationClasses(bit: 2)
    /// `s`: sets.
    public static let set = NotificationClasses(bit: 3)
    /// `h`: hashes.
    public static let hash = NotificationClasses(bit: 4)
    /// `z`: sorted sets.
    public static let sortedSet = NotificationClasses(bit: 5)
    /// `x`: keys that expire.
    public static let expired = NotificationClasses(bit: 6)
    /// `e`: keys that are evicted.
    public static let evicted = NotificationClasses(bit: 7)
    /// `t`: streams.
    public static let stream = NotificationClasses(bit: 8)
    /// `d`: types of modules.
    public static let module = NotificationClasses(bit: 9)
    /// `n`: keys that are made.
    public static let newKey = NotificationClasses(bit: 10)
    /// `o`: values that are overwritten.
    public static let overwritten = NotificationClasses(bit: 11)
    /// `c`: values whose type changes.
    public static let typeChanged = NotificationClasses(bit: 12)
    /// `K`: on the channel of the key.
    public static let keySpace = NotificationClasses(bit: 13)
    /// `E`: on the channel of the event.
    public static let keyEvent = NotificationClasses(bit: 14)
    /// `m`: keys that are asked for and missing.
    public static let keyMiss = NotificationClasses(bit: 15)
    /// `S`: on a channel of the key, with the fields.
    public static let fieldsOfKey = NotificationClasses(bit: 16)
    /// `T`: on a channel of the event, with the fields.
    public static let fieldsOfEvent = NotificationClasses(bit: 17)
    /// `I`: on a channel of each field.
    public static let field = NotificationClasses(bit: 18)
    /// `V`: on a channel of the event and the key, with the fields.
    public static let fieldsOfEventAndKey = NotificationClasses(bit: 19)
    /// Those that name the fields that an event concerns.
    public static let anyFields: NotificationClasses = [.fieldsOfKey, .fieldsOfEvent, .field, .fieldsOfEventAndKey]
    /// `A`: the classes that the reference counts among all.
    public static let all = NotificationClasses(rawValue: 0x3FF)

    /// The letters in the order in which CONFIG GET shows them.
    static let letters: [(letter: Character, classes: NotificationClasses)] = [
        ("g", .generic), ("$", .string), ("l", .list), ("s", .set), ("h", .hash), ("z", .sortedSet), ("x", .expired),
        ("e", .evicted), ("t", .stream), ("d", .module), ("n", .newKey), ("o", .overwritten), ("c", .typeChanged),
        ("K", .keySpace), ("E", .keyEvent), ("m", .keyMiss),
        ("S", .fieldsOfKey), ("T", .fieldsOfEvent), ("I", .field), ("V", .fieldsOfEventAndKey),
    ]
}

/// Letters of classes of events, in any order.
struct NotificationKind: OneWordKind {
    let typeName = "event classes"
    let valueRange = "letters of Ag$lshzxetdnocKEmSTIV"

    func read(_ word: [UInt8]) throws(Refusal) -> NotificationClasses {
        var value: NotificationClasses = []
        for letter in word.text { value.formUnion(try classes(letter)) }
        return value
    }

    private func classes(_ letter: Character) throws(Refusal) -> NotificationClasses {
        if letter == "A" { return .all }
        guard let found = NotificationClasses.letters.first(where: { $0.letter == letter }) else {
            throw Refusal("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
        }
        return found.classes
    }

    func text(_ value: NotificationClasses) -> [UInt8] {
        let hasAll = value.isSuperset(of: .all)
        let rest = hasAll ? value.subtracting(.all) : value
        let letters = NotificationClasses.letters.filter { rest.contains($0.classes) }.map(\.letter)
        return Array(((hasAll ? "A" : "") + String(letters)).utf8)
    }

    func lines(_ value: NotificationClasses) -> [[UInt8]] { [Words.quoted(text(value))] }
}
