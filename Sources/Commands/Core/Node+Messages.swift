import Primitives
import RESP
import Settings
import Storage

// Messages to whoever listens: those of PUBLISH and SPUBLISH, and those that tell of keyspace events.
//
//     message ─▶ written once ─▶ copied into the output of each listener ─▶ sent by the driver, once a turn
//
// All listeners of a channel get its messages in the order in which they were published, since one command runs at a
// time and outputs only grow at their end.

extension Node {
    /// Sends a message to all who listen to a channel, or to a pattern that the channel matches.
    /// - Returns: how often it was sent.
    @discardableResult
    func publish(_ message: Bytes, to channel: Bytes) -> Int {
        if subscriptions.isEmpty { return 0 }
        return sendToChannel(.channel, "message", message, channel) + sendToPatterns(message, channel)
    }

    /// Sends a message to all who listen to a shard channel.
    /// - Returns: how often it was sent.
    func publishToShard(_ message: Bytes, to channel: Bytes) -> Int {
        sendToChannel(.shardChannel, "smessage", message, channel)
    }

    private func sendToChannel(
        _ kind: SubscriptionKind, _ word: StaticString, _ message: Bytes, _ channel: Bytes
    ) -> Int {
        if subscriptions[kind].isEmpty { return 0 }
        guard let audience = subscriptions[kind].audience(of: Array(channel)) else { return 0 }
        frame.push(3)
        frame.bulk(Bytes(word))
        frame.bulk(channel)
        frame.bulk(message)
        if kind == .shardChannel { countMessage(frame.count * audience.count, on: channel) }
        deliverFrame(to: audience)
        return audience.count
    }

    private func sendToPatterns(_ message: Bytes, _ channel: Bytes) -> Int {
        if subscriptions[.pattern].isEmpty { return 0 }
        let patterns = subscriptions[.pattern]
        var count = 0
        patterns.forEach { pattern in
            pattern.name.withBytes { name in
                guard Glob.matches(name, channel) else { return }
                frame.push(4)
                frame.bulk(Bytes("pmessage"))
                frame.bulk(name)
                frame.bulk(channel)
                frame.bulk(message)
                deliverFrame(to: pattern.audience)
                count += pattern.audience.count
            }
        }
        return count
    }

    /// Sends the message that has been written to each of an audience. One that is cut for it leaves the audience that
    /// is listed, not the one that is walked.
    private func deliverFrame(to audience: Audience) {
        let bytes = frame.bytes
        audience.forEach { $0._withUnsafeGuaranteedRef { push(bytes, to: $0) } }
        frame.removeAll()
    }
}

// MARK: Subscribing

extension Node {
    /// Lets a client listen; with one that does already nothing changes.
    func subscribe(_ session: Session, _ kind: SubscriptionKind, to name: Bytes) {
        if subscriptions.join(kind, Array(name), session) { session.attention.insert(.subscribed) }
    }

    /// Lets a client listen no longer.
    func unsubscribe(_ session: Session, _ kind: SubscriptionKind, from name: Bytes) {
        guard subscriptions.leave(kind, Array(name), session) else { return }
        if session.subscriptions.isEmpty { session.attention.remove(.subscribed) }
    }

    /// Lets a client listen to nothing any more, without telling it.
    func unsubscribeFromAll(_ session: Session) {
        guard session.attention.contains(.subscribed) else { return }
        for kind in SubscriptionKind.allCases {
            for name in session.subscriptions[kind].keys { _ = subscriptions.leave(kind, name, session) }
        }
        session.attention.remove(.subscribed)
    }
}

// MARK: Keyspace events

extension Node {
    /// Tells of the events of the command under way so far.
    func tellEvents() {
        guard !keyspace.notifications.isEmpty else { return }
        let events = keyspace.notifications
        keyspace.notifications.removeAll(keepingCapacity: true)
        eventReader?(events)
    }

    /// Publishes events on the channels of their keys and on their own.
    func publish(_ events: [KeyspaceNotification]) {
        if subscriptions.isEmpty { return }
        let classes = settings.notifyKeyspaceEvents
        for event in events {
            let name = event.event.name
            event.key.withBytes { key in
                if classes.contains(.keySpace) { publish(Bytes(name), to: "__keyspace@\(event.database)__:", key) }
                if classes.contains(.keyEvent) { publish(key, to: "__keyevent@\(event.database)__:", Bytes(name)) }
            }
            if !event.fields.isEmpty { publishFields(event, classes) }
        }
    }

    /// Publishes which fields an event concerns. A channel that separates its parts by a byte is left out where a part
    /// has that byte. Source: https://redis.io/docs/latest/develop/pubsub/subkeyspace-notifications/
    private func publishFields(_ event: KeyspaceNotification, _ classes: NotificationClasses) {
        let name = Array("\(event.event.name)".utf8)
        let fields = Array(event.fields.map(Node.counted).joined(separator: [UInt8(ascii: ",")]))
        let bar = UInt8(ascii: "|")
        if classes.contains(.fieldsOfKey) {
            publish(name + [bar] + fields, to: "__subkeyspace@\(event.database)__:", event.key)
        }
        if classes.contains(.fieldsOfEvent) {
            publish(Node.counted(event.key) + [bar] + fields, to: "__subkeyevent@\(event.database)__:", name)
        }
        if classes.contains(.field), !event.key.contains(0x0A) {
            for field in event.fields {
                publish(name, to: "__subkeyspaceitem@\(event.database)__:", event.key + [0x0A] + field)
            }
        }
        if classes.contains(.fieldsOfEventAndKey) {
            publish(fields, to: "__subkeyspaceevent@\(event.database)__:", name + [bar] + event.key)
        }
    }

    /// Bytes after their number.
    private static func counted(_ bytes: [UInt8]) -> [UInt8] { Array("\(bytes.count):".utf8) + bytes }

    private func publish(_ message: [UInt8], to prefix: String, _ rest: [UInt8]) {
        message.withBytes { message in rest.withBytes { publish(message, to: prefix, $0) } }
    }

    private func publish(_ message: Bytes, to prefix: String, _ rest: Bytes) {
        var channel = Array(prefix.utf8)
        channel.append(rest)
        channel.withBytes { _ = publish(message, to: $0) }
    }
}
