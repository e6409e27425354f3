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
            let name = Bytes(event.event.name)
            event.key.withBytes { key in
                if classes.contains(.keySpace) { publish(name, to: "__keyspace@\(event.database)__:", key) }
                if classes.contains(.keyEvent) { publish(key, to: "__keyevent@\(event.database)__:", name) }
            }
        }
    }

    private func publish(_ message: Bytes, to prefix: String, _ rest: Bytes) {
        var channel = Array(prefix.utf8)
        channel.append(rest)
        channel.withBytes { _ = publish(message, to: $0) }
    }
}
