import Primitives

@testable import Access

// AccessTests: users and rules without any server. A few commands stand for all.

/// `get`, `set`, `select`, `config` with `get` and `set`, `publish`.
let catalogue: CommandCatalogue = {
    let all = ["read", "write", "fast", "slow", "admin", "dangerous", "scripting"]
    func entry(_ name: String, _ subcommands: Range<Int>, _ categories: String...) -> CommandCatalogue.Entry {
        CommandCatalogue.Entry(
            name: name, subcommands: subcommands, isSubcommand: name.contains("|"),
            categories: categories.reduce(0) { $0 | 1 << UInt64(all.firstIndex(of: $1)!) })
    }
    return CommandCatalogue(
        entries: [
            entry("get", 1..<1, "read", "fast"), entry("set", 2..<2, "write"), entry("select", 3..<3, "fast"),
            entry("config", 4..<6, "slow"), entry("config|get", 5..<5, "admin", "dangerous"),
            entry("config|set", 6..<6, "admin", "dangerous"), entry("publish", 7..<7, "fast"),
        ], categories: all)
}()

let context = RuleContext(catalogue: catalogue, allowsAllChannels: false)

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

extension User {
    /// A user with rules, separated by blanks; a selector counts as one.
    static func with(_ rules: String) throws -> User {
        var user = User(name: bytes("u"), context)
        let (words, unclosed) = RuleWords.merged(rules.split(separator: " ").map { bytes(String($0)) })
        precondition(unclosed == nil)
        try user.apply(words, context)
        return user
    }

    var text: String { String(decoding: rules, as: UTF8.self) }

    /// Why a command is not allowed: `get k`, `set k v`, `publish c m`, where keys are read by `get`, written by `set`.
    func denial(_ request: String) -> Denial? {
        let words = request.split(separator: " ").map { bytes(String($0)) }
        let name = words[0].map { $0 }
        let index = catalogue.index(named: name[...])!
        return words.withViews { views in
            var request = AccessRequest(command: index, needsNoRight: false, firstArgument: views.dropFirst().first)
            switch String(decoding: name, as: UTF8.self) {
            case "get": request.keys = [KeyUse(argument: 1, key: views[1], permissions: .read)]
            case "set": request.keys = [KeyUse(argument: 1, key: views[1], permissions: .write)]
            case "publish": request.channels = [ChannelUse(argument: 1, name: views[1], isPattern: false)]
            default: break
            }
            return denial(of: request)
        }
    }
}

extension Array where Element == [UInt8] {
    /// Calls a function with views of all elements at once.
    func withViews<Result>(_ body: ([Bytes]) -> Result) -> Result {
        let all = flatMap { $0 }
        return all.withBytes { whole in
            var start = 0
            let views = map { element in
                defer { start += element.count }
                return whole[start..<start + element.count]
            }
            return body(views)
        }
    }
}
