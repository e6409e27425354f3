import Primitives

extension User {
    /// Whether nothing is forbidden to this user.
    public var mayDoEverything: Bool { selectors.contains(where: \.allowsEverything) }
    /// Whether there are keys this user may not use.
    public var isLimitedInKeys: Bool { !selectors.allSatisfy(\.allowsAllKeys) }
    /// Whether there are channels this user may not use.
    public var isLimitedInChannels: Bool { !selectors.allSatisfy(\.allowsAllChannels) }

    /// Why a command is not allowed; nil if one of the selectors allows all of it.
    public func denial(of request: AccessRequest) -> Denial? {
        var worst = Denial.command
        for selector in selectors {
            guard let denial = selector.denial(of: request) else { return nil }
            if denial.rank > worst.rank { worst = denial }
        }
        return worst
    }

    /// Whether a command is allowed, and with it any key in this way.
    public func mayUseAnyKey(_ request: AccessRequest, _ permissions: KeyPermissions) -> Bool {
        selectors.contains { $0.allowsAnyKey(request, permissions) }
    }

    /// Whether a channel, or a pattern of channels, may be listened to.
    public func mayHear(_ channel: Bytes, isPattern: Bool) -> Bool {
        selectors.contains { $0.allows(channel, isPattern: isPattern) }
    }
}
