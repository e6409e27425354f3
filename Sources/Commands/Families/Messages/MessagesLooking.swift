import Primitives
import RESP

// PUBSUB: who listens to what.

private let looking: CommandFlags = [.pubsub, .loading, .stale]

let messageLookingCommand = Command(
    "pubsub", .pubsub, since: "2.8.0", summary: "Holds the commands that look at subscriptions.",
    subcommands: [
        Command(
            "channels", .pubsub, since: "2.8.0", arity: -2, looking, syntax: "[pattern]",
            complexity: "O(N) with N channels that have subscribers.",
            summary: "Lists the channels that have subscribers, or those of them that match a pattern.",
            run: channels),
        .help(for: "pubsub", .pubsub, since: "6.2.0"),
        Command(
            "numpat", .pubsub, since: "2.8.0", arity: 2, looking, complexity: "O(1)",
            summary: "Counts the different patterns that have subscribers.", run: patternCount),
        Command(
            "numsub", .pubsub, since: "2.8.0", arity: -2, looking, syntax: "[channel [channel ...]]",
            complexity: "O(N) with N channels.", summary: "Counts the subscribers of channels.", run: channelCounts),
        Command(
            "shardchannels", .pubsub, since: "7.0.0", arity: -2, looking, syntax: "[pattern]",
            complexity: "O(N) with N shard channels that have subscribers.",
            summary: "Lists the shard channels that have subscribers, or those of them that match a pattern.",
            run: shardChannels),
        Command(
            "shardnumsub", .pubsub, since: "7.0.0", arity: -2, looking,
            syntax: "[shardchannel [shardchannel ...]]", complexity: "O(N) with N shard channels.",
            summary: "Counts the subscribers of shard channels.", run: shardChannelCounts),
    ])

private func channels(_ call: inout Call) throws(CommandError) { try list(call, .channel) }

private func shardChannels(_ call: inout Call) throws(CommandError) { try list(call, .shardChannel) }

private func channelCounts(_ call: inout Call) throws(CommandError) { count(call, .channel) }

private func shardChannelCounts(_ call: inout Call) throws(CommandError) { count(call, .shardChannel) }

private func patternCount(_ call: inout Call) throws(CommandError) {
    call.reply.integer(call.node.subscriptions[.pattern].count)
}

private func list(_ call: Call, _ kind: SubscriptionKind) throws(CommandError) {
    guard call.arguments.count <= 3 else {
        let name = call.arguments[1].echoed(128)
        throw .text("ERR unknown subcommand or wrong number of arguments for '\(name)'. Try PUBSUB HELP.")
    }
    let pattern = call.arguments.count == 3 ? call.arguments[2] : Bytes("*")
    call.reply.deferredArray { reply in
        var count = 0
        call.node.subscriptions[kind].forEach { channel in
            channel.name.withBytes { name in
                guard Glob.matches(pattern, name) else { return }
                reply.bulk(name)
                count += 1
            }
        }
        return count
    }
}

private func count(_ call: Call, _ kind: SubscriptionKind) {
    let listed = call.node.subscriptions[kind]
    call.reply.array((call.arguments.count - 2) * 2)
    for index in 2..<call.arguments.count {
        call.reply.bulk(call.arguments[index])
        call.reply.integer(listed.audience(of: Array(call.arguments[index]))?.count ?? 0)
    }
}
