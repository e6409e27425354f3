import Testing

@testable import Commands

@Suite struct SyntaxTests {
    /// A tree in short: `name:kind`, the token before it, `?` optional, `*` multiple, `+` with its token, children in braces.
    private func outline(_ node: SyntaxNode) -> String {
        let token = node.token.map { "\($0)=" } ?? ""
        let flags = (node.isOptional ? "?" : "") + (node.isMultiple ? "*" : "") + (node.repeatsToken ? "+" : "")
        let children = node.children.isEmpty ? "" : "{" + node.children.map(outline).joined(separator: " ") + "}"
        switch node.kind {
        case .token: return "\(node.token ?? "")\(flags)"
        case .oneOf: return "\(token)oneof\(flags)\(children)"
        case .block: return "\(token)block\(flags)\(children)"
        default: return "\(token)\(node.name):\(node.kind.rawValue)\(flags)"
        }
    }

    private func outline(_ syntax: String, name: String = "test") -> String? {
        let command = Command(
            name, .string, since: "1.0.0", arity: -1, keys: [.key(1, .readOnly)], syntax: syntax, complexity: "",
            summary: ""
        ) { _ throws(CommandError) in }
        return command.syntaxTree?.map(outline).joined(separator: " ")
    }

    @Test(arguments: [
        ("", ""), ("key", "key:key"), ("key value", "key:key value:string"), ("key [key ...]", "key:key*"),
        ("[section [section ...]]", "section:string?*"), ("key [NX|XX] [GET]", "key:key oneof?{NX XX} GET?"),
        ("[EX seconds|PX milliseconds|KEEPTTL]", "oneof?{EX=seconds:integer PX=milliseconds:integer KEEPTTL}"),
        ("key value [key value ...]", "block*{key:key value:string}"),
        (
            "(longitude latitude member) [(longitude latitude member) ...]",
            "block*{longitude:double latitude:double member:string}"
        ),
        ("[GET pattern [GET pattern ...]]", "GET=pattern:pattern?*+"),
        ("[WEIGHTS weight [weight ...]]", "WEIGHTS=weight:integer?*"),
        ("[LIMIT offset count]", "LIMIT=block?{offset:integer count:integer}"),
        ("[AGGREGATE SUM|MIN|MAX]", "AGGREGATE=oneof?{SUM MIN MAX}"),
        ("[TYPE normal|master]", "TYPE=oneof?{NORMAL MASTER}"),
        (
            "[FILTERBY MODULE module-name|PATTERN pattern]",
            "FILTERBY=oneof?{MODULE=module-name:string PATTERN=pattern:pattern}"
        ),
        ("[COUNT count [ANY]]", "block?{COUNT=count:integer ANY?}"),
        ("STREAMS key [key ...] ID [ID ...]", "STREAMS=block{key:key* id:string*}"),
        ("(MAXLEN|MINID) [=|~] threshold", "oneof{MAXLEN MINID} oneof?{= ~} threshold:string"),
        ("(*|id)", "oneof{* id:string}"),
        ("[a x|b y [a x|b y ...]]", "oneof?*{block{a:string x:string} block{b:string y:string}}"),
        ("(host port|NO ONE)", "oneof{block{host:string port:integer} block{NO ONE}}"),
        ("[[NOSAVE|SAVE] [NOW]|ABORT]", "oneof?{block{oneof?{NOSAVE SAVE} NOW?} ABORT}"),
        ("unix-time-seconds", "unix-time-seconds:unix-time"),
        ("destination numkeys", "destination:key numkeys:integer"),
    ])
    func aTreeIsRead(syntax: String, tree: String) { #expect(outline(syntax) == tree) }

    @Test(arguments: ["[key", "key]", "(a|b]", "[a)", "key ..."])
    func bracketsMustMatch(syntax: String) { #expect(outline(syntax) == nil) }

    @Test func theLeastNumberOfWords() {
        func least(_ syntax: String) -> Int? {
            let command = Command("t", .string, since: "1.0.0", arity: -1, syntax: syntax, complexity: "", summary: "")
            {
                _ throws(CommandError) in
            }
            return command.syntaxTree?.reduce(0) { $0 + $1.minimumCount }
        }
        #expect(least("key [NX|XX]") == 1)
        #expect(least("STREAMS key [key ...] ID [ID ...]") == 3)
        #expect(least("(a b|C)") == 1)
        #expect(least("(FROMMEMBER member|FROMLONLAT longitude latitude)") == 2)
    }
}
