import Testing

@testable import Access

@Suite struct CheckTests {
    static let requests: [(String, String, Denial?)] = [
        ("", "get k", .command), ("+get", "get k", .key(argument: 1)), ("+get ~k", "get k", nil),
        ("+get ~k*", "get key", nil), ("+get ~k*", "get x", .key(argument: 1)), ("+get %R~k", "get k", nil),
        ("+get %W~k", "get k", .key(argument: 1)), ("+set %W~k", "set k v", nil),
        ("+set %R~k", "set k v", .key(argument: 1)), ("+@all -get ~*", "get k", .command),
        ("-get +@all ~*", "get k", nil), ("+@read ~*", "get k", nil), ("+@read ~*", "set k v", .command),
        ("+@all -@read ~*", "get k", .command), ("+config|get", "config|get x", nil),
        ("+config|get", "config|set x", .command), ("+config", "config|set x", nil),
        ("+config -config|set", "config|set x", .command), ("+@slow", "config|set x", nil),
        ("+@slow -@dangerous", "config|set x", .command), ("+select|0", "select 0", nil),
        ("+select|0", "select 1", .command), ("+select|0 -select", "select 0", .command),
        ("+select|ab", "select AB", nil), ("+select|0", "select", .command),
        ("+publish", "publish c", .channel(argument: 1)),
        ("+publish &c", "publish c", nil), ("+publish &n.*", "publish n.x", nil),
        ("+publish allchannels", "publish c", nil),
        ("+get ~a (+set ~b)", "get a", nil), ("+get ~a (+set ~b)", "set b v", nil),
        ("+get ~a (+set ~b)", "get b", .key(argument: 1)), ("+get ~a (+set ~b)", "publish c", .command),
        ("~* (+get)", "get k", .key(argument: 1)), ("(+get ~a) (+get ~b)", "get b", nil),
    ]

    @Test(arguments: requests) func whatIsDenied(rules: String, request: String, denial: Denial?) throws {
        #expect(try User.with(rules).denial(request) == denial)
    }

    @Test func whoMayDoEverything() throws {
        #expect(User.makeDefault(context).mayDoEverything)
        #expect(try User.with("+@all ~* &*").mayDoEverything)
        #expect(try User.with("on (+@all ~* &*)").mayDoEverything)
        for rules in ["+@all ~*", "+@all &*", "~* &*", "+@all -get ~* &*", "+@all ~* (&*)"] {
            #expect(try !User.with(rules).mayDoEverything, "\(rules)")
        }
    }

    @Test func patternsToSubscribeToAreTakenByTheLetter() throws {
        let user = try User.with("&news.* (&a)")
        func hears(_ name: String, pattern: Bool = false) -> Bool {
            bytes(name).withBytes { user.mayHear($0, isPattern: pattern) }
        }
        #expect(hears("news.x") && hears("a") && !hears("b"))
        #expect(hears("news.*", pattern: true) && !hears("news.x", pattern: true) && !hears("*", pattern: true))
    }

    @Test func unrestrictedReading() throws {
        let request = AccessRequest(command: 0, needsNoRight: false, firstArgument: nil)
        for (rules, may) in [
            ("+get ~*", true), ("+get %R~*", true), ("+get %W~*", false), ("+get ~k", false), ("~*", false),
            ("+get (+get ~*)", true), ("+get (~*)", false),
        ] {
            #expect(try User.with(rules).mayUseAnyKey(request, .read) == may, "\(rules)")
        }
    }
}
