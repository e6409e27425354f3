import Primitives
import RESP
import Storage

/// One run of a command: its arguments, and what it works on.
public struct Call {
    /// The node that runs the command.
    public unowned(unsafe) let node: Node
    /// The client that sent it.
    public unowned(unsafe) let session: Session
    /// The name of the command and what follows it.
    public let arguments: Arguments
    let record: UnsafeMutablePointer<CommandRecord>
    /// The first key, where it was computed ahead.
    let firstKey: Key?
    /// The node's data and the session's output, without references to count: the node and the session outlive the call.
    let data: Unmanaged<Keyspace>
    private let output: UnsafeMutablePointer<ReplyWriter>
    /// What goes to the journal if the command changes anything.
    var effect = Effect.verbatim

    enum Effect {
        /// The command as it was sent.
        case verbatim
        /// What the handler has recorded.
        case recorded
    }

    @inline(__always)
    init(
        node: Node, session: Session, arguments: Arguments, record: UnsafeMutablePointer<CommandRecord>, firstKey: Key?
    ) {
        self.node = node
        self.session = session
        self.arguments = arguments
        self.record = record
        self.firstKey = firstKey
        data = Unmanaged.passUnretained(node.keyspace)
        output = session.output
    }

    /// Where the reply is written.
    public var reply: ReplyWriter {
        @inline(__always) _read { yield output.pointee }
        @inline(__always) nonmutating _modify { yield &output.pointee }
    }

    /// The node's data.
    @inline(__always)
    public var keyspace: Keyspace { node.keyspace }

    /// Lends `body` the node's data without counting references, for the hot path.
    @inline(__always)
    func withKeyspace<Result>(_ body: (Keyspace) -> Result) -> Result { data._withUnsafeGuaranteedRef(body) }

    /// The number of the selected database.
    @inline(__always)
    public var database: Int { session.database }

    /// The key that is argument `index`.
    @inline(__always)
    public func key(_ index: Int) -> Key {
        let bytes = arguments[index]
        if let firstKey, firstKey.bytes.base == bytes.base { return firstKey }
        return data._withUnsafeGuaranteedRef { $0.key(bytes) }
    }

    /// The command's full name: `get`, `config|set`.
    public var name: String { node.commands.fullNames[record.pointee.index] }

    /// The integer that argument `index` is.
    @inline(__always)
    public func integer(_ index: Int) throws(CommandError) -> Int64 {
        guard let value = arguments[index].integer else { throw .notInteger }
        return value
    }

    /// A reader for the arguments from `position` on.
    public func options(from position: Int) -> ArgumentReader { ArgumentReader(arguments, from: position) }

    // MARK: Looking up

    /// The live entry of a key for a command that reads.
    @inline(__always)
    public func read(_ key: Key) -> Entry? {
        data._withUnsafeGuaranteedRef { $0.read(key, database, touching: !session.leavesAccessClock) }
    }

    /// The live string of a key for a command that reads.
    @inline(__always)
    public func readString(_ key: Key) throws(CommandError) -> Entry? {
        guard let entry = read(key) else { return nil }
        if !entry.isString { throw .wrongType }
        return entry
    }

    /// The live string of a key for a command that will change it.
    @inline(__always)
    public func string(_ key: Key) throws(CommandError) -> Entry? {
        guard let entry = data._withUnsafeGuaranteedRef({ $0.entry(key, database) }) else { return nil }
        if !entry.isString { throw .wrongType }
        return entry
    }

    // MARK: Changing strings

    /// As `Keyspace.set`, in the selected database.
    @inline(__always)
    public func set(_ key: Key, _ value: StringValue, expiry: ExpiryChange, event: KeyspaceEvent = .set) {
        data._withUnsafeGuaranteedRef { $0.set(key, value, database, expiry: expiry, event: event) }
    }

    /// As `Keyspace.setInteger`, in the selected database.
    @inline(__always)
    public func setInteger(_ key: Key, _ entry: Entry?, _ value: Int64, event: KeyspaceEvent) {
        data._withUnsafeGuaranteedRef { $0.setInteger(key, entry, value, database, event: event) }
    }

    // MARK: Effects

    /// Records an effect in place of the command as it was sent; several calls record several. With none recorded and
    /// this never called, the command itself is the effect.
    public mutating func recordEffect(_ argumentCount: Int, _ write: (inout EffectArguments) -> Void) {
        effect = .recorded
        keyspace.addEffect(database: database, argumentCount: argumentCount, write)
    }

    /// Records `SET key value [PXAT time]`, the effect of whatever gave a string a value.
    public mutating func recordSet(_ key: Bytes, _ value: Bytes, expiry: Int64?) {
        recordEffect(expiry == nil ? 3 : 5) { effect in
            effect.append("SET")
            effect.append(key)
            effect.append(value)
            if let expiry {
                effect.append("PXAT")
                effect.append(expiry)
            }
        }
    }

    /// Records `DEL key`.
    public mutating func recordRemoval(_ key: Bytes) {
        recordEffect(2) { effect in
            effect.append("DEL")
            effect.append(key)
        }
    }

    /// Records `PEXPIREAT key time`.
    public mutating func recordExpiry(_ key: Bytes, _ time: Int64) {
        recordEffect(3) { effect in
            effect.append("PEXPIREAT")
            effect.append(key)
            effect.append(time)
        }
    }

    /// Says that the command, whatever it changed, has no effect of its own to record.
    public mutating func recordNothing() { effect = .recorded }
}
