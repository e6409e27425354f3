import Primitives
import RESP

// CLIENT TRACKING and what belongs to it.

// MARK: Choosing

func setTracking(_ call: inout Call) throws(CommandError) {
    let wanted = try readTracking(call)
    if call.arguments[2].equals(ignoringCase: "on") {
        try check(wanted, call.session.tracking)
        call.node.startTracking(call.session, wanted.tracking)
    } else if call.arguments[2].equals(ignoringCase: "off") {
        call.node.endTracking(call.session)
    } else {
        throw .syntax
    }
    call.reply.ok()
}

/// The options of CLIENT TRACKING, which may contradict each other.
private struct WantedTracking {
    var isBroadcast = false
    var isOnDemand = false
    var isUnlessDeclined = false
    var leavesOutOwnChanges = false
    var redirection: UInt64 = 0
    var prefixes: [[UInt8]] = []

    /// What they mean, without contradictions. Without a prefix the empty one is meant, which all keys have.
    var tracking: Tracking {
        Tracking(
            scope: isBroadcast
                ? .prefixes : isOnDemand ? .readsOnDemand : isUnlessDeclined ? .readsUnlessDeclined : .reads,
            prefixes: isBroadcast && prefixes.isEmpty ? [[]] : prefixes, redirection: redirection,
            leavesOutOwnChanges: leavesOutOwnChanges)
    }
}

private func readTracking(_ call: Call) throws(CommandError) -> WantedTracking {
    var wanted = WantedTracking()
    var options = call.options(from: 3)
    while !options.isAtEnd {
        if options.remaining >= 2, options.take("redirect") {
            guard wanted.redirection == 0 else {
                throw .message("ERR A client can only redirect to a single other client")
            }
            wanted.redirection = try redirection(options.next(), call)
        } else if options.remaining >= 2, options.take("prefix") {
            wanted.prefixes.append(Array(try options.next()))
        } else if options.take("bcast") {
            wanted.isBroadcast = true
        } else if options.take("optin") {
            wanted.isOnDemand = true
        } else if options.take("optout") {
            wanted.isUnlessDeclined = true
        } else if options.take("noloop") {
            wanted.leavesOutOwnChanges = true
        } else {
            throw .syntax
        }
    }
    return wanted
}

private func redirection(_ argument: Bytes, _ call: Call) throws(CommandError) -> UInt64 {
    guard let number = argument.integer else { throw .notInteger }
    guard let client = UInt64(exactly: number), call.node.sessions[client] != nil else {
        throw .message("ERR The client ID you want redirect to does not exist")
    }
    return client
}

// MARK: Contradictions

private let cannotSwitchBroadcast: StaticString = """
    ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a \
    different mode.
    """
private let cannotSwitchChoice: StaticString = """
    ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a \
    different mode.
    """

/// Throws where options contradict each other, or what was chosen before; in the reference's order.
private func check(_ wanted: WantedTracking, _ before: Tracking?) throws(CommandError) {
    if !wanted.isBroadcast, !wanted.prefixes.isEmpty {
        throw .message("ERR PREFIX option requires BCAST mode to be enabled")
    }
    if let before, (before.scope == .prefixes) != wanted.isBroadcast { throw .message(cannotSwitchBroadcast) }
    if wanted.isBroadcast, wanted.isOnDemand || wanted.isUnlessDeclined {
        throw .message("ERR OPTIN and OPTOUT are not compatible with BCAST")
    }
    if wanted.isOnDemand, wanted.isUnlessDeclined {
        throw .message("ERR You can't specify both OPTIN mode and OPTOUT mode")
    }
    if wanted.isOnDemand && before?.scope == .readsUnlessDeclined
        || wanted.isUnlessDeclined && before?.scope == .readsOnDemand
    {
        throw .message(cannotSwitchChoice)
    }
    try checkPrefixes(wanted.prefixes, before?.prefixes ?? [])
}

/// A client hears of a key once, so none of its prefixes begins with another.
private func checkPrefixes(_ wanted: [[UInt8]], _ before: [[UInt8]]) throws(CommandError) {
    for (index, prefix) in wanted.enumerated() {
        if let other = before.first(where: { overlap($0, prefix) }) { throw overlapping(prefix, "an existing", other) }
        if let other = wanted.dropFirst(index + 1).first(where: { overlap($0, prefix) }) {
            throw overlapping(prefix, "another provided", other)
        }
    }
}

private func overlap(_ one: [UInt8], _ other: [UInt8]) -> Bool { zip(one, other).allSatisfy { $0 == $1 } }

private func overlapping(_ prefix: [UInt8], _ which: String, _ other: [UInt8]) -> CommandError {
    let texts = [prefix, other].map { $0.withBytes { $0.echoed() } }
    return .text(
        "ERR Prefix '\(texts[0])' overlaps with \(which) prefix '\(texts[1])'. "
            + "Prefixes for a single client must not overlap.")
}

// MARK: Single commands

private let notTracking: StaticString = """
    ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled
    """

func chooseCaching(_ call: inout Call) throws(CommandError) {
    guard let scope = call.session.tracking?.scope else { throw .message(notTracking) }
    if call.arguments[2].equals(ignoringCase: "yes") {
        guard scope == .readsOnDemand else {
            throw .message("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
        }
    } else if call.arguments[2].equals(ignoringCase: "no") {
        guard scope == .readsUnlessDeclined else {
            throw .message("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
        }
    } else {
        throw .syntax
    }
    call.session.tracking?.isCachingChosen = true
    call.reply.ok()
}

// MARK: Looking

extension Session {
    /// The client that is told of changes in place of this one, as CLIENT LIST shows it: 0 for none, -1 without tracking.
    var redirection: Int64 { tracking.map { Int64($0.redirection) } ?? -1 }
}

func getRedirection(_ call: inout Call) throws(CommandError) { call.reply.integer(call.session.redirection) }

func showTracking(_ call: inout Call) throws(CommandError) {
    let flags = call.session.tracking?.shownFlags ?? ["off"]
    call.reply.map(3)
    call.reply.bulk("flags")
    call.reply.set(flags.count)
    for flag in flags { call.reply.bulk(flag) }
    call.reply.bulk("redirect")
    call.reply.integer(call.session.redirection)
    let prefixes = call.session.tracking?.prefixes ?? []
    call.reply.bulk("prefixes")
    call.reply.array(prefixes.count)
    for prefix in prefixes { prefix.withBytes { call.reply.bulk($0) } }
}

extension Tracking {
    /// The letters of CLIENT LIST.
    var flags: String { "t" + (isRedirectionBroken ? "R" : "") + (scope == .prefixes ? "B" : "") }

    /// In the reference's order.
    fileprivate var shownFlags: [String] {
        var flags = ["on"]
        switch scope {
        case .reads: break
        case .prefixes: flags.append("bcast")
        case .readsOnDemand: flags += isCachingChosen ? ["optin", "caching-yes"] : ["optin"]
        case .readsUnlessDeclined: flags += isCachingChosen ? ["optout", "caching-no"] : ["optout"]
        }
        if leavesOutOwnChanges { flags.append("noloop") }
        if isRedirectionBroken { flags.append("broken_redirect") }
        return flags
    }
}
