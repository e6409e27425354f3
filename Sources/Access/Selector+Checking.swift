import Primitives

// Whether a selector allows what a command asks for.

extension Selector {
    /// Why the selector does not allow a command; nil if it does.
    func denial(of request: AccessRequest) -> Denial? {
        guard request.needsNoRight || allows(request) else { return .command }
        if !allowsAllKeys, let use = request.keys.first(where: { !allows($0) }) { return .key(argument: use.argument) }
        if !allowsAllChannels, let use = request.channels.first(where: { !allows($0.name, isPattern: $0.isPattern) }) {
            return .channel(argument: use.argument)
        }
        return nil
    }

    private func allows(_ request: AccessRequest) -> Bool {
        if commands[request.command] { return true }
        guard let arguments = firstArguments[request.command], let first = request.firstArgument else { return false }
        return arguments.contains { $0.elementsEqual(first.buffer.lazy.map(Bytes.lowercased)) }
    }

    private func allows(_ use: KeyUse) -> Bool {
        keyPatterns.contains { $0.allows(use.key, use.permissions) }
    }

    /// Whether a channel may be used. A pattern to subscribe to has to be one of the selector's, letter by letter.
    func allows(_ channel: Bytes, isPattern: Bool) -> Bool {
        allowsAllChannels
            || channelPatterns.contains { pattern in
                pattern.withBytes { isPattern ? $0 == channel : Glob.matches($0, channel) }
            }
    }

    /// Whether the command is allowed, and with it any key in this way.
    func allowsAnyKey(_ request: AccessRequest, _ permissions: KeyPermissions) -> Bool {
        guard request.needsNoRight || allows(request) else { return false }
        return allowsAllKeys
            || keyPatterns.contains {
                $0.pattern == [UInt8(ascii: "*")] && $0.permissions.isSuperset(of: permissions)
            }
    }
}
