import Primitives
import RESP
import Storage

let messageCommands: [Command] = [
    Command(
        "subscribe", .pubsub, since: "2.0.0", arity: -2, subscribing, syntax: "channel [channel ...]",
        complexity: "O(N) with N channels.", summary: "Lets the client get the messages of channels.", run: subscribe),
    Command(
        "unsubscribe", .pubsub, since: "2.0.0", arity: -1, subscribing, syntax: "[channel [channel ...]]",
        complexity: "O(N) with N channels.", summary: "Ends subscriptions to channels, or to all of them.",
        run: unsubscribe),
    Command(
        "psubscribe", .pubsub, since: "2.0.0", arity: -2, subscribing, syntax: "pattern [pattern ...]",
        complexity: "O(N) with N patterns.",
        summary: "Lets the client get the messages of all channels that match patterns.", run: subscribeToPatterns),
    Command(
        "punsubscribe", .pubsub, since: "2.0.0", arity: -1, subscribing, syntax: "[pattern [pattern ...]]",
        complexity: "O(N) with N patterns.", summary: "Ends subscriptions to patterns, or to all of them.",
        run: unsubscribeFromPatterns),
    Command(
        "ssubscribe", .pubsub, since: "7.0.0", arity: -2, subscribing, keys: [.keys(from: 1, .notKey)],
        syntax: "shardchannel [shardchannel ...]", complexity: "O(N) with N shard channels.",
        summary: "Lets the client get the messages of shard channels.", run: subscribeToShardChannels),
    Command(
        "sunsubscribe", .pubsub, since: "7.0.0", arity: -1, subscribing,
        keys: [.keys(from: 1, .notKey)],
        syntax: "[shardchannel [shardchannel ...]]", complexity: "O(N) with N shard channels.",
        summary: "Ends subscriptions to shard channels, or to all of them.", run: unsubscribeFromShardChannels),
    Command(
        "publish", .pubsub, since: "2.0.0", arity: 3, [.pubsub, .loading, .stale, .fast, .mayReplicate],
        syntax: "channel message",
        complexity: "O(N+M) with N subscribers of the channel and M patterns that anybody has subscribed to.",
        summary: "Sends a message to all who have subscribed to a channel.", run: publish),
    Command(
        "spublish", .pubsub, since: "7.0.0", arity: 3, [.pubsub, .loading, .stale, .fast, .mayReplicate],
        keys: [.key(1, .notKey)], syntax: "shardchannel message",
        complexity: "O(N) with N subscribers of the shard channel.",
        summary: "Sends a message to all who have subscribed to a shard channel.", run: publishToShard),
    messageLookingCommand,
]

/// What all commands that begin or end subscriptions have in common.
private let subscribing: CommandFlags = [.pubsub, .noscript, .loading, .stale, .subscribedMode]

// MARK: Publishing

private func publish(_ call: inout Call) throws(CommandError) {
    let (channel, message) = (call.arguments[1], call.arguments[2])
    let count = call.publishing { $0.publish(message, to: channel) }
    call.reply.integer(count)
    call.propagate("PUBLISH", isSharded: false)
}

private func publishToShard(_ call: inout Call) throws(CommandError) {
    let (channel, message) = (call.arguments[1], call.arguments[2])
    let count = call.publishing { $0.publishToShard(message, to: channel) }
    call.reply.integer(count)
    call.propagate("SPUBLISH", isSharded: true)
}

extension Call {
    /// Lets `body` publish, after the events of what the transaction has done so far.
    fileprivate func publishing(_ body: (Node) -> Int) -> Int {
        node.whileAnswering(session) {
            node.tellEvents()
            return body(node)
        }
    }

    /// Lets replicas hear the message; the data set is as it was. In a cluster all nodes hear it, replicas among them.
    fileprivate mutating func propagate(_ name: StaticString, isSharded: Bool) {
        let (channel, message) = (arguments[1], arguments[2])
        if let cluster = node.cluster { return cluster.didPublish(message, to: channel, isSharded: isSharded) }
        guard keyspace.needsEffects else { return }
        recordEffect(3) { effect in
            effect.append(name)
            effect.append(channel)
            effect.append(message)
        }
        keyspace.hasAftermath = true
    }
}

// MARK: Subscribing

private func subscribe(_ call: inout Call) throws(CommandError) {
    // In a transaction its confirmations stand among the replies of EXEC, as clients of old versions expect.
    call.subscribe(.channel, "subscribe")
}

private func subscribeToPatterns(_ call: inout Call) throws(CommandError) { call.subscribe(.pattern, "psubscribe") }

private func subscribeToShardChannels(_ call: inout Call) throws(CommandError) {
    if call.session.isDeniedBlocking {
        throw .message("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
    }
    call.subscribe(.shardChannel, "ssubscribe")
}

private func unsubscribe(_ call: inout Call) throws(CommandError) { call.unsubscribe(.channel, "unsubscribe") }

private func unsubscribeFromPatterns(_ call: inout Call) throws(CommandError) {
    call.unsubscribe(.pattern, "punsubscribe")
}

private func unsubscribeFromShardChannels(_ call: inout Call) throws(CommandError) {
    call.unsubscribe(.shardChannel, "sunsubscribe")
}

extension Call {
    /// Subscribes to all arguments, each with a confirmation.
    fileprivate func subscribe(_ kind: SubscriptionKind, _ word: StaticString) {
        // What happened before is not for the new subscriber.
        node.whileAnswering(session) { node.tellEvents() }
        for index in 1..<arguments.count {
            node.subscribe(session, kind, to: arguments[index])
            confirm(kind, word, arguments[index])
        }
    }

    /// Ends the subscriptions that are named, or all, each with a confirmation.
    fileprivate func unsubscribe(_ kind: SubscriptionKind, _ word: StaticString) {
        if arguments.count == 1 { return unsubscribeFromAll(kind, word) }
        for index in 1..<arguments.count {
            node.unsubscribe(session, kind, from: arguments[index])
            confirm(kind, word, arguments[index])
        }
    }

    private func unsubscribeFromAll(_ kind: SubscriptionKind, _ word: StaticString) {
        let names = session.subscriptions.names(kind)
        if names.isEmpty { return confirm(kind, word, nil) }
        for name in names {
            name.withBytes { name in
                node.unsubscribe(session, kind, from: name)
                confirm(kind, word, name)
            }
        }
    }

    /// Tells the client of one subscription that came or went, and how many it has.
    private func confirm(_ kind: SubscriptionKind, _ word: StaticString, _ name: Bytes?) {
        session.writePush { reply in
            reply.push(3)
            reply.bulk(Bytes(word))
            if let name { reply.bulk(name) } else { reply.null() }
            reply.integer(session.subscriptions.told(kind))
        }
    }
}
